"""what a trustworthy channel needs

Revision: 0003
Follows: 0002
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table('counts',
    sa.Column('name', sa.String(length=32), nullable=False),
    sa.Column('labels', sa.String(length=200), nullable=False),
    sa.Column('value', sa.BigInteger(), nullable=False),
    sa.PrimaryKeyConstraint('name', 'labels', name=op.f('pk_counts'))
    )
    op.create_table('erasures',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('provider', sa.String(length=16), nullable=False),
    sa.Column('provider_message_id_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('created_at', sa.Float(), nullable=False),
    sa.Column('attempts', sa.Integer(), server_default='0', nullable=False),
    sa.Column('next_attempt_at', sa.Float(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_erasures'))
    )
    op.create_table('inbound_parts',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('provider', sa.String(length=16), nullable=False),
    sa.Column('address_hash', sa.String(length=64), nullable=False),
    sa.Column('reference', sa.Integer(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('part', sa.Integer(), nullable=False),
    sa.Column('content_sealed', sa.LargeBinary(), nullable=False),
    sa.Column('received_at', sa.Float(), nullable=False),
    sa.Column('joined_at', sa.Float(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_inbound_parts')),
    sa.UniqueConstraint('provider', 'address_hash', 'reference', 'total', 'part', name=op.f('uq_inbound_parts_provider_address_hash_reference_total_part'))
    )
    op.create_table('outbox_parts',
    sa.Column('idempotency_key', sa.String(length=64), nullable=False),
    sa.Column('part', sa.Integer(), nullable=False),
    sa.Column('total', sa.Integer(), nullable=False),
    sa.Column('provider_message_id', sa.String(length=64), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('error', sa.String(length=64), nullable=True),
    sa.ForeignKeyConstraint(['idempotency_key'], ['outbox.idempotency_key'], name=op.f('fk_outbox_parts_idempotency_key'), ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('idempotency_key', 'part', name=op.f('pk_outbox_parts'))
    )
    with op.batch_alter_table('outbox_parts', schema=None) as batch_op:
        batch_op.create_index('ix_outbox_parts_provider_message_id', ['provider_message_id'], unique=False)

    op.create_table('paces',
    sa.Column('name', sa.String(length=64), nullable=False),
    sa.Column('next_at', sa.Float(), nullable=False),
    sa.PrimaryKeyConstraint('name', name=op.f('pk_paces'))
    )
    op.create_table('receipts',
    sa.Column('provider', sa.String(length=16), nullable=False),
    sa.Column('provider_message_id', sa.String(length=64), nullable=False),
    sa.Column('status', sa.String(length=16), nullable=False),
    sa.Column('error', sa.String(length=64), nullable=True),
    sa.Column('received_at', sa.Float(), nullable=False),
    sa.PrimaryKeyConstraint('provider', 'provider_message_id', name=op.f('pk_receipts'))
    )
    op.create_table('sends',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('created_at', sa.Float(), nullable=False),
    sa.Column('provider', sa.String(length=16), nullable=False),
    sa.Column('country', sa.String(length=2), nullable=True),
    sa.Column('result', sa.String(length=64), nullable=False),
    sa.Column('segments', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sends'))
    )
    with op.batch_alter_table('sends', schema=None) as batch_op:
        batch_op.create_index('ix_sends_created_at', ['created_at'], unique=False)

    with op.batch_alter_table('inbox', schema=None) as batch_op:
        batch_op.add_column(sa.Column('provider_id_sealed', sa.LargeBinary(), nullable=True))
        batch_op.add_column(sa.Column('text_hash', sa.String(length=64), nullable=True))
        batch_op.create_index('ix_inbox_sender_id_received_at', ['sender_id', 'received_at'], unique=False)
        batch_op.create_index('ix_inbox_unread', ['id'], unique=False, sqlite_where=sa.text('processed_at IS NULL AND failed_at IS NULL AND attempts >= 0'), postgresql_where=sa.text('processed_at IS NULL AND failed_at IS NULL AND attempts >= 0'))

    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.add_column(sa.Column('resends', sa.Integer(), server_default='0', nullable=False))
        batch_op.add_column(sa.Column('essential', sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.add_column(sa.Column('dead_at', sa.Float(), nullable=True))
        batch_op.create_index('ix_outbox_held', ['sender_id'], unique=False, sqlite_where=sa.text("status = 'held'"), postgresql_where=sa.text("status = 'held'"))
        batch_op.create_index('ix_outbox_sender_id', ['sender_id', 'id'], unique=False)
        batch_op.create_index('ix_outbox_due', ['next_attempt_at'], unique=False, sqlite_where=sa.text("status = 'waiting' AND attempts >= 0"), postgresql_where=sa.text("status = 'waiting' AND attempts >= 0"))
        batch_op.create_index('ix_outbox_status', ['status'], unique=False, sqlite_where=sa.text('segments >= 0'), postgresql_where=sa.text('segments >= 0'))

    with op.batch_alter_table('questions', schema=None) as batch_op:
        batch_op.create_index('ix_questions_open', ['kind', 'handled_at'], unique=False, sqlite_where=sa.text('handled_at IS NULL'), postgresql_where=sa.text('handled_at IS NULL'))

    with op.batch_alter_table('senders', schema=None) as batch_op:
        batch_op.add_column(sa.Column('key_id', sa.String(length=8), nullable=True))
        batch_op.add_column(sa.Column('slowed_at', sa.Float(), nullable=True))
        batch_op.add_column(sa.Column('muted_until', sa.Float(), nullable=True))
        batch_op.add_column(sa.Column('consent_version', sa.String(length=16), nullable=True))



def downgrade() -> None:
    """Take the tables back to the revision before."""
    with op.batch_alter_table('senders', schema=None) as batch_op:
        batch_op.drop_column('consent_version')
        batch_op.drop_column('muted_until')
        batch_op.drop_column('slowed_at')
        batch_op.drop_column('key_id')

    with op.batch_alter_table('questions', schema=None) as batch_op:
        batch_op.drop_index('ix_questions_open', sqlite_where=sa.text('handled_at IS NULL'), postgresql_where=sa.text('handled_at IS NULL'))

    with op.batch_alter_table('outbox', schema=None) as batch_op:
        batch_op.drop_index('ix_outbox_status', sqlite_where=sa.text('segments >= 0'), postgresql_where=sa.text('segments >= 0'))
        batch_op.drop_index('ix_outbox_due', sqlite_where=sa.text("status = 'waiting' AND attempts >= 0"), postgresql_where=sa.text("status = 'waiting' AND attempts >= 0"))
        batch_op.drop_index('ix_outbox_sender_id')
        batch_op.drop_index('ix_outbox_held', sqlite_where=sa.text("status = 'held'"), postgresql_where=sa.text("status = 'held'"))
        batch_op.drop_column('dead_at')
        batch_op.drop_column('essential')
        batch_op.drop_column('resends')

    with op.batch_alter_table('inbox', schema=None) as batch_op:
        batch_op.drop_index('ix_inbox_unread', sqlite_where=sa.text('processed_at IS NULL AND failed_at IS NULL AND attempts >= 0'), postgresql_where=sa.text('processed_at IS NULL AND failed_at IS NULL AND attempts >= 0'))
        batch_op.drop_index('ix_inbox_sender_id_received_at')
        batch_op.drop_column('text_hash')
        batch_op.drop_column('provider_id_sealed')

    with op.batch_alter_table('sends', schema=None) as batch_op:
        batch_op.drop_index('ix_sends_created_at')

    op.drop_table('sends')
    op.drop_table('receipts')
    op.drop_table('outbox_parts')
    op.drop_table('paces')
    op.drop_table('inbound_parts')
    op.drop_table('erasures')
    op.drop_table('counts')
