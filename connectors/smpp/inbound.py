"""What people write, from deliver_sm to the inbox, and receipts to the outbox: durable before it is answered."""

from __future__ import annotations

import asyncio
import itertools
import re
import secrets
from dataclasses import dataclass

import structlog
from smpp34 import DeliverSm

from connectors.channel import Inbound
from connectors.intake import Intake
from connectors.smpp import parts
from connectors.smpp.alphabet import decode
from connectors.smpp.concatenation import user_data
from connectors.smpp.deliveries import record
from connectors.smpp.errors import Status
from connectors.smpp.parts import Piece
from connectors.smpp.receipts import is_receipt, read_receipt
from connectors.smpp.session import Answer, Session
from connectors.smpp.settings import SmppSettings
from connectors.trace import message_of
from store.engine import transaction
from store.errors import StoreError
from store.messages import Channel, Message, MessageKind, Provider

log = structlog.get_logger()

MISSING = "[…]"
"""Stands where a part of a long message did not come."""

LONGEST_TEXT = 5000
_INTERNATIONAL, _NATIONAL, _NAME = 1, 2, 5  # type of number [5.2.5]
_LONGEST_NATIONAL = 10
_BINARY = 0x04
_NUMBER = re.compile(r"\+?[0-9]{7,15}")
_SLOW_SECONDS = 5.0
_SURE_SECONDS = 2.0


@dataclass(frozen=True)
class _Answered:
    """When a message had come, and when its answer went, by the event loop's clock."""

    session: Session
    came_at: float
    answered_at: float


class Receiver:
    """Takes in what one link delivers. See ``connectors.smpp.session.Inbox``."""

    def __init__(self, intake: Intake, settings: SmppSettings) -> None:
        self._intake = intake
        self._settings = settings
        self._answered: dict[int, _Answered] = {}

    async def receive(self, deliver: DeliverSm, arrived: float, session: Session) -> Answer:
        """Make one deliver_sm durable. Never raises."""
        try:
            if is_receipt(deliver):
                return await self._receive_receipt(deliver)
            return await self._receive_message(deliver, arrived, session)
        except StoreError as error:
            log.error("smpp.not_stored", problem=str(error))
        except Exception as error:
            # The kind only: the error's own text could hold what the person wrote.
            log.error("smpp.not_taken", error=type(error).__name__)
        return Answer(Status.ESME_RX_T_APPN)  # "temporary": the SMSC delivers it again

    async def tidy(self) -> None:
        """Hand on what has waited too long for its other parts, and forget what surely does not come again.

        Raises:
            StoreError: the database is away; nothing is lost.
        """
        before = asyncio.get_running_loop().time() - _SURE_SECONDS
        self._answered = {row: each for row, each in self._answered.items() if not each.session.ended.is_set()}
        sure = [row for row, each in self._answered.items() if each.answered_at < before]
        async with transaction(self._intake.engine) as connection:
            for pieces in await parts.give_up_waiting(connection, self._intake.vault, self._settings.parts_seconds):
                log.warning("smpp.parts_missing", came=len(pieces), total=pieces[0].total)
                await self._intake.receive_with(connection, self._inbound(pieces))
            if sure:
                await parts.forget(connection, sure)
        for row in sure:
            self._answered.pop(row, None)

    async def _receive_receipt(self, deliver: DeliverSm) -> Answer:
        receipt = read_receipt(deliver, self._settings.message_ids)
        if receipt is None:
            log.warning("smpp.receipt_unreadable", octets=len(deliver.short_message))
        elif receipt.final:
            async with transaction(self._intake.engine) as connection:
                known = await record(connection, receipt.message_id, receipt.failure)
                message = await message_of(connection, receipt.message_id)
            log.info("smpp.delivery", message=message, error=receipt.failure and receipt.failure.code, known=known)
        return Answer(Status.ESME_ROK)

    async def _receive_message(self, deliver: DeliverSm, arrived: float, session: Session) -> Answer:
        address = address_of(deliver, self._settings.country_code)
        if address is None:
            log.info("smpp.sender_without_replies", ton=deliver.source_addr_ton)
            return Answer(Status.ESME_ROK)
        data = user_data(deliver)
        octets = b"" if data.for_application else data.octets
        coding = _BINARY if data.for_application else deliver.data_coding
        piece = Piece(address, octets, coding, data.place.part if data.place else 1,
                      data.place.total if data.place else 1)

        def is_new(row: int) -> bool:
            before = self._answered.get(row)
            if before is None or before.session is not session:
                return False  # its answer may not have arrived
            # The SMSC may have lost patience with an answer that was slow.
            return arrived > before.answered_at or arrived - before.came_at < _SLOW_SECONDS

        async with transaction(self._intake.engine) as connection:
            taken = await parts.take(connection, self._intake.vault, piece, data.place, is_new)
            for pieces in taken.messages:
                await self._intake.receive_with(connection, self._inbound(pieces))

        def sent() -> None:
            if data.place is None:
                self._answered[taken.row] = _Answered(session, arrived, asyncio.get_running_loop().time())

        return Answer(Status.ESME_ROK, sent)

    def _inbound(self, pieces: tuple[Piece, ...]) -> Inbound:
        text = joined(pieces, self._settings)
        kind = MessageKind.OTHER if text is None else MessageKind.TEXT
        message = Message(Channel.SMS, (text or "")[:LONGEST_TEXT], kind)
        return Inbound(Provider.SMPP, Channel.SMS, pieces[0].address, secrets.token_hex(16), message)


def joined(pieces: tuple[Piece, ...], settings: SmppSettings) -> str | None:
    """The text of a message's pieces, with a mark for those that are missing; None where it is no text."""
    texts: list[str] = []
    following = 1
    for coding, group in itertools.groupby(_runs(pieces), key=lambda each: (each[0], each[1].data_coding)):
        run = [piece for _, piece in group]
        text = decode(b"".join(piece.octets for piece in run), coding[1], settings.alphabet)
        if text is None:
            return None
        if run[0].part > following:
            texts.append(MISSING)
        texts.append(text)
        following = run[-1].part + 1
    if following <= pieces[-1].total:
        texts.append(MISSING)
    return "".join(texts)


def _runs(pieces: tuple[Piece, ...]) -> list[tuple[int, Piece]]:
    """Each piece with a number that stays the same while no part is missing: a letter may be cut between two parts."""
    return [(piece.part - place, piece) for place, piece in enumerate(pieces)]


def address_of(deliver: DeliverSm, country_code: str | None) -> str | None:
    """The sender's number in E.164 form; None for names and short codes, which nobody can answer."""
    number = deliver.source_addr.strip().replace(" ", "")
    if deliver.source_addr_ton == _NAME or not _NUMBER.fullmatch(number):
        return None
    if number.startswith("+"):
        return number
    if deliver.source_addr_ton != _INTERNATIONAL and number.startswith("00"):
        return "+" + number[2:]
    national = deliver.source_addr_ton == _NATIONAL or (
        deliver.source_addr_ton != _INTERNATIONAL and len(number) <= _LONGEST_NATIONAL
    )
    if country_code is not None and national:
        return f"+{country_code}{number.lstrip('0')}"
    return "+" + number
