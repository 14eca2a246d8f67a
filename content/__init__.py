"""What Sahan knows: the library of documents, topics, texts and phrases, and the code that reads and checks it.

Imports ``store`` only.
"""
