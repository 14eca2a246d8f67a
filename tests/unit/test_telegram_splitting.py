"""Long texts at Telegram: cut where a reader would pause, never longer than Telegram takes, nothing lost."""

from __future__ import annotations

import html

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.splitting import parts_of
from connectors.telegram.splitting import LONGEST, split_text
from store.messages import Channel, Choice, Reply

FAMILY = "👨‍👩‍👧‍👦"
PIECES = ["mot ", "Fin. ", "Quoi ? ", "\n", "\n\n", "- un\n", "<b>&", "&amp; ", "« Ici ! » ", FAMILY,
          "ጥያቄ። ", "سؤال؟ ", "é", "x" * 30, "  "]


def units(text: str) -> int:
    return len(html.escape(text, quote=False).encode("utf-16-le")) // 2


def test_what_fits_stays_whole() -> None:
    assert split_text("a" * LONGEST) == ["a" * LONGEST]
    assert len(split_text("<" * (LONGEST // 4))) == 1
    assert len(split_text("<" * (LONGEST // 4 + 1))) == 2
    assert split_text(" \n ") == []


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Un deux trois.\n\nQuatre cinq six.\n\nSept.", ["Un deux trois.", "Quatre cinq six.\n\nSept."]),
        ("Un deux trois.\nQuatre cinq six.\nSept.", ["Un deux trois.", "Quatre cinq six.\nSept."]),
        ("Un deux trois. Quatre ? Cinq ! Six sept huit.", ["Un deux trois. Quatre ?", "Cinq ! Six sept huit."]),
        ("« Un, deux, trois ! » Quatre, cinq, six.", ["« Un, deux, trois ! »", "Quatre, cinq, six."]),
        ("አንድ ሁለት ሦስት አራት። አምስት ስድስት ሰባት፧ ስምንት።", ["አንድ ሁለት ሦስት አራት።", "አምስት ስድስት ሰባት፧ ስምንት።"]),
        ("واحد اثنان ثلاثة؟ أربعة خمسة ستة.", ["واحد اثنان ثلاثة؟", "أربعة خمسة ستة."]),
        ("mot " * 8, ["mot mot mot mot mot mot", "mot mot"]),
        ("abcdefghijklmnopqrstuvwxyz0123", ["abcdefghijklmnopqrstuvwxy", "z0123"]),
        ("1.5 km et 2.5 km et 3.5 km encore", ["1.5 km et 2.5 km et 3.5", "km encore"]),
    ],
)
def test_a_cut_is_where_a_reader_pauses(text: str, parts: list[str]) -> None:
    assert split_text(text, 25) == parts


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join), st.integers(min_value=40, max_value=90))
def test_nothing_is_lost_nothing_is_too_long_and_no_character_is_cut(text: str, longest: int) -> None:
    parts = split_text(text, longest)
    assert all(part.strip() == part != "" and units(part) <= longest for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())
    whole = [each for each in regex.findall(r"\X", text) if not each.isspace()]
    assert [each for part in parts for each in regex.findall(r"\X", part) if not each.isspace()] == whole


def test_every_part_quotes_the_message_and_the_last_has_the_buttons() -> None:
    first, last = parts_of(Reply("mot " * 2000, (Choice("Menu", "/ask_menu"),), "77"), Channel.TELEGRAM)
    assert (first.quotes, first.choices) == ("77", ())
    assert (last.quotes, [each.payload for each in last.choices]) == ("77", ["/ask_menu"])
