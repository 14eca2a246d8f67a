"""Small servers that stand in for the providers, so that tests run the real clients over real HTTP.

``TelegramDouble`` follows https://core.telegram.org/bots/api, ``TwilioDouble`` https://www.twilio.com/docs/messaging.
``running_smsc`` runs SMSC simulators made with SMPP libraries of others.
What a double asserts about its provider is written from those pages, not from the project's own code.
"""

from .server import Answer
from .smsc import Smsc, running_smsc
from .telegram import TelegramDouble
from .twilio import TwilioDouble

__all__ = ["Answer", "Smsc", "TelegramDouble", "TwilioDouble", "running_smsc"]
