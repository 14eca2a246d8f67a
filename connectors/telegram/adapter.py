"""Sending through the Bot API, and mapping its errors once."""

from __future__ import annotations

import html
from collections.abc import Sequence

import structlog
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup, ReplyParameters
from telegram.constants import ChatAction, ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    InvalidToken,
    NetworkError,
    RetryAfter,
    TelegramError,
)
from telegram.request import HTTPXRequest

from connectors.errors import SendError
from connectors.pace import Limit
from connectors.telegram.groups import Me
from store.messages import Channel, Provider, Reply

log = structlog.get_logger()

MESSAGES_A_SECOND = 30
"""To all chats together (core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this)."""

_BURST = 5
_CHAT = (1.0, 2.0)
_GROUP = (4.0, 16.0)
"""Seconds for one message, and how far ahead: 1 a second in a chat, where three at once are tolerated; in a group at
most 20 in any minute, five of them at once."""


def make_bot(token: str, api: str) -> Bot:
    """A Bot for the Bot API server at ``api`` (its root, without "/bot")."""
    request = HTTPXRequest(connection_pool_size=16, connect_timeout=5, read_timeout=15)
    polling = HTTPXRequest(connection_pool_size=2, connect_timeout=5, read_timeout=40)
    return Bot(token, base_url=f"{api}/bot", base_file_url=f"{api}/file/bot", request=request,
               get_updates_request=polling)


class TelegramAdapter:
    """Sends replies to Telegram chats.

    Args:
        rate: messages a second to all chats together; 0: no limits of ours, neither to a single chat.
    """

    provider = Provider.TELEGRAM

    def __init__(self, bot: Bot, rate: int = MESSAGES_A_SECOND) -> None:
        self.bot = bot
        self._rate = rate
        self._me: Me | None = None

    def limits(self, sender_id: int, address: str) -> Sequence[Limit]:
        """See ``connectors.channel.Paced``. The chat's own first: it is the rarer to be waited for by others."""
        if not self._rate:
            return []
        cost, burst = _GROUP if address.startswith("-") else _CHAT
        steady = max(1, self._rate - _BURST)  # with the burst no more than ``rate`` in any second
        return [Limit(f"telegram/{sender_id}", cost, burst), Limit("telegram", 1 / steady, (_BURST - 1) / steady)]

    async def me(self) -> Me:
        """Who the bot is; asked once.

        Raises:
            telegram.error.TelegramError: Telegram does not say.
        """
        if self._me is None:
            user = await self.bot.get_me()
            self._me = Me(user.id, user.username or "")
        return self._me

    async def send(self, address: str, channel: Channel, reply: Reply, idempotency_key: str) -> str | None:
        """Send one reply; the outbox has split what is too long for one message. See ChannelAdapter."""
        quoting = ReplyParameters(int(reply.quotes), allow_sending_without_reply=True) if reply.quotes else None
        try:
            sent = await self.bot.send_message(
                chat_id=int(address), text=html.escape(reply.text, quote=False), parse_mode=ParseMode.HTML,
                reply_markup=keyboard_of(reply), reply_parameters=quoting,
            )
        except TelegramError as error:
            raise send_error(error) from None
        return str(sent.message_id)

    async def show_typing(self, address: str) -> None:
        """Show "typing…". A failure is of no consequence."""
        try:
            await self.bot.send_chat_action(int(address), ChatAction.TYPING)
        except TelegramError as error:
            log.info("telegram.typing_failed", error=type(error).__name__)

    async def acknowledge(self, query_id: str) -> None:
        """Answer a callback query, so that the button stops waiting. One that is too old is left alone."""
        try:
            await self.bot.answer_callback_query(query_id)
        except TelegramError as error:
            log.info("telegram.query_not_acknowledged", error=type(error).__name__)

    async def close(self) -> None:
        """Give back connections."""
        await self.bot.shutdown()


def keyboard_of(reply: Reply) -> InlineKeyboardMarkup | None:
    """The reply's choices as buttons, one a line: titles are sentences, and thumbs are wide."""
    if not reply.choices:
        return None
    return InlineKeyboardMarkup(
        [[InlineKeyboardButton(each.title, callback_data=each.payload)] for each in reply.choices]
    )


def send_error(error: TelegramError) -> SendError:
    """What a Bot API error means for sending; the one place where it is decided."""
    if isinstance(error, RetryAfter):
        return SendError("429", retryable=True, retry_after=seconds_to_wait(error))
    if isinstance(error, ChatMigrated):
        return SendError("moved", retryable=True, retry_after=0.0, moved_to=str(error.new_chat_id))
    if isinstance(error, Forbidden):
        return SendError("403", retryable=False, unreachable=True)
    if isinstance(error, InvalidToken):
        return SendError("401", retryable=True, retry_after=60.0)
    if isinstance(error, BadRequest):
        return SendError("400", retryable=False, unreachable="chat not found" in error.message.lower())
    if isinstance(error, NetworkError):
        return SendError("network", retryable=True)
    return SendError(type(error).__name__, retryable=True)


def seconds_to_wait(error: RetryAfter) -> float:
    """How long Telegram asks us to wait."""
    pause = error.retry_after
    return float(pause) if isinstance(pause, int | float) else pause.total_seconds()
