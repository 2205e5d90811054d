"""The page of a case: what happened, what is due next and from whom, its money, and what may be done to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp import cases, naming, people, review
from fieldapp.cases import Move
from fieldapp.cases.moving import APPROVED, story_of
from fieldapp.db import db
from fieldapp.facts.case_story import (
    Story,
    approved_by_source,
    day_of,
    doubts_of,
    is_reopened,
    late_from,
    paid_by_source,
    payable_of,
    state_of,
    to_settle_since,
)
from fieldapp.housing import milestone_of, work_of
from fieldapp.housing.states import NEXT, move_named
from fieldapp.i18n import _, language
from fieldapp.problems import CaseMoved, ChangedMeanwhile, NotFound, NoWay, Problem, WarnedCase, WithdrawnRecord
from fieldapp.reference.chain import chain_on
from fieldapp.reference.current import current_rules
from fieldapp.review import Step
from fieldapp.surveys import HousingNeed, SupportCase, SupportDecision, choices, questions
from fieldapp.surveys.payment import BACK
from fieldapp.surveys.question import UnreadableAnswer
from fieldapp.today import local_day, today
from fieldapp.vietnamese import show_date, show_integer
from fieldapp.web import asked, brought, shown
from fieldapp.web.access import may, may_step, me, must, must_step, signed_in, within
from fieldapp.web.cases import words
from fieldapp.web.cases.listing import bp
from fieldapp.web.forms import FILES, AnswerField, form_for
from sync.fold import version_of

TOLD = {
    "state", "state_on", "household", "need", "programme", "decision", "decision_rules", "decision_seen",
    "confirmed_seen", "blocked_from",
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


class Due(NamedTuple):
    """What is due next, from whom, since when; where it is late, that it is, and what to do."""

    what: str
    whom: str
    since: str
    late: str
    to_do: str = ""


class Purse(NamedTuple):
    """One fund source of a case, in đồng."""

    source: str
    approved: int
    paid: int

    @property
    def left(self) -> int:
        """What is still to be paid."""
        return self.approved - self.paid


class DecisionLink(NamedTuple):
    """The decision that approved a case, to its page."""

    id: str
    number: str


class Doable(NamedTuple):
    """A move with the fields it asks for."""

    name: str
    label: str
    fields: list[AnswerField]
    is_next: bool


@dataclass(frozen=True)
class CasePage:
    """Everything the page of a case shows."""

    case: SupportCase
    name: str
    place: str
    programme: str
    state: str
    since: str
    events: list[Event]
    due: Due | None
    purses: list[Purse]
    payable: int
    doubts: list[str]
    overridden: list[str]
    chain: list[str]
    chain_day: str
    moves: list[Doable]
    elsewhere: list[str]
    """The moves that are left to another office, a sentence each."""
    may_pay: bool
    may_visit: bool
    reopened: bool
    decision: DecisionLink | None
    seen: str
    warnings: list[str] = field(default_factory=list)
    known: str = ""
    reason: str = ""
    tried: str = ""

    @property
    def approved(self) -> int:
        """Of all sources."""
        return sum(purse.approved for purse in self.purses)

    @property
    def paid(self) -> int:
        """Of all sources."""
        return sum(purse.paid for purse in self.purses)


@bp.get("/cases/<uuid:case_id>")
@signed_in("see")
def page(case_id: Any) -> ResponseReturnValue:
    """One case."""
    return render_template("cases/page.html", page=build(find(str(case_id))), problem=None)


def find(record: str) -> SupportCase:
    """A case within the person's area. :raises NotFound: there is none."""
    found = db.session.get(SupportCase, record)
    within(found)
    assert found is not None
    return found


def visit_of(case: SupportCase, visit: str) -> Mapping[str, Any]:
    """A visit of a case. :raises NotFound: it has none of this id."""
    found = next((one for one in story_of(case).visits if one["id"] == visit), None)
    if found is None:
        raise NotFound()
    return found


@bp.post("/cases/<uuid:case_id>/moves")
@signed_in("keep_case")
def move(case_id: Any) -> ResponseReturnValue:
    """Move a case on, as the table of states allows."""
    files = brought.begin(f"meeting_minutes{FILES}")
    case = find(str(case_id))
    must("keep_case", case)
    name, reason, known = (
        asked.form.text("move"),
        asked.form.text("reason", most=1000),
        asked.form.text("known").split(),
    )
    typed = _typed()
    try:
        line = _possible(case, name)
        answers = _read(line, typed)
        if files and "meeting_minutes" in fields_of(line):
            answers["meeting_minutes"] = brought.keep(files)
        must_step(line.level, [case.area], step_day(answers))
        if known and reason.strip():
            must("override", case)
        cases.move(case, line, answers, account=me(), reason=reason, known=known)
    except Problem as problem:
        db.session.rollback()
        return _again(find(str(case_id)), problem, name, typed, reason)
    db.session.commit()
    flash(_("The case is now: %(state)s.", state=words.state_label(state_now(find(str(case_id))))), "done")
    return redirect(url_for("cases.page", case_id=case_id))


def step_day(answers: Mapping[str, Any]) -> date:
    """The day by which the office of a step is asked for: that of the decision or the posting, or else today."""
    said = (day_of(answers.get(name)) for name in ("decision_on", "posted_from"))
    return next(filter(None, said), today())


def state_now(case: SupportCase) -> str:
    """The state of a case with what its visits say."""
    story = story_of(case)
    return state_of(story.case, story.seen)[0]


def _possible(case: SupportCase, name: str) -> Move:
    if case.withdrawn:
        raise WithdrawnRecord()
    if version_of(asked.form.heads("seen")) != case.version:
        raise ChangedMeanwhile()
    line = move_named(name, state_now(case))
    if line is None:
        raise CaseMoved(state=words.state_label(state_now(case)))
    return line


def _typed() -> dict[str, str]:
    names = {name for line in cases.MOVES for name in fields_of(line)}
    return {name: asked.form.text(name, most=2000) for name in names}


def fields_of(line: Move) -> list[str]:
    """The questions that a move asks."""
    return [name for each in line.asks for name in (APPROVED if each == "approved" else (each,))]


def _read(line: Move, typed: Mapping[str, str]) -> dict[str, Any]:
    """The answers of a move. :raises NoWay: one cannot be read or cannot be."""
    known, found = questions("support_case"), {}
    for name in (each for each in fields_of(line) if known[each].kind != "photo"):
        try:
            found[name] = known[name].read(typed[name])
        except UnreadableAnswer as unreadable:
            raise NoWay(why=known[name].named(unreadable.message)) from None
        wrong = known[name].admits(found[name])
        if wrong or (known[name].kind == "date" and found[name] and len(found[name]) != 10):
            raise NoWay(why=known[name].named(wrong.message if wrong else _("Give the whole day.")))
    return found


def _again(
    case: SupportCase, problem: Problem, name: str, typed: Mapping[str, str], reason: str
) -> ResponseReturnValue:
    """The page as it is now, with the problem, and what was typed."""
    warnings = []
    line = move_named(name, state_now(case))
    if isinstance(problem, WarnedCase) and line:
        warnings = list(cases.warnings_of_move(case, line, _read(line, typed)))
    html = render_template(
        "cases/page.html",
        page=build(
            case,
            tried=name,
            typed=typed,
            reason=reason,
            warnings=words.all_warnings(warnings),
            known=" ".join(one.code for one in warnings),
        ),
        problem=problem,
    )
    return html, problem.status


def build(case: SupportCase, *, tried: str = "", typed: Mapping[str, str] | None = None, **more: Any) -> CasePage:
    """The page of a case. :raises WithdrawnRecord: it was withdrawn; its answers stay on the page of the record."""
    if case.withdrawn:
        raise WithdrawnRecord()
    story, rules = story_of(case), current_rules(db.session())
    state, since = state_of(story.case, story.seen)
    approved, paid = approved_by_source(story.case), paid_by_source(story.payments)
    day = day_of(case.decision_on) or day_of(case.proposed_on) or today()
    chain = chain_on(db.session(), day)
    moves, elsewhere = list[Doable](), list[str]()
    if may("keep_case", case) and not case.contested:
        lines, elsewhere = _possible_moves(case, state, reopened=is_reopened(story))
        moves = _moves(lines, state, tried, typed or {}, reopened=is_reopened(story))
    return CasePage(
        case=case,
        name=shown.name_of(case),
        place=shown.place_line(case.area),
        programme=words.programme_name(case.programme),
        state=state,
        since=show_date(since) if since else "",
        events=_events(case, story),
        due=_due(story, state, since, chain_on(db.session(), today())),
        purses=[
            Purse(words.source_label(each), approved.get(each, 0), paid.get(each, 0)) for each in {**approved, **paid}
        ],
        payable=max(0, payable_of(story, rules) - sum(paid.values())),
        doubts=[words.doubt(code) for code in doubts_of(story, rules)],
        overridden=[words.warning_label(code) for code in case.overridden or ()],
        chain=[words.level_label(level) for level in chain],
        chain_day=show_date(day.isoformat()),
        moves=moves,
        elsewhere=elsewhere,
        may_pay=bool(approved and case.household) and may("pay", case),
        may_visit=_has_need(case) and may("edit", db.session.get_one(HousingNeed, case.need)),
        reopened=is_reopened(story),
        decision=_decision(case),
        seen=" ".join(review.heads_of(case)),
        tried=tried,
        **more,
    )


def _decision(case: SupportCase) -> DecisionLink | None:
    found = db.session.get(SupportDecision, case.decision or "")
    return DecisionLink(found.id, found.number or "") if found else None


def _has_need(case: SupportCase) -> bool:
    need = db.session.get(HousingNeed, case.need or "")
    return need is not None and not need.withdrawn and bool(case.household)


def _possible_moves(case: SupportCase, state: str, *, reopened: bool) -> tuple[list[Move], list[str]]:
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


def _moves(lines: Sequence[Move], state: str, tried: str, typed: Mapping[str, str], *, reopened: bool) -> list[Doable]:
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


def _due(story: Story, state: str, since: str | None, chain: tuple[str, ...]) -> Due | None:
    if state not in NEXT:
        return None
    _move, what, level = NEXT[state]
    at = chain[-1] if level == "last" and chain else level
    whom = words.level_label(at) if at else _("The household")
    if state == "complete":
        what, since = _last_due(story, since)
    late, to_do = _late(story, state)
    return Due(str(what), whom, show_date(since) if since else "", late, to_do)


def _last_due(story: Story, since: str | None) -> tuple[str, str | None]:
    """Of a complete house: the payment that is left, or else the settlement, and since when."""
    settling = to_settle_since(story)
    if settling:
        return _("The settlement: the house is complete, and all that is approved is paid"), settling
    left = sum(approved_by_source(story.case).values()) - sum(paid_by_source(story.payments).values())
    if left > 0:
        return _("The remaining payment of %(amount)s đồng, then the settlement", amount=show_integer(left)), since
    return _("The payments put right by source, then the settlement"), since


def _late(story: Story, state: str) -> tuple[str, str]:
    """That it is late, and what to do about it; nothing while it is not."""
    day = late_from(story, current_rules(db.session()))
    if day is None or day >= today().isoformat():
        return "", ""
    if state == "complete":
        return _("It should have been settled by %(day)s.", day=show_date(day)), _(
            "Look through its papers and vouchers, then settle it."
        )
    return _("It should have begun by %(day)s.", day=show_date(day)), _(
        "Visit the household: enter why it has not begun, or block the case with its reason."
    )


# --- what happened --------------------------------------------------------------------------------------------


def _events(case: SupportCase, story: Story) -> list[Event]:
    found = [*_of_need(case), *_of_moves(case), *map(_visit, story.visits), *_payments(story)]
    return [event for _day, event in sorted(found, key=lambda pair: pair[0])]


Dated = tuple[str, Event]


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
