"""The introduction has a version; a newer one is shown once to everybody who has read an earlier one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from bot.assistant import Assistant
from bot.knowledge import Knowledge
from store.messages import Channel
from store.tables import senders
from tests.integration.system import System, say
from tests.integration.users import Phone

QUESTION = "Comment rentrer au Mali ?"


@pytest.fixture
def newer(assistant: Assistant) -> Iterator[Knowledge]:
    """The same library, with a second version of the introduction."""
    before = assistant.knowledge
    yield Knowledge.of(replace(before.library, consent="2"))
    assistant.answer_from(before)


def ann_of(system: System, channel: Channel = Channel.SMS) -> Phone:
    return Phone(system, "ann-" + "a" * 20, channel)


async def version_of_ann(system: System) -> str | None:
    [row] = await system.rows(senders)
    return str(row.consent_version) if row.consent_version is not None else None


async def test_the_version_is_noted_when_the_line_was_shown(system: System, assistant: Assistant) -> None:
    ann, line = ann_of(system), say(assistant, "introduction", Channel.SMS)
    await ann.say("MENU")
    assert await version_of_ann(system) is None, "a menu does not say who we are"
    assert line in await ann.say(QUESTION)
    assert await version_of_ann(system) == "1"
    assert line not in await ann.say("SUITE")


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.TELEGRAM])
async def test_a_newer_version_is_shown_once_at_the_next_message(
    system: System, assistant: Assistant, newer: Knowledge, channel: Channel
) -> None:
    ann, line = ann_of(system, channel), say(assistant, "introduction", channel)
    assert line in await ann.say(QUESTION)
    assistant.answer_from(newer)
    assert (await ann.say("merci")).count(line) == 1
    assert await version_of_ann(system) == "2"
    assert line not in await ann.say("merci")


async def test_who_was_introduced_before_versions_were_noted_sees_the_second_one(
    system: System, assistant: Assistant, newer: Knowledge
) -> None:
    ann, line = ann_of(system), say(assistant, "introduction", Channel.SMS)
    await ann.say("AIDE")
    assert line not in await ann.say("merci") and await version_of_ann(system) is None
    assistant.answer_from(newer)
    assert line in await ann.say("merci")


async def test_a_list_stays_last_for_digits_mean_it(system: System, assistant: Assistant, newer: Knowledge) -> None:
    ann, line = ann_of(system), say(assistant, "introduction", Channel.SMS)
    await ann.say(QUESTION)
    assistant.answer_from(newer)
    told = await ann.say("LANGUE")
    assert line in told and await ann.say("2") != []


async def test_danger_and_the_commands_of_everybody_are_answered_without_it(
    system: System, assistant: Assistant, newer: Knowledge
) -> None:
    ann, line = ann_of(system), say(assistant, "introduction", Channel.SMS)
    await ann.say(QUESTION)
    assistant.answer_from(newer)
    for words in ("on me retient de force et on me frappe", "AIDE", "MES DONNEES", "STOP", "merci", "START"):
        assert line not in await ann.say(words), words
    assert line in await ann.say("merci"), "then, at the next message"


async def test_who_was_forgotten_is_introduced_as_somebody_new(system: System, assistant: Assistant) -> None:
    ann, line = ann_of(system), say(assistant, "introduction", Channel.SMS)
    await ann.say(QUESTION)
    await ann.say("EFFACER")
    assert line in await ann.say(QUESTION)
    assert await version_of_ann(system) == "1"
