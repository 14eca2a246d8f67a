"""The plain core of the conversation: no Rasa, no database, no network. State in, outcome out."""
