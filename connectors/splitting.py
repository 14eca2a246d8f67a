"""Replies that are too long for one message of their channel, in parts that are sent and tried again one by one."""

from __future__ import annotations

import html

import regex

from connectors.sms.rendering import render
from content.segments import split_for_sms, utf_16_units
from store.messages import Channel, Reply

LONGEST_SMS = 1600
"""Characters of one message at Twilio (twilio.com/docs/api/errors/21617)."""

_ROOM = 3800
"""UTF-16 units of one Telegram message; 4,096 less what escaping may add (core.telegram.org/bots/api#sendmessage)."""

_SMS_PART_SEGMENTS = 6
_PARAGRAPH = regex.compile(r"[^\n]*\n+|[^\n]+$")


def parts_of(reply: Reply, channel: Channel) -> list[Reply]:
    """``reply`` as the messages that it takes; the choices go with the last."""
    if channel is Channel.SMS:
        body = render(reply)
        if len(body) <= LONGEST_SMS:
            return [reply]
        return [Reply(part) for part in split_for_sms(body, _SMS_PART_SEGMENTS)]
    texts = split_message(reply.text) or [reply.text]
    return [*(Reply(text) for text in texts[:-1]), Reply(texts[-1], reply.choices)]


def split_message(text: str) -> list[str]:
    """``text`` in parts that the Bot API takes (4,096 UTF-16 units after escaping), cut between paragraphs."""
    parts: list[str] = []
    current = ""
    for paragraph in _PARAGRAPH.findall(text):
        for piece in [paragraph[start:start + _ROOM // 2] for start in range(0, len(paragraph), _ROOM // 2)]:
            if current and utf_16_units(html.escape(current + piece, quote=False)) > _ROOM:
                parts.append(current.strip())
                current = ""
            current += piece
    return [*parts, current.strip()] if current.strip() else parts
