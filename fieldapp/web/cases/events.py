"""What happened to a case: its need, its moves, visits and payments, by day."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from fieldapp import naming, review
from fieldapp.db import db
from fieldapp.facts.case_story import (
    Story,
)
from fieldapp.housing import milestone_of, work_of
from fieldapp.i18n import _, language
from fieldapp.review import Step
from fieldapp.surveys import HousingNeed, SupportCase, choices, questions
from fieldapp.surveys.payment import BACK
from fieldapp.today import local_day
from fieldapp.vietnamese import show_date, show_integer
from fieldapp.web import shown
from fieldapp.web.cases import words

TOLD = {
    "state", "state_on", "household", "need", "programme", "decision", "decision_rules", "decision_seen",
    "confirmed_seen", "blocked_from", "taken_from",
}  # fmt: skip
"""Answers of a move that its heading tells already, or that are for the record."""


class Event(NamedTuple):
    """Something that happened on a day. ``link``: a record it is about; ``photos``: what it shows."""

    day: str
    title: str
    by: str
    details: list[str]
    link: str
    photos: list[str]
    correct: str = ""
    """The payment that a counter-entry may be begun from."""
    minutes: str = ""
    """The visit that minutes can be printed from: something is built."""


Dated = tuple[str, Event]


def events_of(case: SupportCase, story: Story) -> list[Event]:
    """What happened to a case, in the order of the days it happened on."""
    found = [*_of_need(case), *_of_moves(case), *map(_visit, story.visits), *_payments(story)]
    return [event for _day, event in sorted(found, key=lambda pair: pair[0])]


def _of_need(case: SupportCase) -> Iterator[Dated]:
    need = db.session.get(HousingNeed, case.need or "")
    if need is None:
        return
    day = need.visited_on or local_day(need.created_at).isoformat()
    kind = choices.label("need_type", need.need_type or "", language())
    yield f"{day}/0", Event(show_date(day), _("Housing need: %(kind)s", kind=kind), "", [], need.id, [])
    for decision in review.decisions_about(need.id)[:1]:
        if decision.verdict == "approve":
            day = local_day(decision.created_at).isoformat()
            by = naming.people([decision.author]).get(decision.author, "")
            yield f"{day}/1", Event(show_date(day), _("The form was approved"), by, [], need.id, [])


def _of_moves(case: SupportCase) -> Iterator[Dated]:
    order, known = 0, questions("support_case")
    for step in reversed(review.history_of(case.id, [])):
        said = {edit.question: edit.after for edit in step.edits if edit.question in known}
        after = {name: value for name, value in said.items() if known[name].fits(value)}  # a change may say anything
        if step.held or not after.get("state"):
            continue
        order += 1
        day = str(after.get("state_on") or local_day(step.at).isoformat())
        details = _details(step)
        photos = [photo["sha256"] for photo in after.get("meeting_minutes") or ()]
        yield (
            f"{day}/2{order:03}",
            Event(show_date(day), words.state_label(after["state"]), step.author, details, "", photos),
        )


def _details(step: Step) -> list[str]:
    known = questions("support_case")
    return [
        f"{known[edit.question].short}: {shown.answer(known[edit.question], edit.after)}"
        for edit in step.edits
        if edit.question in known and edit.question not in TOLD and edit.after is not None
    ]


def _visit(visit: Mapping[str, Any]) -> Dated:
    work = work_of(visit["need_type"] or "")
    found = milestone_of(visit)
    label = choices.label(f"milestone_{work}", found, language()) if found else _("stage not told")
    known = questions("progress_visit")
    names = ("percent_of_volume", "not_started_reason", "delays", "finished_area_m2", "went_back_reason", "remarks")
    details = [
        f"{known[name].short}: {shown.answer(known[name], visit[name])}" for name in names if visit[name] is not None
    ]
    day = visit["visited_on"] or ""
    photos = [photo["sha256"] for photo in visit["photos"] or ()]
    title = _("Visit: %(stage)s", stage=label)
    minutes = visit["id"] if found and int(found) else ""
    when = show_date(day) if day else ""
    return f"{day}/3", Event(when, title, "", details, visit["id"], photos, minutes=minutes)


def _payments(story: Story) -> Iterator[Dated]:
    for one in story.payments:
        back, day = one["entry"] == BACK, one["paid_on"] or ""
        amount = show_integer(one["amount"] or 0)
        title = (
            _("Counter-entry: −%(amount)s đồng", amount=amount) if back else _("Paid: %(amount)s đồng", amount=amount)
        )
        known = questions("payment")
        names = ("fund_source", "tranche", "voucher", "receiver", "relation", "reason")
        details = [
            f"{known[name].short}: {shown.answer(known[name], one[name])}" for name in names if one[name] is not None
        ]
        photos = [photo["sha256"] for photo in one["photo_voucher"] or ()]
        event = Event(show_date(day) if day else "", title, "", details, one["id"], photos, "" if back else one["id"])
        yield f"{day}/4", event
