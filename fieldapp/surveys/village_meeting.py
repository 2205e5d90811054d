"""The meeting of a village that votes on its list: who led it, how many were there, its minutes."""

from __future__ import annotations

import sqlalchemy as sa

from fieldapp.i18n import _l
from fieldapp.surveys.base import Base, Record, Section
from fieldapp.surveys.columns import date, integer, long_text, photo, reference, text


class VillageMeeting(Record, Base):
    """One meeting about one list; filled in on the page of the list."""

    __tablename__ = survey = "village_meeting"
    title = _l("Village meeting")
    plural = _l("Village meetings")
    reviewed = False
    listed = False
    carried = True
    named_by = ("held_on",)
    sections = (
        Section(
            _l("The meeting"),
            "of_list",
            _l("First say who is there and how many. Then fill in the votes, household by household."),
        ),
        Section(_l("Minutes"), "minutes"),
    )

    of_list = reference(_l("List"), of="support_list", required=True)
    held_on = date(_l("Day of the meeting"), required=True, not_after="today")
    chair = text(_l("Who led the meeting?"), short=_l("Chair"), longest=80, required=True)
    secretary = text(_l("Who wrote the minutes?"), short=_l("Secretary"), longest=80)
    present = integer(
        _l("How many people with a vote were present?"), short=_l("People present"), min=1, max=2000, required=True
    )

    minutes = photo(_l("Photo of the minutes"), at_most=4)
    remarks = long_text(_l("Remarks"))

    __table_args__ = (
        sa.Index(
            "ix_village_meeting_withdrawn", "id",
            sqlite_where=sa.text("withdrawn = 1"), postgresql_where=sa.text("withdrawn"),
        ),
    )  # fmt: skip
