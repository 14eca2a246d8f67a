"""The form in which messages are understood."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.understanding.text import LONGEST, bare_words, clean, fold, has_words


@pytest.mark.parametrize(
    ("text", "cleaned"),
    [
        ("  bonjour \n\t  à\u00a0tous ", "bonjour à tous"),
        ("cafe\u0301", "café"),
        ("\u202eretour\u202c \u200fici", "retour ici"),  # direction marks can disguise a text
        ("un\u0000deux\u0007", "undeux"),
        ("\ufeffstop", "stop"),
        ("👨‍👩‍👧", "👨‍👩‍👧"),  # joiners stay
        ("", ""),
    ],
)
def test_clean_composes_and_leaves_out_what_cannot_be_seen(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


def test_a_very_long_text_is_cut() -> None:
    assert len(clean("retour " * 100_000)) == LONGEST


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ARRÊT", "arret"),
        ("Où êtes-vous", "ou etes-vous"),
        ("l’aide", "l'aide"),
        ("cœur", "coeur"),
        ("aiiiiiide", "aiide"),
        ("مُسَاعَدَة", "مساعده"),
        ("أريد إلى آخر", "اريد الي اخر"),
        ("مـــســـاعدة", "مساعدة"),
        ("BËGG", "begg"),
        ("𞤢𞤯𞤢 𞤶𞤢𞤥", "aɗa jam"),
        ("𞤀𞤯𞤢 𞤔𞤢𞤥", "aɗa jam"),
        ("ߒ ߕߍ߫ ߘߋ߬ߡߍ߲", "n tɛ demɛn"),
    ],
)
def test_fold_makes_ways_of_writing_the_same(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_fold_keeps_different_words_different() -> None:
    assert fold("retour") != fold("retard")
    assert fold("ሀገር") == "ሀገር"
    assert fold("ɛ") != fold("e")


@pytest.mark.parametrize(
    ("text", "words"),
    [("Stop!!!", "stop"), ("  «Aide»  ", "aide"), ("C'est-à-dire…", "c est a dire"), ("!!!", ""), ("1)", "1")],
)
def test_bare_words_are_letters_digits_and_single_spaces(text: str, words: str) -> None:
    assert bare_words(text) == words


@pytest.mark.parametrize("text", ["a", "1", "٣", "ሀ", "؟ نعم", "...ok"])
def test_letters_and_digits_of_any_script_are_words(text: str) -> None:
    assert has_words(text)


@pytest.mark.parametrize("text", ["", "???", "😀😀", "...", "  ", "👨‍👩‍👧"])
def test_signs_alone_are_no_words(text: str) -> None:
    assert not has_words(text)


@settings(deadline=None)
@given(st.text(max_size=1500))
def test_every_text_can_be_cleaned_and_folded_and_doing_it_again_changes_nothing(text: str) -> None:
    cleaned = clean(text)
    assert len(cleaned) <= LONGEST
    assert clean(cleaned) == cleaned
    assert not any(unicodedata.category(each) in {"Cc", "Cs"} for each in cleaned)
    assert bare_words(bare_words(text)) == bare_words(text)
