"""How far the money reaches: what is allocated, promised, paid and left, and the cases that wait in the order of the
law with the line where the money ends. Nothing that is tried here is saved; who is passed over says why on the case.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp import intake, people
from fieldapp.cases import budget
from fieldapp.cases.budget import AllocationUse
from fieldapp.db import begin_writing, db
from fieldapp.facts.ranking import UNKNOWN
from fieldapp.facts.tables import CaseFact, HouseholdFact
from fieldapp.housing.states import OPEN
from fieldapp.i18n import _
from fieldapp.problems import NoWay
from fieldapp.surveys import SupportCase, questions
from fieldapp.surveys.question import UnreadableAnswer
from fieldapp.today import today
from fieldapp.web import asked, shown
from fieldapp.web.access import me, must, my_areas, signed_in
from fieldapp.web.cases import words
from fieldapp.web.cases.listing import ListedCase, bp, lines
from fieldapp.web.cases.page import find
from sync.statements import among

PAGE = 100
FACT: Any = CaseFact.__table__
CASE: Any = SupportCase.__table__
RANK: Any = HouseholdFact.__table__


class CaseInLine(NamedTuple):
    """A case that waits for money, in the order of the law. ``sum``: of it and all before it that are not passed over;
    ``reached``: the money reaches it; ``tied``: it ranks as another on the other side of the line."""

    record: str
    amount: int
    sum: int
    reached: bool
    tied: bool
    skipped: str


class WaitingLine(NamedTuple):
    """A waiting case as it is listed; ``is_last``: below it the money ends."""

    number: int
    case: ListedCase
    waiting: CaseInLine
    is_last: bool


@bp.get("/cases/budget")
@signed_in("see")
def money() -> ResponseReturnValue:
    """The budget of a programme and a year, in the province or in one commune."""
    year = asked.query.number("year", today().year, least=2000, most=2100) or today().year
    programme = _programme(year)
    standings = budget.standings(programme, year) if programme else []
    given = _of_place(standings)
    tried = _tried()
    left = tried if tried is not None else sum(max(one.left, 0) for one in given)
    line = LineUp(_waiting(programme, year) if programme else [], left)
    last = max(1, -(-len(line) // PAGE))
    number = asked.query.page(last)
    kept = asked.query.kept("programme", "year", "commune", "amount")
    return render_template(
        "cases/budget.html",
        programme=programme,
        year=year,
        standings=standings,
        place_name=words.place_name,
        left=left,
        tried=tried,
        lines=_lines(line, (number - 1) * PAGE),
        count=len(line),
        reached=line.reached,
        number=number,
        last=last,
        page_url=lambda page: url_for("cases.money", **{**kept, "page": page}),
        programmes=[(record, one.name) for record, one in words.programmes().items()],
        communes=shown.communes_to_choose(),
        may_keep=people.may(me(), "keep_case"),
    )


def _programme(year: int) -> str:
    """The one asked for; where none is, the first with an allocation of that year, or else of any."""
    asked_for = asked.query.record("programme")
    if asked_for in words.programmes():
        return str(asked_for)
    given = [*budget.given(year=year), *budget.given()]
    known = [one.programme for one in given if one.programme in words.programmes()]
    return known[0] if known else next(iter(words.programmes()), "")


def _of_place(standings: list[AllocationUse]) -> list[AllocationUse]:
    """The allocations of the commune that was chosen; those of the province where it has none of its own."""
    commune = asked.query.text("commune")
    own = [one for one in standings if commune and one.given.place.partition("@")[0] == commune]
    return own or [one for one in standings if not one.given.place]


def _tried() -> int | None:
    """An amount that is only tried."""
    try:
        value = questions("budget")["amount"].read(asked.query.text("amount"))
    except UnreadableAnswer as unreadable:
        flash(unreadable.message, "warning")
        return None
    return int(value) if value is not None else None


def _waiting(programme: str, year: int) -> list[tuple[str, int, str, str]]:
    """Record, amount, rank and why it is passed over, of the cases that wait for a decision, in their order."""
    rank = sa.func.coalesce(RANK.c.rank, UNKNOWN)
    query = sa.select(FACT.c.record, FACT.c.promised, rank)
    query = query.outerjoin(RANK, RANK.c.household == FACT.c.household)
    query = query.where(FACT.c.programme == programme, FACT.c.year == year, FACT.c.state.in_(OPEN))
    commune = asked.query.text("commune")
    areas = frozenset(shown.villages_in(commune)) if commune else my_areas()
    if areas is not None:
        query = query.where(among(db.session.connection(), FACT.c.area, areas))
    rows, skipped = db.session.execute(query.order_by(rank, FACT.c.since, FACT.c.record)).all(), _skipped()
    return [(record, promised, at, skipped.get(record, "")) for record, promised, at in rows]


def _skipped() -> dict[str, str]:
    """Why each case that is passed over is."""
    rows = db.session.execute(sa.select(CASE.c.id, CASE.c.skip_reason).where(CASE.c.skipped_on.is_not(None)))
    return {case: reason or "…" for case, reason in rows}


class LineUp:
    """Cases in their order with the line where the money ends. Pure; of the thousands there are, only those that are
    shown are made (:meth:`part`).

    :param waiting: record, amount, rank and why it is passed over, "" where it is not, in the order of the ranks.
    """

    def __init__(self, waiting: Sequence[tuple[str, int, str, str]], money: int) -> None:
        self._waiting = waiting
        self._sums = list(accumulate(0 if skipped else amount for _record, amount, _rank, skipped in waiting))
        self._end = bisect_right(self._sums, money)
        counted = (number for number in range(self._end - 1, -1, -1) if not waiting[number][3])
        self.last = next(counted, -1)
        """The place of the last that the money reaches; -1 where it reaches none."""
        across = {waiting[number][2] for number in (self.last, self._end) if 0 <= number < len(waiting)}
        self._tied = across.pop() if len(across) == 1 and 0 <= self.last < self._end < len(waiting) else None

    def __len__(self) -> int:
        return len(self._waiting)

    @property
    def reached(self) -> int:
        """How many the money reaches."""
        return sum(not skipped for _record, _amount, _rank, skipped in self._waiting[: self._end])

    def part(self, start: int, stop: int) -> list[CaseInLine]:
        """Those from one place to another."""
        return [
            CaseInLine(
                record,
                amount,
                self._sums[number],
                number < self._end and not skipped,
                rank == self._tied and not skipped,
                skipped,
            )
            for number, (record, amount, rank, skipped) in enumerate(self._waiting[start:stop], start)
        ]


def _lines(line: LineUp, start: int) -> list[WaitingLine]:
    part = line.part(start, start + PAGE)
    of = {one.id: one for one in lines([row.record for row in part])}
    return [
        WaitingLine(number + 1, of[row.record], row, number == line.last < len(line) - 1)
        for number, row in enumerate(part, start)
        if row.record in of
    ]


@bp.post("/cases/<uuid:case_id>/skips")
@signed_in("keep_case")
def skip(case_id: Any) -> ResponseReturnValue:
    """Pass a household over for now, with the reason; or put it back in its place."""
    begin_writing()
    case = find(str(case_id))
    must("keep_case", case)
    again = asked.form.has("again")
    reason = asked.form.text("reason", most=1000).strip()
    if not again and not reason:
        raise NoWay(why=_("Say why the household is passed over: it is shown on its case."))
    answers = {"skipped_on": None if again else today().isoformat(), "skip_reason": None if again else reason}
    intake.save("support_case", case.id, answers, account=me())
    db.session.commit()
    flash(_("It stands in its place again.") if again else _("Passed over. The reason is kept on its case."), "good")
    return redirect(asked.onward())
