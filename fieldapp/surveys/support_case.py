"""One household's support under one programme, from the proposal to the settlement. Kept in offices, never by a form.

Whoever moves a case on changes ``state`` and what the move says: so it merges and has its history like any answer. What
the visits say, started and complete, is worked out from them: see :mod:`fieldapp.facts.case_story`.
"""

from __future__ import annotations

import sqlalchemy as sa

from fieldapp.i18n import _l
from fieldapp.surveys.base import Base, Record, Section
from fieldapp.surveys.columns import date, integer, long_text, many_of, money, one_of, photo, reference, text, year

SOURCES = ("nstw", "nsdp_tinh", "nsdp_huyen", "nsdp_xa", "quy_nguoi_ngheo", "tai_tro", "bca", "nhcsxh")
"""Who pays for a house, by the codes of ``paid_source``: two for one house are normal."""
MOST = 1_000_000_000


class SupportCase(Record, Base):
    """The case as its offices have moved it."""

    __tablename__ = survey = "support_case"
    title = _l("Support case")
    plural = _l("Support cases")
    FORM_VERSION = 3
    reviewed = False
    kept_by = "keep_case"
    sections = (
        Section(_l("The case"), "household"),
        Section(_l("State"), "state"),
        Section(_l("Village meeting"), "meeting_on"),
        Section(_l("List of the commune"), "posted_from"),
        Section(_l("Decision"), "decision"),
        Section(_l("Passed over"), "skipped_on"),
        Section(_l("Warnings gone on against"), "overridden"),
    )

    household = reference(_l("Household"), of="household", required=True)
    need = reference(_l("Housing need"), of="housing_need", required=True)
    programme = reference(_l("Programme"), of="programme", required=True)
    need_type = one_of(_l("Kind of work"), "work_type", required=True)
    proposed_on = date(_l("Proposed on"), required=True, not_after="today")
    planned_year = year(_l("Planned year"), not_before="2010")
    target_group = one_of(_l("Target group"), "target_group")

    state = one_of(_l("State"), "case_state", required=True)
    state_on = date(_l("In this state since"), required=True, not_after="today")
    state_reason = one_of(_l("Reason"), "not_started_reason")
    state_reason_other = text(
        _l("Which other reason?"), short=_l("Other reason"), longest=300, asked_if={"state_reason": ["khac"]}
    )
    state_note = long_text(_l("Why, in words"), short=_l("Explanation"), longest=1000)
    blocked_from = one_of(_l("State before it was blocked"), "case_state")

    meeting_on = date(_l("Date of the village meeting"), short=_l("Village meeting"), not_after="today")
    meeting_present = integer(_l("People present"), min=1, max=2000)
    meeting_agreed = integer(_l("Of them agreed"), short=_l("Agreed"), min=0, max=2000)
    meeting_minutes = photo(_l("Photo of the minutes"), at_most=4)

    posted_from = date(_l("Posted from"), not_after="today")
    posted_until = date(_l("Posted until"), not_before="posted_from")
    objections = long_text(_l("Objections and what became of them"), short=_l("Objections"))

    decision = reference(_l("Decision"), of="support_decision")
    decision_number = text(_l("Number of the decision"), longest=60)
    decision_on = date(_l("Date of the decision"), not_after="today")
    decision_signer = text(_l("Signer of the decision"), short=_l("Signer"), longest=80)
    decision_level = one_of(_l("Level that decided"), "office_level")
    decision_rules = text(_l("Rules it was made under"), longest=64)
    decision_seen = long_text(_l("What the decision saw"), longest=20_000)
    """As canonical JSON, see :mod:`fieldapp.facts.pinned`; a later edit of it is seen by that."""
    taken_from = long_text(_l("Decisions that approve it no more"), longest=4000)
    """Their ids with blanks between them; see :func:`fieldapp.facts.case_story.taken_from`."""
    confirmed_seen = long_text(_l("What was seen when it was confirmed"), longest=20_000)
    """The same, after somebody has looked at what changed since and let the decision stand."""
    approved_nstw = money(_l("Approved from the central budget"), max=MOST)
    approved_nsdp_tinh = money(_l("Approved from the provincial budget"), max=MOST)
    approved_nsdp_huyen = money(_l("Approved from the district budget"), max=MOST)
    approved_nsdp_xa = money(_l("Approved from the commune budget"), max=MOST)
    approved_quy_nguoi_ngheo = money(_l("Approved from the Fund for the Poor"), max=MOST)
    approved_tai_tro = money(_l("Approved from sponsors"), max=MOST)
    approved_bca = money(_l("Approved from the Ministry of Public Security"), max=MOST)
    approved_nhcsxh = money(_l("Loan of the Social Policy Bank"), max=MOST)

    skipped_on = date(_l("Passed over on"), not_after="today")
    skip_reason = long_text(_l("Why it was passed over"), longest=1000)

    overridden = many_of(_l("Warnings gone on against"), "case_warning")
    override_reason = long_text(_l("Why it was gone on with"), longest=1000)

    __table_args__ = (
        sa.Index(
            "ix_support_case_stands", "need",
            sqlite_where=sa.text("withdrawn = 0"), postgresql_where=sa.text("NOT withdrawn"),
        ),
        sa.Index(
            "ix_support_case_withdrawn", "id",
            sqlite_where=sa.text("withdrawn = 1"), postgresql_where=sa.text("withdrawn"),
        ),
        sa.Index(
            "ix_support_case_skipped", "id",
            sqlite_where=sa.text("skipped_on IS NOT NULL"), postgresql_where=sa.text("skipped_on IS NOT NULL"),
        ),
    )  # fmt: skip
