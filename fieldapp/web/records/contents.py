"""What the page of a record shows: answers, conflicts, photos and history made ready for reading."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, cached_property
from typing import Any, NamedTuple

import sqlalchemy as sa

from fieldapp import intake, naming, review, verdicts
from fieldapp.db import Prepared
from fieldapp.i18n import _, _l
from fieldapp.photos import attachments
from fieldapp.problems import Problem
from fieldapp.review import AnswerEdit, Conflict, Doubt, Status, Step, assigning
from fieldapp.surveys import SURVEYS, asked, questions, sections
from fieldapp.surveys.base import Record
from fieldapp.surveys.decision import Decision
from fieldapp.surveys.question import Question
from fieldapp.today import clock, today
from fieldapp.vietnamese import show_date
from fieldapp.web import shown
from fieldapp.web.access import may, sees
from fieldapp.web.cases.panel import Panel, panel_of
from fieldapp.web.records.belongings import Belonging, of_household
from fieldapp.web.records.criteria import Criteria, LawOnRecord, criteria_of, judged
from fieldapp.web.records.joined import Joined, joined_of
from fieldapp.web.records.odd import ShownDoubt, told
from fieldapp.web.records.spot import Spot, spot_of
from sync import WITHDRAWN
from sync.clock import moment_of
from sync.fold import Head

APART = ("photo", "point")
"""Kinds of answers that are shown in a panel of their own."""
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


@dataclass(frozen=True)
class ShownAnswer:
    """One answer, as it is read."""

    question: str
    label: str
    text: str
    contested: bool = False
    pins: list[str] = field(default_factory=list)
    record: str = ""


class ShownSection(NamedTuple):
    """A section of the questionnaire with its answers."""

    title: str
    facts: list[ShownAnswer]


class Picture(NamedTuple):
    """A photo of an answer; ``state`` as :mod:`fieldapp.photos.attachments` knows it; ``why`` it cannot be shown."""

    sha256: str
    label: str
    state: str
    why: Problem | None


class Version(NamedTuple):
    """One side of a conflict; ``pictures``: the photos that its author sent with it."""

    head: str
    text: str
    by: str
    device: str
    at: datetime
    pictures: list[Picture]


class Quarrel(NamedTuple):
    """A conflict, ready to be settled."""

    question: str
    label: str
    versions: list[Version]
    seen: str

    @property
    def is_of_answer(self) -> bool:
        """Whether another answer could be typed; a record is withdrawn or it is not."""
        return self.question != WITHDRAWN


class Related(NamedTuple):
    """Another record about the same household; ``beside``: the one of the same survey it can be compared with."""

    id: str
    survey: str
    text: str
    status: Status
    beside: str | None = None


class ShownReply(NamedTuple):
    """A reply to a decision: to the whole of it, or to the comment on one question."""

    decision: str
    question: str
    text: str
    by: str
    at: datetime


class EditLine(NamedTuple):
    """One answer that changed."""

    label: str
    before: str
    after: str
    unseen: bool


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
    quarrels: list[Quarrel]
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
        groups=_groups(record, answers, _pins(record, decisions)),
        pictures=_pictures(known, answers),
        spot=spot_of(record, known, answers),
        criteria=criteria_of(law) if law else None,
        doubts=told(record, _doubts(record, law)),
        quarrels=_quarrels(record),
        steps=review.history_of(record.id, decisions),
        related=_related(record, others, statuses),
        addable=_addable(record),
        about=_about(record),
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


def _groups(record: Record, answers: dict[str, Any], pins: dict[str, list[str]]) -> list[ShownSection]:
    wanted, known = asked(type(record), answers), questions(type(record))
    groups = []
    for section, names in sections(type(record)):
        facts = [
            _fact(record, known[name], answers[name], pins.get(name, []))
            for name in names
            if known[name].kind not in APART and (name in wanted or answers[name] is not None)
        ]
        if facts:
            groups.append(ShownSection(str(section.title), facts))
    return groups


def _fact(record: Record, question: Question, value: Any, pins: list[str]) -> ShownAnswer:
    linked = value if question.kind == "reference" and value else ""
    contested = question.name in record.conflicts
    return ShownAnswer(question.name, str(question.short), shown.answer(question, value), contested, pins, linked)


def _pictures(known: dict[str, Question], answers: dict[str, Any]) -> list[Picture]:
    named = [
        (photo["sha256"], str(question.short))
        for name, question in known.items()
        if question.kind == "photo" and question.fits(answers[name])
        for photo in answers[name] or ()
    ]
    states = attachments.states(sha256 for sha256, _label in named)
    return [_picture(sha256, label, states.get(sha256, attachments.ABSENT)) for sha256, label in named]


def _picture(sha256: str, label: str, state: str) -> Picture:
    why = attachments.refusal(sha256) if state == attachments.NOT_A_PHOTO else None
    return Picture(sha256, label, state, why)


def _quarrels(record: Record) -> list[Quarrel]:
    state = intake.journal().state(record.id) if record.contested else None
    if not state:
        return []
    sent = _photographed(record)
    return [_quarrel(record, conflict, sent) for conflict in review.conflicts_of(state)]


def _photographed(record: Record) -> dict[str, list[Picture]]:
    """By change of a record that said anything of photos, what it showed."""
    asked = {name: each for name, each in questions(type(record)).items() if each.kind == "photo"}
    changes = [entry.change for entry in intake.journal().history(record.id)]
    return {each.id: _pictures(asked, _fitting(asked, each.answers)) for each in changes if asked.keys() & each.answers}


def _quarrel(record: Record, conflict: Conflict, sent: Mapping[str, list[Picture]]) -> Quarrel:
    """``sent``: by change, the photos that came with it."""
    authors = naming.people({head.author for head in conflict.sides})
    devices = naming.devices({head.device for head in conflict.sides})
    versions = [
        Version(
            head.id,
            _side(record, conflict.question, head),
            authors.get(head.author, head.author),
            devices.get(head.device) or naming.nameless_device(head.device),
            moment_of(head.stamp),
            sent.get(head.id, []),
        )
        for head in conflict.sides
    ]
    return Quarrel(
        conflict.question, naming.question(type(record), conflict.question), versions, " ".join(conflict.ids)
    )


def _fitting(known: Mapping[str, Question], answers: Mapping[str, Any]) -> dict[str, Any]:
    """What a change said, as far as it can be answers: one from elsewhere may say anything."""
    said = {name: answers.get(name) for name in known}
    return {name: value if known[name].fits(value) else None for name, value in said.items()}


def _side(record: Record, question: str, head: Head) -> str:
    if question == WITHDRAWN:
        return _("Withdraw the record") if head.value is True else _("Keep the record")
    return _value(record, question, head.value)


def _value(record: Record, question: str, value: Any) -> str:
    return shown.answer(questions(type(record)).get(question), value) or _("(empty)")


def edits(record: Record, changed: Iterable[AnswerEdit]) -> list[EditLine]:
    """Edits as lines for people."""
    return [
        EditLine(
            naming.question(type(record), edit.question),
            _value(record, edit.question, edit.before),
            _value(record, edit.question, edit.after),
            edit.unseen,
        )
        for edit in changed
    ]


ABOUT = ("village", "head_name", "ethnic_group", "members", "poverty_class", "vulnerable", "phone")
"""What a reader of a need or a visit wants to know of the household."""


def _about(record: Record) -> list[ShownAnswer]:
    household = shown.household_of(record)
    if household is None or household is record:
        return []
    known, answers = questions("household"), shown.values_of(household)
    return [_fact(household, known[name], answers[name], []) for name in ABOUT if answers[name] is not None]


def others_of(record: Record) -> list[Record]:
    """The household and the other records about it."""
    about = shown.household_id(record)
    found: list[Record] = []
    for survey in SURVEYS.values():
        if about and survey.reviewed and hasattr(survey, "household"):
            found += (one for one in _about_household(survey.survey).scalars(household=about) if sees(one.area))
    household = shown.household_of(record)
    return [one for one in ([household] if household else []) + found if one.id != record.id]


@cache
def _about_household(name: str) -> Prepared:
    """The records of a survey about a household, in the order in which they were made."""
    survey = SURVEYS[name]
    about = survey.__table__.c.household == sa.bindparam("household")
    return Prepared(lambda _dialect: sa.select(survey).where(about).order_by(survey.created_stamp))


def _related(record: Record, others: Sequence[Record], statuses: Mapping[str, Status]) -> list[Related]:
    """Each with the record of its survey that stands before it, this one first of all."""
    before = {record.survey: record.id} if record.survey != "household" else {}
    found = []
    for one in others:
        found.append(Related(one.id, str(one.title), when_of(one), statuses[one.id], before.get(one.survey)))
        if one.survey != record.survey and one.survey != "household":
            before[one.survey] = one.id
    return found


def _addable(record: Record) -> list[tuple[str, str]]:
    """The surveys that can be filled about this household: name and title."""
    if record.survey != "household" or record.withdrawn:
        return []
    return [(survey.survey, str(survey.title)) for survey in review.reviewed() if "household" in questions(survey)]


def when_of(record: Record) -> str:
    """The day of the visit that a record tells of, or else when it was made."""
    visited = questions(type(record)).get("visited_on")
    value = getattr(record, "visited_on", None)
    return shown.answer(visited, value) if visited and value else clock(record.created_at)
