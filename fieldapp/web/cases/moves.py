"""The moves of a case that a person may make now, each with the fields it asks for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

from fieldapp import cases, people
from fieldapp.cases import Move
from fieldapp.cases.moving import APPROVED, story_of
from fieldapp.facts.case_story import (
    day_of,
    state_of,
)
from fieldapp.housing.states import NEXT
from fieldapp.i18n import _
from fieldapp.surveys import SupportCase
from fieldapp.today import today
from fieldapp.web.access import may_step
from fieldapp.web.cases import words
from fieldapp.web.forms import AnswerField, form_for


class Doable(NamedTuple):
    """A move with the fields it asks for."""

    name: str
    label: str
    fields: list[AnswerField]
    is_next: bool


def step_day(answers: Mapping[str, Any]) -> date:
    """The day by which the office of a step is asked for: that of the decision or the posting, or else today."""
    said = (day_of(answers.get(name)) for name in ("decision_on", "posted_from"))
    return next(filter(None, said), today())


def state_now(case: SupportCase) -> str:
    """The state of a case with what its visits say."""
    story = story_of(case)
    return state_of(story.case, story.seen)[0]


def fields_of(line: Move) -> list[str]:
    """The questions that a move asks."""
    return [name for each in line.asks for name in (APPROVED if each == "approved" else (each,))]


def possible_moves(case: SupportCase, state: str, *, reopened: bool) -> tuple[list[Move], list[str]]:
    """The moves that the person's area is enough for, today or on the day of the decision; of the others who makes
    them."""
    days = {today(), *filter(None, (day_of(case.decision_on), day_of(case.posted_from)))}
    lines = [line for line in cases.moves_from(state) if line.name != "confirm" or reopened]
    own = [line for line in lines if any(may_step(line.level, [case.area], day) for day in days)]
    others = [
        _("%(step)s: %(level)s", step=line.label, level=words.level_label(people.offices.level_of(line.level, today())))
        for line in lines
        if line not in own
    ]
    return own, others


def doable(lines: Sequence[Move], state: str, tried: str, typed: Mapping[str, str], *, reopened: bool) -> list[Doable]:
    """These moves with their fields, the one that is due first. ``typed``: what was typed into the one tried."""
    found = []
    due = "confirm" if reopened else NEXT.get(state, ("", "", ""))[0]
    for line in lines:
        form = form_for(SupportCase, blank=True)
        fields = [form[name] for name in fields_of(line)]
        for each in fields:
            if each.kind != "photo":  # files are chosen again
                each.typed = typed.get(each.name, "") if line.name == tried else each.typed
        found.append(Doable(line.name, str(line.label), fields, line.name == due))
    return sorted(found, key=lambda one: not one.is_next)
