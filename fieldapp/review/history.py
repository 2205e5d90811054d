"""What happened to a record, step by step: who changed what from what to what, on which device, and who decided."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from fieldapp import intake, naming
from fieldapp.surveys import SURVEYS, questions
from fieldapp.surveys.decision import Decision
from sync import WITHDRAWN, Change, fold
from sync.clock import moment_at
from sync.journal import Entry


@dataclass(frozen=True)
class AnswerEdit:
    """One answer of a change. ``before`` is what its author saw, ``unseen`` that this has not arrived here."""

    question: str
    before: Any
    after: Any
    unseen: bool = False


@dataclass(frozen=True)
class Step:
    """One line of a record's history: a change with its edits, or a decision. Times are UTC, without a zone.

    ``device`` is the name people gave it, empty where this node knows none; ``machine`` is its id.
    """

    at: datetime
    author: str
    device: str
    machine: str
    edits: list[AnswerEdit] = field(default_factory=list)
    received_at: datetime | None = None
    first: bool = False
    withdrawal: bool | None = None
    held: str | None = None
    ruling: str | None = None
    ahead: bool = False
    decision: Decision | None = None
    change: str = ""


def history_of(record: str, decisions: Sequence[Decision]) -> list[Step]:
    """All steps, the newest first. Held changes are among them, and say why they do not count yet.

    :param decisions: those about the record, as :func:`decisions_about` finds them.
    """
    entries = intake.journal().history(record)
    people, devices = _names(entries, decisions)
    known = {entry.change.id: entry.change for entry in entries}
    first = min(entries, key=_made).change.id if entries else ""
    steps = [_change(entry, known, entry.change.id == first, people, devices) for entry in entries]
    steps += [
        Step(
            decision.created_at,
            people.get(decision.author, ""),
            devices.get(decision.device, ""),
            decision.device,
            decision=decision,
        )
        for decision in decisions
    ]
    return sorted(steps, key=lambda step: step.at, reverse=True)


def _made(entry: Entry) -> tuple[datetime, str]:
    return entry.change.moment, entry.change.stamp


def _change(
    entry: Entry, known: Mapping[str, Change], first: bool, people: Mapping[str, str], devices: Mapping[str, str]
) -> Step:
    change, said = entry.change, entry.change.answers.get(WITHDRAWN)
    gone = said if isinstance(said, bool) else None  # anything else withdraws nothing, and is told as it came
    return Step(
        at=change.moment,
        author=naming.author(people, change.author),
        device=devices.get(change.device, ""),
        machine=change.device,
        edits=[
            _edit(change, question, known)
            for question in in_order(change.survey, change.answers)
            if question != WITHDRAWN or gone is None
        ],
        received_at=moment_at(entry.received_at),
        first=first,
        withdrawal=gone,
        held=entry.held,
        ruling=entry.ruling,
        ahead=entry.ahead,
        change=change.id,
    )


def _edit(change: Change, question: str, known: Mapping[str, Change]) -> AnswerEdit:
    seen = [known[id] for id in change.base.get(question, ()) if id in known]
    seen.sort(key=lambda one: one.stamp)
    before = seen[-1].answers.get(question) if seen else None
    return AnswerEdit(question, before, change.answers[question], unseen=bool(change.base.get(question)) and not seen)


def changes_since(record: str, seen: Iterable[str]) -> list[AnswerEdit]:
    """What differs between the record at the heads somebody saw and the record as it stands.

    Both sides are folds: of the changes that those heads built upon, and of all that count today.
    """
    journal = intake.journal()
    known = {entry.change.id: entry.change for entry in journal.history(record)}
    then, state = _behind(set(seen), known), journal.state(record)
    if not then or state is None:
        return []
    before, after = fold([known[id] for id in then]).values(), state.values()
    asked = in_order(next(iter(known.values())).survey, {**before, **after})
    differing = [question for question in asked if before.get(question) != after.get(question)]
    return [AnswerEdit(question, before.get(question), after.get(question)) for question in differing]


def in_order(survey: str, named: Iterable[str]) -> list[str]:
    """Questions in the order in which the form asks them; those it does not know last, as they came."""
    order = {name: at for at, name in enumerate(questions(survey))} if survey in SURVEYS else {}
    return sorted(named, key=lambda name: order.get(name, len(order)))


def _behind(heads: set[str], known: Mapping[str, Change]) -> set[str]:
    """These changes and all that they built upon."""
    found: set[str] = set()
    left = [id for id in heads if id in known]
    while left:
        id = left.pop()
        if id not in found:
            found.add(id)
            left += [base for bases in known[id].base.values() for base in bases if base in known]
    return found


def _names(entries: Iterable[Entry], decisions: Iterable[Decision]) -> tuple[dict[str, str], dict[str, str]]:
    changes = [entry.change for entry in entries]
    authors = {change.author for change in changes} | {decision.author for decision in decisions}
    machines = {change.device for change in changes} | {decision.device for decision in decisions}
    return naming.people(authors), naming.devices(machines)
