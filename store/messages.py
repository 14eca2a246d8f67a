"""The plain message types: what comes in, what goes out, and what a turn of the conversation leaves.

Every room knows these and nothing else of each other. They hold no telephone number and no chat id:
addresses stay between the channel adapters and the database (see ``store.addresses``).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Channel(StrEnum):
    """How a person talks to us. Decides the form of an answer: short (SMS) or long (Telegram)."""

    SMS = "sms"
    TELEGRAM = "telegram"


class Provider(StrEnum):
    """Who carries a channel's messages."""

    TWILIO = "twilio"
    TELEGRAM = "telegram"
    SMPP = "smpp"
    SIMULATOR = "simulator"


class MessageKind(StrEnum):
    """What a person sent. Everything but text and a choice gets a sensible reply without being read."""

    TEXT = "text"
    CHOICE = "choice"
    EDITED = "edited"
    VOICE = "voice"
    PHOTO = "photo"
    STICKER = "sticker"
    LOCATION = "location"
    CONTACT = "contact"
    OTHER = "other"


@dataclass(frozen=True)
class Message:
    """One inbound message, as the assistant sees it.

    Attributes:
        channel: the form that the reply takes.
        text: what the person wrote; "" for a message without text.
        kind: see ``MessageKind``.
        payload: of a button that was pressed (``MessageKind.CHOICE``), else None.
        country_guess: ISO 3166 code guessed from the number's prefix or a shared location, else None.
        language_hint: the language of the person's application (Telegram), ISO 639 code, else None.
        opted_out: whether the person has sent STOP.
        answered: whether the provider has answered by itself, so that what is understood counts and no reply goes out.
        group: whether it was written in a group, where everybody reads the answer.
        quoted: the provider's id of this message, where the answer is to quote it, else None.
        nearby: services near a shared location, nearest first: (id in the directory, distance in km).
        consent: version of the introduction that the person was shown last; None where that is not kept.
    """

    channel: Channel
    text: str
    kind: MessageKind = MessageKind.TEXT
    payload: str | None = None
    country_guess: str | None = None
    language_hint: str | None = None
    opted_out: bool = False
    answered: bool = False
    group: bool = False
    quoted: str | None = None
    nearby: tuple[tuple[str, int], ...] = ()
    consent: str | None = None


@dataclass(frozen=True)
class Choice:
    """One thing to choose: a numbered line on SMS, a button on Telegram.

    Attributes:
        title: what the person reads.
        payload: what comes back, at most 64 bytes (Bot API, ``callback_data``).
    """

    title: str
    payload: str


@dataclass(frozen=True)
class Reply:
    """One outbound message.

    Attributes:
        text: plain text; the channel adapter escapes what its provider would read as markup.
        choices: in the order shown. On SMS they are numbered from 1.
        quotes: the provider's id of the message that this answers, where it is to be shown with it, else None.
    """

    text: str
    choices: tuple[Choice, ...] = ()
    quotes: str | None = None


class Effect(StrEnum):
    """What a turn asks of the database, beyond the replies."""

    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    FORGET = "forget"
    EXPORT = "export"


class QuestionKind(StrEnum):
    """Why a message is kept for staff."""

    UNANSWERED = "unanswered"
    UNSURE = "unsure"
    UNHELPFUL = "unhelpful"
    HUMAN = "human"
    URGENT = "urgent"
    LOOP = "loop"


@dataclass(frozen=True)
class Understanding:
    """What was understood of one message.

    Attributes:
        topic: id of the topic that was answered, or None.
        score: probability of the best topic, 0..1.
        alternatives: (topic, score), best first, after ``topic``.
        language: ISO 639 code identified, or None.
        urgent: danger to a life now, whatever the topic.
    """

    topic: str | None = None
    score: float = 0.0
    alternatives: tuple[tuple[str, float], ...] = ()
    language: str | None = None
    urgent: bool = False


@dataclass(frozen=True)
class Turn:
    """What the assistant makes of one message.

    Attributes:
        replies: to send, in order; empty only for a person who has sent STOP.
        conversation: the person's state after the turn, small and JSON-serialisable: slots and last turns.
        effects: see ``Effect``.
        understanding: see ``Understanding``.
        question: why staff should see this message, or None.
        country: of the person, where known.
        language: that the replies are in.
        consent: version of the introduction that is among the replies, or None.
    """

    replies: tuple[Reply, ...]
    conversation: dict[str, Any]
    effects: tuple[Effect, ...] = ()
    understanding: Understanding = field(default_factory=Understanding)
    question: QuestionKind | None = None
    country: str | None = None
    language: str = "fr"
    consent: str | None = None
