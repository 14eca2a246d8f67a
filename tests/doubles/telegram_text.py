"""How Telegram reads parameters, text and keyboards, after https://core.telegram.org/bots/api.

See there #making-requests, #formatting-options, #messageentity and #inlinekeyboardbutton.

The wording of errors is that of the server's source, https://github.com/tdlib/telegram-bot-api, as clients quote it.
"""

from __future__ import annotations

import html
import json
import re
from typing import Any

from starlette.datastructures import FormData

TEXT_LIMIT = 4096
CALLBACK_DATA_LIMIT = 64

_OBJECTS = frozenset(
    ["reply_markup", "allowed_updates", "entities", "link_preview_options", "reply_parameters", "commands", "scope"]
)
_NUMBERS = frozenset([
    "chat_id", "offset", "limit", "timeout", "max_connections", "cache_time", "message_id", "message_thread_id",
])
_SWITCHES = frozenset(["drop_pending_updates", "show_alert", "disable_notification", "protect_content"])
_ENTITY = {
    "b": "bold", "strong": "bold", "i": "italic", "em": "italic", "u": "underline", "ins": "underline",
    "s": "strikethrough", "strike": "strikethrough", "del": "strikethrough", "span": "spoiler",
    "tg-spoiler": "spoiler", "a": "text_link", "tg-emoji": "custom_emoji", "code": "code", "pre": "pre",
    "blockquote": "blockquote",
}  # fmt: skip
_TAG = re.compile(r"<(/?)([^\s<>/]*)((?:\"[^\"]*\"|'[^']*'|[^<>\"'])*)>")
_NAMED = re.compile(r"([\w-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\"'>]+))")
_REFERENCE = re.compile(r"&(?:lt|gt|amp|quot|#\d+|#x[0-9a-fA-F]+);")
_MENTION = re.compile(r"(?<![\w/])@\w{3,32}(?!\w)")
_COMMAND_NAME = re.compile(r"[a-z0-9_]{1,32}")
_COMMAND = re.compile(r"(?<!\S)/[A-Za-z0-9_]{1,64}(?:@\w{3,32})?(?![\w/])")
_ACTIONS = frozenset(
    [
        "callback_data", "url", "web_app", "login_url", "switch_inline_query", "switch_inline_query_current_chat",
        "switch_inline_query_chosen_chat", "copy_text", "callback_game", "pay",
    ]
)


class ApiError(Exception):
    """An answer with ``ok`` false, see https://core.telegram.org/bots/api#making-requests."""

    def __init__(
        self, status: int, description: str, retry_after: int | None = None, moved_to: int | None = None
    ) -> None:
        super().__init__(description)
        self.status = status
        self.description = description
        self.retry_after = retry_after
        self.moved_to = moved_to

    def as_json(self) -> dict[str, Any]:
        """The answer's body."""
        body: dict[str, Any] = {"ok": False, "error_code": self.status, "description": self.description}
        if self.retry_after is not None:
            body["parameters"] = {"retry_after": self.retry_after}
        if self.moved_to is not None:
            body["parameters"] = {"migrate_to_chat_id": self.moved_to}
        return body


def decode(given: FormData | dict[str, Any]) -> dict[str, Any]:
    """Parameters as values of their kind, whichever way they came: JSON, or JSON within forms.

    Raises:
        ApiError: a value is not of its kind.
    """
    params: dict[str, Any] = {}
    for name, value in given.items():
        params[name] = value
        if isinstance(value, str) and name in _OBJECTS:
            try:
                params[name] = json.loads(value) if value else None
            except ValueError:
                raise ApiError(400, f"Bad Request: can't parse {name.replace('_', ' ')} JSON object") from None
        elif isinstance(value, str) and name in _NUMBERS and re.fullmatch(r"-?\d+", value):
            params[name] = int(value)
        elif isinstance(value, str) and name in _SWITCHES:
            params[name] = value.lower() in ("true", "yes", "1")
    return params


def utf16_length(text: str) -> int:
    """Length in UTF-16 code units, in which Telegram measures messages and entities."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def command_entities(text: str) -> list[dict[str, Any]]:
    """The ``bot_command`` and ``mention`` entities that Telegram finds in what a user wrote."""
    return [
        {"type": kind, "offset": utf16_length(text[: match.start()]), "length": utf16_length(match[0])}
        for kind, pattern in (("bot_command", _COMMAND), ("mention", _MENTION))
        for match in pattern.finditer(text)
    ]


def check_commands(params: dict[str, Any]) -> None:
    """Take or refuse the parameters of setMyCommands.

    Raises:
        ApiError: a command, a description or a language code that Telegram refuses.
    """
    commands = params.get("commands")
    if not isinstance(commands, list) or len(commands) > 100:
        raise ApiError(400, "Bad Request: BOT_COMMANDS_TOO_MUCH")
    for each in commands:
        if not _COMMAND_NAME.fullmatch(str(each.get("command"))):
            raise ApiError(400, "Bad Request: BOT_COMMAND_INVALID")
        if not 1 <= len(str(each.get("description") or "").strip()) <= 256:
            raise ApiError(400, "Bad Request: BOT_COMMAND_DESCRIPTION_INVALID")
    if not re.fullmatch(r"|[a-z]{2}", str(params.get("language_code") or "")):
        raise ApiError(400, "Bad Request: invalid language code specified")


def _cannot_parse(why: str) -> ApiError:
    return ApiError(400, f"Bad Request: can't parse entities: {why}")


def parse_html(text: str) -> tuple[str, list[dict[str, Any]]]:
    """What the reader sees of HTML-style ``text``, and its entities.

    A lone ``&`` or ``>`` stands for itself, as at Telegram's server; a lone ``<`` does not.

    Raises:
        ApiError: unknown, unclosed or crossed tags.
    """
    seen, at = "", 0
    entities: list[dict[str, Any]] = []
    opened: list[tuple[str, dict[str, Any]]] = []

    def unescaped(piece: str) -> str:
        return _REFERENCE.sub(lambda match: html.unescape(match[0]), piece)

    while (start := text.find("<", at)) >= 0:
        seen += unescaped(text[at:start])
        where = len(text[:start].encode())
        tag = _TAG.match(text, start)
        name = (tag[2] if tag else re.split(r"[\s<>/]", text[start + 1 :], maxsplit=1)[0]).lower()
        closes = text.startswith("</", start)
        if not closes and name not in _ENTITY:
            raise _cannot_parse(f'Unsupported start tag "{name}" at byte offset {where}')
        if tag is None:
            raise _cannot_parse(f"Unclosed {'end' if closes else 'start'} tag at byte offset {where}")
        at = tag.end()
        if closes:
            if not opened:
                raise _cannot_parse(f"Unexpected end tag at byte offset {where}")
            expected, entity = opened.pop()
            if name not in ("", expected):
                raise _cannot_parse(
                    f'Unmatched end tag at byte offset {where}, expected "</{expected}>", found "</{name}>"'
                )
            entity["length"] = utf16_length(seen) - entity["offset"]
            if entity["length"] and not (entity["type"] == "text_link" and not entity["url"]):
                entities.append(entity)
            continue
        given = {each[1].lower(): unescaped(each[2] or each[3] or each[4] or "") for each in _NAMED.finditer(tag[3])}
        if name == "span" and given.get("class") != "tg-spoiler":
            raise _cannot_parse(f'Tag "span" must have class "tg-spoiler" at byte offset {where}')
        entity = {"type": _ENTITY[name], "offset": utf16_length(seen), "length": 0}
        if name == "a":
            entity["url"] = given.get("href", "")
        elif name == "tg-emoji":
            entity["custom_emoji_id"] = given.get("emoji-id", "")
        opened.append((name, entity))
    if opened:
        raise _cannot_parse(f'Can\'t find end tag corresponding to start tag "{opened[-1][0]}"')
    return seen + unescaped(text[at:]), sorted(entities, key=lambda each: (each["offset"], -each["length"]))


def read_text(params: dict[str, Any]) -> tuple[str, list[dict[str, Any]]]:
    """The text and entities of a sendMessage call.

    Raises:
        ApiError: empty, too long, or badly marked up.
    """
    text, mode = str(params.get("text") or ""), str(params.get("parse_mode") or "")
    entities: list[dict[str, Any]] = params.get("entities") or []
    if mode.lower() == "html":
        text, entities = parse_html(text)
    elif mode:
        raise ApiError(400, f"Bad Request: unsupported parse_mode {mode!r} (this double knows HTML alone)")
    if not text.strip():
        raise ApiError(400, "Bad Request: message text is empty")
    if utf16_length(text) > TEXT_LIMIT:
        raise ApiError(400, "Bad Request: message is too long")
    return text, entities


def check_markup(markup: Any) -> None:
    """Take or refuse a ``reply_markup``.

    Raises:
        ApiError: a shape or a button that Telegram refuses.
    """
    if markup is None:
        return
    if not isinstance(markup, dict):
        raise ApiError(400, "Bad Request: object expected as reply markup")
    rows = markup.get("inline_keyboard")
    if rows is None:
        return
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise ApiError(400, 'Bad Request: field "inline_keyboard" must be of type Array of Arrays')
    for button in (button for row in rows for button in row):
        if not isinstance(button, dict) or not isinstance(button.get("text"), str):
            raise ApiError(400, "Bad Request: can't parse inline keyboard button: Can't find field \"text\"")
        actions = _ACTIONS & button.keys()
        if not actions or not button["text"].strip():
            raise ApiError(400, "Bad Request: text buttons are unallowed in the inline keyboard")
        if "callback_data" in actions and not 1 <= len(str(button["callback_data"]).encode()) <= CALLBACK_DATA_LIMIT:
            raise ApiError(400, "Bad Request: BUTTON_DATA_INVALID")
