"""A Telegram for tests: a small Bot API server and the users that write to it, after https://core.telegram.org/bots/api.

Left out: rate limits of its own (see ``fail_next``), methods in the answer to a webhook, Markdown, and the rule that
a bot may not write first (any numeric chat takes messages). A callback query can be answered once.
"""

from __future__ import annotations

import time
from typing import Any

from .server import Fault
from .telegram_api import BotApi, Sent
from .telegram_user import JsonDict, chat_of, kind_fields, user_message

__all__ = ["Sent", "TelegramDouble"]

_NOT_BY_DEFAULT = frozenset({"chat_member", "message_reaction", "message_reaction_count"})


class TelegramDouble(BotApi):
    """The Bot API for one bot; requests go to ``{root}/bot{token}/{method}``.

    Attributes:
        commands: what setMyCommands set, by language code: command -> description.
        sent, calls: messages that were taken; every call as (method, params), refused ones too.
        updates: each update that was ever made, by its id.
        deliveries: webhook attempts as (update_id, status), 0 where nothing answered.
        users: fields of a chat's user that differ from the usual, such as {"language_code": "so"}.
        routes: public address -> local address, as a reverse proxy has it, for webhooks on a public name.
        answers: results of further methods, such as {"setMyCommands": True}.
    """

    def user_sends(self, chat_id: int, text: str, **fields: Any) -> int:
        """A user writes ``text``; gives the update's id. ``fields`` are further fields of the message."""
        return self._user_message(chat_id, text=text, **fields)

    def user_sends_kind(self, chat_id: int, kind: str, **fields: Any) -> int:
        """A user sends a voice, photo, sticker, location, contact, ...; ``fields`` override its usual values."""
        return self._user_message(chat_id, **kind_fields(kind, fields))

    def user_edits(self, chat_id: int, text: str, message_id: int | None = None) -> int:
        """A user changes a message of theirs, the latest one unless told."""
        with self._changed:
            theirs = {
                number: each
                for (chat, number), each in self._messages.items()
                if chat == chat_id and not each["from"]["is_bot"]
            }
            number = max(theirs) if message_id is None else message_id
            edited = user_message(chat_id, number, theirs[number]["from"], text=text, date=theirs[number]["date"])
            self._messages[chat_id, number] = edited
            return self.push_raw({"edited_message": {**edited, "edit_date": int(time.time())}})

    def user_presses(self, chat_id: int, message_id: int, callback_data: str) -> int:
        """A user presses an inline button; the data is not checked against the keyboard, for clients can forge it."""
        with self._changed:
            user = self._user(chat_id)
            gone = {"chat": chat_of(chat_id, user), "message_id": message_id, "date": 0}
            query_id = str(next(self._query_ids))
            self._queries[query_id] = time.monotonic()
            query: JsonDict = {"id": query_id, "from": user, "chat_instance": str(chat_id * 31), "data": callback_data}
            query["message"] = self._messages.get((chat_id, message_id), gone)
            return self.push_raw({"callback_query": query})

    def push_raw(self, update: JsonDict) -> int:
        """Queue ``update`` as it is, with an ``update_id`` where it has none; a repeated id is a redelivery."""
        with self._changed:
            update = {"update_id": next(self._update_ids), **update}
            number: int = update["update_id"]
            self.updates[number] = update
            kinds = update.keys() - {"update_id"}
            if kinds & set(self._allowed) if self._allowed else not kinds & _NOT_BY_DEFAULT:
                self._pending.append(update)
            self._changed.notify_all()
            return number

    def fail_next(
        self, method: str, status: int, description: str, retry_after: int | None = None, times: int = 1, *,
        processed: bool = False,
    ) -> None:  # fmt: skip
        """Answer ``times`` calls of ``method`` ("*": any) with an error; ``processed``: they take effect yet."""
        self._add_fault(Fault(status, None, description, method, retry_after, times, processed))

    def block(self, chat_id: int) -> None:
        """The user blocks the bot, or the group removes it; see ``member_changed`` for what Telegram says of it."""
        self._blocked.add(chat_id)

    def unblock(self, chat_id: int) -> None:
        """The user lets the bot write again."""
        self._blocked.discard(chat_id)

    def member_changed(self, chat_id: int, before: str, after: str, date: int | None = None) -> int:
        """Tell what became of the bot in a chat, such as "member" and "kicked"; gives the update's id."""
        user = self._user(chat_id)
        status = [{"user": self.me, "status": each} | ({"until_date": 0} if each == "kicked" else {})
                  for each in (before, after)]
        return self.push_raw({"my_chat_member": {
            "chat": chat_of(chat_id, user), "from": user, "date": int(time.time()) if date is None else date,
            "old_chat_member": status[0], "new_chat_member": status[1],
        }})  # fmt: skip

    def upgrade_group(self, chat_id: int, new_chat_id: int, *, told: bool = True) -> int | None:
        """A group becomes a supergroup, with another id; gives the id of the update that says so."""
        self._moved[chat_id] = new_chat_id
        return self._user_message(chat_id, migrate_to_chat_id=new_chat_id) if told else None

    def expire_queries(self) -> None:
        """Make every callback query too old to answer."""
        with self._changed:
            self._queries.clear()

    @property
    def pending(self) -> int:
        """How many updates nobody has acknowledged."""
        with self._changed:
            return len(self._pending)

    def _user_message(self, chat_id: int, **fields: Any) -> int:
        with self._changed:
            message = user_message(chat_id, next(self._message_ids), self._user(chat_id), **fields)
            self._messages[chat_id, message["message_id"]] = message
            return self.push_raw({"message": message})
