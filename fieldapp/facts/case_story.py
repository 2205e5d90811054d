"""What follows from a support case with its visits and its payments: pure functions of what was read, and the rules."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

from fieldapp import housing
from fieldapp.facts import vouchers
from fieldapp.facts.counting import is_about
from fieldapp.reference import Programme, Rules
from fieldapp.surveys.payment import BACK
from fieldapp.surveys.support_case import SOURCES

CaseRow: TypeAlias = Mapping[str, Any]

GIVEN_UP = ("refused", "withdrawn")
DECIDED = ("approved", "started", "complete", "settled")
OVER = ("complete", "settled")
START_WITHIN, START_WITHIN_RULE = 60, "start_within_days"
"""Days after the approval until the work should have begun, where the threshold of this name says nothing."""
SETTLE_WITHIN = 30
"""Days after a house is complete and all of its money is paid until it should be settled, where the threshold
``settle_within_days`` says nothing."""


@dataclass(frozen=True)
class VisitSummary:
    """What the visits of a case say: how far the work is, since when it has begun and is complete, whether the finished
    house is what its programme asks for, and whether a later visit found less done and did not say why."""

    milestone: str | None = None
    started_on: str | None = None
    completed_on: str | None = None
    as_required: bool | None = None
    went_back: bool = False


@dataclass(frozen=True)
class Story:
    """One case with all that it follows from; ``rival``: an older case of the household that is not given up;
    ``done``: the visit that found it complete; ``signed``: the decisions that stand and approve it; ``changed``: it is
    another since it was decided; ``gone``: those of its household, need and programme that were withdrawn."""

    case: CaseRow
    visits: Sequence[CaseRow] = ()
    payments: Sequence[CaseRow] = ()
    members: int | None = None
    sort_key: str = ""
    ethnic_group: str | None = None
    rival: bool = False
    signed: frozenset[str] = frozenset()
    changed: bool = False
    gone: frozenset[str] = frozenset()
    programme: Programme | None = None
    seen: VisitSummary = field(default_factory=VisitSummary)
    done: CaseRow | None = None


def seen_in(visits: Iterable[CaseRow], need_type: str | None) -> tuple[VisitSummary, CaseRow | None]:
    """What visits say of a kind of work, and the one that found it complete. In the order of their days; a visit that
    found less done counts where it says why, and is a doubt where it does not."""
    work = housing.work_of(need_type) if need_type else None
    milestone, started, done, went_back = 0, None, None, False
    any_seen = False
    for visit in sorted(visits, key=_by_day):
        found = housing.milestone_of(visit) if is_about(visit, work) else None
        if found is None:
            continue
        any_seen = True
        if int(found) < milestone and not visit["went_back_reason"]:
            went_back = True
            continue
        milestone = int(found)
        started = (started or visit["started_on"] or visit["visited_on"]) if milestone else None
        complete = housing.stage(visit) == "complete"
        done = visit if complete else None
    completed_on = (done["completed_on"] or done["visited_on"]) if done else None
    return VisitSummary(str(milestone) if any_seen else None, started, completed_on, None, went_back), done


def state_of(case: CaseRow, seen: VisitSummary) -> tuple[str, str | None]:
    """The state of a case and the day since when: what was approved is started and complete by what visits found; one
    that was withdrawn as a record is given up."""
    stored, since = case["state"] or "proposed", case["state_on"] or case["proposed_on"]
    if case["withdrawn"]:
        return "withdrawn", since
    if stored not in ("approved", "started", "complete"):
        return stored, since
    if seen.completed_on:
        return "complete", seen.completed_on
    if seen.started_on:
        return "started", seen.started_on
    return "approved", case["decision_on"] or since


def is_decided(case: CaseRow) -> bool:
    """Whether amounts are approved: it was decided, and nobody has taken that back or withdrawn the case since."""
    if case.get("withdrawn"):
        return False
    return (case["blocked_from"] if case["state"] == "blocked" else case["state"]) in DECIDED


def taken_from(case: CaseRow) -> set[str]:
    """The decisions that name a case and approve it no more, though they stand: its approval was taken back singly, or
    somebody has said that another one holds. Of a case that is not decided the one that approved it last is one too.
    """
    said = set((case["taken_from"] or "").split())
    return said if is_decided(case) or not case["decision"] else said | {case["decision"]}


def approved_by_source(case: CaseRow) -> dict[str, int]:
    """The approved amounts of a case, in đồng; nothing while it is not decided."""
    found = {source: case[f"approved_{source}"] for source in SOURCES}
    return {source: amount for source, amount in found.items() if amount} if is_decided(case) else {}


def paid_by_source(payments: Iterable[CaseRow]) -> dict[str, int]:
    """What the vouchers add up to, in đồng: payments without what counter-entries take back."""
    found: Counter[str] = Counter()
    for one in payments:
        if one["amount"] and one["fund_source"]:
            found[one["fund_source"]] += -one["amount"] if one["entry"] == BACK else one["amount"]
    return dict(found)


def is_money_out(payments: Iterable[CaseRow]) -> bool:
    """Whether payments of a case were not wholly taken back, of one source at least; or more than was paid."""
    return any(paid_by_source(payments).values())


def paid_by_month(payments: Iterable[CaseRow]) -> dict[tuple[str, str], tuple[int, int]]:
    """How many vouchers count by month (``2026-08``) and fund source, and what they add up to as of
    :func:`paid_by_source`; those without a day are in no month."""
    found: dict[tuple[str, str], list[CaseRow]] = defaultdict(list)
    for one in payments:
        if one["amount"] is not None and one["fund_source"] and one["paid_on"]:
            found[one["paid_on"][:7], one["fund_source"]].append(one)
    return {key: (len(rows), sum(paid_by_source(rows).values())) for key, rows in found.items()}


def payable_of(story: Story, rules: Rules) -> int:
    """How much of what is approved may have been paid, as far as the work has come."""
    approved = sum(approved_by_source(story.case).values())
    code, day = (story.programme.code if story.programme else ""), day_of(story.case["decision_on"])
    need_type = story.case["need_type"] or "xay_moi"
    return housing.payable(rules.on(day or date.max), code, need_type, approved, story.seen.milestone)


def doubts_of(story: Story, rules: Rules) -> list[str]:
    """What a person should look at, each once: it came about where nobody could know of the other."""
    case, approved, paid = story.case, approved_by_source(story.case), paid_by_source(story.payments)
    overridden, decided = case["overridden"] or (), is_decided(case)
    missed = _missed(story)
    first = min((one["paid_on"] for one in vouchers.left(story.payments) if one["paid_on"]), default=None)
    found = {
        "withdrawn_with_money": bool(case["withdrawn"]) and any(paid.values()),
        "moved_apart": case["contested"],
        "not_approved": not case["withdrawn"] and any(paid.values()) and not decided,
        **{f"{what}_gone": what in missed for what in ("household", "need", "programme")},
        "over_paid": decided and any(amount > approved.get(source, 0) for source, amount in paid.items()),
        "before_milestone": decided and payable_of(story, rules) < sum(paid.values()) <= sum(approved.values()),
        "before_decision": decided and bool(first and case["decision_on"] and first < case["decision_on"]),
        "taken_back_twice": any(amount < 0 for amount in paid.values()) or vouchers.is_taken_back_twice(story.payments),
        "paid_twice": vouchers.is_entered_twice(story.payments),
        "approved_twice": decided and len(story.signed) > 1,
        "changed_since": decided and story.changed,
        "second_case": story.rival and "second_case" not in overridden,
        "went_back": story.seen.went_back,
        "not_as_required": story.seen.as_required is False and "house_not_as_required" not in overridden,
    }
    return [code for code, holds in found.items() if holds]


def _missed(story: Story) -> frozenset[str]:
    """What a case that goes on stands on and is gone. That its need is another is told as long as nobody has looked at
    that: then it is a need that was withdrawn knowingly."""
    case = story.case
    if case["withdrawn"] or case["state"] in (*GIVEN_UP, "settled"):
        return frozenset()
    return story.gone - ({"need"} if story.changed or case["confirmed_seen"] else set())


def day_of(text: str | None) -> date | None:
    """A day as an answer holds it; None of a year alone."""
    return date.fromisoformat(text) if text and len(text) == 10 else None


def fact_of(story: Story, rules: Rules) -> tuple[Any, ...]:
    """The row of a case."""
    case = story.case
    (state, since), approved = state_of(case, story.seen), approved_by_source(case)
    total, doubts = sum(approved.values()), doubts_of(story, rules)
    return (
        case["id"], case["household"], case["area"], case["programme"], case["need_type"], state, since,
        _promised(story, state, total), total, sum(paid_by_source(story.payments).values()), story.seen.milestone,
        late_from(story, rules), " ".join(doubts), bool(doubts), case["proposed_on"],
        case["decision_on"] if is_decided(case) else None,
        (story.seen.completed_on or since) if state in OVER else None, _reason(story, state),
        year_of(case), is_reopened(story), story.sort_key, _text(story.ethnic_group), _text(case["target_group"]),
        "".join(f" {mark} " for mark in marks_of(story)),
    )  # fmt: skip


LARGE = 30
"""Square metres of a finished house (Circular 01/2022, Article 4)."""
HARD = ("floor_hard", "frame_hard", "roof_hard")
MARKS = (
    "met", "posted", "numbered", "visited", "minutes", "voucher",
    "measured", "large", "hard", "lasting", "fit", "unfit",
)  # fmt: skip
"""Of the papers: a village meeting, a posted list, a decision with a number, a visit, minutes of acceptance, a voucher.
Of the finished house: measured by a visit, of 30 m² or more, three hard parts, good for 20 years, as its programme asks
for, not as it asks for."""


def marks_of(story: Story) -> list[str]:
    """Which of the marks a case has; what nobody has told, it has not."""
    case, done = story.case, story.done or {}
    area = done.get("finished_area_m2")
    found = {
        "met": case["meeting_on"],
        "posted": case["posted_from"],
        "numbered": case["decision_number"],
        "visited": story.seen.milestone is not None,
        "minutes": done.get("accepted_on") or done.get("photo_minutes"),
        "voucher": any(one["entry"] != BACK for one in story.payments),
        "measured": area is not None,
        "large": area is not None and Decimal(area) >= LARGE,
        "hard": all(done.get(name) is True for name in HARD),
        "lasting": done.get("lasts_20_years") is True,
        "fit": story.seen.as_required is True,
        "unfit": story.seen.as_required is False,
    }
    return [mark for mark in MARKS if found[mark]]


def _reason(story: Story, state: str) -> str | None:
    """Why the work of a case has not begun: as its office says that blocked it, or as the newest visit found."""
    if state == "blocked":
        return _text(story.case["state_reason"])
    if state != "approved" or not story.visits:
        return None
    return _text(max(story.visits, key=_by_day)["not_started_reason"])


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _by_day(visit: CaseRow) -> tuple[str, str, str]:
    return visit["visited_on"] or "", visit["changed_stamp"], visit["id"]


def year_of(case: CaseRow) -> int | None:
    """The year whose money a case takes: the one that was planned, or that of its decision or proposal."""
    day = case["decision_on"] or case["proposed_on"]
    return case["planned_year"] or (int(day[:4]) if day else None)


def is_reopened(story: Story) -> bool:
    """Whether what was approved must be looked at again: the case or its need is another since."""
    return is_decided(story.case) and story.changed


def _promised(story: Story, state: str, approved: int) -> int:
    if approved or state in GIVEN_UP:
        return approved
    day, need_type = day_of(story.case["proposed_on"]), story.case["need_type"] or ""
    norm = story.programme.norm(need_type, day) if story.programme and day else None
    return norm.amount if norm else 0


def late_from(story: Story, rules: Rules) -> str | None:
    """The day from which a case is late unless its work begins, or unless it is settled; None where neither is due."""
    state, since = state_of(story.case, story.seen)
    if state == "approved":
        return _days_after(since, START_WITHIN_RULE, START_WITHIN, rules)
    return _days_after(to_settle_since(story), "settle_within_days", SETTLE_WITHIN, rules)


def _days_after(since: str | None, threshold: str, usual: int, rules: Rules) -> str | None:
    day = day_of(since)
    if day is None:
        return None
    days = rules.on(day).number(threshold)
    return (day + timedelta(days=int(days) if days is not None else usual)).isoformat()


def to_settle_since(story: Story) -> str | None:
    """The day since when nothing but the settlement is left: the house is complete, and of every source exactly what is
    approved is paid; None where that is not so."""
    state, since = state_of(story.case, story.seen)
    approved, paid = approved_by_source(story.case), paid_by_source(story.payments)
    left = any(approved.get(source, 0) != paid.get(source, 0) for source in {*approved, *paid})
    if state != "complete" or not approved or left:
        return None
    return max(filter(None, (since, *(one["paid_on"] for one in story.payments))), default=None)
