"""Delivery receipts: what became of a message [5.2.12, 5.2.28, appendix B], by text or by parameters."""

from __future__ import annotations

import re
from dataclasses import dataclass

from smpp34 import DeliverSm

from connectors.errors import SendError
from connectors.smpp.errors import MessageState, receipt_error
from connectors.smpp.pdu import Tag
from connectors.smpp.settings import MessageIds

_TYPE = 0b00111100
_RECEIPT, _INTERMEDIATE = 0b00000100, 0b00100000
_FIELD = re.compile(rb"\b(id|stat|err):\s*([^\s]+)", re.IGNORECASE)
_TEXT = re.compile(rb"\btext:", re.IGNORECASE)
_UNFINISHED = {MessageState.ENROUTE, MessageState.ACCEPTD}
_LONGEST_ID = 64


@dataclass(frozen=True)
class Receipt:
    """What a receipt says.

    Attributes:
        message_id: in the form of ``canonical_id``.
        final: whether the message's way ends with this.
        failure: why it was not delivered; None: it was, or is still on its way.
    """

    message_id: str
    final: bool
    failure: SendError | None


def is_receipt(deliver: DeliverSm) -> bool:
    """Whether a deliver_sm tells of a message of ours: by its esm_class, or by its parameters where that is 0."""
    tags = {tlv.tag for tlv in deliver.tlvs}
    marked = deliver.esm_class & _TYPE in (_RECEIPT, _INTERMEDIATE)
    return marked or {Tag.RECEIPTED_MESSAGE_ID, Tag.MESSAGE_STATE} <= tags


def read_receipt(deliver: DeliverSm, ids: MessageIds) -> Receipt | None:
    """The receipt; None where it names no message. Its parameters come before its text."""
    tlvs = {tlv.tag: tlv.value for tlv in deliver.tlvs}
    octets = deliver.short_message or tlvs.get(Tag.MESSAGE_PAYLOAD, b"")
    fields = {name.lower(): value for name, value in _FIELD.findall(_TEXT.split(octets, maxsplit=1)[0])}
    identifier = tlvs.get(Tag.RECEIPTED_MESSAGE_ID, b"").rstrip(b"\0") or fields.get(b"id", b"")
    if not identifier:
        return None
    state = _state(tlvs.get(Tag.MESSAGE_STATE, b""), fields.get(b"stat", b""))
    message_id = canonical_id(identifier.decode("ascii", "replace"), ids, of_receipt=True)
    if state is None or state in _UNFINISHED:
        return Receipt(message_id, False, None)
    code = fields.get(b"err", b"").decode("ascii", "replace")
    return Receipt(message_id, True, receipt_error(state, code if code.strip("0") else ""))


def _state(parameter: bytes, named: bytes) -> MessageState | None:
    if parameter and parameter[0] in set(MessageState):
        return MessageState(parameter[0])
    return MessageState.__members__.get(named.decode("ascii", "replace").upper())


def canonical_id(identifier: str, ids: MessageIds, *, of_receipt: bool) -> str:
    """A message's id in one form, whether it comes from submit_sm_resp or from a receipt."""
    hexadecimal = ids is (MessageIds.DECIMAL_HEX if of_receipt else MessageIds.HEX_DECIMAL)
    text = identifier.strip().casefold()
    if ids is not MessageIds.SAME:
        try:
            return str(int(text, 16 if hexadecimal else 10))[:_LONGEST_ID]
        except ValueError:
            pass  # not what the setting says; perhaps it is the same in both places
    return (text.lstrip("0") or text[:1])[:_LONGEST_ID]
