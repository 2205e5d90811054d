"""A decision that approves support: its number, day and signer, the cases it approves, and what it saw of each.

Drawn up on a page of its own, never by a form. Once it is signed, ``content`` says all of it as canonical JSON, with
the hash of the signed decision before it of the same office: see :mod:`fieldapp.cases.chain`.
"""

from __future__ import annotations

from fieldapp.i18n import _l
from fieldapp.surveys.base import Base, Record, Section
from fieldapp.surveys.columns import date, long_text, one_of, reference, text, year


class SupportDecision(Record, Base):
    """One decision. It is about cases of many villages, so it lies in none: whoever sees one of its cases sees it."""

    __tablename__ = survey = "support_decision"
    title = _l("Decision of support")
    plural = _l("Decisions of support")
    reviewed = False
    listed = False
    placed = False
    kept_by = "decide_support"
    named_by = ("number", "decided_on")
    searched_by = ("number",)
    sections = (
        Section(_l("The decision"), "programme"),
        Section(_l("Its cases"), "plan"),
        Section(_l("As it was signed"), "content"),
    )

    programme = reference(_l("Programme"), of="programme", required=True)
    budget_year = year(_l("Year of the money"), required=True, not_before="2010")
    number = text(_l("Number of the decision"), longest=60)
    decided_on = date(_l("Date of the decision"), not_after="today")
    signer = text(_l("Signer of the decision"), short=_l("Signer"), longest=80)
    office = text(_l("Office that decided"), longest=160)
    level = one_of(_l("Level that decided"), "office_level")
    state = one_of(_l("State"), "decision_state", required=True)
    reason = long_text(_l("Why it was taken back"), longest=1000)

    plan = long_text(_l("Cases and amounts"), longest=60_000)
    """A line a case: its id and its amounts in đồng by source, see :mod:`fieldapp.cases.plan`."""

    content = long_text(_l("Signed content"), longest=60_000)
    content_hash = text(_l("Hash of the content"), longest=64)
