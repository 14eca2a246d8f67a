"""What a channel adapter is: how a provider's messages come in and ours go out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Protocol, runtime_checkable

from connectors.pace import Limit
from store.messages import Channel, Choice, Message, MessageKind, Provider, Reply


@dataclass(frozen=True)
class Inbound:
    """A provider's message as taken in by the gateway, before anybody reads it.

    Attributes:
        provider, channel: where it came from, and the form that the reply takes.
        address: telephone number in E.164 form, chat id, or simulator session; sealed at rest.
        provider_id: unique at the provider; a second one with this id is ignored.
        message: what the assistant will see.
    """

    provider: Provider
    channel: Channel
    address: str
    provider_id: str
    message: Message


@runtime_checkable
class Paced(Protocol):
    """An adapter whose provider takes only so many messages in a time."""

    def limits(self, sender_id: int, address: str) -> Sequence[Limit]:
        """What limits the next message to this person, each limit named beginning with the provider's name."""


class ChannelAdapter(Protocol):
    """Sends replies through one provider."""

    provider: Provider

    async def send(self, address: str, channel: Channel, reply: Reply, idempotency_key: str) -> str | None:
        """Send one reply; gives the provider's id for it, None where there is none.

        Raises:
            SendError: the provider did not take it; says whether to try again.
        """

    async def show_typing(self, address: str) -> None:
        """Show that an answer is on its way, where the provider can. Never raises."""

    async def close(self) -> None:
        """Give back connections."""


@runtime_checkable
class Linked(Protocol):
    """An adapter that holds a standing connection, by which messages also come in. It runs inside a worker.

    A worker serves the people of such a provider only while it holds the link: see ``LINKED``.
    """

    @property
    def can_send(self) -> bool:
        """Whether the connection stands by which replies go."""

    @property
    def problem(self) -> str | None:
        """What of the connection does not stand, and why, or None."""

    async def run(self) -> None:
        """Hold the connection until cancelled; then say goodbye."""


LINKED = frozenset({Provider.SMPP})
"""Providers whose adapter is ``Linked``."""


def encode_message(message: Message) -> str:
    """``message`` as JSON, for the inbox. Half a character (a lone surrogate, which JSON can carry) becomes "?"."""
    return json.dumps(asdict(message), ensure_ascii=False).encode("utf-8", "replace").decode()


def decode_message(text: str, *, opted_out: bool, country_guess: str | None) -> Message:
    """What ``encode_message`` made, with what is known of the sender now."""
    values = json.loads(text)
    kind = MessageKind(values["kind"])
    if kind is not MessageKind.LOCATION:  # a location outside the countries that we know stays no country
        values["country_guess"] = values["country_guess"] or country_guess
    nearby = tuple((service, kilometres) for service, kilometres in values.get("nearby") or ())
    return Message(
        **{**values, "channel": Channel(values["channel"]), "kind": kind, "opted_out": opted_out, "nearby": nearby}
    )


def encode_reply(reply: Reply) -> str:
    """``reply`` as JSON, for the outbox."""
    return json.dumps(asdict(reply), ensure_ascii=False)


def decode_reply(text: str) -> Reply:
    """What ``encode_reply`` made."""
    values = json.loads(text)
    return Reply(values["text"], tuple(Choice(**each) for each in values["choices"]), values.get("quotes"))
