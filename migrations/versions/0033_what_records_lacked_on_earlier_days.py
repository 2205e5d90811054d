"""What records of households lacked on earlier days

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
"""

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("moment") as table:
        table.add_column(sa.Column("form", sa.Integer(), nullable=False, server_default="1"))
    op.create_table(
        "past_household",
        sa.Column("moment", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("author", sa.String(length=64), nullable=True),
        sa.Column("ethnic_group", sa.String(length=40), nullable=True),
        sa.Column("citizen_id", sa.String(length=36), nullable=True),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("head_name", sa.String(length=1), nullable=True),
        sa.Column("birth_date", sa.String(length=1), nullable=True),
        sa.Column("members", sa.String(length=1), nullable=True),
        sa.Column("poverty_class", sa.String(length=1), nullable=True),
        sa.Column("location", sa.String(length=1), nullable=True),
        sa.PrimaryKeyConstraint("moment", "id", name=op.f("pk_past_household")),
    )


def downgrade() -> None:
    op.drop_table("past_household")
    with op.batch_alter_table("moment") as table:
        table.drop_column("form")
