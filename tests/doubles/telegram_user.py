"""What users do at Telegram, as the objects of https://core.telegram.org/bots/api#available-types."""

from __future__ import annotations

import time
from typing import Any

from .telegram_text import command_entities

JsonDict = dict[str, Any]

_FILE: JsonDict = {"file_id": "AgADfile", "file_unique_id": "AQADunique", "file_size": 20480}
_KINDS: dict[str, Any] = {
    "voice": {**_FILE, "duration": 3, "mime_type": "audio/ogg"},
    "audio": {**_FILE, "duration": 3, "mime_type": "audio/mpeg"},
    "video": {**_FILE, "width": 640, "height": 480, "duration": 3, "mime_type": "video/mp4"},
    "video_note": {**_FILE, "length": 240, "duration": 3},
    "animation": {**_FILE, "width": 320, "height": 240, "duration": 3},
    "document": {**_FILE, "file_name": "paper.pdf", "mime_type": "application/pdf"},
    "photo": [
        {**_FILE, "file_unique_id": "AQADsmall", "width": 90, "height": 67},
        {**_FILE, "file_unique_id": "AQADlarge", "width": 1280, "height": 960},
    ],
    "sticker": {
        **_FILE, "type": "regular", "width": 512, "height": 512, "is_animated": False, "is_video": False,
        "emoji": "\N{THUMBS UP SIGN}",
    },
    "location": {"latitude": 2.0469, "longitude": 45.3182},
    "venue": {"location": {"latitude": 2.0469, "longitude": 45.3182}, "title": "Clinic", "address": "Main street"},
    "contact": {"phone_number": "+252610000000", "first_name": "Test"},
    "dice": {"emoji": "\N{GAME DIE}", "value": 4},
}  # fmt: skip
_OF_MESSAGE = frozenset(
    [
        "caption", "caption_entities", "media_group_id", "forward_origin", "reply_to_message", "message_thread_id",
        "date", "from",
    ]
)


def chat_of(chat_id: int, user: JsonDict) -> JsonDict:
    """A chat, private where its id is positive."""
    if chat_id > 0:
        names: JsonDict = {name: user[name] for name in ("first_name", "last_name", "username") if name in user}
        return {"id": chat_id, "type": "private", **names}
    return {"id": chat_id, "type": "supergroup" if chat_id < -(10**12) else "group", "title": "Test group"}


def user_message(chat_id: int, message_id: int, user: JsonDict, **fields: Any) -> JsonDict:
    """A message of ``user``; a text has the entities that Telegram would add."""
    message = {"message_id": message_id, "from": user, "chat": chat_of(chat_id, user), "date": int(time.time())}
    if (text := fields.get("text")) and (entities := command_entities(text)):
        message["entities"] = entities
    return {**message, **fields}


def kind_fields(kind: str, fields: JsonDict) -> JsonDict:
    """The fields of a message of ``kind``: ``fields`` over the usual values, captions and the like beside them."""
    beside = {name: value for name, value in fields.items() if name in _OF_MESSAGE}
    within = {name: value for name, value in fields.items() if name not in _OF_MESSAGE}
    usual = _KINDS.get(kind, {})
    payload: Any = [{**size, **within} for size in usual] if isinstance(usual, list) else {**usual, **within}
    found = {kind: payload, **beside}
    if kind == "animation":  # "for backward compatibility" both are set
        found["document"] = {name: payload[name] for name in _FILE}
    elif kind == "venue":
        found["location"] = payload["location"]
    return found


def chat_key(update: JsonDict) -> Any:
    """What Telegram keeps in order when a webhook fails: the updates of one chat."""
    for name, what in update.items():
        if name != "update_id" and isinstance(what, dict):
            if isinstance(chat := what.get("chat"), dict):
                return chat.get("id")
            if isinstance(user := what.get("from"), dict):
                return user.get("id")
    return None
