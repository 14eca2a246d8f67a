"""How to reach one operator's SMSC, and what is particular to it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from connectors.sms.senders import SenderKind, kind_of


class Binding(StrEnum):
    """One connection for both ways, or one for each."""

    TRANSCEIVER = "transceiver"
    PAIR = "pair"


class Alphabet(StrEnum):
    """What this SMSC takes for its "default alphabet" (data_coding 0): the specification leaves it open [5.2.19]."""

    GSM = "gsm"
    LATIN_1 = "latin-1"
    ASCII = "ascii"


class LongMessages(StrEnum):
    """How a text of several segments is handed over.

    UDH, UDH16: in parts with a concatenation header of 8 or 16 bits of reference (3GPP TS 23.040, 9.2.3.24).
    SAR: in parts with the parameters sar_* [5.3.2.22]; the SMSC makes the headers.
    PAYLOAD: whole, in message_payload [5.3.2.32]; the SMSC splits it.
    """

    UDH = "udh"
    UDH16 = "udh16"
    SAR = "sar"
    PAYLOAD = "payload"


class MessageIds(StrEnum):
    """How the same id is written in submit_sm_resp and in the receipt. Leading zeros and case never count."""

    SAME = "same"
    HEX_DECIMAL = "hex-decimal"
    DECIMAL_HEX = "decimal-hex"


@dataclass(frozen=True)
class SmppSettings:
    """One SMSC.

    Attributes:
        sender: what people see and answer to: a short code, a number in E.164 form or a name.
        sender_ton, sender_npi: its type and plan [5.2.5, 5.2.6]; None: by its form.
        country_code: calling code put before numbers that the SMSC gives in national form, or None.
        data_coding: with which texts of the default alphabet travel.
        ucs2_data_coding: with which all others do.
        window: submit_sm without an answer at a time.
        rate: submit_sm a second, each segment one; of this bind.
        enquire_link_seconds: of silence before we ask whether the link lives.
        response_seconds: within which the SMSC must answer a request.
        parts_seconds: how long a long message waits for its missing parts.
    """

    host: str
    port: int
    system_id: str
    password: str
    sender: str
    system_type: str = ""
    binding: Binding = Binding.TRANSCEIVER
    tls: bool = False
    sender_ton: int | None = None
    sender_npi: int | None = None
    country_code: str | None = None
    service_type: str = ""
    alphabet: Alphabet = Alphabet.GSM
    data_coding: int = 0
    ucs2_data_coding: int = 8
    long_messages: LongMessages = LongMessages.UDH
    message_ids: MessageIds = MessageIds.SAME
    window: int = 10
    rate: int = 10
    enquire_link_seconds: int = 30
    response_seconds: int = 30
    parts_seconds: int = 300

    @property
    def takes_answers(self) -> bool:
        """Whether people can answer what we send: not where it comes from a name."""
        return kind_of(self.sender) is not SenderKind.NAME
