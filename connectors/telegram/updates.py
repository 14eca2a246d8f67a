"""Reading Telegram's updates (core.telegram.org/bots/api#update): messages, buttons, and what becomes of chats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from telegram import CallbackQuery, ChatMemberUpdated, Update
from telegram import Message as TelegramMessage
from telegram.constants import ChatMemberStatus, ChatType

from connectors.channel import Inbound
from connectors.errors import BadUpdateError
from connectors.telegram.groups import GROUPS, Me, addressed
from content.countries import country_of_position
from content.directory import nearest
from content.models import Library
from store.messages import Channel, Message, MessageKind, Provider

ALLOWED_UPDATES = ["message", "edited_message", "callback_query", "my_chat_member"]
LONGEST_TEXT = 5000
_KINDS = {
    "voice": MessageKind.VOICE, "audio": MessageKind.VOICE, "video_note": MessageKind.VOICE,
    "photo": MessageKind.PHOTO, "video": MessageKind.PHOTO, "animation": MessageKind.PHOTO,
    "document": MessageKind.PHOTO, "sticker": MessageKind.STICKER, "contact": MessageKind.CONTACT,
}
_GONE = (ChatMemberStatus.BANNED, ChatMemberStatus.LEFT)


@dataclass(frozen=True)
class ChatChange:
    """What became of a chat.

    Attributes:
        address: the chat's id.
        at: when, in seconds since 1970.
        reachable: whether we may write there: False once the person blocked us or the group removed us.
        moved_to: the chat's new id, where a group became a supergroup, or None.
    """

    address: str
    at: float
    reachable: bool = True
    moved_to: str | None = None


@dataclass(frozen=True)
class Received:
    """What an update brings: a message, or a change of a chat, or nothing that concerns us.

    Attributes:
        query_id: of the callback query to be acknowledged, or None.
    """

    inbound: Inbound | None = None
    change: ChatChange | None = None
    query_id: str | None = None


def update_id_of(values: object) -> int:
    """The id of a raw update.

    Raises:
        BadUpdateError: it is no update.
    """
    identifier = values.get("update_id") if isinstance(values, Mapping) else None
    if isinstance(identifier, int) and _is_id(identifier):
        return identifier
    raise BadUpdateError("the request is no Telegram update: it has no update_id")


def read_update(values: object, library: Library, me: Me | None = None) -> Received:
    """What a raw update brings.

    Updates of kinds that we did not ask for, from channels and other bots, and messages in groups that are not meant
    for us bring nothing: their update counts as taken.

    Args:
        me: who we are; without it nothing in a group is meant for us.

    Raises:
        BadUpdateError: it is no update, or not in Telegram's format.
    """
    update_id = update_id_of(values)
    assert isinstance(values, Mapping)
    if not any(values.get(kind) for kind in ALLOWED_UPDATES):
        return Received()
    try:
        update = Update.de_json(dict(values), None)
        if (query := update.callback_query) is not None:
            return Received(_choice(update_id, query), query_id=query.id)
        if (member := update.my_chat_member) is not None:
            return Received(change=_membership(member))
        message = update.message or update.edited_message
        if message is None:
            return Received()
        if message.migrate_to_chat_id is not None:
            moved = _address(message.chat.id), _address(message.migrate_to_chat_id)
            return Received(change=ChatChange(moved[0], _seconds(message.date), moved_to=moved[1]))
        return Received(_inbound(update_id, message, library, me))
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise BadUpdateError(f"the update {update_id} is not in Telegram's format ({type(error).__name__})") from None


def _choice(update_id: int, query: CallbackQuery) -> Inbound | None:
    chat = query.message.chat if query.message is not None else None
    if query.message is None or chat is None or not isinstance(query.data, str):
        return None
    if chat.type != ChatType.PRIVATE and chat.type not in GROUPS:
        return None
    group = chat.type in GROUPS
    message = Message(
        Channel.TELEGRAM, "", MessageKind.CHOICE, payload=query.data, group=group,
        language_hint=_hint(query.from_user.language_code),
        quoted=str(query.message.message_id) if group else None,
    )
    return _from(update_id, chat.id, message)


def _membership(member: ChatMemberUpdated) -> ChatChange | None:
    if member.chat.type != ChatType.PRIVATE and member.chat.type not in GROUPS:
        return None
    reachable = member.new_chat_member.status not in _GONE
    return ChatChange(_address(member.chat.id), _seconds(member.date), reachable=reachable)


def _inbound(update_id: int, message: TelegramMessage, library: Library, me: Me | None) -> Inbound | None:
    if message.from_user is not None and message.from_user.is_bot:
        return None
    text = message.text or message.caption or ""
    group = message.chat.type in GROUPS
    if group:
        meant = addressed(message, me) if me is not None else None
        if meant is None:
            return None
        text = meant
    elif message.chat.type != ChatType.PRIVATE:
        return None
    quoted = str(message.message_id) if group else None
    return _from(update_id, message.chat.id, _message(message, text, library, group=group, quoted=quoted))


def _message(
    message: TelegramMessage, text: str, library: Library, *, group: bool, quoted: str | None
) -> Message:
    if not isinstance(text, str):  # python-telegram-bot takes any JSON value
        raise TypeError("text")
    kind, country = MessageKind.TEXT, None
    nearby: tuple[tuple[str, int], ...] = ()
    if message.location is not None:
        position = message.location
        kind, text = MessageKind.LOCATION, ""
        country = country_of_position(library, position.latitude, position.longitude)
        found = nearest(library, position.latitude, position.longitude, date.today())
        nearby = tuple((each.service.id, each.kilometres) for each in found)
    elif message.text is None and not text:
        kind = next((kind for name, kind in _KINDS.items() if getattr(message, name, None)), MessageKind.OTHER)
    return Message(
        Channel.TELEGRAM, text[:LONGEST_TEXT], kind, country_guess=country, group=group, quoted=quoted, nearby=nearby,
        language_hint=_hint(message.from_user.language_code if message.from_user else None),
    )


def _is_id(value: object) -> bool:
    """Whether a JSON value can be an id: python-telegram-bot takes any value, and True is an int."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < 2**63


def _address(chat_id: int) -> str:
    if not _is_id(chat_id):
        raise ValueError("chat.id")
    return str(chat_id)


def _seconds(moment: datetime) -> float:
    return moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()


def _from(update_id: int, chat_id: int, message: Message) -> Inbound:
    return Inbound(Provider.TELEGRAM, Channel.TELEGRAM, _address(chat_id), str(update_id), message)


def _hint(code: str | None) -> str | None:
    return code.split("-")[0].lower() if code else None
