"""publications, and which one a worker answers from

Revision: 0002
Follows: 0001
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Bring the tables to this revision."""
    op.create_table('publications',
    sa.Column('revision', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('published_at', sa.Float(), nullable=False),
    sa.Column('author', sa.String(length=100), nullable=False),
    sa.Column('note', sa.String(length=200), nullable=False),
    sa.Column('version', sa.String(length=16), nullable=False),
    sa.Column('files', sa.LargeBinary(), nullable=False),
    sa.Column('relearned', sa.LargeBinary(), nullable=True),
    sa.PrimaryKeyConstraint('revision', name=op.f('pk_publications'))
    )
    with op.batch_alter_table('workers', schema=None) as batch_op:
        batch_op.add_column(sa.Column('content_revision', sa.Integer(), server_default='0', nullable=False))


def downgrade() -> None:
    """Take the tables back to the revision before."""
    with op.batch_alter_table('workers', schema=None) as batch_op:
        batch_op.drop_column('content_revision')
    op.drop_table('publications')
