"""What the SMSC's answers mean for sending: the one place where a command_status is decided [5.1.3]."""

from __future__ import annotations

from enum import IntEnum

from connectors.errors import ConnectorError, SendError

NO_LINK_SECONDS = 5.0
_OUR_FAULT_SECONDS = 600.0


class LinkError(ConnectorError):
    """The SMSC cannot be reached, does not let us in, or does not answer."""


class MessageState(IntEnum):
    """What became of a message [5.2.28], by the names that receipts use for it in their text [appendix B]."""

    ENROUTE = 1
    DELIVRD = 2
    EXPIRED = 3
    DELETED = 4
    UNDELIV = 5
    ACCEPTD = 6
    UNKNOWN = 7
    REJECTD = 8


class Status(IntEnum):
    """The command_status values that we send or decide about."""

    ESME_ROK = 0x00
    ESME_RINVMSGLEN = 0x01
    ESME_RINVCMDLEN = 0x02
    ESME_RINVCMDID = 0x03
    ESME_RINVBNDSTS = 0x04
    ESME_RALYBND = 0x05
    ESME_RSYSERR = 0x08
    ESME_RINVSRCADR = 0x0A
    ESME_RINVDSTADR = 0x0B
    ESME_RBINDFAIL = 0x0D
    ESME_RINVPASWD = 0x0E
    ESME_RINVSYSID = 0x0F
    ESME_RMSGQFUL = 0x14
    ESME_RINVSERTYP = 0x15
    ESME_RINVESMCLASS = 0x43
    ESME_RSUBMITFAIL = 0x45
    ESME_RINVSRCTON = 0x48
    ESME_RINVSRCNPI = 0x49
    ESME_RINVDSTTON = 0x50
    ESME_RINVDSTNPI = 0x51
    ESME_RINVSYSTYP = 0x53
    ESME_RTHROTTLED = 0x58
    ESME_RX_T_APPN = 0x64
    ESME_RX_P_APPN = 0x65
    ESME_RX_R_APPN = 0x66
    ESME_RINVOPTPARSTREAM = 0xC0
    ESME_ROPTPARNOTALLWD = 0xC1
    ESME_RINVPARLEN = 0xC2
    ESME_RINVOPTPARAMVAL = 0xC4


THROTTLED = {Status.ESME_RTHROTTLED, Status.ESME_RMSGQFUL}
"""The SMSC asks for less: the whole link slows down, not the one message."""

_UNREACHABLE = {Status.ESME_RINVDSTADR}
_REFUSED = {
    Status.ESME_RINVMSGLEN, Status.ESME_RINVCMDLEN, Status.ESME_RINVESMCLASS, Status.ESME_RX_P_APPN,
    Status.ESME_RX_R_APPN, Status.ESME_RINVOPTPARSTREAM, Status.ESME_ROPTPARNOTALLWD, Status.ESME_RINVPARLEN,
    Status.ESME_RINVOPTPARAMVAL, Status.ESME_RINVDSTTON, Status.ESME_RINVDSTNPI,
}
_OUR_SETTINGS = {
    Status.ESME_RINVSRCADR, Status.ESME_RINVSERTYP, Status.ESME_RINVSRCTON, Status.ESME_RINVSRCNPI,
    Status.ESME_RINVCMDID,
}


def send_error(status: int) -> SendError:
    """What a command_status other than ESME_ROK means for a message.

    What the specification does not name (operators have values of their own from 0x400 on) is tried again: attempts
    are limited.
    """
    code = name_of(status)
    if status in _UNREACHABLE:
        return SendError(code, retryable=False, unreachable=True)
    if status in _REFUSED:
        return SendError(code, retryable=False)
    if status in _OUR_SETTINGS:  # wrong for every message: kept until somebody has mended them
        return SendError(code, retryable=True, retry_after=_OUR_FAULT_SECONDS)
    return SendError(code, retryable=True)


def receipt_error(state: MessageState, network_code: str) -> SendError | None:
    """What a message's last state means, with the network's own code, if any; None where it was delivered.

    EXPIRED alone is passing: the phone was off or out of reach for as long as the SMSC tries. The others are the SMSC's
    last word, and a message in state UNKNOWN may have arrived.
    """
    if state is MessageState.DELIVRD:
        return None
    code = f"{state.name} {network_code}".strip()[:64]
    return SendError(code, retryable=state is MessageState.EXPIRED)


def name_of(status: int) -> str:
    """A command_status as the specification writes it, or its number."""
    return Status(status).name if status in set(Status) else f"0x{status:08X}"


def no_link() -> SendError:
    """The link is down at this moment; whether what was under way arrived is not known."""
    return SendError("no-link", retryable=True, retry_after=NO_LINK_SECONDS)
