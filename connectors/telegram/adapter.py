"""Sending through the Bot API, and mapping its errors once."""

from __future__ import annotations

import html

import structlog
from telegram import Bot, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, Forbidden, InvalidToken, NetworkError, RetryAfter, TelegramError
from telegram.request import HTTPXRequest

from connectors.errors import SendError
from store.messages import Channel, Provider, Reply

log = structlog.get_logger()



def make_bot(token: str, api: str) -> Bot:
    """A Bot for the Bot API server at ``api`` (its root, without "/bot")."""
    request = HTTPXRequest(connection_pool_size=16, connect_timeout=5, read_timeout=15)
    polling = HTTPXRequest(connection_pool_size=2, connect_timeout=5, read_timeout=40)
    return Bot(token, base_url=f"{api}/bot", base_file_url=f"{api}/file/bot", request=request,
               get_updates_request=polling)


class TelegramAdapter:
    """Sends replies to Telegram chats."""

    provider = Provider.TELEGRAM

    def __init__(self, bot: Bot) -> None:
        self.bot = bot

    async def send(self, address: str, channel: Channel, reply: Reply, idempotency_key: str) -> str | None:
        """Send one reply; the outbox has split what is too long for one message. See ChannelAdapter."""
        try:
            sent = await self.bot.send_message(
                chat_id=int(address), text=html.escape(reply.text, quote=False), parse_mode=ParseMode.HTML,
                reply_markup=keyboard_of(reply),
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
        pause = error.retry_after
        seconds = float(pause) if isinstance(pause, int | float) else pause.total_seconds()
        return SendError("429", retryable=True, retry_after=seconds)
    if isinstance(error, Forbidden):
        return SendError("403", retryable=False, unreachable=True)
    if isinstance(error, InvalidToken):
        return SendError("401", retryable=True, retry_after=60.0)
    if isinstance(error, BadRequest):
        return SendError("400", retryable=False, unreachable="chat not found" in error.message.lower())
    if isinstance(error, NetworkError):
        return SendError("network", retryable=True)
    return SendError(type(error).__name__, retryable=True)
