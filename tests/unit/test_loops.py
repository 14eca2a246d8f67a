"""Telling a machine from a person, by what came before."""

from __future__ import annotations

import pytest

from connectors.loops import EXCHANGES, Loop, Seen, Sent, is_due, loop_of, normalised, text_hash
from store.addresses import Vault
from store.messages import Channel, Message, MessageKind

ADVICE = "Si vous êtes en danger, allez vers des gens, un poste de police ou un centre de santé."


def verdict(text: str, *earlier: str, replies: tuple[str, ...] = (), muted: bool = False) -> Loop | None:
    """What a text is after ``earlier`` ones, newest first, a minute apart; its hash stands for itself."""
    seen = [Seen(normalised(each), 1000.0 - 60.0 * place) for place, each in enumerate(earlier, start=1)]
    return loop_of(text, [normalised(text)], 1000.0, seen, [Sent(100.0, each) for each in replies], muted=muted)


def test_numbers_spaces_and_case_do_not_make_a_text_new() -> None:
    assert normalised("Dossier  n° 17 REÇU\n") == normalised("dossier n° 4 reçu")
    assert normalised("1") != normalised("2"), "what a menu is answered with"


def test_a_person_who_writes_different_things_is_no_loop() -> None:
    assert verdict("et le prix ?", *[f"question {letter}" for letter in "abcdefghijklmnopqrstuvwxyz"]) is None


@pytest.mark.parametrize(("before", "loop"), [(3, None), (4, Loop.REPEATED)])
def test_a_long_text_is_taken_four_times(before: int, loop: Loop | None) -> None:
    assert verdict("Votre message est bien reçu", *["Votre message est bien reçu"] * before) is loop


def test_something_else_in_between_begins_anew() -> None:
    text = "Votre message est bien reçu"
    assert verdict(text, text, text, "Bonjour", text, text, text) is None


def test_once_muted_the_next_of_the_kind_is_known_at_once() -> None:
    text = "Votre message est bien reçu"
    assert verdict(text, text, muted=True) is Loop.REPEATED
    assert verdict("Où est le centre ?", text, muted=True) is None
    assert verdict("Automatic reply: away", text, muted=True) is Loop.REPEATED


@pytest.mark.parametrize(
    ("text", "loop"),
    [(ADVICE, Loop.ECHO), (ADVICE[:70], Loop.ECHO), (f"> {ADVICE}", Loop.ECHO),
     ("un centre de santé", None), (f"Que veut dire « {ADVICE} » ? Je ne comprends pas, expliquez", None)],
)
def test_our_own_text_is_known_whole_cut_off_and_quoted_but_not_in_a_question_about_it(
    text: str, loop: Loop | None
) -> None:
    assert verdict(text, replies=("Autre chose", ADVICE)) is loop


def test_many_messages_each_right_after_a_reply_are_a_machine_and_one_that_took_its_time_is_not() -> None:
    times = [1000.0 - 5.0 * place for place in range(EXCHANGES)]
    seen = [Seen(f"text {place}", time) for place, time in enumerate(times[1:], start=1)]
    replies = [Sent(time - 1.0, "") for time in times]
    assert loop_of("new", ["new"], times[0], seen, replies, muted=False) is Loop.QUICK
    assert loop_of("new", ["new"], times[0], seen[:-1], replies, muted=False) is None
    assert loop_of("new", ["new"], times[0], seen, replies[:3] + replies[4:], muted=False) is None


def test_danger_is_due_but_for_our_words_and_ever_more_rarely_from_a_machine() -> None:
    cry = "au secours"
    due = [is_due(Loop.REPEATED, cry, [cry], [Seen(cry, 0.0)] * before) for before in range(41)]
    assert [before for before, each in enumerate(due) if not each] == [*range(21, 30), *range(31, 40)]
    automatic = "réponse automatique: en danger, appelez le 17"
    assert [is_due(Loop.REPEATED, automatic, ["x"], [Seen("x", 0.0)] * before) for before in (2, 3, 9, 10)] == [
        True, False, False, True]
    assert not is_due(Loop.ECHO, cry, [cry], [])


def test_only_texts_have_a_hash_and_each_person_their_own(vault: Vault) -> None:
    text = Message(Channel.SMS, "Bonjour 12")
    assert text_hash(vault, 1, text) == text_hash(vault, 1, Message(Channel.SMS, " bonjour 7"))
    assert text_hash(vault, 1, text) != text_hash(vault, 2, text)
    assert text_hash(vault, 1, Message(Channel.SMS, "", MessageKind.VOICE)) is None
    assert text_hash(vault, 1, Message(Channel.TELEGRAM, "", MessageKind.CHOICE, payload="/menu")) is None
