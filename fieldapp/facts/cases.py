"""The facts of support cases, kept beside the records: which cases a change concerns, and their rows.

What follows from a case is said in ``case_story.py``, the tables are in ``tables.py``. Worked out in intake for what a
change touches; it can always be made again. So a list is one query by an index, and a sum one ``GROUP BY``. What
depends on today is compared with a stored day. Whatever order records arrive in, the rows are the same: they follow
from the records alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import sqlalchemy as sa

from fieldapp import housing
from fieldapp.db import db
from fieldapp.facts import tallies
from fieldapp.facts.case_figures import ONE_BY_ONE, TALLIES
from fieldapp.facts.case_story import (
    GIVEN_UP,
    CaseRow,
    Story,
    VisitSummary,
    approved_by_source,
    day_of,
    fact_of,
    is_money_out,
    paid_by_month,
    paid_by_source,
    seen_in,
    taken_from,
)
from fieldapp.facts.pinned import is_changed
from fieldapp.facts.plan import plan_of
from fieldapp.facts.tables import CaseDecision, CaseFact, CaseMoney, CasePaid, CasePart, StrayPayment
from fieldapp.facts.tallies import tallied
from fieldapp.intake.merging import kept_of
from fieldapp.reference import Rules
from fieldapp.reference.current import current_rules
from fieldapp.reference.naming import id_of_code
from fieldapp.surveys import Household, HousingNeed, Payment, ProgressVisit, SupportCase, SupportDecision
from sync import State
from sync.journal import Journal
from sync.statements import Ready, among, among_texts, insert, texts

AT_A_TIME = 1000
READ = ("support_case", "progress_visit", "payment")
"""The records whose answers say which cases they concern."""

_FACT: Any = CaseFact.__table__
_MONEY: Any = CaseMoney.__table__
_PART: Any = CasePart.__table__
_NAMED: Any = CaseDecision.__table__
_PAID: Any = CasePaid.__table__
_STRAY: Any = StrayPayment.__table__
TABLES = (_FACT, _MONEY, _PAID, _PART, _STRAY)


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
    with tallied(TALLIES, touched):
        for table in TABLES:
            db.session.execute(sa.delete(table).where(among(connection, table.c.record, touched)))
        for table, rows in zip(TABLES, fresh, strict=True):
            insert(connection, table, rows)
        for kept in ONE_BY_ONE:
            kept.make(touched)


def differing(records: Collection[str]) -> list[str]:
    """Of these records those whose facts are not what follows from them."""
    found = _misnamed(records)
    for table, wanted in zip(TABLES, _wanted(records), strict=True):
        query = sa.select(table).where(among(db.session.connection(), table.c.record, records))
        stored = {tuple(row) for row in db.session.execute(query)}
        place = list(table.c.keys()).index("record")
        found |= {row[place] for row in stored.symmetric_difference(wanted)}
    return sorted(found)


def _misnamed(records: Collection[str]) -> set[str]:
    """Of these records the decisions whose cases are not noted as they name them."""
    mine = among(db.session.connection(), _NAMED.c.decision, records)
    stored = {tuple(row) for row in db.session.execute(sa.select(_NAMED).where(mine))}
    return {row[0] for row in stored.symmetric_difference(_naming(records))}


def rules_changed() -> None:
    """Amounts and delays are looked at again by the rules there are now: cases are few, so at once."""
    records = list(db.session.scalars(sa.select(SupportCase.id)))
    for start in range(0, len(records), AT_A_TIME):
        make(records[start : start + AT_A_TIME])


def all_made() -> None:
    """What is counted of all of them is counted anew."""
    tallies.recount((*ONE_BY_ONE, *TALLIES))


def miscounted() -> list[str]:
    """What is counted of all of them, and is not what they add up to."""
    return tallies.miscounted((*ONE_BY_ONE, *TALLIES))


def is_empty() -> bool:
    """Whether there are cases and none has a fact: after an upgrade from a version that kept none."""
    there = (db.session.scalar(sa.select(table.c[key]).limit(1)) for table, key in _EITHER)
    case, fact = there
    return case is not None and fact is None


_EITHER: tuple[tuple[Any, str], ...] = ((SupportCase.__table__, "id"), (_FACT, "record"))


def _wanted(records: Collection[str]) -> tuple[list[tuple[Any, ...]], ...]:
    """The rows of each of :data:`TABLES`."""
    rules, payments = current_rules(db.session()), _payments(records)
    facts, money, by_month, parts = [], [], [], []
    for story in _told(records, payments):
        case, approved, paid = story.case["id"], approved_by_source(story.case), paid_by_source(story.payments)
        facts.append(fact_of(story, rules))
        money += [(case, each, approved.get(each, 0), paid.get(each, 0)) for each in sorted({*approved, *paid})]
        by_month += [(case, *key, *counted) for key, counted in paid_by_month(story.payments).items()]
        parts += [(each["id"], case) for each in (*story.visits, *story.payments)]
    counted = {fact[0] for fact in facts}
    strays = _strays({case: rows for case, rows in payments.items() if case not in counted})
    parts += [(payment, case) for payment, case, *_more in strays]
    return facts, money, by_month, parts, strays


def _strays(payments: Mapping[str, Sequence[CaseRow]]) -> list[tuple[str, str, str | None, int]]:
    """The payments that are out of cases that are not here, by the case: ruled out, held, or not come yet."""
    out = {case for case, rows in payments.items() if is_money_out(rows)}
    if not out:
        return []
    table = SupportCase.__table__
    here = set(db.session.scalars(sa.select(table.c.id).where(among(db.session.connection(), table.c.id, out))))
    return [
        (each["id"], case, each["area"], sum(paid_by_source([each]).values()))
        for case in sorted(out - here)
        for each in payments[case]
    ]


def stories(records: Collection[str]) -> Iterator[Story]:
    """The cases among these records that count, each with all that it follows from: those that are not withdrawn, and
    those that are while money paid for them is out, as another node paid it: it stays in every sum."""
    return _told(records, _payments(records))


def _told(records: Collection[str], payments: Mapping[str, list[CaseRow]]) -> Iterator[Story]:
    found = _rows(SupportCase, "id", records, withdrawn=True)
    cases = [one for one in found if not one["withdrawn"] or is_money_out(payments[one["id"]])]
    if not cases:
        return
    rules = current_rules(db.session())
    programmes = {id_of_code("programme", one.code): one for one in rules.programmes}
    visits, rivals, homes, signed, needs = _visits(cases), _rivals(cases), _homes(cases), _signed(cases), _needs(cases)
    for case in cases:
        programme = programmes.get(case["programme"] or "")
        seen, done = seen_in(visits[case["id"]], case["need_type"])
        home, need = homes.get(case["household"], _NO_HOME), needs.get(case["need"])
        told = visits[case["id"]], payments[case["id"]], *home.told
        changed = is_changed(case, need.version if need else None)
        is_gone = {"household": home.withdrawn, "need": bool(need and need.withdrawn), "programme": programme is None}
        gone = frozenset(what for what, holds in is_gone.items() if holds)
        stand = signed[case["id"]] - taken_from(case)
        story = Story(case, *told, case["id"] in rivals, stand, changed, gone, programme, seen, done)
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


def _rows(survey: Any, key: str, values: Collection[str], *, withdrawn: bool = False) -> list[CaseRow]:
    """``withdrawn``: also what was withdrawn."""
    table = survey.__table__
    query = sa.select(table).where(among(db.session.connection(), table.c[key], values))
    query = query if withdrawn else query.where(sa.not_(table.c.withdrawn))
    return [dict(row) for row in db.session.execute(query.order_by(table.c.created_stamp, table.c.id)).mappings()]


def _gathered(rows: Iterable[CaseRow], key: str) -> dict[str, list[CaseRow]]:
    found: dict[str, list[CaseRow]] = defaultdict(list)
    for row in rows:
        found[row[key]].append(row)
    return found


def _payments(cases: Collection[str]) -> dict[str, list[CaseRow]]:
    return _gathered(_rows(Payment, "case", cases), "case")


def _visits(cases: Sequence[CaseRow]) -> dict[str, list[CaseRow]]:
    """By case; a visit that names none counts for every case of its need."""
    found = _gathered(_rows(ProgressVisit, "case", [one["id"] for one in cases]), "case")
    needs = _gathered(_rows(ProgressVisit, "need", [one["need"] for one in cases if one["need"]]), "need")
    for case in cases:
        found[case["id"]] += [visit for visit in needs[case["need"]] if visit["case"] is None]
    return found


def _signed(cases: Sequence[CaseRow]) -> dict[str, frozenset[str]]:
    """The decisions that stand and name each case."""
    mine = among(db.session.connection(), _NAMED.c.record, [one["id"] for one in cases])
    found: dict[str, set[str]] = {one["id"]: set() for one in cases}
    for row in db.session.execute(sa.select(_NAMED.c.record, _NAMED.c.decision).where(mine, _NAMED.c.signed)):
        found[row.record].add(row.decision)
    return {case: frozenset(decisions) for case, decisions in found.items()}


class CaseNeed(NamedTuple):
    """A housing need: its version, and whether it was withdrawn."""

    version: str
    withdrawn: bool


def _needs(cases: Sequence[CaseRow]) -> dict[str | None, CaseNeed]:
    table = HousingNeed.__table__
    mine = among(db.session.connection(), table.c.id, {one["need"] for one in cases if one["need"]})
    query = sa.select(table.c.id, table.c.version, table.c.withdrawn).where(mine)
    return {row.id: CaseNeed(row.version, row.withdrawn) for row in db.session.execute(query)}


def _rivals(cases: Sequence[CaseRow]) -> set[str]:
    """The cases that are not given up and whose household has an older one that is not either."""
    homes = {one["household"] for one in cases if one["household"]}
    alive = [one for one in _rows(SupportCase, "household", homes) if one["state"] not in GIVEN_UP]
    by_home = _gathered(alive, "household")
    return {one["id"] for each in by_home.values() for one in each[1:]}


class CaseHome(NamedTuple):
    """A household: how many live in it, its name to sort by, its ethnic group; and whether it was withdrawn."""

    told: tuple[int | None, str, str | None]
    withdrawn: bool


_NO_HOME = CaseHome((None, "", None), False)


def _homes(cases: Sequence[CaseRow]) -> dict[str | None, CaseHome]:
    homes = [one["household"] for one in cases if one["household"]]
    table = Household.__table__
    columns = table.c.id, table.c.members, table.c.sort_key, table.c.ethnic_group, table.c.withdrawn
    query = sa.select(*columns).where(among(db.session.connection(), table.c.id, homes))
    return {row.id: CaseHome((row[1], row[2], row[3]), row.withdrawn) for row in db.session.execute(query)}
