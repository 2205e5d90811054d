"""In which epoch of a peer it is known to have a photo

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # In no epoch that is known: every photo is offered once more, for a peer may have lost some without a word.
    op.add_column("peer_photo", sa.Column("epoch", sa.String(16), nullable=False, server_default=""))


def downgrade() -> None:
    with op.batch_alter_table("peer_photo", schema=None) as batch_op:
        batch_op.drop_column("epoch")
