"""`rasa` whose Telegram and Twilio are doubles on this machine; nothing else of it is changed.

Usage: python rasa_run.py DOUBLE run ..., where DOUBLE is the root of both, http://127.0.0.1:PORT. Runs in the peers'
Rasa and in ours; Rasa's channels take no address of their provider, so that it is exchanged in the libraries that they
use (aiogram 2, twilio).

One fault of Rasa 3.6.21 is mended, or its Telegram channel would answer nothing: it registers the webhook in an event
loop that it closes, and keeps the connections of that loop for sending ("Event loop is closed").
"""

from __future__ import annotations

import os
import sys

os.environ["RASA_TELEMETRY_ENABLED"] = "false"
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def main() -> None:
    """Exchange the addresses, and become `rasa`."""
    root = sys.argv.pop(1)
    from aiogram.bot import api
    from twilio.base.domain import Domain

    server = api.TelegramAPIServer.from_base(root)
    for name in ("base", "file"):  # the default of every Bot, frozen
        object.__setattr__(api.TELEGRAM_PRODUCTION, name, getattr(server, name))
    Domain.absolute_url = lambda _self, uri: f"{root}/{uri.strip('/')}"
    from rasa.__main__ import main as rasa
    from rasa.core.channels.telegram import TelegramInput, TelegramOutput

    with_webhook = TelegramInput.get_output_channel

    def get_output_channel(self: TelegramInput) -> TelegramOutput:
        channel = with_webhook(self)
        channel._session = None
        return channel

    TelegramInput.get_output_channel = get_output_channel

    sys.argv[0] = "rasa"
    rasa()


if __name__ == "__main__":
    main()
