"""The overview of a leader: from the proposal to the settlement, how far the work is, late and blocked, and the money.

A report like the others, so that each number of the dashboard is one of its columns, with the list behind it. The year
is that whose money a case takes, so that what was paid can be held against the plan of that year.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fieldapp.cases import budget
from fieldapp.facts.tables import CasePaid, PaidTally
from fieldapp.i18n import _, _l
from fieldapp.places import Gazetteer, lineage
from fieldapp.reference.naming import id_of_code
from fieldapp.reports import kept_counts
from fieldapp.reports.case_tables import amount, figure, not_started, progress
from fieldapp.reports.cuts import ReportRequest
from fieldapp.reports.of_cases import OF_CASES, CaseReport, Measure
from fieldapp.reports.province import last_known
from fieldapp.reports.scope import Options, vintages
from fieldapp.reports.subjects import FACT, Clause
from fieldapp.surveys import Payment
from fieldapp.surveys.payment import BACK

NAME = "overview"
DIFFICULT = "in_difficult_communes"
"""The line of the cases in such communes, beside those of the table: no line of a status is called so."""
WAY = ("cases", "listed", "decided", "begun", "complete", "settled")
"""The columns of the way from the proposal to the settlement."""
STAGES = {
    "new": ("idle_new", "new_1", "new_2", "new_3", "new_4", "complete_new"),
    "repair": ("idle_repair", "repair_1", "repair_2", "complete_repair"),
}
WAITING = ("on_time", "late", "blocked")


def measures() -> tuple[Measure, ...]:
    """The columns, in the language of the moment."""
    stages = [one for one in progress() if one.key in ("new", "repair", *STAGES["new"], *STAGES["repair"])]
    waiting = [one for one in not_started() if one.key in WAITING]
    return (
        *_way(),
        *stages,
        *waiting,
        figure("minority", (_("Approved: ethnic minorities"),)),
        amount("approved", (_("Amount approved (đồng)"),)),
        amount("paid", (_("Amount paid (đồng)"),)),
        Measure("paid_rate", (_("Paid of approved"),), rate=("paid", "approved")),
    )


def _way() -> tuple[Measure, ...]:
    names = {
        "cases": _("Proposed"),
        "listed": _("On a list, or further"),
        "decided": _("Approved by a decision"),
        "begun": _("Work has begun"),
        "complete": _("Complete"),
        "settled": _("Settled"),
    }
    return tuple(figure(key, (_("From the proposal to the settlement"), name)) for key, name in names.items())


@dataclass(frozen=True)
class Overview(CaseReport):
    """Of one year: the cases that take its money."""

    def chosen(self, options: Options) -> list[Clause]:
        """As of any report of cases, but for the year."""
        found = super().chosen(replace(options, year=0))
        return [*found, FACT.c.year == options.year] if options.year else found

    @property
    def kept_year(self) -> str:
        """That of the money."""
        return "year"

    def _in_line(self, asked: ReportRequest, line: str) -> list[Clause]:
        if line == DIFFICULT:
            return [asked.among(self.of.area, asked.villages & in_difficult(asked.session, asked.day))]
        return super()._in_line(asked, line)


def in_difficult(session: Session, day: date) -> frozenset[str]:
    """The villages in communes that are extremely difficult, or were when there were such lists last."""
    marked = {
        f"{code}@{each}" for each in vintages(session) for code in last_known(session, "difficult_commune", each, day)
    }
    known = lineage.current()
    return frozenset(village for village in Gazetteer(session).villages if marked & set(known.known(village)))


OVERVIEW = Overview(
    NAME,
    _l("Overview of housing support"),
    "proposed_on",
    _l("Year of the money"),
    measures,
    lambda _totals: (_("Late: the days that the rules give for the start are over."),),
    OF_CASES,
    "housing-need",
    beside={DIFFICULT: _l("In extremely difficult communes")},
)
PURPOSE = _l(
    "All in one table: from the proposal to the settlement, progress, delays and money; the dashboard draws it."
)
SHOWN = ("decided", "complete", "approved", "paid")


class Paid(NamedTuple):
    """How many vouchers there are of a month (``2023-05``) and a source, and what they add up to, in đồng."""

    month: str
    source: str
    vouchers: int
    amount: int


def vouchers(session: Session, options: Options, areas: frozenset[str] | None, day: date) -> list[Clause]:
    """The payments that count, of the cases asked for: of a query that joins the facts of cases."""
    row = Payment
    counts = [sa.not_(row.withdrawn), row.fund_source.is_not(None), row.amount.is_not(None), row.paid_on.is_not(None)]
    return [*counts, *OVERVIEW.among(OVERVIEW.asked(session, options, areas, day))]


signed_amount = sa.case((Payment.entry == BACK, -Payment.amount), else_=Payment.amount)
"""What a voucher adds: a counter-entry takes away."""


def monthly(session: Session, options: Options, areas: frozenset[str] | None, day: date) -> list[Paid]:
    """What was paid by month and source, in the order of the months."""
    asked = OVERVIEW.asked(session, options, areas, day)
    kept: Any = PaidTally.__table__ if asked.everything else CasePaid.__table__
    keys, sums = (kept.c.month, kept.c.source), (sa.func.sum(kept.c.vouchers), sa.func.sum(kept.c.amount))
    query = sa.select(*keys, *sums).group_by(*keys).order_by(*keys)
    if asked.everything:
        query = query.where(*kept_counts.chosen(kept.c, options, OVERVIEW.kept_year))
    else:
        query = query.join(FACT, FACT.c.record == kept.c.record).where(*OVERVIEW.among(asked))
    return [Paid(month, source, int(count), int(amount)) for month, source, count, amount in session.execute(query)]


def plan(options: Options, areas: frozenset[str] | None) -> int | None:
    """What is allocated for the year and the programme asked for, in the province or in the place; None where no year
    is asked for, nothing is allocated, or the reader sees a part only of what it is for."""
    if not options.year or (areas is not None and not options.within):
        return None
    programme = id_of_code("programme", options.programme) if options.programme else None
    place = f"{options.within}@{options.vintage}" if options.within else ""
    found = [one.amount for one in budget.given(programme, options.year) if one.place == place]
    return sum(found) or None


def total(table_totals: Mapping[str, object], key: str) -> int:
    """A total of the table as a whole number."""
    value = table_totals[key]
    return value if isinstance(value, int) else 0
