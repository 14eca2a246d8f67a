"""Small servers that stand in for the providers, so that tests run the real clients over real HTTP.

``TelegramDouble`` follows https://core.telegram.org/bots/api, ``TwilioDouble`` https://www.twilio.com/docs/messaging.
What a double asserts about its provider is written from those pages, not from the project's own code.
"""

from .server import Answer
from .telegram import TelegramDouble
from .twilio import TwilioDouble

__all__ = ["Answer", "TelegramDouble", "TwilioDouble"]
