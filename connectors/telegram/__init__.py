"""Telegram, through python-telegram-bot's Bot and types; its queue is not used: ours is durable."""
