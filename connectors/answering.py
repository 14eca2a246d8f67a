"""Answering one message of one person: whether it is answered at all, by what, and what is made durable of it."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from connectors import conversation, durations
from connectors.channel import ChannelAdapter
from connectors.conversation import Assistant, Unread
from connectors.counts import Tally
from connectors.forgetting import forget_spooled
from connectors.gate import Gate, PersonLimits
from connectors.inbox import Lease
from connectors.sms.limits import SmsLimits
from connectors.spool import Spool
from store.addresses import Vault
from store.engine import alone, reading
from store.errors import DatabaseUnavailableError, StoreError, WrongKeyError
from store.messages import Channel, Effect, Provider

log = structlog.get_logger()

ATTEMPTS = 3
TYPING_AFTER_SECONDS = 0.5
"""An answer usually takes a fiftieth of a second: "typing…" would come with it, and cost a call of the provider."""


class Answering:
    """Answers messages with the assistant, within the limits of what people may write and cost.

    Args:
        limits: of what is sent by SMS.
        person_limits: how much one person may write; None: everybody is answered, loops too.
        retention_days: after how many days texts are deleted, for people who ask what is held of them.
        spool: of a gateway on this machine, which EFFACER reaches too; None where there is none.
    """

    def __init__(
        self, engine: AsyncEngine, vault: Vault, assistant: Assistant, adapters: Mapping[Provider, ChannelAdapter],
        limits: SmsLimits, tally: Tally, *, person_limits: PersonLimits | None, spool: Spool | None,
        retention_days: int,
    ) -> None:
        self.engine = engine
        self.vault = vault
        self.assistant = assistant
        self.adapters = adapters
        self.limits = limits
        self.tally = tally
        self.gate = Gate(engine, vault, person_limits, assistant, tally)
        self.spool = spool
        self.retention_days = retention_days

    async def answer(self, lease: Lease, unread: Unread) -> None:
        """Answer one message; what goes wrong is counted against it, and after ``ATTEMPTS`` an apology goes out.

        Raises:
            LeaseLostError: another worker serves this person now; nothing was written.
            DatabaseUnavailableError: the database does not answer; the message waits as it was.
        """
        began = time.monotonic()
        if (judgement := await self.gate.admit(lease, unread)) is None:
            return
        failed, typing = False, asyncio.create_task(self._show_typing(lease))
        try:
            if judgement.notice:
                turn = self.assistant.slow_down(unread.message, unread.conversation)
            else:
                async with alone(self.engine):
                    turn = await self.assistant.respond(unread.message, unread.conversation)
        except DatabaseUnavailableError:
            raise  # not the message's fault: it waits, and no attempt is counted
        except Exception as error:
            self.tally.add("failures")
            log.error("worker.message_failed", error=type(error).__name__, attempt=unread.attempts + 1)
            if unread.attempts + 1 < ATTEMPTS:
                await conversation.record_attempt(self.engine, lease, unread)
                return
            turn = self.assistant.apologise(unread.message, unread.conversation)
            failed = True
        finally:
            typing.cancel()
        understood, notice = time.monotonic() - began, None
        if Effect.FORGET in turn.effects and self.spool is not None:
            await forget_spooled(self.engine, self.vault, self.spool, lease.sender_id, unread.received_at)
        if self.limits.limits_people and unread.message.channel is Channel.SMS:
            notice = self.assistant.limit_notice(unread.message, turn.conversation)
        await conversation.record_turn(
            self.engine, self.vault, lease, unread, turn, failed=failed, limits=self.limits, notice=notice,
            slowed=judgement.notice, retention_days=self.retention_days,
        )
        seconds = time.monotonic() - began
        durations.record(self.tally, "turn_seconds", seconds)
        log.info("worker.answered", channel=str(unread.message.channel), topic=turn.understanding.topic,
                 language=turn.understanding.language, urgent=turn.understanding.urgent, queued=len(turn.replies),
                 waited=round(unread.waited, 3), understood=round(understood, 4), seconds=round(seconds, 4))

    async def _show_typing(self, lease: Lease) -> None:
        """Show that an answer is on its way, should it take long; nothing waits for it."""
        await asyncio.sleep(TYPING_AFTER_SECONDS)
        with contextlib.suppress(StoreError, WrongKeyError):
            async with reading(self.engine) as connection:
                found = await conversation.address_of(connection, self.vault, lease.sender_id)
            if found and (adapter := self.adapters.get(Provider(found[0]))):
                await adapter.show_typing(found[1])
