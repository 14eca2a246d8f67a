"""Groups: whether a message is meant for us, and what it says without our name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from telegram import Message, MessageEntity
from telegram.constants import ChatType, MessageEntityType

GROUPS = (ChatType.GROUP, ChatType.SUPERGROUP)
ASKED_NOTHING = "/start"
"""What our name alone stands for."""

_KINDS = ("message", "edited_message")


@dataclass(frozen=True)
class Me:
    """The bot: its id and its name, without @."""

    id: int
    username: str


def is_from_group(values: Mapping[str, object]) -> bool:
    """Whether a raw update is a message in a group, so that who we are must be known to read it."""
    for kind in _KINDS:
        message = values.get(kind)
        if isinstance(message, Mapping) and isinstance(chat := message.get("chat"), Mapping):
            return chat.get("type") in GROUPS
    return False


def addressed(message: Message, me: Me) -> str | None:
    """The text or caption of a group's message that is meant for us, without our name; None where it is not.

    Meant for us: what names us (@name, or our name as a link), answers a message of ours, or is a command with our
    name (/menu@name). A command without a name may be for any bot of the group. "" where there is no text.
    """
    text = message.text or message.caption or ""
    named = _Named(text, me)
    for entity in message.entities or message.caption_entities or ():
        named.see(entity)
    if named.found:
        return named.rest() or ASKED_NOTHING
    answered = message.reply_to_message
    if answered is not None and answered.from_user is not None and answered.from_user.id == me.id:
        # In a topic of a forum every message answers the one that opened the topic.
        return None if answered.forum_topic_created is not None else text
    return None


class _Named:
    """Where a text names us. Telegram counts in UTF-16 units (core.telegram.org/bots/api#messageentity)."""

    def __init__(self, text: str, me: Me) -> None:
        self._units = text.encode("utf-16-le")
        self._me = me
        self._names: list[tuple[int, int]] = []
        self.found = False

    def see(self, entity: MessageEntity) -> None:
        start, end = entity.offset * 2, (entity.offset + entity.length) * 2
        written = self._units[start:end].decode("utf-16-le", "replace").lower()
        name = f"@{self._me.username.lower()}"
        linked = entity.type == MessageEntityType.TEXT_MENTION and entity.user and entity.user.id == self._me.id
        if linked or (entity.type == MessageEntityType.MENTION and written == name):
            self._names.append((start, end))
        elif entity.type == MessageEntityType.BOT_COMMAND and written.endswith(name):
            self._names.append((end - len(name) * 2, end))
        else:
            return
        self.found = True

    def rest(self) -> str:
        units = self._units
        for start, end in sorted(self._names, reverse=True):
            units = units[:start] + units[end:]
        return " ".join(units.decode("utf-16-le", "replace").split(" ")).strip(" ,:;")
