"""The edge: channels, webhooks, inbox, outbox and worker. Imports ``content`` and ``store``, never ``bot``."""
