"""What is remembered of one conversation, and what one turn makes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from store.messages import Channel, Effect, QuestionKind, Reply

OTHER_COUNTRY = "other"


@dataclass(frozen=True)
class State:
    """The person's state: Rasa's slots, one to one.

    Attributes:
        language: ISO 639 code that replies are in.
        language_chosen: whether the person chose it; then nothing but a choice changes it.
        country: ISO 3166 code that the person said, ``OTHER_COUNTRY``, or None.
        menu: payloads of the last menu shown, in its order: what digits mean.
        rest: pieces of a long answer not yet sent.
        last_topic: the topic last answered.
        answered_in: the language of the answer last sent.
        arabic: whether the person has used Arabic; what their language lacks comes in Arabic then, not in French.
        language_hinted: whether the person has read how to choose a language.
        introduced: whether the person has read what this is.
        country_asked: whether the country was asked already.
    """

    language: str = "fr"
    language_chosen: bool = False
    country: str | None = None
    menu: tuple[str, ...] = ()
    rest: tuple[str, ...] = ()
    last_topic: str | None = None
    answered_in: str | None = None
    arabic: bool = False
    language_hinted: bool = False
    introduced: bool = False
    country_asked: bool = False

    @classmethod
    def from_slots(cls, slots: Mapping[str, Any]) -> State:
        """Read from slots; whatever is missing or null has its default."""
        values = {each.name: slots[each.name] for each in fields(cls) if slots.get(each.name) is not None}
        for name in ("menu", "rest"):
            if name in values:
                values[name] = tuple(values[name])
        return cls(**values)

    def to_slots(self) -> dict[str, Any]:
        """As slots: plain JSON values."""
        values = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: list(value) if isinstance(value, tuple) else value for name, value in values.items()}

    def with_(self, **changes: Any) -> State:
        """A copy with ``changes``."""
        return replace(self, **changes)


@dataclass(frozen=True)
class Context:
    """What is known of the message in hand and not kept.

    Attributes:
        channel: decides the form of the answer.
        country_guess: by the number's prefix or a shared location, or None.
        country_mentioned: a country that the message names without saying that the person is there, or None.
        group: whether everybody in a group reads the answer.
    """

    channel: Channel = Channel.TELEGRAM
    country_guess: str | None = None
    country_mentioned: str | None = None
    group: bool = False


@dataclass(frozen=True)
class Outcome:
    """What one step of the conversation makes: replies, the state after it, and what to note.

    Attributes:
        topic: the topic whose answer was sent, or None.
        question: why staff should see the message, or None.
        effects: see ``store.messages.Effect``.
    """

    replies: tuple[Reply, ...]
    state: State
    topic: str | None = None
    question: QuestionKind | None = None
    effects: tuple[Effect, ...] = field(default=())

    def then(self, other: Outcome) -> Outcome:
        """This outcome followed by ``other``, which was made from this one's state."""
        return Outcome(
            self.replies + other.replies, other.state, self.topic or other.topic, self.question or other.question,
            self.effects + other.effects,
        )
