"""Long messages in parts: how ours are cut, and what part of what an inbound message is.

Sources: 3GPP TS 23.040, 9.2.3.24 (user data header; 9.2.3.24.1 and .8 concatenation), SMPP 3.4, 5.3.2.22 to 5.3.2.24
(sar_*) and 5.3.2.32 (message_payload).
"""

from __future__ import annotations

from dataclasses import dataclass

from smpp34 import DeliverSm, Tlv

from connectors.smpp.alphabet import encode, encode_ucs_2
from connectors.smpp.pdu import Tag
from connectors.smpp.settings import Alphabet, LongMessages, SmppSettings
from content.segments import CONCATENATION_OCTETS, Encoding, Segmentation, segment

_UDHI = 0x40
_CONCATENATED_8, _CONCATENATED_16 = 0x00, 0x08
_PORTS_8, _PORTS_16 = 0x04, 0x05
_CONCATENATION_16_OCTETS = 7
_MOST_PARTS = 255


@dataclass(frozen=True)
class Segment:
    """One submit_sm's share of a text."""

    octets: bytes
    data_coding: int
    esm_class: int = 0
    tlvs: tuple[Tlv, ...] = ()


@dataclass(frozen=True)
class Place:
    """Which part of which message: the reference is the sender's own, and comes again after 256 or 65,536 messages."""

    reference: int
    total: int
    part: int


@dataclass(frozen=True)
class UserData:
    """What one deliver_sm carries.

    Attributes:
        octets: without any header.
        place: None for a whole message.
        for_application: addressed to a port on a phone, so nothing that a person wrote.
    """

    octets: bytes
    place: Place | None
    for_application: bool


def split(text: str, reference: int, settings: SmppSettings) -> list[Segment]:
    """``text`` as the submit_sm that it takes, in order. Cut where ``content.segments`` counts the segments.

    Args:
        reference: at most 16 bits; the lower eight are used where the header has no more. The same for every attempt,
            so that a phone that has some of the parts already takes them for the same.
    """
    header = _CONCATENATION_16_OCTETS if settings.long_messages is LongMessages.UDH16 else CONCATENATION_OCTETS
    cut = _cut(text, settings.alphabet, header)
    data_coding = settings.data_coding if cut.encoding is Encoding.GSM_7 else settings.ucs2_data_coding

    def octets_of(part: str) -> bytes:
        found = encode(part, settings.alphabet) if cut.encoding is Encoding.GSM_7 else None
        return encode_ucs_2(part) if found is None else found

    parts = [octets_of(part) for part in cut.parts]
    if len(parts) == 1:
        return [Segment(parts[0], data_coding)]
    if settings.long_messages is LongMessages.PAYLOAD:
        return [Segment(b"", data_coding, tlvs=(Tlv(Tag.MESSAGE_PAYLOAD, b"".join(parts)),))]
    total = len(parts)
    if settings.long_messages is LongMessages.SAR:
        return [Segment(each, data_coding, tlvs=_sar(Place(reference, total, number)))
                for number, each in enumerate(parts, start=1)]
    return [Segment(_header(Place(reference, total, number), header) + each, data_coding, _UDHI)
            for number, each in enumerate(parts, start=1)]


def _cut(text: str, alphabet: Alphabet, header: int) -> Segmentation:
    cut = segment(text, header_octets=header)
    if cut.encoding is Encoding.GSM_7 and any(encode(part, alphabet) is None for part in cut.parts):
        return segment(text, encoding=Encoding.UCS_2, header_octets=header)  # a letter that this SMSC's default lacks
    return cut


def _header(place: Place, octets: int) -> bytes:
    if octets == _CONCATENATION_16_OCTETS:
        return bytes([6, _CONCATENATED_16, 4]) + place.reference.to_bytes(2, "big") + bytes([place.total, place.part])
    return bytes([5, _CONCATENATED_8, 3, place.reference & 0xFF, place.total, place.part])


def _sar(place: Place) -> tuple[Tlv, ...]:
    return (
        Tlv(Tag.SAR_MSG_REF_NUM, place.reference.to_bytes(2, "big")),
        Tlv(Tag.SAR_TOTAL_SEGMENTS, bytes([place.total])),
        Tlv(Tag.SAR_SEGMENT_SEQNUM, bytes([place.part])),
    )


def user_data(deliver: DeliverSm) -> UserData:
    """What a deliver_sm carries, with its place in a longer message, if any. Never raises."""
    tlvs = {tlv.tag: tlv.value for tlv in deliver.tlvs}
    octets = deliver.short_message or tlvs.get(Tag.MESSAGE_PAYLOAD, b"")
    if deliver.esm_class & _UDHI and octets:
        elements, rest = _elements(octets)
        return UserData(rest, _sound(_place_of(elements)) or _sar_place(tlvs),
                        bool(elements.keys() & {_PORTS_8, _PORTS_16}))
    return UserData(octets, _sar_place(tlvs), False)


def _elements(octets: bytes) -> tuple[dict[int, bytes], bytes]:
    """The information elements of a user data header, and what follows it."""
    end = 1 + octets[0]
    if end > len(octets):
        return {}, octets
    found, at = {}, 1
    while at + 2 <= end:
        kind, length = octets[at], octets[at + 1]
        found[kind] = octets[at + 2:min(at + 2 + length, end)]
        at += 2 + length
    return found, octets[end:]


def _place_of(elements: dict[int, bytes]) -> Place | None:
    if len(value := elements.get(_CONCATENATED_16, b"")) == 4:
        return Place(int.from_bytes(value[:2], "big"), value[2], value[3])
    if len(value := elements.get(_CONCATENATED_8, b"")) == 3:
        return Place(value[0], value[1], value[2])
    return None


def _sar_place(tlvs: dict[int, bytes]) -> Place | None:
    values = [tlvs.get(tag, b"") for tag in
              (Tag.SAR_MSG_REF_NUM, Tag.SAR_TOTAL_SEGMENTS, Tag.SAR_SEGMENT_SEQNUM)]
    if not all(values):
        return None
    return _sound(Place(*(int.from_bytes(value[-2:], "big") for value in values)))


def _sound(place: Place | None) -> Place | None:
    """A place in a message of several parts; anything else is a whole message."""
    if place is None or place.total < 2 or not 1 <= place.part <= place.total <= _MOST_PARTS:
        return None
    return place
