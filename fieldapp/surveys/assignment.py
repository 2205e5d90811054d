"""Who is to visit a household, and by when. Kept in offices, never by a form; it travels to tablets like any record."""

from __future__ import annotations

import sqlalchemy as sa

from fieldapp.i18n import _l
from fieldapp.surveys.base import Base, Record, Section
from fieldapp.surveys.columns import date, long_text, one_of, reference, text

OPEN = "giao"


class Assignment(Record, Base):
    """One household given to one person. Given to somebody else, it is the same record with another ``person``: who had
    it before stays in its history, and two supervisors who give it away apart see both."""

    __tablename__ = survey = "assignment"
    title = _l("Visit that somebody is to make")
    plural = _l("Visits that somebody is to make")
    reviewed = False
    listed = False
    kept_by = "assign"
    named_by = ("due_on",)
    sections = (Section(_l("Visit that somebody is to make"), "household"),)

    household = reference(_l("Household"), of="household", required=True)
    person = text(_l("Who is to visit it"), longest=64, required=True)
    """The id of an account."""
    given_on = date(_l("Given on"), required=True)
    due_on = date(_l("By when?"), short=_l("By"), required=True, not_before="given_on")
    note = long_text(_l("What should be looked at there?"), short=_l("Note"), longest=500)
    state = one_of(_l("What became of it"), "assignment_state", required=True)

    __table_args__ = (sa.Index("ix_assignment_open", "state", "person", "due_on"),)
