"""`make bench`: what set-up, start, memory and understanding cost on this machine. Not part of the product."""
