"""Counts made beforehand, asked by reports in place of the cases or households themselves: what they tell apart, which
table of them lies nearest, and what narrows them.

The tables are those of :mod:`fieldapp.facts.tables`; what is not told apart there is counted by
:mod:`fieldapp.reports.of_cases` of the rows themselves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple, TypeAlias

import sqlalchemy as sa

from fieldapp.facts.tables import HOME_TALLIES, IDLE_MONEY_TALLY, IDLE_TALLY, MONEY_TALLY, CaseTallies
from fieldapp.reference.naming import id_of_code
from fieldapp.reports.cuts import Cut, ReportRequest
from fieldapp.reports.geography import BY
from fieldapp.reports.scope import Options
from fieldapp.reports.subjects import CASES, HOMES, Clause, Expression, Subject

CaseCounts: TypeAlias = dict[str, dict[str, int]]
"""By the key of a line, what each column counts there."""

BY_PLACE = (*BY, "status")
KEPT_BY = (*BY_PLACE, "programme", "group", "source")
"""Lines by which cases are counted beforehand; over the whole province by ethnic group too."""
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
    """What is added up, on a day, of the columns of a table of counts; without ``tables`` of those of households."""

    tables: CaseTallies | None
    summed: Callable[[Any, date], Expression]

    def lies_in(self, by_source: bool) -> CaseTallies | None:
        """The tables asked for it; ``by_source``: only cases with money of one fund source count, and that money."""
        of_source = IDLE_MONEY_TALLY if self.tables is IDLE_TALLY else MONEY_TALLY
        return of_source if by_source else self.tables


def tell_apart(of: Subject, asked: ReportRequest, cut: Cut | None) -> bool:
    """Whether counts of this subject were made beforehand by what is asked for."""
    options = asked.options
    if of is not CASES:
        told = cut is None or options.by in BY_PLACE or options.by in _HOMES_BY
        return of is HOMES and not options.moment and told
    told = cut is None or options.by in KEPT_BY or (options.by == "ethnic" and asked.everything)
    return not options.moment and not (options.since or options.until) and told


def counted(
    of: Subject, asked: ReportRequest, cut: Cut | None, sums: Mapping[str, KeptSum], *, year: str, by_source: bool
) -> CaseCounts:
    """The counts of these columns, by their keys; ``year``: the column of the year that can be chosen, ``by_source`` as
    of a :class:`KeptSum`."""
    found: CaseCounts = defaultdict(dict)
    for tables in dict.fromkeys(one.lies_in(by_source) for one in sums.values()):
        own = {key: one for key, one in sums.items() if one.lies_in(by_source) is tables}
        query = _query(of, asked, cut, own.values(), _table(asked, cut, tables).c, year)
        for line, *numbers in asked.session.execute(query).all():
            found[line or ""].update(zip(own, map(int, numbers), strict=True))
    return dict(found)


def _query(
    of: Subject, asked: ReportRequest, cut: Cut | None, sums: Iterable[KeptSum], kept: Any, year: str
) -> sa.Select[Any]:
    keys = {name: kept[column] for name, column in _COLUMNS.items() if column in kept}
    rows = replace(CASES, area=kept.get("area", sa.null()), keys=keys)
    line: Any = sa.null() if cut is None else cut.key(rows)
    numbers = (sa.func.coalesce(sa.func.sum(one.summed(kept, asked.day)), 0) for one in sums)
    query = sa.select(line, *numbers).where(*asked.limits(rows.area))
    query = query.where(*chosen(kept, asked.options, year)) if of is CASES else query
    return query if cut is None else query.group_by(line)


def _table(asked: ReportRequest, cut: Cut | None, tables: CaseTallies | None) -> Any:
    if tables is None:
        return _HOMES_BY.get(asked.options.by if cut else "", HOME_TALLIES["area"])
    without_places = asked.everything and (cut is None or asked.options.by not in BY_PLACE)
    return tables.by_ethnic_group if without_places else tables.by_village


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
