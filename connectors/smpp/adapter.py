"""Sending through the operator's SMSC, and holding the link to it."""

from __future__ import annotations

import asyncio

import structlog
from smpp34 import SubmitSm

from connectors.errors import SendError
from connectors.intake import Intake
from connectors.smpp.concatenation import Segment, split
from connectors.smpp.deliveries import parts_taken, record_part, settle_parts
from connectors.smpp.inbound import Receiver
from connectors.smpp.link import Link
from connectors.smpp.receipts import canonical_id
from connectors.smpp.settings import SmppSettings
from connectors.sms.rendering import render
from connectors.sms.senders import SenderKind, kind_of
from store.engine import reading, transaction
from store.errors import StoreError
from store.messages import Channel, Provider, Reply

log = structlog.get_logger()

_TIDY_SECONDS = 2.0
_RECEIPT_WANTED = 1  # whether delivered or not [5.2.17]
_UNKNOWN, _INTERNATIONAL, _NAME = 0, 1, 5  # type of number [5.2.5]
_NO_PLAN, _ISDN = 0, 1  # numbering plan [5.2.6]
_KINDS = {SenderKind.NUMBER: (_INTERNATIONAL, _ISDN), SenderKind.NAME: (_NAME, _NO_PLAN)}


class SmppAdapter:
    """Sends replies as SMS, and takes in what people write, while ``run`` runs."""

    provider = Provider.SMPP

    def __init__(self, settings: SmppSettings, intake: Intake) -> None:
        self._settings = settings
        self._intake = intake
        self._receiver = Receiver(intake, settings)
        self.link = Link(settings, self._receiver)
        self._ton, self._npi = _kind_of(settings)

    @property
    def can_send(self) -> bool:
        """Whether the link is bound for sending."""
        return self.link.can_send

    @property
    def problem(self) -> str | None:
        """What of the link is not bound, and why, or None."""
        return self.link.problem

    async def run(self) -> None:
        """Hold the link until cancelled; then unbind."""
        tidying = asyncio.create_task(self._tidy())
        try:
            await self.link.keep()
        finally:
            tidying.cancel()

    async def send(self, address: str, channel: Channel, reply: Reply, idempotency_key: str) -> str | None:
        """Send one reply; gives the SMSC's id, of several parts the last one's. See ChannelAdapter.

        Each part that the SMSC takes is noted at once: what failed in the middle goes on there, and under the same
        reference, so that the phone can still put the parts together. Where the SMSC refuses a part for good, the
        others have gone: few phones show anything then.
        """
        segments = split(render(reply), int(idempotency_key[:4], 16), self._settings)
        if len(segments) == 1:
            return await self._submit(address, segments[0]) or None
        async with reading(self._intake.engine) as connection:
            taken = await parts_taken(connection, idempotency_key)
        for part, segment in enumerate(segments, start=1):
            if part in taken:
                continue
            try:
                identifier = taken[part] = await self._submit(address, segment)
            except SendError as error:
                log.warning("smpp.partly_sent", taken=len(taken), total=len(segments), code=error.code)
                raise
            async with transaction(self._intake.engine) as connection:
                await record_part(connection, idempotency_key, part, len(segments), identifier)
        async with transaction(self._intake.engine) as connection:
            await settle_parts(connection, idempotency_key, len(segments))
        return taken[len(segments)] or None

    async def show_typing(self, address: str) -> None:
        """SMS has no such thing."""

    async def close(self) -> None:
        """Nothing to give back: ``run`` unbinds when it ends."""

    async def _submit(self, address: str, segment: Segment) -> str:
        def build(sequence: int) -> bytes:
            return SubmitSm(
                self._settings.sender.lstrip("+"), address.lstrip("+"), segment.octets,
                service_type=self._settings.service_type, source_addr_ton=self._ton, source_addr_npi=self._npi,
                dest_addr_ton=_INTERNATIONAL, dest_addr_npi=_ISDN, esm_class=segment.esm_class,
                registered_delivery=_RECEIPT_WANTED, data_coding=segment.data_coding, tlvs=list(segment.tlvs),
                sequence_number=sequence,
            ).encode()

        answer = await self.link.submit(build)
        return canonical_id(answer.text, self._settings.message_ids, of_receipt=False)

    async def _tidy(self) -> None:
        while True:
            await asyncio.sleep(_TIDY_SECONDS)
            try:
                await self.tidy()
            except StoreError as error:
                log.error("smpp.not_tidied", problem=str(error))

    async def tidy(self) -> None:
        """What is due: incomplete messages handed on, early receipts brought to their messages. Raises StoreError."""
        await self._receiver.tidy()


def _kind_of(settings: SmppSettings) -> tuple[int, int]:
    """Type and plan of our own number, by its form where the settings do not say."""
    ton, npi = _KINDS.get(kind_of(settings.sender) or SenderKind.SHORT_CODE, (_UNKNOWN, _ISDN))
    return (ton if settings.sender_ton is None else settings.sender_ton,
            npi if settings.sender_npi is None else settings.sender_npi)
