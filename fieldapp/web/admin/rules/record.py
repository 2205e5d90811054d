"""One rule: what it says, what is in dispute about it and who said what, what happened to it step by step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from flask import render_template
from flask.typing import ResponseReturnValue

from fieldapp import intake, naming, review
from fieldapp.reference import shipped
from fieldapp.review import Step
from fieldapp.surveys import questions
from fieldapp.surveys.reference import Programme, Reference
from fieldapp.web import shown
from fieldapp.web.access import signed_in
from fieldapp.web.admin.rules import words
from sync import WITHDRAWN, Change


class RivalValue(NamedTuple):
    """One of several values that people gave without knowing of each other: its head, who said it, and, but of what
    comes with the program, on which device and when."""

    head: str
    value: str
    author: str
    device: str
    at: datetime | None


class Dispute(NamedTuple):
    """A question with several values."""

    question: str
    label: str
    said: list[RivalValue]
    heads: str


@signed_in("set_rules")
def page(record_id: Any) -> ResponseReturnValue:
    """The page of a rule."""
    rule = words.find(str(record_id))
    said = words.values(rule)
    return render_template(
        "admin/rules/record.html",
        rule=rule,
        title=words.sentence(rule.survey, said),
        doubt=words.doubt(said),
        programme=programme_of(rule),
        answers=[(_label(rule, name), _shown(rule, name, value)) for name, value in said.items()],
        disputes=[_dispute(rule, name) for name in rule.conflicts],
        steps=review.history_of(rule.id, []),
        edits=lambda step: [(_label(rule, edit.question), *_both(rule, edit)) for edit in step.edits],
        author=words.author,
        can_undo=_can_undo,
    )


def programme_of(rule: Reference) -> str | None:
    """The programme whose page shows this rule; None of the other kinds."""
    return rule.id if isinstance(rule, Programme) else getattr(rule, "programme", None)


def _dispute(rule: Reference, name: str) -> Dispute:
    heads = rule.heads.get(name, [])
    entries = [entry for head in heads if (entry := intake.journal().entry(head))]
    named = naming.devices({entry.change.device for entry in entries})
    said = [_rival(rule, name, entry.change, named) for entry in entries]
    return Dispute(name, _label(rule, name), said, " ".join(heads))


def _rival(rule: Reference, name: str, change: Change, named: Mapping[str, str]) -> RivalValue:
    value, packaged = _shown(rule, name, change.answers.get(name)), change.author == shipped.AUTHOR
    if packaged:
        return RivalValue(change.id, value, words.author(change.author), "", None)
    device = named.get(change.device) or naming.nameless_device(change.device)
    return RivalValue(change.id, value, words.author(change.author), device, change.moment)


def _label(rule: Reference, name: str) -> str:
    known = questions(rule.survey)
    return str(known[name].short) if name in known else str(shown.answer(None, name))


def _shown(rule: Reference, name: str, value: Any) -> str:
    return words.answer(rule.survey, words.values(rule), name, value)


def _both(rule: Reference, edit: Any) -> tuple[str, str]:
    return _shown(rule, edit.question, edit.before), _shown(rule, edit.question, edit.after)


def _can_undo(step: Step) -> bool:
    """Whether a step can be taken back by a new one: it counts, and it changed something that was there before."""
    counts = step.held is None and step.ruling in (None, "release", "include")
    return counts and not step.first and (bool(step.edits) or step.withdrawal is not None)


def before(rule: Reference, change: str) -> dict[str, Any]:
    """What a rule said, of the questions that a change of it answers, before that change."""
    step = next((one for one in review.history_of(rule.id, []) if one.change == change), None)
    if step is None or not _can_undo(step):
        return {}
    answers = {edit.question: edit.before for edit in step.edits}
    return answers if step.withdrawal is None else {**answers, WITHDRAWN: not step.withdrawal}
