"""SMPP's octets: texts cut and read again, headers, receipts, and what each command_status means."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from smpp34 import DeliverSm, SubmitSm, Tlv, decode

from connectors.smpp.alphabet import decode as text_of
from connectors.smpp.concatenation import Place, Segment, split, user_data
from connectors.smpp.errors import MessageState, Status, receipt_error, send_error
from connectors.smpp.inbound import MISSING, address_of, joined
from connectors.smpp.parts import Piece
from connectors.smpp.pdu import Tag
from connectors.smpp.receipts import canonical_id, is_receipt, read_receipt
from connectors.smpp.settings import Alphabet, LongMessages, MessageIds, SmppSettings
from content.segments import Encoding, segment

TEXTS = st.text(
    st.one_of(st.sampled_from("aeé€[^]\nàÇΔ ç’😀ሰላم"), st.characters(exclude_categories=("Cs",))), min_size=1,
    max_size=900,
)
PARTED = [LongMessages.UDH, LongMessages.UDH16, LongMessages.SAR]


def settings(**more: Any) -> SmppSettings:
    return SmppSettings("localhost", 2775, "sahan", "secret", "8080", **more)


def received(segment: Segment) -> DeliverSm:
    """A segment of ours as the network would bring it to somebody."""
    return DeliverSm("22370000001", "8080", segment.octets, esm_class=segment.esm_class,
                     data_coding=segment.data_coding, tlvs=list(segment.tlvs))


@given(text=TEXTS, mode=st.sampled_from(LongMessages), reference=st.integers(0, 0xFFFF))
def test_what_is_cut_is_the_text_again(text: str, mode: LongMessages, reference: int) -> None:
    chosen = settings(long_messages=mode)
    segments = split(text, reference, chosen)
    pieces = []
    for number, each in enumerate(segments, start=1):
        deliver = decode(SubmitSm("1", "2", each.octets, esm_class=each.esm_class, data_coding=each.data_coding,
                                  tlvs=list(each.tlvs)).encode())
        assert isinstance(deliver, SubmitSm)
        data = user_data(received(each))
        if len(segments) > 1:
            assert data.place is not None
            assert (data.place.total, data.place.part) == (len(segments), number)
            assert data.place.reference == reference & (0xFF if mode is LongMessages.UDH else 0xFFFF)
        pieces.append(Piece("+1", data.octets, each.data_coding, number, len(segments)))
    assert joined(tuple(pieces), chosen) == text


@given(text=TEXTS)
def test_the_segments_are_those_that_were_counted(text: str) -> None:
    counted = segment(text)
    for mode in (LongMessages.UDH, LongMessages.SAR):
        cut = split(text, 7, settings(long_messages=mode))
        assert len(cut) == counted.segments
        for each, part in zip(cut, counted.parts, strict=True):
            coding = 0 if counted.encoding is Encoding.GSM_7 else 8
            assert each.data_coding == coding
            assert text_of(user_data(received(each)).octets, coding, Alphabet.GSM) == part


@given(text=TEXTS, mode=st.sampled_from(PARTED))
def test_no_segment_is_longer_than_the_radio_carries(text: str, mode: LongMessages) -> None:
    segments = split(text, 7, settings(long_messages=mode))
    header = {LongMessages.UDH: 6, LongMessages.UDH16: 7, LongMessages.SAR: 6}[mode] if len(segments) > 1 else 0
    for each in segments:
        octets = user_data(received(each)).octets
        bits = len(octets) * (7 if each.data_coding == 0 else 8)
        assert bits <= (140 - header) * 8


def test_headers_are_those_of_the_specification() -> None:
    long = "a" * 200
    assert [each.octets[:6].hex() for each in split(long, 0x12AB, settings())] == ["050003ab0201", "050003ab0202"]
    sixteen = split(long, 0x12AB, settings(long_messages=LongMessages.UDH16))
    assert [each.octets[:7].hex() for each in sixteen] == ["06080412ab0201", "06080412ab0202"]
    assert [len(each.octets) for each in sixteen] == [7 + 152, 7 + 48]


def test_a_letter_that_the_operators_alphabet_lacks_makes_the_text_ucs_2() -> None:
    (segment_,) = split("5 €", 1, settings(alphabet=Alphabet.LATIN_1))
    assert (segment_.data_coding, segment_.octets) == (8, "5 €".encode("utf-16-be"))
    (segment_,) = split("é^", 1, settings(alphabet=Alphabet.LATIN_1, data_coding=3))
    assert (segment_.data_coding, segment_.octets) == (3, b"\xe9^")


@pytest.mark.parametrize(("octets", "coding", "text"), [
    (b"\x1b\x65 \x05t\x05", 0x00, "€ été"), (b"ol\xe9", 0x03, "olé"), ("ሰላም".encode("utf-16-be"), 0x08, "ሰላም"),
    ("ሰላም".encode("utf-16-be"), 0x18, "ሰላም"), (b"\x05", 0x10, "é"), (b"\x05", 0xF0, "é"), (b"\x01\x02", 0x04, None),
    (b"\x01\x02", 0xF4, None), (b"abc", 0x01, "abc"), (b"abc", 0xC0, "abc"),
])
def test_texts_are_read_by_their_data_coding(octets: bytes, coding: int, text: str | None) -> None:
    assert text_of(octets, coding, Alphabet.GSM) == text


def test_a_letter_cut_between_two_parts_is_read_whole() -> None:
    face = "😀".encode("utf-16-be")
    pieces = (Piece("+1", face[:2], 8, 1, 2), Piece("+1", face[2:], 8, 2, 2))
    assert joined(pieces, settings()) == "😀"
    pieces = (Piece("+1", b"5 \x1b", 0, 1, 2), Piece("+1", b"\x65", 0, 2, 2))
    assert joined(pieces, settings()) == "5 €"


@pytest.mark.parametrize(("there", "text"), [
    ([1, 2], f"ab{MISSING}"), ([2, 3], f"{MISSING}bc"), ([1, 3], f"a{MISSING}c"), ([2], f"{MISSING}b{MISSING}"),
    ([1, 2, 3], "abc"),
])
def test_missing_parts_leave_a_mark(there: list[int], text: str) -> None:
    pieces = tuple(Piece("+1", b"abc"[part - 1:part], 0, part, 3) for part in there)
    assert joined(pieces, settings()) == text


@pytest.mark.parametrize(("udh", "place"), [
    ("050003070201", Place(7, 2, 1)), ("06080412ab0302", Place(0x12AB, 3, 2)),
    ("0a0003070202050400000000", Place(7, 2, 2)), ("0003070201", None), ("050003070203", None),
    ("050003070200", None), ("050003070101", None), ("ff0003070201", None),
])
def test_places_are_read_from_headers(udh: str, place: Place | None) -> None:
    assert user_data(DeliverSm("1", "2", bytes.fromhex(udh) + b"hi", esm_class=0x40)).place == place


def test_what_is_for_an_application_on_a_phone_is_no_message() -> None:
    assert user_data(DeliverSm("1", "2", bytes.fromhex("06050423f423f4") + b"\x00", esm_class=0x40)).for_application


@pytest.mark.parametrize(("source", "ton", "country_code", "address"), [
    ("22370000001", 1, None, "+22370000001"), ("+22370000001", 0, "223", "+22370000001"),
    ("70000001", 2, "223", "+22370000001"), ("070000001", 0, "221", "+22170000001"),
    ("22370000001", 0, "223", "+22370000001"), ("0022370000001", 0, None, "+22370000001"),
    ("77123456", 0, "253", "+25377123456"), ("Orange", 5, None, None), ("1234567", 5, None, None),
    ("8080", 0, "223", None), ("", 1, None, None), ("+223 70000001", 1, None, "+22370000001"),
])
def test_senders_are_numbers_that_can_be_answered(
    source: str, ton: int, country_code: str | None, address: str | None
) -> None:
    assert address_of(DeliverSm(source, "8080", b"x", source_addr_ton=ton), country_code) == address


RECEIPT = b"id:%s sub:001 dlvrd:001 submit date:2611250900 done date:2611250901 stat:%s err:%s text:id:9 stat:DELIVRD"


@pytest.mark.parametrize(("stat", "err", "final", "code", "retryable"), [
    (b"DELIVRD", b"000", True, None, None), (b"UNDELIV", b"012", True, "UNDELIV 012", False),
    (b"EXPIRED", b"000", True, "EXPIRED", True), (b"REJECTD", b"0A1", True, "REJECTD 0A1", False),
    (b"ACCEPTD", b"000", False, None, None), (b"ENROUTE", b"000", False, None, None),
    (b"what", b"1", False, None, None),
])
def test_receipts_are_read_from_their_text(
    stat: bytes, err: bytes, final: bool, code: str | None, retryable: bool | None
) -> None:
    deliver = DeliverSm("1", "2", RECEIPT % (b"00AF", stat, err), esm_class=0x04)
    assert is_receipt(deliver)
    receipt = read_receipt(deliver, MessageIds.SAME)
    assert receipt is not None
    assert (receipt.message_id, receipt.final) == ("af", final)
    failure = receipt.failure
    assert (failure and failure.code, failure and failure.retryable) == (code, retryable)


def test_a_receipts_parameters_come_before_its_text() -> None:
    tlvs = [Tlv(Tag.RECEIPTED_MESSAGE_ID, b"77\0"), Tlv(Tag.MESSAGE_STATE, b"\x05")]
    deliver = DeliverSm("1", "2", RECEIPT % (b"99", b"DELIVRD", b"000"), tlvs=tlvs)
    assert is_receipt(deliver), "by its parameters, where esm_class does not say so"
    receipt = read_receipt(deliver, MessageIds.SAME)
    assert receipt is not None
    assert (receipt.message_id, receipt.failure and receipt.failure.code) == ("77", "UNDELIV")
    assert read_receipt(DeliverSm("1", "2", b"hello", esm_class=0x04), MessageIds.SAME) is None


@pytest.mark.parametrize(("ids", "ours", "theirs"), [
    (MessageIds.SAME, "00AF", "af"), (MessageIds.SAME, "7f2c-11", "7F2C-11"), (MessageIds.SAME, "0", "000"),
    (MessageIds.HEX_DECIMAL, "00AF", "0000000175"), (MessageIds.DECIMAL_HEX, "175", "AF"),
    (MessageIds.HEX_DECIMAL, "zz-1", "ZZ-1"),
])
def test_ids_are_the_same_in_answer_and_receipt(ids: MessageIds, ours: str, theirs: str) -> None:
    assert canonical_id(ours, ids, of_receipt=False) == canonical_id(theirs, ids, of_receipt=True)


def test_ids_of_one_system_are_not_those_of_another() -> None:
    assert canonical_id("10", MessageIds.HEX_DECIMAL, of_receipt=False) != canonical_id(
        "10", MessageIds.HEX_DECIMAL, of_receipt=True)


def test_every_failure_is_mapped() -> None:
    for status in (*Status, 0x400, 0xFFFFFFFF):
        if status:
            error = send_error(status)
            assert not (error.retryable and error.unreachable), error.code
    assert send_error(Status.ESME_RINVDSTADR).unreachable
    assert not send_error(Status.ESME_RINVMSGLEN).retryable
    assert send_error(Status.ESME_RINVSRCADR).retryable, "our settings are wrong, not the message"
    assert (send_error(0x412).code, send_error(0x412).retryable) == ("0x00000412", True)
    assert receipt_error(MessageState.DELIVRD, "") is None


@given(octets=st.binary(max_size=200), esm_class=st.integers(0, 255), coding=st.integers(0, 255),
       tag=st.sampled_from(Tag), value=st.binary(max_size=20))
def test_no_octets_are_too_much(octets: bytes, esm_class: int, coding: int, tag: Tag, value: bytes) -> None:
    deliver = DeliverSm("22370000001", "8080", octets, esm_class=esm_class, data_coding=coding, tlvs=[Tlv(tag, value)])
    read_receipt(deliver, MessageIds.HEX_DECIMAL)
    data = user_data(deliver)
    piece = Piece("+1", data.octets, coding, 1, 1)
    text = joined((piece,), settings())
    assert text is None or isinstance(text, str)
    assert struct.unpack(">I", deliver.encode()[:4])[0] == len(deliver.encode())
