"""SMS through an operator's own SMSC by SMPP 3.4: one bind that sends and receives, held by a worker.

Source: SMPP Protocol Specification v3.4, issue 1.2 (smpp.org/SMPP_v3_4_Issue1_2.pdf); chapters in brackets below.
"""
