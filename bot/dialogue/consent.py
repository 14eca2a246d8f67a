"""The introduction, by which people learn whom they write to, has a version: a new one is shown once to everybody."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.dialogue.commands import ALWAYS_FIRST, CommandWords
from bot.dialogue.compose import Composer, topic_is_urgent
from bot.dialogue.state import Context, State
from store.messages import Message, Reply, Turn


def with_introduction(
    composer: Composer, words: CommandWords, turn: Turn, message: Message, conversation: Mapping[str, Any]
) -> Turn:
    """``turn`` with the introduction where the person has read an earlier version of it; says which one is in it.

    Not beside advice in danger, nor beside what answers STOP, START, AIDE, EFFACER or MES DONNEES: at the next message.
    """
    state = State.from_slots(turn.conversation.get("slots") or {})
    line = composer.say("introduction", state, Context(message.channel))
    if not any(line in reply.text for reply in turn.replies):
        before = State.from_slots(conversation.get("slots") or {})
        newer = message.consent is not None and int(message.consent) < int(composer.library.consent)
        if not (before.introduced and newer and _may_be_added(words, turn, message)):
            return turn
        *others, last = turn.replies
        shown = (*others, Reply(line), last) if last.choices and others else (*turn.replies, Reply(line))
        turn = replace(turn, replies=shown)
    return replace(turn, consent=composer.library.consent)


def _may_be_added(words: CommandWords, turn: Turn, message: Message) -> bool:
    urgent = turn.understanding.urgent or topic_is_urgent(turn.understanding.topic or "")
    command = words.command(message.text) if message.payload is None else None
    return bool(turn.replies) and not urgent and not turn.effects and command not in ALWAYS_FIRST
