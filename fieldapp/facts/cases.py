"""What follows from a support case, its visits and its payments: one row each, kept beside the records.

Worked out in intake for what a change touches; it can always be made again. So a list is one query by an index, and a
sum one ``GROUP BY``. What depends on today is compared with a stored day. Whatever order records arrive in, the rows
are the same: they follow from the records alone.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from fieldapp import housing
from fieldapp.db import db
from fieldapp.facts.counting import is_about
from fieldapp.facts.pinned import is_changed, seen_of
from fieldapp.facts.plan import plan_of
from fieldapp.intake.merging import kept_of
from fieldapp.reference import Programme, Rules
from fieldapp.reference.current import current_rules
from fieldapp.reference.naming import id_of_code
from fieldapp.surveys import Base, Household, HousingNeed, Payment, ProgressVisit, SupportCase, SupportDecision
from fieldapp.surveys.base import bytewise
from fieldapp.surveys.payment import BACK
from fieldapp.surveys.support_case import SOURCES
from sync import State
from sync.journal import Journal
from sync.statements import Ready, among, among_texts, insert, texts

CaseRow: TypeAlias = Mapping[str, Any]

GIVEN_UP = ("refused", "withdrawn")
DECIDED = ("approved", "started", "complete", "settled")
OVER = ("complete", "settled")
START_WITHIN = 60
"""Days after the approval until the work should have begun, where the threshold ``start_within_days`` says nothing."""
AT_A_TIME = 1000
READ = ("support_case", "progress_visit", "payment")
"""The records whose answers say which cases they concern."""


DOUBTED = sa.text("doubted")
"""Something odd is known of it; as it stands, so that an index answers."""


class CaseFact(Base):
    """The fact of one case. Days are written ``2026-08-01``, amounts in đồng.

    ``state``: with what the visits say; ``promised``: approved, or what the norm gives while it waits; ``late_from``:
    the day from which it is late unless something happens; ``doubts``: codes with blanks between them; ``decided_on``
    and ``completed_on``: as long as it is decided, and complete or settled; ``reason``: why the work has not begun;
    ``year``: whose money it takes; ``reopened``: it or its need is another since it was decided; ``sort_key``: that of
    its household's name; ``ethnic_group``: that of its household; ``marks``: what its papers and its finished house
    have (:data:`MARKS`), codes with blanks around each.
    """

    __tablename__ = "case_fact"

    record: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    household: Mapped[str | None] = mapped_column(sa.String(36), index=True)
    area: Mapped[str | None] = mapped_column(sa.String(32))
    programme: Mapped[str | None] = mapped_column(sa.String(36))
    need_type: Mapped[str | None] = mapped_column(sa.String(40))
    state: Mapped[str] = mapped_column(sa.String(40))
    since: Mapped[str | None] = mapped_column(sa.String(10))
    promised: Mapped[int] = mapped_column(sa.BigInteger)
    approved: Mapped[int] = mapped_column(sa.BigInteger)
    paid: Mapped[int] = mapped_column(sa.BigInteger)
    milestone: Mapped[str | None] = mapped_column(sa.String(40))
    late_from: Mapped[str | None] = mapped_column(sa.String(10))
    doubts: Mapped[str] = mapped_column(sa.String(400))
    doubted: Mapped[bool] = mapped_column()
    proposed_on: Mapped[str | None] = mapped_column(sa.String(10))
    decided_on: Mapped[str | None] = mapped_column(sa.String(10))
    completed_on: Mapped[str | None] = mapped_column(sa.String(10))
    reason: Mapped[str | None] = mapped_column(sa.String(40))
    year: Mapped[int | None] = mapped_column(sa.BigInteger)
    reopened: Mapped[bool] = mapped_column(server_default=sa.false())
    sort_key: Mapped[str] = mapped_column(bytewise(), server_default="")
    ethnic_group: Mapped[str | None] = mapped_column(sa.String(40))
    target_group: Mapped[str | None] = mapped_column(sa.String(40))
    marks: Mapped[str] = mapped_column(sa.String(200), server_default="")

    __table_args__ = (
        sa.Index("ix_case_fact_list", "area", "programme", "state", "promised", "approved", "paid"),
        sa.Index("ix_case_fact_state", "state", "promised", "approved", "paid", "record"),
        sa.Index("ix_case_fact_name", "sort_key", "record", "area", "state", "programme"),
        sa.Index("ix_case_fact_village", "area", "sort_key", "record"),
        sa.Index("ix_case_fact_since", "since", "record", "area", "state", "programme"),
        sa.Index("ix_case_fact_late", "late_from", "state", "promised", "approved", "paid", "record"),
        sa.Index("ix_case_fact_doubted", "household", sqlite_where=DOUBTED, postgresql_where=DOUBTED),
        sa.Index("ix_case_fact_budget", "programme", "year", "state", "promised", "approved", "paid", "record"),
        sa.Index(
            "ix_case_fact_odd", "area", "sort_key", "record", "state", "since", "promised", "approved", "paid",
            sqlite_where=sa.text("doubted = 1"), postgresql_where=DOUBTED,
        ),
    )  # fmt: skip


class CaseMoney(Base):
    """Of one case and one fund source: what was approved, and what the vouchers that count add up to, in đồng."""

    __tablename__ = "case_money"

    record: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    source: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    approved: Mapped[int] = mapped_column(sa.BigInteger)
    paid: Mapped[int] = mapped_column(sa.BigInteger)

    __table_args__ = (
        sa.Index("ix_case_money_source", "source", "approved", "paid"),
        sa.Index("ix_case_money_record", "record", "source", "approved", "paid"),
    )


class CasePart(Base):
    """A visit or a payment, and the case it was counted for: where it goes over to another, both are made again."""

    __tablename__ = "case_part"

    part: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    record: Mapped[str] = mapped_column(sa.String(36), primary_key=True, index=True)


class CaseDecision(Base):
    """A case and a decision that names it; ``signed``: the decision stands."""

    __tablename__ = "case_decision"

    decision: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    record: Mapped[str] = mapped_column(sa.String(36), primary_key=True, index=True)
    signed: Mapped[bool] = mapped_column()


_FACT: Any = CaseFact.__table__
_MONEY: Any = CaseMoney.__table__
_PART: Any = CasePart.__table__
_NAMED: Any = CaseDecision.__table__
TABLES = (_FACT, _MONEY, _PART)


# --- pure -----------------------------------------------------------------------------------------------------


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
    ``done``: the visit that found it complete; ``signed``: how many decisions that stand approve it; ``changed``: it is
    another since it was decided."""

    case: CaseRow
    visits: Sequence[CaseRow] = ()
    payments: Sequence[CaseRow] = ()
    members: int | None = None
    sort_key: str = ""
    ethnic_group: str | None = None
    rival: bool = False
    signed: int = 0
    changed: bool = False
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
    """The state of a case and the day since when: what was approved is started and complete by what visits found."""
    stored, since = case["state"] or "proposed", case["state_on"] or case["proposed_on"]
    if stored not in ("approved", "started", "complete"):
        return stored, since
    if seen.completed_on:
        return "complete", seen.completed_on
    if seen.started_on:
        return "started", seen.started_on
    return "approved", case["decision_on"] or since


def is_decided(case: CaseRow) -> bool:
    """Whether amounts are approved: it was decided, and nobody has taken that back since."""
    return (case["blocked_from"] if case["state"] == "blocked" else case["state"]) in DECIDED


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
    first = min((one["paid_on"] for one in story.payments if one["paid_on"]), default=None)
    found = {
        "not_approved": bool(story.payments) and any(paid.values()) and not decided,
        "over_paid": decided and any(amount > approved.get(source, 0) for source, amount in paid.items()),
        "before_milestone": decided and payable_of(story, rules) < sum(paid.values()) <= sum(approved.values()),
        "before_decision": decided and bool(first and case["decision_on"] and first < case["decision_on"]),
        "taken_back_twice": any(amount < 0 for amount in paid.values()),
        "paid_twice": _is_twice(story.payments),
        "approved_twice": decided and story.signed > 1,
        "changed_since": decided and story.changed,
        "second_case": story.rival and "second_case" not in overridden,
        "went_back": story.seen.went_back,
        "not_as_required": story.seen.as_required is False and "house_not_as_required" not in overridden,
    }
    return [code for code, holds in found.items() if holds]


def _is_twice(payments: Iterable[CaseRow]) -> bool:
    """Whether one voucher was entered twice, and no counter-entry has taken one of them back."""
    count: Counter[tuple[Any, ...]] = Counter()
    for one in payments:
        key = (one["voucher"], one["fund_source"], one["amount"], one["paid_on"])
        if one["entry"] != BACK:
            count[key] += 1
    corrected = {one["corrects"] for one in payments if one["entry"] == BACK}
    for one in payments:
        if one["id"] in corrected:
            count[one["voucher"], one["fund_source"], one["amount"], one["paid_on"]] -= 1
    return any(number > 1 for number in count.values())


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
        _late_from(case, state, since, rules), " ".join(doubts), bool(doubts), case["proposed_on"],
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


def _late_from(case: CaseRow, state: str, since: str | None, rules: Rules) -> str | None:
    day = day_of(since) if state == "approved" else None
    if day is None:
        return None
    days = rules.on(day).number("start_within_days")
    return (day + timedelta(days=int(days) if days is not None else START_WITHIN)).isoformat()


# --- kept -----------------------------------------------------------------------------------------------------


def touched(
    journal: Journal,
    states: Mapping[str, State],
    gone: Collection[str],
    moved: Collection[str],
    merged: Mapping[str, str],
) -> dict[str, str]:
    """The cases that these records are, belong to, or are beside; no matter which household they are made with. Which
    cases a decision names is noted at once: facts of cases follow from it."""
    decisions = {record for record, state in states.items() if state.survey == "support_decision"}
    return dict.fromkeys(_touched(states, gone, moved, merged) | _name(decisions | set(gone)), "")


def _touched(
    states: Mapping[str, State], gone: Collection[str], moved: Collection[str], merged: Mapping[str, str]
) -> set[str]:
    of: dict[str, dict[str, CaseRow]] = defaultdict(dict)
    for record, state in states.items():
        of[state.survey][record] = state.values() if state.survey in READ else {}
    cases = of["support_case"]
    parts = {**of["progress_visit"], **of["payment"]}
    found = {*cases, *_texts(parts, "case"), *_about_before({*parts, *gone}), *gone, *moved}
    households = {*of["household"], *gone, *_texts(cases, "household"), *_households_before({*cases, *gone})}
    households |= {*merged.values(), *kept_of(households - of["household"].keys()).values()}
    return found | _cases_of({*_texts(of["progress_visit"], "need"), *of["housing_need"]}, households)


def _texts(rows: Mapping[str, CaseRow], name: str) -> set[str]:
    return {value for row in rows.values() if isinstance(value := row.get(name), str)}


def _about_before(parts: Collection[str]) -> set[str]:
    if not parts:
        return set()
    query = sa.select(_PART.c.record).where(among(db.session.connection(), _PART.c.part, parts))
    return set(db.session.scalars(query))


def _households_before(cases: Collection[str]) -> set[str]:
    if not cases:
        return set()
    query = sa.select(_FACT.c.household).where(among(db.session.connection(), _FACT.c.record, cases))
    return set(filter(None, db.session.scalars(query)))


def _cases_of(needs: Collection[str], households: Collection[str]) -> set[str]:
    if not needs and not households:
        return set()
    connection = db.session.connection()
    sets = {"needs": texts(connection, needs), "households": texts(connection, households)}
    return {row.id for row in _by_need_or_household(connection, **sets)}


def _by_either(dialect: sa.Dialect) -> sa.CompoundSelect[Any]:
    table = SupportCase.__table__
    return sa.union(
        sa.select(table.c.id).where(among_texts(dialect, table.c.need, "needs")),
        sa.select(table.c.id).where(among_texts(dialect, table.c.household, "households")),
    )


_by_need_or_household = Ready(_by_either)


def _name(decisions: Collection[str]) -> set[str]:
    """Note which cases the decisions among these records name; those for which another number of them stands now."""
    if not decisions:
        return set()
    connection = db.session.connection()
    mine = among(connection, _NAMED.c.decision, decisions)
    before = {tuple(row) for row in db.session.execute(sa.select(_NAMED).where(mine))}
    now = _naming(decisions)
    if before != set(now):
        db.session.execute(sa.delete(_NAMED).where(mine))
        insert(connection, _NAMED, now)
    return {case for _decision, case, signed in before.symmetric_difference(now) if signed}


def _naming(decisions: Collection[str]) -> list[tuple[str, str, bool]]:
    """Decision, case, and whether the decision stands, of what decisions that are not withdrawn say."""
    table = SupportDecision.__table__
    these = among(db.session.connection(), table.c.id, decisions)
    rows = db.session.execute(
        sa.select(table.c.id, table.c.plan, table.c.state).where(these, sa.not_(table.c.withdrawn))
    )
    return [(row.id, case, row.state == "signed") for row in rows for case in plan_of(row.plan)]


def make(touched: Collection[str]) -> None:
    """Make the facts of those of these records that are cases or decisions; those that are no more have none."""
    _name(touched)
    connection = db.session.connection()
    fresh = _wanted(touched)
    for table in TABLES:
        db.session.execute(sa.delete(table).where(among(connection, table.c.record, touched)))
    for table, rows in zip(TABLES, fresh, strict=True):
        insert(connection, table, rows)


def differing(records: Collection[str]) -> list[str]:
    """Of these records those whose facts are not what follows from them."""
    found = _misnamed(records)
    for table, wanted in zip(TABLES, _wanted(records), strict=True):
        query = sa.select(table).where(among(db.session.connection(), table.c.record, records))
        held = {tuple(row) for row in db.session.execute(query)}
        place = list(table.c.keys()).index("record")
        found |= {row[place] for row in held.symmetric_difference(wanted)}
    return sorted(found)


def _misnamed(records: Collection[str]) -> set[str]:
    """Of these records the decisions whose cases are not noted as they name them."""
    mine = among(db.session.connection(), _NAMED.c.decision, records)
    held = {tuple(row) for row in db.session.execute(sa.select(_NAMED).where(mine))}
    return {row[0] for row in held.symmetric_difference(_naming(records))}


def rules_changed() -> None:
    """Amounts and delays are looked at again by the rules there are now: cases are few, so at once."""
    records = list(db.session.scalars(sa.select(SupportCase.id)))
    for start in range(0, len(records), AT_A_TIME):
        make(records[start : start + AT_A_TIME])


def all_made() -> None:
    """Nothing of it is left to be done by and by."""


def is_empty() -> bool:
    """Whether there are cases and none has a fact: after an upgrade from a version that kept none."""
    there = (db.session.scalar(sa.select(table.c[key]).limit(1)) for table, key in _EITHER)
    case, fact = there
    return case is not None and fact is None


_EITHER: tuple[tuple[Any, str], ...] = ((SupportCase.__table__, "id"), (_FACT, "record"))


def _wanted(records: Collection[str]) -> tuple[list[tuple[Any, ...]], list[tuple[Any, ...]], list[tuple[Any, ...]]]:
    rules = current_rules(db.session())
    facts, money, parts = [], [], []
    for story in stories(records):
        case, approved, paid = story.case["id"], approved_by_source(story.case), paid_by_source(story.payments)
        facts.append(fact_of(story, rules))
        money += [(case, each, approved.get(each, 0), paid.get(each, 0)) for each in sorted({*approved, *paid})]
        parts += [(each["id"], case) for each in (*story.visits, *story.payments)]
    return facts, money, parts


def stories(records: Collection[str]) -> Iterator[Story]:
    """The cases among these records that are not withdrawn, each with all that it follows from."""
    cases = _rows(SupportCase, "id", records)
    if not cases:
        return
    rules = current_rules(db.session())
    programmes = {id_of_code("programme", one.code): one for one in rules.programmes}
    visits, payments = _visits(cases), _gathered(_rows(Payment, "case", [one["id"] for one in cases]), "case")
    rivals, homes, signed, needs = _rivals(cases), _homes(cases), _signed(cases), _need_versions(cases)
    for case in cases:
        programme = programmes.get(case["programme"] or "")
        seen, done = seen_in(visits[case["id"]], case["need_type"])
        told = visits[case["id"]], payments[case["id"]], *homes.get(case["household"], (None, "", None))
        changed = is_changed(case, needs.get(case["need"]))
        story = Story(case, *told, case["id"] in rivals, signed[case["id"]], changed, programme, seen, done)
        yield _judged(story, rules)


def _judged(story: Story, rules: Rules) -> Story:
    """With what the finished house comes to by the rules of its programme."""
    done = story.done
    day = day_of(done["visited_on"]) if done else None
    if done is None or day is None:
        return story
    order = story.programme.own_order if story.programme else "general"
    met = housing.is_as_required(done, rules.on(day), order=order, members=story.members)
    seen = story.seen
    seen = VisitSummary(seen.milestone, seen.started_on, seen.completed_on, met, seen.went_back)
    return replace(story, seen=seen)


def _rows(survey: Any, key: str, values: Collection[str]) -> list[CaseRow]:
    table = survey.__table__
    query = sa.select(table).where(among(db.session.connection(), table.c[key], values), sa.not_(table.c.withdrawn))
    return [dict(row) for row in db.session.execute(query.order_by(table.c.created_stamp, table.c.id)).mappings()]


def _gathered(rows: Iterable[CaseRow], key: str) -> dict[str, list[CaseRow]]:
    found: dict[str, list[CaseRow]] = defaultdict(list)
    for row in rows:
        found[row[key]].append(row)
    return found


def _visits(cases: Sequence[CaseRow]) -> dict[str, list[CaseRow]]:
    """By case; a visit that names none counts for every case of its need."""
    found = _gathered(_rows(ProgressVisit, "case", [one["id"] for one in cases]), "case")
    needs = _gathered(_rows(ProgressVisit, "need", [one["need"] for one in cases if one["need"]]), "need")
    for case in cases:
        found[case["id"]] += [visit for visit in needs[case["need"]] if visit["case"] is None]
    return found


def _signed(cases: Sequence[CaseRow]) -> Counter[str]:
    """How many decisions that stand name each case."""
    mine = among(db.session.connection(), _NAMED.c.record, [one["id"] for one in cases])
    query = sa.select(_NAMED.c.record, sa.func.count()).where(mine, _NAMED.c.signed).group_by(_NAMED.c.record)
    return Counter({row[0]: row[1] for row in db.session.execute(query)})


def _need_versions(cases: Sequence[CaseRow]) -> dict[str | None, str]:
    """The versions of the needs of those that a decision has pinned."""
    wanted = [one["need"] for one in cases if one["need"] and seen_of(one["decision_seen"])]
    if not wanted:
        return {}
    table = HousingNeed.__table__
    query = sa.select(table.c.id, table.c.version).where(among(db.session.connection(), table.c.id, wanted))
    return {row.id: row.version for row in db.session.execute(query)}


def _rivals(cases: Sequence[CaseRow]) -> set[str]:
    """The cases that are not given up and whose household has an older one that is not either."""
    homes = {one["household"] for one in cases if one["household"]}
    alive = [one for one in _rows(SupportCase, "household", homes) if one["state"] not in GIVEN_UP]
    by_home = _gathered(alive, "household")
    return {one["id"] for each in by_home.values() for one in each[1:]}


def _homes(cases: Sequence[CaseRow]) -> dict[str | None, tuple[int | None, str, str | None]]:
    """How many live in each household, its name to sort by, and its ethnic group."""
    homes = [one["household"] for one in cases if one["household"]]
    table = Household.__table__
    columns = table.c.id, table.c.members, table.c.sort_key, table.c.ethnic_group
    query = sa.select(*columns).where(among(db.session.connection(), table.c.id, homes))
    return {row[0]: (row[1], row[2], row[3]) for row in db.session.execute(query)}
