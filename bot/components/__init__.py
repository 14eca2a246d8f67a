"""Rasa's graph components: each calls the plain core and leaves what it found on Rasa's message."""
