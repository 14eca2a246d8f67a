"""Two readings of a word, in which different spellings meet."""

from __future__ import annotations

import pytest

from bot.understanding.spelling import romanised, skeleton
from bot.understanding.text import fold


@pytest.mark.parametrize(
    ("text", "expected"),
    [("ወደ አገሬ", "wede agere"), ("je veux ወደ", "je veux wede"), ("مرحبا", "مرحبا"), ("", ""), ("123", "123")],
)
def test_ethiopic_letters_are_read_in_latin_ones(text: str, expected: str) -> None:
    assert romanised(text) == expected


def test_forms_of_one_verb_share_their_root_in_latin_letters() -> None:
    shared = {romanised("መመለስ")[at:at + 3] for at in range(6)} & {romanised("ተመልሼ")[at:at + 3] for at in range(6)}
    assert "mel" in shared


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ወደ ሀገሬ መመለስ", "wede hagere memeles"),  # Amharic in both scripts
        ("barbaada", "barbada"), ("deebi'uu", "debiu"),  # Oromo: doubled letters, apostrophes
        ("ارجع", "arja3"), ("خلاص", "5alas"), ("khalass", "خلاص"),  # Arabic and arabizi
        ("xaar", "khar"), ("jangal", "djangal"),  # Wolof in two spellings
        ("comment", "coment"), ("quand", "kand"),
    ],
)
def test_spellings_of_one_word_have_one_skeleton(one: str, other: str) -> None:
    assert skeleton(fold(one)) == skeleton(fold(other))


@pytest.mark.parametrize(("one", "other"), [("retour", "rentrer"), ("gao", "ko"), ("12", "13"), ("oui", "eau")])
def test_other_words_and_numbers_stay_apart(one: str, other: str) -> None:
    assert skeleton(one) != skeleton(other)


@pytest.mark.parametrize("text", ["", "?!", "ቀ" * 500, "ق" * 500, "a'b'c", "👍🏿", "ߌ ߣߌ"])
def test_odd_texts_do_no_harm(text: str) -> None:
    assert isinstance(romanised(text), str)
    assert isinstance(skeleton(text), str)
