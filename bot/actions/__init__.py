"""Rasa actions, one module a capability: each translates between Rasa and the plain core, and no more."""
