"""Reading Telegram's updates (core.telegram.org/bots/api#update) as messages."""

from __future__ import annotations

from collections.abc import Mapping

from telegram import CallbackQuery, Update
from telegram import Message as TelegramMessage
from telegram.constants import ChatType

from connectors.channel import Inbound
from connectors.errors import BadUpdateError
from content.countries import country_of_position
from content.models import Library
from store.messages import Channel, Message, MessageKind, Provider

ALLOWED_UPDATES = ["message", "edited_message", "callback_query"]
LONGEST_TEXT = 5000
_KINDS = {
    "voice": MessageKind.VOICE, "audio": MessageKind.VOICE, "video_note": MessageKind.VOICE,
    "photo": MessageKind.PHOTO, "video": MessageKind.PHOTO, "animation": MessageKind.PHOTO,
    "document": MessageKind.PHOTO, "sticker": MessageKind.STICKER, "contact": MessageKind.CONTACT,
}


def update_id_of(values: object) -> int:
    """The id of a raw update.

    Raises:
        BadUpdateError: it is no update.
    """
    identifier = values.get("update_id") if isinstance(values, Mapping) else None
    if isinstance(identifier, int) and _is_id(identifier):
        return identifier
    raise BadUpdateError("the request is no Telegram update: it has no update_id")


def read_update(values: object, library: Library) -> tuple[Inbound | None, str | None]:
    """(message, id of the callback query to be acknowledged) of a raw update; (None, None) for what we ignore.

    Updates of kinds that we did not ask for, from groups, channels and other bots are ignored: their update counts as
    taken, nothing is answered.

    Raises:
        BadUpdateError: it is no update, or not in Telegram's format.
    """
    update_id = update_id_of(values)
    assert isinstance(values, Mapping)
    if not any(values.get(kind) for kind in ALLOWED_UPDATES):
        return None, None
    try:
        update = Update.de_json(dict(values), None)
        query = update.callback_query
        if query is not None:
            return _choice(update_id, query), query.id
        message = update.message or update.edited_message
        if message is None or message.chat.type != ChatType.PRIVATE:
            return None, None
        if message.from_user is not None and message.from_user.is_bot:
            return None, None
        return _inbound(update_id, message.chat.id, _message(message, library)), None
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BadUpdateError(f"the update {update_id} is not in Telegram's format ({type(error).__name__})") from None


def _choice(update_id: int, query: CallbackQuery) -> Inbound | None:
    chat = query.message.chat if query.message is not None else None
    if chat is None or chat.type != ChatType.PRIVATE or not isinstance(query.data, str):
        return None
    message = Message(
        Channel.TELEGRAM, "", MessageKind.CHOICE, payload=query.data, language_hint=_hint(query.from_user.language_code)
    )
    return _inbound(update_id, chat.id, message)


def _message(message: TelegramMessage, library: Library) -> Message:
    hint = _hint(message.from_user.language_code if message.from_user else None)
    if message.text is not None:
        return Message(Channel.TELEGRAM, message.text[:LONGEST_TEXT], language_hint=hint)
    if message.location is not None:
        position = message.location
        country = country_of_position(library, position.latitude, position.longitude)
        return Message(
            Channel.TELEGRAM, "", MessageKind.LOCATION, country_guess=country, language_hint=hint
        )
    if message.caption:  # a picture with a question: the question is answered
        return Message(Channel.TELEGRAM, message.caption[:LONGEST_TEXT], language_hint=hint)
    kind = next((kind for name, kind in _KINDS.items() if getattr(message, name, None)), MessageKind.OTHER)
    return Message(Channel.TELEGRAM, "", kind, language_hint=hint)


def _is_id(value: object) -> bool:
    """Whether a JSON value can be an id: python-telegram-bot takes any value, and True is an int."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63


def _inbound(update_id: int, chat_id: int, message: Message) -> Inbound:
    if not _is_id(chat_id):
        raise ValueError("chat.id")
    return Inbound(Provider.TELEGRAM, Channel.TELEGRAM, str(chat_id), str(update_id), message)


def _hint(code: str | None) -> str | None:
    return code.split("-")[0].lower() if code else None
