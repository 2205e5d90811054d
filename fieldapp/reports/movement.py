"""What has moved since a period was closed: each figure then and now, and the households between the two."""

from __future__ import annotations

from datetime import date
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from fieldapp import reports
from fieldapp.problems import NotFound
from fieldapp.reports import closing
from fieldapp.reports.closing import ClosedPeriod
from fieldapp.reports.of_cases import line_of
from fieldapp.reports.scope import Options
from fieldapp.reports.table import Column, Number


class Moved(NamedTuple):
    """A figure of a line that is another now."""

    line: str
    name: str
    column: Column
    then: Number
    now: Number


class MovedRow(NamedTuple):
    """A household or case that adds another amount to a figure now than then: 0 where it was not there, or is not."""

    id: str
    household: str | None
    area: str | None
    then: int
    now: int


def of_table(session: Session, period: ClosedPeriod, report: str, by: str, vintage: int, today: date) -> list[Moved]:
    """The figures of one of its tables that have moved, line by line, new lines at the end.

    :raises NotFound: it has no such table.
    """
    kept = closing.table(session, period, report, by, vintage)
    now = reports.find(report).build(session, _now(session, period, report, by, vintage), None, today)
    known = {line_of(row): row for row in now.rows}
    gone = {line_of(row): row for row in kept.rows}
    found = []
    for line in dict.fromkeys([*gone, *known]):
        before, after = gone.get(line), known.get(line)
        nothing: tuple[Number, ...] = tuple(None if column.rate else 0 for column in kept.columns)
        values = zip(
            kept.columns, before.values if before else nothing, after.values if after else nothing, strict=True
        )
        name = (before or after or kept.total).name
        found += [Moved(line, name, column, was, is_) for column, was, is_ in values if was != is_]
    return found


def rows_of(
    session: Session, period: ClosedPeriod, report: str, by: str, vintage: int, line: str, column: str, today: date
) -> list[MovedRow]:
    """Between which rows a figure has moved, by village.

    :raises NotFound: there is no such figure.
    """
    counted = reports.find(report).counted
    if counted is None:
        raise NotFound
    sides: list[dict[str, Any]] = []
    now = _now(session, period, report, by, vintage)
    for options in (then(session, period, report, by, vintage), now):
        behind = counted.behind(session, options, None, today, line, column)
        sides.append({row.id: row for row in session.execute(behind.query)})
    found = [
        MovedRow(id, one.household, one.area, *(int(side[id].adds) if id in side else 0 for side in sides))
        for id, one in {**sides[0], **sides[1]}.items()
    ]
    return sorted((row for row in found if row.then != row.now), key=lambda row: (row.area or "", row.id))


def then(session: Session, period: ClosedPeriod, report: str, by: str, vintage: int) -> Options:
    """What a table of a period was asked for. :raises NotFound: it has no such table."""
    for name, cut, options in closing.tables_of(session, period):
        if (name, cut, options.vintage) == (report, by, vintage):
            return options
    raise NotFound


def _now(session: Session, period: ClosedPeriod, report: str, by: str, vintage: int) -> Options:
    return Options(by, vintage, since=then(session, period, report, by, vintage).since)
