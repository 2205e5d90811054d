"""Report 2: what households were given beside housing, by year and policy.

Every record counts once, in the place of its household; what was withdrawn counts nowhere. Nobody approves these
records: they tell what other offices decided.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fieldapp.i18n import _, _l, language, ngettext
from fieldapp.problems import NotFound
from fieldapp.reports.cuts import Counts, ReportRequest
from fieldapp.reports.geography import BY, Geography
from fieldapp.reports.issuer import issuer
from fieldapp.reports.of_cases import CaseReport, Measure
from fieldapp.reports.official import frame, scope
from fieldapp.reports.past import seen
from fieldapp.reports.scope import Options, villages_in
from fieldapp.reports.subjects import GIVEN, Clause, Expression, Subject
from fieldapp.reports.subjects import OTHER as GIVEN_TABLE
from fieldapp.reports.table import Column, Group, Table, rows
from fieldapp.surveys import OtherSupport, choices
from sync.statements import among

NAME = "other-support"
TITLE = _l("Other support given to households")
SHOWN_FIRST = ("times", "in_kind", "amount")
OTHER = "khac"


def measures() -> tuple[Measure, ...]:
    """What its columns count, to find the records behind each of them."""
    return tuple(Measure(one.key, one.heading, *_of(one), parts=one.parts) for one in columns())


def _of(column: Column) -> tuple[Callable[[date], Clause] | None, Any]:
    """Which records a column counts, and of which column it is the sum, "" where it counts them."""
    in_money = GIVEN_TABLE.c.amount.is_not(None)
    if column.parts:
        return None, ""
    if column.key in ("paid", "in_kind"):
        which = in_money if column.key == "paid" else sa.not_(in_money)
        return lambda _day: which, ""
    if column.key.startswith("unit_"):
        unit = sa.func.coalesce(GIVEN_TABLE.c.unit, "") == column.key.removeprefix("unit_")
        return lambda _day: unit, GIVEN_TABLE.c.quantity
    source = sa.func.coalesce(GIVEN_TABLE.c.source, OTHER) == column.key.removeprefix("from_")
    return lambda _day: sa.and_(source, in_money), GIVEN_TABLE.c.amount


@dataclass(frozen=True)
class YearsAndPolicies:
    """A group for each year, with a line for each policy."""

    asked: ReportRequest
    overlaps = False

    def key(self, subject: Subject) -> Expression:
        """The year."""
        year: Expression = GIVEN_TABLE.c.year
        return year

    def groups(self, found: Counts) -> tuple[Group, ...]:
        """Made by :func:`groups` of this report itself."""
        raise NotImplementedError

    def where(self, subject: Subject, line: str) -> Clause:
        """Records of the year, or of the years of ``2021-2023``, and of the policy where one is told.

        :raises NotFound: there is no such line.
        """
        years, _slash, policy = line.partition("/")
        first, _to, last = years.partition("-")
        if not all(year.isascii() and year.isdigit() and len(year) < 5 for year in (first, last or first)):
            raise NotFound
        of_year: Clause = sa.func.coalesce(GIVEN_TABLE.c.year, 0).between(int(first), int(last or first))
        return sa.and_(of_year, sa.func.coalesce(GIVEN_TABLE.c.policy, OTHER) == policy) if policy else of_year


COUNTED = CaseReport(NAME, TITLE, "", "", measures, lambda _totals: (), BY, of=GIVEN, lines=YearsAndPolicies)


class SupportTotal(NamedTuple):
    """So many records of one year, policy, source and unit: those with an amount, those without, the sum in đồng, and
    the sum of their quantities in that unit."""

    year: int | None
    policy: str | None
    source: str | None
    unit: str | None
    paid: int
    in_kind: int
    amount: int
    quantity: int


def columns() -> tuple[Column, ...]:
    """The columns, in the language of the moment: each source that can be chosen has its own."""
    times, amount, quantity = _("Number of records"), _("Amount (đồng)"), _("Quantity")
    sources, units = choices.choices("support_source"), choices.choices("support_unit")
    return (
        Column("times", (times, _("Total")), parts=("paid", "in_kind")),
        Column("paid", (times, _("In money"))),
        Column("in_kind", (times, _("Not in money"))),
        *(Column(f"unit_{unit.code}", (quantity, unit.label(language()))) for unit in units),
        Column("amount", (amount, _("Total")), parts=tuple(f"from_{source.code}" for source in sources)),
        *(Column(f"from_{source.code}", (amount, source.label(language()))) for source in sources),
    )


def given(session: Session, villages: Collection[str] | None, moment: int = 0) -> list[SupportTotal]:
    """What was given within these villages; None for everywhere. ``moment``: as it stood then."""
    money, record = OtherSupport.amount, OtherSupport
    keys = (record.year, record.policy, record.source, record.unit)
    query = sa.select(
        *keys, sa.func.count(money), sa.func.count() - sa.func.count(money), sa.func.coalesce(sa.func.sum(money), 0),
        sa.func.coalesce(sa.func.sum(record.quantity), 0),
    ).where(sa.not_(record.withdrawn)).group_by(*keys)  # fmt: skip
    if villages is not None:
        query = query.where(among(session.connection(), OtherSupport.__table__.c.area, villages))
    return [SupportTotal(*row[:6], int(row[6] or 0), int(row[7] or 0)) for row in session.execute(seen(query, moment))]


def groups(found: Iterable[SupportTotal]) -> tuple[Group, ...]:
    """A group for each year, the newest first, with a line for each policy in the order of its list."""
    counts: dict[int, dict[str, Counter[str]]] = defaultdict(lambda: defaultdict(Counter))
    for one in found:
        line = counts[one.year or 0][one.policy or OTHER]
        line.update({"paid": one.paid, "in_kind": one.in_kind, f"from_{one.source or OTHER}": one.amount})
        line[f"unit_{one.unit}"] += one.quantity
    return tuple(_group(year, counts[year]) for year in sorted(counts, reverse=True))


def _group(year: int, counts: Mapping[str, Mapping[str, int]]) -> Group:
    policies = [policy for policy in choices.choices("policy") if policy.code in counts]
    lines = tuple((policy.label(language()), f"{year}/{policy.code}", counts[policy.code]) for policy in policies)
    name = _("Year %(year)s", year=year) if year else _("Year not known")
    return Group(name, str(year), lines)


def build(session: Session, options: Options, areas: frozenset[str] | None, today: date) -> Table:
    """The report over the villages she may see.

    :raises UnknownPlace: the place asked for does not exist, or is outside her area.
    """
    geography = Geography(session, options.vintage)
    villages = villages_in(geography, areas, options.within)
    everything = areas is None and not options.within
    drawn, found = columns(), given(session, None if everything else villages, options.moment)
    around = frame(issuer(session, NAME, today, areas), today, options.on(today))
    around["unit"], around["place_heading"] = _("Unit: records; đồng; quantities in their units"), _("Year and policy")
    return Table(
        name=NAME,
        title=str(TITLE),
        columns=drawn,
        rows=rows(drawn, groups(found), _("Grand total")),
        scope=scope(geography, villages, everything, geography.places.get(options.within)),
        notes=(*_notes(session, None if everything else villages, options.moment), *_without_quantity(found)),
        parameters={key: value for key, value in options.parameters(("within", "as_of")).items() if key != "by"},
        code_heading=_("Code"),
        **around,
    )


def _notes(session: Session, villages: Collection[str] | None, moment: int) -> tuple[str, ...]:
    query = sa.select(sa.func.count(OtherSupport.household.distinct())).where(sa.not_(OtherSupport.withdrawn))
    if villages is not None:
        query = query.where(among(session.connection(), OtherSupport.__table__.c.area, villages))
    households = session.scalar(seen(query, moment)) or 0
    return (
        ngettext("%(n)s household was given some of it.", "%(n)s households were given some of it.", households),
        _("As told by the households and by other offices; support for housing is not in this table."),
    )


def _without_quantity(found: Iterable[SupportTotal]) -> tuple[str, ...]:
    """How many records say nothing of a quantity: they come from before it was asked for."""
    untold = sum(one.paid + one.in_kind for one in found if one.unit is None)
    if not untold:
        return ()
    return (
        ngettext(
            "%(n)s record does not say how many it was for; it is in no column of quantities.",
            "%(n)s records do not say how many they were for; they are in no column of quantities.",
            untold,
        ),
    )
