"""How texts travel by SMS: alphabets, limits, and characters that are never split."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from content.segments import Encoding, clusters, segment, septets, split_for_sms, utf_16_units

# 3GPP TS 23.038, 6.2.1: the basic table without its escape, and the extension table.
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENSION = "\f^{}\\[~]|€"
FAMILY = "👨‍👩‍👧‍👦"  # seven code points joined by ZWJ, eleven UTF-16 units
SENEGAL = "🇸🇳"  # two regional indicators, four UTF-16 units
WAVING = "👋🏿"  # an emoji and a skin tone
KEYCAP = "1️⃣"
BAMBARA_TONE = "ɔ́"  # no composed form: two code points
PIECES = ["a", "é", "€", "{", " ", "\n", "ɛ", BAMBARA_TONE, FAMILY, SENEGAL, WAVING, KEYCAP, "ሀ", "ش", "شَّ", "ñ", "😀"]


def test_the_basic_table_has_127_letters_of_one_septet() -> None:
    assert len(set(BASIC)) == 127
    found = segment(BASIC)
    assert (found.encoding, found.segments, found.remaining) == (Encoding.GSM_7, 1, 160 - 127)


@pytest.mark.parametrize("letter", EXTENSION)
def test_a_letter_of_the_extension_table_takes_two_septets(letter: str) -> None:
    assert segment(letter).encoding is Encoding.GSM_7
    assert segment(letter).remaining == 158
    assert segment(letter * 80).segments == 1
    assert segment(letter * 81).segments == 2


@pytest.mark.parametrize(
    ("length", "segments", "remaining"),
    [(1, 1, 159), (160, 1, 0), (161, 2, 2 * 153 - 161), (306, 2, 0), (307, 3, 3 * 153 - 307), (459, 3, 0),
     (460, 4, 152)],
)
def test_gsm_7_holds_160_alone_and_153_a_segment_of_several(length: int, segments: int, remaining: int) -> None:
    found = segment("a" * length)
    assert (found.encoding, found.segments, found.remaining) == (Encoding.GSM_7, segments, remaining)


@pytest.mark.parametrize(
    ("length", "segments", "remaining"),
    [(1, 1, 69), (70, 1, 0), (71, 2, 2 * 67 - 71), (134, 2, 0), (135, 3, 3 * 67 - 135)],
)
def test_ucs_2_holds_70_alone_and_67_a_segment_of_several(length: int, segments: int, remaining: int) -> None:
    found = segment("ش" * length)
    assert (found.encoding, found.segments, found.remaining) == (Encoding.UCS_2, segments, remaining)


def test_an_empty_text_costs_nothing() -> None:
    found = segment("")
    assert (found.encoding, found.segments, found.parts, found.forced_by) == (Encoding.GSM_7, 0, (), ())


def test_a_pair_of_septets_is_never_split() -> None:
    found = segment("a" * 152 + "€" + "a" * 10)
    assert found.parts == ("a" * 152, "€" + "a" * 10)


def test_a_surrogate_pair_is_never_split() -> None:
    found = segment("ش" * 66 + "😀" + "ش" * 10)
    assert found.parts == ("ش" * 66, "😀" + "ش" * 10)
    assert found.remaining == 67 - 12


@pytest.mark.parametrize("character", [FAMILY, SENEGAL, WAVING, KEYCAP, BAMBARA_TONE, "شَّ"])
@pytest.mark.parametrize("before", range(60, 68))
def test_a_character_that_a_reader_sees_as_one_is_never_split(character: str, before: int) -> None:
    found = segment("ش" * before + character + "ش" * 20)
    assert sum(character in part for part in found.parts) == 1
    assert "".join(found.parts) == "ش" * before + character + "ش" * 20


def test_flags_in_a_row_stay_in_their_pairs() -> None:
    found = segment(SENEGAL * 40)
    assert all(part == SENEGAL * 16 for part in found.parts[:-1])  # 16 flags of 4 units fit 67, 17 do not


def test_one_letter_outside_gsm_7_makes_the_whole_text_ucs_2() -> None:
    text = "Ecrivez votre question, nous repondons ici: retour, aide, adresses, delais"
    assert segment(text).segments == 1
    assert segment(text + " ê").segments == 2
    assert segment(text + " ê").forced_by == ("ê",)


def test_what_forces_ucs_2_is_named_once_each_in_order() -> None:
    assert segment("ça coûte où? ŋɛ ŋ û").forced_by == ("ç", "û", "ŋ", "ɛ")
    assert segment("é à è ù ì ò Ç É € {").forced_by == ()


def test_a_decomposed_letter_is_named_as_the_reader_sees_it() -> None:
    assert segment("caf" + "e\u0301").forced_by == ("e\u0301",)
    assert segment(f"{FAMILY} ici").forced_by == (FAMILY,)


def test_a_letter_under_more_marks_than_a_segment_holds_can_still_be_sent() -> None:
    text = "a" + "\u0301" * 150
    assert "".join(segment(text).parts) == text


TEXTS = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=250).map("".join),
    st.text(max_size=300),
    st.text(alphabet=BASIC + EXTENSION, max_size=500),
)


@settings(deadline=None)
@given(TEXTS)
def test_parts_are_the_text_within_the_limits_and_begin_at_characters(text: str) -> None:
    found = segment(text)
    assert "".join(found.parts) == text
    measure = septets if found.encoding is Encoding.GSM_7 else utf_16_units
    single, several = (160, 153) if found.encoding is Encoding.GSM_7 else (70, 67)
    limit = single if found.segments == 1 else several
    assert all(0 < measure(part) <= limit for part in found.parts)
    assert (found.segments <= 1) == (measure(text) <= single)
    if found.parts:
        assert found.remaining == limit - measure(found.parts[-1])
    boundaries = {match.start() for match in regex.finditer(r"\X", text)}
    start, longest = 0, max(map(measure, clusters(text)), default=0)
    for part in found.parts:
        assert start in boundaries or longest > limit
        start += len(part)


@settings(deadline=None)
@given(TEXTS)
def test_the_encoding_is_decided_by_the_letters_alone(text: str) -> None:
    found = segment(text)
    assert (found.encoding is Encoding.GSM_7) == (set(text) <= set(BASIC + EXTENSION))
    assert (found.encoding is Encoding.UCS_2) == bool(found.forced_by)


@settings(deadline=None)
@given(TEXTS, st.integers(1, 3), st.sampled_from(["", " SUITE: la suite.", " ሌላ"]))
def test_a_long_text_is_sent_in_pieces_of_so_many_segments_and_nothing_is_lost(
    text: str, segments: int, reserve: str
) -> None:
    parts = split_for_sms(text, segments, reserve)
    assert all(segment(part + reserve).segments <= segments for part in parts)
    assert "".join("".join(parts).split()) == "".join(text.split())


def test_pieces_end_with_a_sentence_where_one_fits() -> None:
    sentence = "Allez au bureau de l'OIM le plus proche et dites que vous voulez rentrer. "
    parts = split_for_sms(sentence * 6, 1)
    assert list(parts) == [(sentence * 2).strip()] * 3


def test_arabic_and_ethiopic_sentences_end_too() -> None:
    arabic = "هل تريد العودة إلى بلدك؟ "
    ethiopic = "ወደ ሀገርዎ መመለስ ይፈልጋሉ። "
    assert all(part.endswith("؟") for part in split_for_sms(arabic * 5, 1))
    assert all(part.endswith("።") for part in split_for_sms(ethiopic * 6, 1))


def test_a_sentence_too_long_is_cut_between_words() -> None:
    text = "mot " * 100
    for part in split_for_sms(text, 1):
        assert set(part.split()) == {"mot"}
