"""What a supervisor chose about a record at one exact version. Written by the review page, never by a form."""

from __future__ import annotations

from fieldapp.i18n import _l
from fieldapp.surveys.base import Base, Record, Section
from fieldapp.surveys.columns import ids, long_text, one_of, pins, reference, text


class Decision(Record, Base):
    """One decision; it travels to tablets like any record, and its area is that of its subject."""

    __tablename__ = survey = "decision"
    title = _l("Decision")
    plural = _l("Decisions")
    FORM_VERSION = 2
    reviewed = False
    listed = False
    sections = (Section(_l("Decision"), "subject"),)

    subject = reference(_l("Record decided about"), of="", required=True)
    subject_survey = text(_l("Its survey"), longest=64, required=True)
    verdict = one_of(_l("Verdict"), "verdict", required=True)
    comment = long_text(_l("Comment"))
    pinned = pins(_l("Comments on single questions"))
    rules = text(_l("Rules it was made under"), longest=64)
    """Their version, see :mod:`fieldapp.reference.current`: what was decided keeps the rules of its day."""
    seen = ids(_l("Version that was seen"), required=True)
