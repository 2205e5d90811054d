"""Counts made beforehand, asked by reports in place of the cases or households themselves: what they tell apart, which
table of them lies nearest, and what narrows them.

The tables are those of :mod:`fieldapp.facts.tables`. Cases of a period are added up one by one, of the tables that hold
what each counts as. What is not told apart there is counted by :mod:`fieldapp.reports.of_cases` of the rows themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple, TypeAlias

import sqlalchemy as sa

from fieldapp.facts.case_figures import added_up, is_idle_in, number_of, whole_sum
from fieldapp.facts.tables import (
    CASE_TALLY,
    COUNTED_CASE,
    COUNTED_MONEY,
    HOME_TALLIES,
    IDLE_MONEY_TALLY,
    IDLE_TALLY,
    MONEY_TALLY,
    CaseTallies,
)
from fieldapp.reference.naming import id_of_code
from fieldapp.reports.cuts import Cut, ReportRequest
from fieldapp.reports.geography import BY
from fieldapp.reports.scope import Options
from fieldapp.reports.spans import DaySpan, PeriodPart, parts_of
from fieldapp.reports.subjects import CASES, HOMES, Clause, Expression, Subject

CaseCounts: TypeAlias = dict[str, dict[str, int]]
"""By the key of a line, what each column counts there."""

BY_PLACE = (*BY, "status")
KEPT_BY = (*BY_PLACE, "programme", "group", "source", "ethnic")
"""Lines by which cases are counted beforehand."""
_COLUMNS = {
    "programme": "programme",
    "group": "target_group",
    "ethnic": "ethnic_group",
    "source": "source",
    "author": "author",
}
"""Of the keys of lines the columns that hold them, where a table has these."""
_HOMES_BY = {"ethnic": HOME_TALLIES["ethnic_group"], "author": HOME_TALLIES["author"]}


class KeptSum(NamedTuple):
    """What is added up of a table of counts: the column ``name``, with ``key`` only where on a day what stands in that
    column ``holds``; without ``tables`` of those of households, what ``of_homes`` makes of their columns."""

    tables: CaseTallies | None
    name: str = ""
    key: str = ""
    holds: Callable[[Expression, date], Clause] | None = None
    of_homes: Callable[[Any], Expression] | None = None

    def total(self, kept: Any, day: date) -> Expression:
        """Its sum over the rows of a table of counts."""
        if self.of_homes:
            return whole_sum(self.of_homes(kept))
        if self.holds is None:
            return added_up(kept, self.name)
        return whole_sum(sa.case((self.holds(kept[self.key], day), kept[self.name]), else_=0))

    def number(self, rows: sa.Table, day: date) -> Expression:
        """The same over the cases one by one; what is told of a key is told of those not begun."""
        if self.holds is None:
            return number_of(rows, self.name)
        return sa.func.count().filter(sa.and_(is_idle_in(rows), self.holds(rows.c[self.key], day)))

    def lies_in(self, by_source: bool) -> CaseTallies | None:
        """The tables asked for it; ``by_source``: only cases with money of one fund source count, and that money."""
        of_source = IDLE_MONEY_TALLY if self.tables is IDLE_TALLY else MONEY_TALLY
        return of_source if by_source else self.tables

    def one_by_one_in(self, by_source: bool) -> Any:
        """The table of cases one by one that has it."""
        return COUNTED_MONEY if by_source or self.tables is MONEY_TALLY else COUNTED_CASE


ROWS = ""
"""Among what is counted of a line: of how many, so that no line is told of none."""
_CASES = KeptSum(CASE_TALLY, "cases")
_HOMES = KeptSum(None, of_homes=lambda _kept: sa.literal_column("1"))


def tell_apart(of: Subject, asked: ReportRequest, cut: Cut | None) -> bool:
    """Whether counts of this subject were made beforehand by what is asked for."""
    options = asked.options
    if of is not CASES:
        told = cut is None or options.by in BY_PLACE or options.by in _HOMES_BY
        return of is HOMES and not options.moment and told
    return not options.moment and (cut is None or options.by in KEPT_BY)


class CaseDays(NamedTuple):
    """The column of the day of a case that a period is about, and that of the year that can be chosen."""

    day: str
    year: str

    @property
    def in_year(self) -> str:
        """The column of the year of that day."""
        return self.day.replace("_on", "_in")


def counted(
    of: Subject, asked: ReportRequest, cut: Cut | None, sums: Mapping[str, KeptSum], *, days: CaseDays, by_source: bool
) -> CaseCounts:
    """The counts of these columns, by their keys; ``by_source`` as of a :class:`KeptSum`."""
    parts = _parts(of, asked, cut)
    counts = [(part.sign, _of_part(part, asked, cut, sums, days=days, by_source=by_source)) for part in parts]
    found = counts[0][1] if len(parts) == 1 else _added(counts)
    return {line: numbers for line, numbers in found.items() if numbers.pop(ROWS) or cut is None}


def _added(parts: Iterable[tuple[int, CaseCounts]]) -> CaseCounts:
    """Counts added or taken off."""
    found: CaseCounts = defaultdict(lambda: defaultdict(int))
    for sign, lines in parts:
        for line, counts in lines.items():
            for key, number in counts.items():
                found[line][key] += sign * number
    return found


def _parts(of: Subject, asked: ReportRequest, cut: Cut | None) -> list[PeriodPart]:
    """What adds up to the period asked for. Cases of ethnic groups of some villages are counted one by one: no table of
    counts tells them apart. So are those of villages where the period has more than whole years: of these there are
    many counts, and to add them up takes longer than the cases."""
    options = asked.options
    if of is not CASES:
        return parts_of("", "")
    parts = parts_of(options.since, options.until)
    by_group = cut is not None and options.by == "ethnic" and not asked.everything
    if by_group or (len(parts) > 1 and not _without_places(asked, cut)):
        return [PeriodPart(1, of_years=False, spans=(DaySpan(options.since, options.until),))]
    return parts


def _of_part(
    part: PeriodPart,
    asked: ReportRequest,
    cut: Cut | None,
    sums: Mapping[str, KeptSum],
    *,
    days: CaseDays,
    by_source: bool,
) -> CaseCounts:
    """The counts of a part of a period, by its lines; under :data:`ROWS` of how many cases."""
    found: CaseCounts = defaultdict(dict)
    lie_in = {
        key: one.lies_in(by_source) if part.of_years else one.one_by_one_in(by_source) for key, one in sums.items()
    }
    for where in dict.fromkeys(lie_in.values()):
        own = {key: one for key, one in sums.items() if lie_in[key] is where}
        wanted = (_HOMES if where is None else _CASES, *own.values())
        query = (_beforehand if part.of_years else _one_by_one)(part, asked, cut, wanted, where, days)
        names = (ROWS, *own)
        for line, many, *numbers in asked.session.execute(query).all():
            counts = found[line or ""]
            counts.update(zip(names, (counts.get(ROWS, 0) + many, *numbers), strict=True))
    return found


def _beforehand(
    part: PeriodPart,
    asked: ReportRequest,
    cut: Cut | None,
    sums: Collection[KeptSum],
    tables: CaseTallies | None,
    days: CaseDays,
) -> sa.Select[Any]:
    """Out of a table of counts."""
    kept = _table(asked, cut, tables).c
    query = _of_lines(asked, cut, kept, (one.total(kept, asked.day) for one in sums))
    query = query.where(*asked.limits(kept.get("area", sa.null())))
    return query.where(*chosen(kept, asked.options, days.year), *_in_any(part, kept[days.in_year])) if tables else query


def _one_by_one(
    part: PeriodPart, asked: ReportRequest, cut: Cut | None, sums: Collection[KeptSum], rows: Any, days: CaseDays
) -> sa.Select[Any]:
    """Of the cases themselves."""
    options = replace(asked.options, year=0)
    where = [*asked.limits(rows.c.area), *_of_year(rows.c, asked.options, days), *chosen(rows.c, options, days.year)]
    where += _in_any(part, rows.c[days.day])
    if not any(one.key == "source" for one in sums):
        return _of_lines(asked, cut, rows.c, (one.number(rows, asked.day) for one in sums)).where(*where)
    kept = _by_source(asked, cut, sums).where(*where).subquery().c
    return _of_lines(asked, cut, kept, (one.total(kept, asked.day) for one in sums))


def _in_any(part: PeriodPart, day: Any) -> list[Clause]:
    """In one of the spans of a part."""
    return [sa.or_(*(sa.and_(*span.holds(day)) for span in part.spans))] if any(map(any, part.spans)) else []


def _of_lines(asked: ReportRequest, cut: Cut | None, columns: Any, numbers: Iterable[Expression]) -> sa.Select[Any]:
    """These numbers for each line."""
    keys = {name: columns[column] for name, column in _COLUMNS.items() if column in columns}
    rows = replace(CASES, area=columns.get("area", sa.null()), keys=keys)
    line: Any = sa.null() if cut is None else cut.key(rows)
    query = sa.select(line, *numbers)
    return query if cut is None else query.group_by(line)


def _by_source(asked: ReportRequest, cut: Cut | None, sums: Collection[KeptSum]) -> sa.Select[Any]:
    """What is asked for, of each fund source of a line: each amount is looked at once, and not for every source."""
    line = [] if cut is None else ["area"] if asked.options.by in BY_PLACE else [_COLUMNS[asked.options.by]]
    keys = [COUNTED_MONEY.c[name] for name in dict.fromkeys((*line, "source"))]
    names = dict.fromkeys(one.name for one in sums)
    query = sa.select(*keys, *(number_of(COUNTED_MONEY, name).label(name) for name in names))
    return query.group_by(*keys)


def _of_year(rows: Any, options: Options, days: CaseDays) -> Iterator[Clause]:
    """Only the cases of the year asked for."""
    if options.year and days.year in rows:
        yield rows[days.year] == f"{options.year:04d}"
    elif options.year:
        yield sa.and_(*DaySpan(f"{options.year:04d}", f"{options.year:04d}-12-31").holds(rows[days.day]))


def _table(asked: ReportRequest, cut: Cut | None, tables: CaseTallies | None) -> Any:
    if tables is None:
        return _HOMES_BY.get(asked.options.by if cut else "", HOME_TALLIES["area"])
    return tables.by_ethnic_group if _without_places(asked, cut) else tables.by_village


def _without_places(asked: ReportRequest, cut: Cut | None) -> bool:
    """Whether it is about the whole province, and its lines are no places."""
    return asked.everything and (cut is None or asked.options.by not in BY_PLACE)


def chosen(kept: Any, options: Options, year: str) -> Iterator[Clause]:
    """Only the counts of the programme, year, group and fund source asked for; ``year``: the column it is in."""
    if options.programme:
        yield kept.programme == id_of_code("programme", options.programme)
    if options.year:
        yield kept[year] == f"{options.year:04d}"
    if options.group:
        yield kept.target_group == options.group
    if options.source:
        yield kept.source == options.source
