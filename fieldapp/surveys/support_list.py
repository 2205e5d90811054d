"""A list of households for support: of a village, which its meeting votes on, or of a commune, which is posted.

Drawn up on a page of its own, never by a form; its lines are records of ``list_line``, its meeting is one of
``village_meeting``. Once it is signed off, ``content`` says all that it said, see :mod:`fieldapp.cases.signed`.
"""

from __future__ import annotations

import sqlalchemy as sa

from fieldapp.i18n import _l
from fieldapp.surveys.base import Base, Record, Section
from fieldapp.surveys.columns import date, integer, long_text, one_of, reference, text, village, year

OF_COMMUNE = {"level": ["commune"]}


class SupportList(Record, Base):
    """One list. That of a commune lies in the first of its villages, so that whoever sees the commune sees it."""

    __tablename__ = survey = "support_list"
    title = _l("List for support")
    plural = _l("Lists for support")
    reviewed = False
    listed = False
    kept_by = "keep_case"
    sections = (
        Section(_l("The list"), "level"),
        Section(_l("State"), "state"),
        Section(_l("Posting"), "posted_from"),
        Section(_l("As it was signed off"), "content"),
    )

    level = one_of(_l("Level"), "office_level", required=True)
    programme = reference(_l("Programme"), of="programme", required=True)
    list_year = year(_l("Year"), required=True, not_before="2010")
    turn = integer(_l("Which list of that year"), required=True, min=1, max=99)
    village = village(_l("Village"), required=True)
    commune = text(_l("Commune"), longest=40, asked_if=OF_COMMUNE)
    """``01930@2023``."""
    made_of = long_text(_l("Lists of villages it is made of"), longest=8000, asked_if=OF_COMMUNE)
    """Their ids with blanks between them."""

    state = one_of(_l("State"), "list_state", required=True)
    state_on = date(_l("In this state since"), required=True, not_after="today")
    reason = long_text(_l("Why it was opened again"), short=_l("Reason"), longest=1000)

    posted_from = date(_l("Posted from"), not_after="today", asked_if=OF_COMMUNE)
    posted_until = date(_l("Posted until"), not_before="posted_from", asked_if=OF_COMMUNE)

    content = long_text(_l("Signed content"), longest=50_000)
    """Canonical JSON, packed: see :mod:`fieldapp.cases.signed`."""
    content_hash = text(_l("Hash of the content"), longest=64)

    __table_args__ = (
        sa.Index(
            "ix_support_list_withdrawn", "id",
            sqlite_where=sa.text("withdrawn = 1"), postgresql_where=sa.text("withdrawn"),
        ),
    )  # fmt: skip
