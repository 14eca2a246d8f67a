"""The plain core of understanding: what a message is written in, asks, and how urgently. No Rasa here."""
