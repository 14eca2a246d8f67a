"""Protocol data units: what smpp34 does not write or read by itself, in one place.

smpp34 encodes and decodes submit_sm and deliver_sm; the others that we need are a header and strings [4].
"""

from __future__ import annotations

import asyncio
import struct
from dataclasses import dataclass
from enum import IntEnum

import smpp34
from smpp34 import DeliverSm, RawPdu, SubmitSm

from connectors.smpp.errors import LinkError
from connectors.smpp.settings import SmppSettings

GENERIC_NACK = 0x80000000
BIND_RECEIVER = 0x01
BIND_TRANSMITTER = 0x02
BIND_TRANSCEIVER = 0x09
SUBMIT_SM = 0x04
DELIVER_SM = 0x05
UNBIND = 0x06
ENQUIRE_LINK = 0x15
ALERT_NOTIFICATION = 0x102
RESPONSE = 0x80000000

class Tag(IntEnum):
    """The optional parameters that we write or read [5.3.2]."""

    RECEIPTED_MESSAGE_ID = 0x001E
    SAR_MSG_REF_NUM = 0x020C
    SAR_TOTAL_SEGMENTS = 0x020E
    SAR_SEGMENT_SEQNUM = 0x020F
    MESSAGE_PAYLOAD = 0x0424
    MESSAGE_STATE = 0x0427


_HEADER = struct.Struct(">IIII")
_VERSION = 0x34
_LONGEST = 0x11000  # a message_payload has at most 64 KiB
_LAST_SEQUENCE = 0x7FFFFFFF


@dataclass(frozen=True)
class Header:
    """The first sixteen octets of a unit [3.2]."""

    command: int
    status: int
    sequence: int

    @property
    def is_response(self) -> bool:
        """Whether it answers one of ours."""
        return bool(self.command & RESPONSE)


@dataclass(frozen=True)
class Unit:
    """One unit as it came. ``deliver`` is None for all commands but deliver_sm, and for one that cannot be read."""

    header: Header
    body: bytes
    deliver: DeliverSm | None = None

    @property
    def text(self) -> str:
        """The C-octet string that the body begins with: the id in submit_sm_resp, a name in a bind's answer."""
        return self.body.split(b"\0", 1)[0].decode("ascii", "replace")


def next_sequence(last: int) -> int:
    """The sequence number after ``last`` [3.2]."""
    return last % _LAST_SEQUENCE + 1


def plain(command: int, sequence: int, status: int = 0, body: bytes = b"") -> bytes:
    """A unit of a header and a given body."""
    return _HEADER.pack(_HEADER.size + len(body), command, status, sequence) + body


def bind(command: int, sequence: int, settings: SmppSettings) -> bytes:
    """bind_transmitter, bind_receiver or bind_transceiver [4.1]."""
    strings = [value.encode("ascii") + b"\0" for value in
               (settings.system_id, settings.password, settings.system_type)]
    return plain(command, sequence, body=b"".join(strings) + bytes([_VERSION, 0, 0]) + b"\0")


async def read(stream: asyncio.StreamReader) -> Unit:
    """The next unit.

    Raises:
        LinkError: what comes is no SMPP, or longer than any unit.
        OSError, asyncio.IncompleteReadError: the connection ended.
    """
    start = await stream.readexactly(_HEADER.size)
    length, command, status, sequence = _HEADER.unpack(start)
    if not _HEADER.size <= length <= _LONGEST:
        raise LinkError(f"the SMSC sent a unit of {length} octets: this is not SMPP, or no longer in step")
    body = await stream.readexactly(length - _HEADER.size)
    header = Header(command, status, sequence)
    return Unit(header, body, _deliver(start + body) if command == DELIVER_SM else None)


def _deliver(octets: bytes) -> DeliverSm | None:
    try:
        unit: DeliverSm | SubmitSm | RawPdu = smpp34.decode(octets)
    except smpp34.SmppError:
        return None
    return unit if isinstance(unit, DeliverSm) else None
