"""When records were changed, by clocks put right

A migration never drops or alters the journal (table "change"): it is the audit trail, and every other
table can be made again from it. Data is moved by SQL written here, never through today's models.
What is kept of records with a change of a clock that was known to be far off is taken away: they are
made again when the server starts next, and then tell the true time.
"""

from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None

SURVEYS = (
    "household", "household_member", "housing_need", "support_decision", "support_case", "support_list",
    "village_meeting", "list_line", "progress_visit", "payment", "other_support", "decision", "reply", "pairing",
    "assignment", "programme", "programme_criterion", "programme_norm", "material_ruling", "place_status", "office",
    "signer", "approval_chain", "threshold", "budget", "place_indicator",
)  # fmt: skip
CLOCK_WRONG_MS = 120_000
OFF = {
    "sqlite": "json_extract(text, '$.made_at.offset_ms')",
    "postgresql": "CAST(text AS json) #>> '{made_at,offset_ms}'",
}


def upgrade() -> None:
    for survey in SURVEYS:
        op.drop_index(f"ix_{survey}_changed_stamp", survey)
        op.create_index(f"ix_{survey}_changed_at", survey, ["changed_at"])
    off = f"ABS(CAST({OFF[op.get_bind().dialect.name]} AS NUMERIC))"
    wrong = f"SELECT record FROM change WHERE {off} > {CLOCK_WRONG_MS}"  # noqa: S608  a number of this file
    op.execute(f"DELETE FROM snapshot WHERE record IN ({wrong})")  # noqa: S608


def downgrade() -> None:
    for survey in SURVEYS:
        op.drop_index(f"ix_{survey}_changed_at", survey)
        op.create_index(f"ix_{survey}_changed_stamp", survey, ["changed_stamp"])
