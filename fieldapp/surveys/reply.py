"""What an enumerator answers to a decision, in a line of text, where no answer of the form has to change."""

from __future__ import annotations

from fieldapp.i18n import _l
from fieldapp.surveys.base import Base, Record, Section
from fieldapp.surveys.columns import long_text, reference, text


class Reply(Record, Base):
    """One reply; it travels like any record, and its area is that of its subject."""

    __tablename__ = survey = "reply"
    title = _l("Reply")
    plural = _l("Replies")
    reviewed = False
    listed = False
    sections = (Section(_l("Reply"), "subject"),)

    subject = reference(_l("Record replied about"), of="", required=True)
    subject_survey = text(_l("Its survey"), longest=64, required=True)
    decision = reference(_l("Decision replied to"), of="decision", required=True)
    question = text(_l("Question whose comment is replied to"), longest=64)
    text = long_text(_l("What is replied"), longest=500, required=True)
