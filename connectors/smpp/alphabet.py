"""Texts as octets and back, by data_coding [5.2.19; 3GPP TS 23.038, 4]."""

from __future__ import annotations

import gsm0338  # noqa: F401 - registers the codec "gsm03.38", one septet an octet

from connectors.smpp.settings import Alphabet

_CODECS = {Alphabet.GSM: "gsm03.38", Alphabet.LATIN_1: "latin-1", Alphabet.ASCII: "ascii"}
_BY_DATA_CODING = {0x01: "ascii", 0x03: "latin-1", 0x06: "iso8859-5", 0x07: "iso8859-8", 0x08: "utf-16-be"}
_BINARY = {0x02, 0x04}
_MESSAGE_CLASS = 0xF0
_GENERAL_CLASS = range(0x10, 0x40)


def encode(text: str, alphabet: Alphabet) -> bytes | None:
    """``text`` in the SMSC's default alphabet; None where it has a letter that is not in it."""
    try:
        return text.encode(_CODECS[alphabet])
    except UnicodeEncodeError:
        return None


def encode_ucs_2(text: str) -> bytes:
    """``text`` in big-endian UTF-16, which is what networks and phones take for UCS-2. Half a character becomes "?"."""
    return text.encode("utf-8", "replace").decode().encode("utf-16-be")


def decode(octets: bytes, data_coding: int, alphabet: Alphabet) -> str | None:
    """The text of ``octets``; None where they are no text. What cannot be read becomes U+FFFD.

    Args:
        alphabet: the SMSC's default, for data_coding 0 and all that names none.
    """
    codec = _codec(data_coding, alphabet)
    return None if codec is None else octets.decode(codec, "replace")


def _codec(data_coding: int, alphabet: Alphabet) -> str | None:
    if data_coding in _BINARY:
        return None
    if data_coding in _BY_DATA_CODING:
        return _BY_DATA_CODING[data_coding]
    if data_coding in _GENERAL_CLASS or data_coding >= _MESSAGE_CLASS:  # 3GPP's own groups, which many SMSCs pass on
        bits = data_coding >> 2 & 0b11
        if data_coding >= _MESSAGE_CLASS:
            bits &= 0b01
        return (_CODECS[alphabet], None, "utf-16-be", _CODECS[alphabet])[bits]
    return _CODECS[alphabet]

