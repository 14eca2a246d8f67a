"""`make bench-channels`: from a provider's webhook to our call of the provider, beside Rasa's own channels."""
