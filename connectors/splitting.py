"""Replies that are too long for one message of their channel, in parts that are sent and tried again one by one."""

from __future__ import annotations

from dataclasses import replace

from connectors.sms.rendering import render
from connectors.telegram.splitting import split_text
from content.segments import split_for_sms
from store.messages import Channel, Reply

LONGEST_SMS = 1600
"""Characters of one message at Twilio (twilio.com/docs/api/errors/21617)."""

_SMS_PART_SEGMENTS = 6


def parts_of(reply: Reply, channel: Channel) -> list[Reply]:
    """``reply`` as the messages that it takes; the choices go with the last."""
    if channel is Channel.SMS:
        body = render(reply)
        if len(body) <= LONGEST_SMS:
            return [reply]
        return [Reply(part) for part in split_for_sms(body, _SMS_PART_SEGMENTS)]
    *texts, last = split_text(reply.text) or [reply.text]
    return [*(Reply(text, quotes=reply.quotes) for text in texts), replace(reply, text=last)]
