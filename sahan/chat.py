"""`sahan chat`: a conversation in the terminal."""

from __future__ import annotations

import asyncio
import sys
from contextlib import redirect_stdout
from typing import Any

from sahan.ask import as_a_stranger, shown
from sahan.language import _
from store.logs import configure_logging
from store.messages import Channel, Effect, Message, MessageKind


def chat(channel: Channel) -> None:
    """Talk until the end of input. On Telegram a digit presses the button of that place."""
    configure_logging()
    print(_("Chargement…"), file=sys.stderr)
    conversation: dict[str, Any] = {}
    opted_out = False
    buttons: tuple[str, ...] = ()
    with asyncio.Runner() as runner:
        with redirect_stdout(sys.stderr):
            from sahan.answering import live_assistant  # imports Rasa, which must not print to standard output

            assistant = runner.run(live_assistant())
        print(_("Écrivez un message, puis Entrée. Ctrl-D pour finir."), file=sys.stderr)
        while (text := _read()) is not None:
            message = _message(channel, text, buttons, opted_out)
            turn = as_a_stranger(runner.run(assistant.respond(message, conversation)))
            conversation = {} if Effect.FORGET in turn.effects else turn.conversation
            if Effect.OPT_OUT in turn.effects:
                opted_out = True
            elif Effect.OPT_IN in turn.effects:
                opted_out = False
            for reply in turn.replies:
                print(shown(reply, channel) + "\n")
                buttons = tuple(choice.payload for choice in reply.choices) or buttons


def _message(channel: Channel, text: str, buttons: tuple[str, ...], opted_out: bool) -> Message:
    if channel is Channel.TELEGRAM and text.isdigit() and 1 <= int(text) <= len(buttons):
        return Message(channel, "", MessageKind.CHOICE, payload=buttons[int(text) - 1], opted_out=opted_out)
    return Message(channel, text, opted_out=opted_out)


def _read() -> str | None:
    try:
        return input("> ")
    except EOFError:
        return None
