"""The page of a record: everything on it, put together from what the files beside this one make ready for reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

from fieldapp import naming, review, verdicts
from fieldapp.i18n import _, _l
from fieldapp.review import Doubt, Status, Step, assigning
from fieldapp.surveys import questions
from fieldapp.surveys.base import Record
from fieldapp.surveys.decision import Decision
from fieldapp.today import today
from fieldapp.vietnamese import show_date
from fieldapp.web import shown
from fieldapp.web.access import may
from fieldapp.web.cases.panel import Panel, panel_of
from fieldapp.web.records.answers import (
    EditLine,
    Picture,
    ShownAnswer,
    ShownSection,
    edits,
    household_answers,
    pictures_of,
    sections_of,
)
from fieldapp.web.records.belongings import Belonging, of_household
from fieldapp.web.records.conflicts import ShownConflict, conflicts_of
from fieldapp.web.records.criteria import Criteria, LawOnRecord, criteria_of, judged
from fieldapp.web.records.joined import Joined, joined_of
from fieldapp.web.records.odd import ShownDoubt, told
from fieldapp.web.records.related import Related, addable_to, others_of, related_to
from fieldapp.web.records.spot import Spot, spot_of
from sync import WITHDRAWN

VERDICTS = {
    "approve": _l("Approved"),
    "return": _l("Returned for correction"),
    "refuse": _l("Refused"),
    "reopen": _l("Decision taken back"),
}
RULINGS = {
    "release": _l("It was held, and an administrator let it count."),
    "refuse": _l("An administrator refused it. It is kept and does not count."),
    "exclude": _l("An administrator took its batch back. It is kept and does not count."),
    "include": _l("An administrator let its batch count again."),
}


class ShownReply(NamedTuple):
    """A reply to a decision: to the whole of it, or to the comment on one question."""

    decision: str
    question: str
    text: str
    by: str
    at: datetime


@dataclass(frozen=True)
class RecordPage:
    """Everything the page of one record shows."""

    record: Record
    name: str
    status: Status
    groups: list[ShownSection]
    pictures: list[Picture]
    spot: Spot | None
    criteria: Criteria | None
    doubts: list[ShownDoubt]
    conflicts: list[ShownConflict]
    steps: list[Step]
    related: list[Related]
    addable: list[tuple[str, str]]
    about: list[ShownAnswer]
    seen: str
    pinnable: list[tuple[str, str]]
    belongings: list[Belonging]
    replies: list[ShownReply]
    support: Panel | None = None
    joined: Joined | None = None
    household: str | None = None
    to_visit: str = ""
    last: Decision | None = None
    last_by: str = ""
    since_decision: list[EditLine] = field(default_factory=list)

    @cached_property
    def may_review(self) -> bool:
        """Whether the reader is one who decides about such records, however this one stands."""
        return may("approve", self.record, status="waiting")

    @cached_property
    def is_done(self) -> bool:
        """Whether nothing about it waits for a supervisor."""
        return self.status not in review.OPEN

    @cached_property
    def may_edit(self) -> bool:
        """Whether the reader may correct it in the office."""
        return may("edit", self.record)

    @cached_property
    def may_assign(self) -> bool:
        """Whether the reader says who is to visit this household."""
        return self.household is not None and may("assign", self.record) and not self.record.withdrawn

    def may_settle(self, question: str) -> bool:
        """Whether the reader says which of two answers holds, or whether the record does."""
        return may("withdraw" if question == WITHDRAWN else "settle", self.record)

    @property
    def may_withdraw(self) -> bool:
        """Whether the reader may take it back or bring it back: what nobody approves, whoever may fill it in."""
        return may("withdraw", self.record)

    @property
    def may_reply(self) -> bool:
        """Whether there is a return to reply to, and the reader is one who answers and not one who decides."""
        return may("reply", self.record, status=self.status)

    def replies_to(self, question: str = "") -> list[ShownReply]:
        """What was replied to the last decision: to its comment on a question, or to the whole."""
        last = self.last.id if self.last else ""
        return [said for said in self.replies if (said.decision, said.question) == (last, question)]

    @property
    def waiting(self) -> list[str]:
        """Why changes of it are held that nobody has decided about."""
        return [self.held(step) for step in self.steps if step.held and not step.ruling]

    def lines(self, step: Step) -> list[EditLine]:
        """The answers a step changed."""
        return edits(self.record, step.edits)

    def label(self, question: str) -> str:
        """What a question is called."""
        return naming.question(type(self.record), question)

    def device(self, step: Step) -> str:
        """What the device of a step is called."""
        return step.device or naming.nameless_device(step.machine)

    def verdict(self, step: Step) -> str:
        """What a decision said."""
        return str(VERDICTS.get(step.decision.verdict or "", "")) if step.decision else ""

    def held(self, step: Step) -> str:
        """Why a change does not count, or what an administrator said since."""
        if step.ruling:
            return str(RULINGS.get(step.ruling, step.ruling))
        return verdicts.sentence("held", step.held)


def build(record: Record) -> RecordPage:
    """The page of a record."""
    decisions = review.decisions_about(record.id)
    last = decisions[0] if decisions else None
    answers = shown.values_of(record)
    known = questions(type(record))
    others = others_of(record)
    statuses = review.statuses([record, *others])
    law = judged(record)
    return RecordPage(
        record=record,
        name=shown.name_of(record),
        status=statuses[record.id],
        groups=sections_of(record, answers, _pins(record, decisions)),
        pictures=pictures_of(known, answers),
        spot=spot_of(record, known, answers),
        criteria=criteria_of(law) if law else None,
        doubts=told(record, _doubts(record, law)),
        conflicts=conflicts_of(record),
        steps=review.history_of(record.id, decisions),
        related=related_to(record, others, statuses),
        addable=addable_to(record),
        about=household_answers(record),
        seen=" ".join(review.heads_of(record)),
        pinnable=[(name, str(question.short)) for name, question in known.items()],
        belongings=of_household(record),
        replies=_replies(record),
        support=panel_of(record, statuses[record.id], law),
        joined=joined_of(record),
        household=shown.household_id(record),
        to_visit=_to_visit(record),
        last=last,
        last_by=naming.people([last.author]).get(last.author, "") if last else "",
        since_decision=edits(record, review.changes_since(record.id, last.seen or ())) if last else [],
    )


def _doubts(record: Record, law: LawOnRecord | None) -> tuple[Doubt, ...]:
    known = {record.id: law.found} if law else {}
    return review.doubts_about([record], today(), law=known)[record.id]


def _to_visit(record: Record) -> str:
    """Who is still to visit the household, and by when."""
    home = shown.household_id(record)
    given = assigning.open_among([home]).get(home) if home else None
    if given is None:
        return ""
    name = naming.people([given.person or ""]).get(given.person or "", given.person or "")
    return _("%(name)s is to visit by %(day)s", name=name, day=show_date(given.due_on or "")) + "."


def _replies(record: Record) -> list[ShownReply]:
    found = review.replies_about(record.id)
    authors = naming.people({one.author for one in found})
    return [
        ShownReply(one.decision or "", one.question or "", one.text or "", authors.get(one.author, ""), one.created_at)
        for one in found
    ]


def _pins(record: Record, decisions: Sequence[Decision]) -> dict[str, list[str]]:
    """The comments that still ask for something: those of the last decision, when it was a return."""
    found: dict[str, list[str]] = {}
    if decisions and decisions[0].verdict == "return":
        for pin in decisions[0].pinned or ():
            found.setdefault(pin["question"], []).append(pin["text"])
    return found
