"""The tables. Names are the field's: sender, inbox, outbox, conversation, question.

All times are seconds since 1970 (UTC) by the database's own clock where they decide a lease, so that
machines with wrong clocks agree.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    false,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_Id = BigInteger().with_variant(Integer, "sqlite")

senders = Table(
    "senders",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("pseudonym", String(16), nullable=False, unique=True),
    Column("channel", String(16), nullable=False),
    Column("provider", String(16), nullable=False),
    Column("address_hash", String(64), nullable=False),
    Column("address_sealed", LargeBinary, nullable=True),  # null once the person is forgotten
    Column("key_id", String(8), nullable=True),  # which key address_hash was made with (``Vault.key_id``)
    Column("country_guess", String(2), nullable=True),  # from the number's prefix
    Column("created_at", Float, nullable=False),
    Column("opted_out_at", Float, nullable=True),
    Column("forgotten_at", Float, nullable=True),  # EFFACER: the row goes once the confirmation has gone out
    Column("blocked_at", Float, nullable=True),  # the provider says that the person blocked us or does not exist
    Column("slowed_at", Float, nullable=True),  # told last that they write faster than we answer
    Column("muted_until", Float, nullable=True),  # a loop: another machine answers our answers
    Column("consent_version", String(16), nullable=True),  # of the line about data that this person was shown last
    Column("lease_owner", String(64), nullable=True),
    Column("lease_until", Float, nullable=True),
    Column("lease_fence", Integer, nullable=False, default=0, server_default="0"),
    UniqueConstraint("provider", "channel", "address_hash"),
)

inbox = Table(
    "inbox",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("sender_id", ForeignKey("senders.id", ondelete="SET NULL"), nullable=True),  # null once forgotten
    Column("provider", String(16), nullable=False),
    Column("provider_id_hash", String(64), nullable=False),
    Column("provider_id_sealed", LargeBinary, nullable=True),  # to ask the provider to erase its copy; null once purged
    Column("content_sealed", LargeBinary, nullable=True),  # JSON of the message; null once purged
    Column("text_hash", String(64), nullable=True),  # keyed; tells a loop from a conversation; null once purged
    Column("received_at", Float, nullable=False),
    Column("processed_at", Float, nullable=True),
    Column("attempts", Integer, nullable=False, default=0, server_default="0"),
    Column("failed_at", Float, nullable=True),  # set aside after repeated failures, kept for staff
    UniqueConstraint("provider", "provider_id_hash"),
)
Index("ix_inbox_sender_id_received_at", inbox.c.sender_id, inbox.c.received_at)
Index("ix_inbox_waiting", inbox.c.sender_id, inbox.c.id, sqlite_where=inbox.c.processed_at.is_(None),
      postgresql_where=inbox.c.processed_at.is_(None))
IN_QUEUE_UNREAD = text("inbox.processed_at IS NULL AND inbox.failed_at IS NULL AND inbox.attempts >= 0")
"""What ix_inbox_unread holds: messages of all people that wait, for the search for the oldest.

The last condition is always true. It keeps the index from queries about one person: PostgreSQL, which takes what waits
for one row, would use the smallest index there, and look through everybody's messages.
"""
Index("ix_inbox_unread", inbox.c.id, sqlite_where=text("processed_at IS NULL AND failed_at IS NULL AND attempts >= 0"),
      postgresql_where=text("processed_at IS NULL AND failed_at IS NULL AND attempts >= 0"))

outbox = Table(
    "outbox",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("idempotency_key", String(64), nullable=False, unique=True),
    Column("sender_id", ForeignKey("senders.id", ondelete="CASCADE"), nullable=False),
    Column("inbox_id", _Id, nullable=True),
    Column("content_sealed", LargeBinary, nullable=True),  # JSON of the reply; null once purged
    Column("status", String(16), nullable=False),  # waiting | held | sent | delivered | dead
    Column("attempts", Integer, nullable=False, default=0, server_default="0"),
    Column("resends", Integer, nullable=False, default=0, server_default="0"),  # after a receipt of a passing failure
    Column("essential", Boolean, nullable=False, default=False, server_default=false()),  # whatever it costs
    Column("next_attempt_at", Float, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("sent_at", Float, nullable=True),
    Column("delivered_at", Float, nullable=True),
    Column("dead_at", Float, nullable=True),
    Column("provider_message_id", String(64), nullable=True),
    Column("error", String(64), nullable=True),
    Column("segments", Integer, nullable=False, default=0, server_default="0"),  # SMS only
)
Index("ix_outbox_waiting", outbox.c.sender_id, outbox.c.id, sqlite_where=outbox.c.status == "waiting",
      postgresql_where=outbox.c.status == "waiting")
Index("ix_outbox_held", outbox.c.sender_id, sqlite_where=outbox.c.status == "held",
      postgresql_where=outbox.c.status == "held")
Index("ix_outbox_sender_id", outbox.c.sender_id, outbox.c.id)
IN_QUEUE_UNSENT = text("outbox.status = 'waiting' AND outbox.attempts >= 0")
"""What ix_outbox_due holds: replies to all people that wait. The last condition: see ``IN_QUEUE_UNREAD``."""
Index("ix_outbox_due", outbox.c.next_attempt_at, sqlite_where=text("status = 'waiting' AND attempts >= 0"),
      postgresql_where=text("status = 'waiting' AND attempts >= 0"))
Index("ix_outbox_provider_message_id", outbox.c.provider_message_id)
IN_ANY_STATE = text("outbox.segments >= 0")
"""What ix_outbox_status holds: all replies, for those who ask about everybody's. See ``IN_QUEUE_UNREAD``."""
Index("ix_outbox_status", outbox.c.status, sqlite_where=text("segments >= 0"), postgresql_where=text("segments >= 0"))

receipts = Table(  # delivery receipts that came before what they are about was recorded as sent
    "receipts",
    metadata,
    Column("provider", String(16), primary_key=True),
    Column("provider_message_id", String(64), primary_key=True),
    Column("status", String(16), nullable=False),
    Column("error", String(64), nullable=True),
    Column("received_at", Float, nullable=False),
)

sends = Table(  # one row for each try to send, without person or text: results, cost, caps
    "sends",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("created_at", Float, nullable=False),
    Column("provider", String(16), nullable=False),
    Column("country", String(2), nullable=True),  # by the number's prefix; what a segment costs depends on it
    Column("result", String(64), nullable=False),  # "sent", or the provider's code
    Column("segments", Integer, nullable=False),  # that were taken by the provider
)
Index("ix_sends_created_at", sends.c.created_at)

paces = Table(  # how fast all workers together may send: when the next message may go, by what is limited
    "paces",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("next_at", Float, nullable=False),
)

inbound_parts = Table(  # of long messages, until all are there; and for minutes what a network may bring again
    "inbound_parts",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("provider", String(16), nullable=False),
    Column("address_hash", String(64), nullable=False),
    Column("reference", Integer, nullable=False),
    Column("total", Integer, nullable=False),
    Column("part", Integer, nullable=False),
    Column("content_sealed", LargeBinary, nullable=False),  # JSON of the part; once joined, a keyed hash of it
    Column("received_at", Float, nullable=False),
    Column("joined_at", Float, nullable=True),  # handed on as a message
    UniqueConstraint("provider", "address_hash", "reference", "total", "part"),
)

outbox_parts = Table(  # of replies that we hand over in parts: which were taken, and what became of each
    "outbox_parts",
    metadata,
    Column("idempotency_key", ForeignKey("outbox.idempotency_key", ondelete="CASCADE"), primary_key=True),
    Column("part", Integer, primary_key=True),
    Column("total", Integer, nullable=False),
    Column("provider_message_id", String(64), nullable=False),
    Column("status", String(16), nullable=False),  # sent | delivered | passing | refused
    Column("error", String(64), nullable=True),
)
Index("ix_outbox_parts_provider_message_id", outbox_parts.c.provider_message_id)

erasures = Table(  # copies that a provider still has to be asked to erase
    "erasures",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("provider", String(16), nullable=False),
    Column("provider_message_id_sealed", LargeBinary, nullable=False),
    Column("created_at", Float, nullable=False),
    Column("attempts", Integer, nullable=False, default=0, server_default="0"),
    Column("next_attempt_at", Float, nullable=False),
)

counts = Table(  # sums of rows that are gone or old, so that figures never fall and cost nothing to read
    "counts",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("labels", String(200), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

conversations = Table(
    "conversations",
    metadata,
    Column("sender_id", ForeignKey("senders.id", ondelete="CASCADE"), primary_key=True),
    Column("state_sealed", LargeBinary, nullable=False),  # JSON: slots and the last turns; one bounded row a person
    Column("updated_at", Float, nullable=False),
)

questions = Table(
    "questions",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("kind", String(16), nullable=False),
    Column("sender_id", ForeignKey("senders.id", ondelete="CASCADE"), nullable=False),
    Column("content_sealed", LargeBinary, nullable=True),  # what was asked; null once purged
    Column("topic", String(64), nullable=True),
    Column("language", String(8), nullable=True),
    Column("country", String(2), nullable=True),
    Column("channel", String(16), nullable=False),
    Column("created_at", Float, nullable=False),
    Column("handled_at", Float, nullable=True),
)

Index("ix_questions_open", questions.c.kind, questions.c.handled_at, sqlite_where=questions.c.handled_at.is_(None),
      postgresql_where=questions.c.handled_at.is_(None))

simulator_messages = Table(
    "simulator_messages",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("phone_hash", String(64), nullable=False),  # what stands for a network and a phone of the simulator
    Column("content_sealed", LargeBinary, nullable=False),
    Column("created_at", Float, nullable=False),
)
Index("ix_simulator_messages_phone_hash", simulator_messages.c.phone_hash, simulator_messages.c.id)

turns = Table(
    "turns",
    metadata,
    Column("id", _Id, primary_key=True, autoincrement=True),
    Column("created_at", Float, nullable=False),
    Column("channel", String(16), nullable=False),
    Column("topic", String(64), nullable=True),
    Column("language", String(8), nullable=True),
    Column("urgent", Boolean, nullable=False),
    Column("answered", Boolean, nullable=False),
    Column("segments", Integer, nullable=False),
)

polling = Table(
    "polling",
    metadata,
    Column("provider", String(16), primary_key=True),
    Column("next_update_id", BigInteger, nullable=False),
)

workers = Table(
    "workers",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("started_at", Float, nullable=False),
    Column("seen_at", Float, nullable=False),
    Column("ready", Boolean, nullable=False),
    Column("problem", String(200), nullable=True),
    Column("content_revision", Integer, nullable=False, default=0, server_default="0"),  # answered from; 0: the files
)

publications = Table(
    "publications",
    metadata,
    Column("revision", Integer, primary_key=True, autoincrement=False),  # 1, 2, ...: who is second to publish is told
    Column("published_at", Float, nullable=False),
    Column("author", String(100), nullable=False),
    Column("note", String(200), nullable=False),
    Column("version", String(16), nullable=False),  # of the library, a hash of its files
    Column("files", LargeBinary, nullable=False),  # a zip of the library's folder
    Column("relearned", LargeBinary, nullable=True),  # topics whose phrases the trained index does not know
)
