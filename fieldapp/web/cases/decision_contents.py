"""What the page of a decision shows: its cases with their amounts, its sums, and what stands against it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import sqlalchemy as sa

from fieldapp import people
from fieldapp.cases import chain, deciding
from fieldapp.db import db
from fieldapp.facts.case_story import day_of, taken_from
from fieldapp.facts.cases import stories
from fieldapp.facts.plan import PlanTargets, plan_of, sums_of
from fieldapp.i18n import ngettext
from fieldapp.problems import NotFound
from fieldapp.surveys import SupportCase, SupportDecision
from fieldapp.surveys.support_case import SOURCES
from fieldapp.today import today
from fieldapp.web import asked
from fieldapp.web.access import may_step, me, my_areas
from fieldapp.web.cases import words
from fieldapp.web.cases.decisions import DOUBTS, FACT, LOOKS, NAMED, PAGE, doubts_of, may_decide, with_cases
from fieldapp.web.cases.listing import ListedCase, lines
from sync.statements import among


class CaseLine(NamedTuple):
    """A case of a decision: its line in lists, what is approved of it by source, and what is to be seen about it."""

    case: ListedCase
    amounts: dict[str, int]
    changed: bool
    elsewhere: bool
    no_more: bool
    """Whether the decision approves it no more, though it stands."""

    @property
    def total(self) -> int:
        """Of all sources."""
        return sum(self.amounts.values())


@dataclass(frozen=True)
class DecisionPage:
    """Everything the page of a decision shows."""

    decision: SupportDecision
    programme: str
    look: str
    lines: list[CaseLine]
    unseen: int
    sums: list[tuple[str, int]]
    sources: list[str]
    changed: int
    doubts: list[str]
    wrong: list[str]
    warned: list[str]
    left: list[str]
    number: int
    last: int
    count: int
    may_sign: bool
    office: str

    @property
    def total(self) -> int:
        """Of all cases and sources."""
        return sum(amount for _source, amount in self.sums)


def find(record: str) -> SupportDecision:
    """A decision of which the person sees a case. :raises NotFound: there is none."""
    found = db.session.get(SupportDecision, record)
    if found is None or found.withdrawn or not _is_seen(found):
        raise NotFound()
    return found


def _is_seen(decision: SupportDecision) -> bool:
    areas = my_areas()
    if areas is None or decision.author == me().id:
        return True
    return db.session.scalar(with_cases(areas).where(NAMED.c.decision == decision.id).limit(1)) is not None


def is_seen_whole(decision: SupportDecision) -> bool:
    """Whether none of its cases lies elsewhere: nobody fills in or prints some of them as if they were all. One that
    was withdrawn lies nowhere, and keeps nobody from leaving it out."""
    areas, mine = my_areas(), among(db.session.connection(), FACT.c.record, plan_of(decision.plan))
    return areas is None or areas.issuperset(db.session.scalars(sa.select(FACT.c.area).where(mine)))


def build(decision: SupportDecision, *, is_draft: bool = False, whole: bool = False) -> DecisionPage:
    """The page of a decision; with ``whole`` all its cases at once, for paper."""
    plan = plan_of(decision.plan)
    mine = _visible(plan)
    last = max(1, -(-len(mine) // PAGE))
    number = 1 if whole else asked.query.page(last)
    part = mine if whole else mine[(number - 1) * PAGE : number * PAGE]
    sums = sums_of(plan)
    facts = _facts(plan)
    warned, over = _warned(decision, plan) if is_draft else ([], [])
    return DecisionPage(
        decision=decision,
        programme=words.programme_name(decision.programme),
        look=LOOKS.get(decision.state or "", "waiting"),
        lines=_case_lines(decision, part, plan, facts),
        unseen=len(plan) - len(mine),
        sums=[(words.source_label(source), amount) for source, amount in sums.items()],
        sources=[source for source in SOURCES if source in sums] or ["nstw"],
        changed=sum(1 for row in facts.values() if row.reopened and row.decision == decision.id),
        doubts=[str(DOUBTS[code]) for code in doubts_of(decision.id)],
        wrong=deciding.wrong(decision) if is_draft else [],
        warned=warned,
        left=over,
        number=number,
        last=last,
        count=len(plan),
        may_sign=may_decide() and _is_of_the_office(decision, plan),
        office=words.level_label(people.offices.level_of("last", day_of(decision.decided_on) or today())),
    )


def _visible(plan: PlanTargets) -> list[str]:
    areas = my_areas()
    if areas is None:
        return list(plan)
    connection = db.session.connection()
    query = sa.select(FACT.c.record).where(
        among(connection, FACT.c.record, plan), among(connection, FACT.c.area, areas)
    )
    seen = set(db.session.scalars(query))
    return [case for case in plan if case in seen]


def _facts(plan: PlanTargets) -> dict[str, Any]:
    case = SupportCase.__table__
    told = (case.c.decision, case.c.taken_from, case.c.state, case.c.blocked_from)
    query = sa.select(FACT.c.record, FACT.c.reopened, *told).join(case, case.c.id == FACT.c.record)
    rows = db.session.execute(query.where(among(db.session.connection(), FACT.c.record, plan)))
    return {row.record: row for row in rows}


def _case_lines(
    decision: SupportDecision, cases: Sequence[str], plan: PlanTargets, facts: Mapping[str, Any]
) -> list[CaseLine]:
    signed = decision.state == chain.SIGNED
    return [_case_line(line, plan[line.id], facts[line.id], decision.id if signed else None) for line in lines(cases)]


def _case_line(line: ListedCase, amounts: dict[str, int], fact: Any, signed: str | None) -> CaseLine:
    """``signed``: the decision, where it stands."""
    is_own, no_more = fact.decision == signed, signed in taken_from(fact._mapping)
    elsewhere = bool(signed and not is_own and not no_more)
    return CaseLine(line, amounts, bool(signed and is_own and fact.reopened), elsewhere, no_more)


def _warned(decision: SupportDecision, plan: PlanTargets) -> tuple[list[str], list[str]]:
    """The warnings that stand against a draft with how many cases each is about; the allocations that it exceeds."""
    found = {story.case["id"]: story for story in stories(plan)}
    count: dict[str, int] = {}
    for codes in deciding.warnings_by_case(decision, plan, found).values():
        for code in codes:
            count[code] = count.get(code, 0) + 1
    told = [
        ngettext("%(warning)s: %(n)s case", "%(warning)s: %(n)s cases", n, warning=words.warning_label(code))
        for code, n in sorted(count.items())
    ]
    over = deciding.excesses(decision, plan, found)
    return told, [deciding.told_excess(one, words.place_name(one.given.place)) for one in over]


def _is_of_the_office(decision: SupportDecision, plan: PlanTargets) -> bool:
    return may_step("last", areas_of(list(plan)), day_of(decision.decided_on) or today())


def areas_of(cases: Sequence[str]) -> set[str]:
    """The areas in which cases lie."""
    query = sa.select(FACT.c.area).where(among(db.session.connection(), FACT.c.record, cases)).distinct()
    return {area or "" for area in db.session.scalars(query)}
