"""A person who writes to the real assistant, and remembers only what the database would."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from bot.assistant import Assistant
from bot.dialogue.menus import payload
from connectors.sms.rendering import render
from store.messages import Channel, Effect, Message, MessageKind, Turn

SMS, TELEGRAM = Channel.SMS, Channel.TELEGRAM


@dataclass
class Person:
    """Writes messages, presses buttons, and keeps the conversation as the worker does: as JSON."""

    assistant: Assistant
    channel: Channel = SMS
    country_guess: str | None = None
    language_hint: str | None = None
    opted_out: bool = False
    conversation: dict[str, Any] = field(default_factory=dict)

    async def write(self, text: str) -> Turn:
        """Send a text."""
        return await self._send(text, MessageKind.TEXT, None)

    async def press(self, pressed: str) -> Turn:
        """Press a button by its payload."""
        return await self._send("", MessageKind.CHOICE, pressed)

    async def choose_topic(self, topic: str) -> Turn:
        """Press the button of a topic."""
        return await self.press(payload("choose_topic", topic=topic))

    async def send(self, kind: MessageKind) -> Turn:
        """Send something that is no text."""
        return await self._send("", kind, None)

    async def _send(self, text: str, kind: MessageKind, pressed: str | None) -> Turn:
        message = Message(self.channel, text, kind, pressed, self.country_guess, self.language_hint, self.opted_out)
        turn = await self.assistant.respond(message, self.conversation)
        self.conversation = {} if Effect.FORGET in turn.effects else json.loads(json.dumps(turn.conversation))
        self.opted_out = (self.opted_out or Effect.OPT_OUT in turn.effects) and Effect.OPT_IN not in turn.effects
        return turn

    @property
    def slots(self) -> dict[str, Any]:
        """What is remembered of this person."""
        slots: dict[str, Any] = self.conversation.get("slots", {})
        return slots


def texts(turn: Turn, channel: Channel = SMS) -> list[str]:
    """The replies as they are read: numbered lines on SMS."""
    return [render(reply) if channel is SMS else reply.text for reply in turn.replies]
