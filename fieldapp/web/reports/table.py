"""A table as a page shows it: what was asked of it, a part of its lines, where each number leads."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any, TypeAlias
from urllib.parse import urlencode

from flask import url_for
from markupsafe import Markup, escape

from fieldapp import intake, people, reports
from fieldapp.config import settings
from fieldapp.db import db
from fieldapp.facts import refreshing
from fieldapp.i18n import _, language
from fieldapp.reference.naming import id_of_code
from fieldapp.reports import Report, pdf
from fieldapp.reports.numbers import show, show_all
from fieldapp.reports.of_cases import line_of
from fieldapp.reports.scope import DAYS, Options
from fieldapp.reports.table import Row, Table
from fieldapp.today import today
from fieldapp.web import asked
from fieldapp.web.access import me, my_areas

RowCells: TypeAlias = Callable[[Row], list[tuple[str, str]]]
LINES = 150
"""Of a longer table a page shows a part: thousands of lines take a second to draw, and nobody reads them at once."""
FRESH = 20
"""So many seconds a table at most is shown again, for what changes without a change: lists of places."""


def options_asked() -> Options:
    """What the address narrows a report to.

    :raises Problem: it cannot be: no such place, no districts, figures that are not ready.
    """
    named = ("by", "vintage", "within", "programme", "source", "group")
    days = {name: asked.query.day(name) for name in DAYS}
    year = asked.query.number("year", 0, least=1900, most=2100) or 0
    return Options.read(db.session(), year=year, **days, **{name: asked.query.text(name) for name in named})


def table_of(report: Report, options: Options) -> Table:
    """The table as of now; the chart on a page is of the table that the page has just built."""
    as_of = str(settings().instance), intake.journal().position(None), time.monotonic() // FRESH
    table = _built(report.name, options, my_areas(), today(), language(), *as_of)
    work = None if options.moment else refreshing.progress()
    return replace(table, notes=(_not_yet_whole(work), *table.notes)) if work else table


def _not_yet_whole(work: refreshing.RefreshProgress) -> str:
    return _(
        "These figures are not whole yet: households are being worked out again, %(done)s of %(whole)s. "
        "Open or print it again afterwards.",
        done=show(work.done),
        whole=show(work.whole),
    )


@lru_cache(maxsize=4)
def _built(
    name: str, options: Options, areas: frozenset[str] | None, day: date, language: str, *as_of: object
) -> Table:
    return reports.find(name).build(db.session(), options, areas, day)


def part_of(table: Table, page_url: Callable[[int], str]) -> dict[str, Any]:
    """What the address asks for of a long table, and the way to its other parts."""
    parts = table.parts(LINES)
    number = asked.query.page(len(parts))
    rows, *numbers = parts[number - 1]
    first, last, whole = map(show, numbers)
    said = _(
        "Lines %(first)s to %(last)s of %(whole)s; the files hold all of them.", first=first, last=last, whole=whole
    )
    told = said if len(parts) > 1 else ""
    return {
        "sheets": sheets_of(replace(table, rows=rows)),
        "lines": rows,
        "part": told,
        "number": number,
        "last": len(parts),
        "page_url": page_url,
    }


def sheets_of(table: Table) -> list[tuple[Table, list[str], int, int]]:
    """Of a table too wide for one sheet of A4: for each sheet its columns as a table, their numbers, and which of all
    columns they are. Empty where one sheet is enough."""
    parts = pdf.layout(table).parts
    return [(*pdf.cut(table, part), part.first, part.last) for part in parts] if len(parts) > 1 else []


def headlines(report: Report, table: Table, options: Options) -> list[tuple[str, str, str]]:
    """The totals of a table that stand above it, as they are shown, what each is, and where it leads."""
    cells = cells_of(table, address_behind(report, options))(table.total)
    of_key = {column.key: tuple(map(Markup, cell)) for column, cell in zip(table.columns, cells, strict=True)}
    return [(of_key[key][0], heading, of_key[key][1]) for key, heading, _value in reports.figures(report, table)]


def address_behind(report: Report, options: Options) -> str:
    """The address of the list of the cases behind a number, but for its column and line; "" where there is none."""
    is_counted = report.counted is not None and people.may(me(), "see")
    return _counted_in(report, options) if is_counted else ""


def cells_of(table: Table, address: str) -> RowCells:
    """Gives the numbers of a row as they are shown, each with where it leads: ``address`` with its column and line; ""
    where there is no address, or nothing stands behind the number. Both are HTML already.

    A table by village has some 20,000 of them, which differ in their column and line alone: what each of these adds to
    an address is escaped once.
    """
    starts = _starts(table, address)
    return lambda row: list(_cells(row, starts, _end(row)))


def _cells(row: Row, starts: list[str], end: str) -> Iterator[tuple[str, str]]:
    for text, value, start in zip(show_all(row.values), row.values, starts, strict=True):
        yield text, f"{start}{end}" if value and start else ""


def _starts(table: Table, address: str) -> list[str]:
    """Of each column the address of what stands behind its numbers, but for the line."""
    joined = f"{address}{'&' if '?' in address else '?'}"
    starts = (str(escape(f"{joined}{urlencode({'column': column.key})}")) for column in table.columns)
    return [start if address else "" for start in starts]


def _end(row: Row) -> str:
    """What names its line in an address."""
    line = line_of(row)
    return str(escape(f"&{urlencode({'line': line})}")) if line else ""


def _counted_in(report: Report, options: Options) -> str:
    """The address of what a report counts, but for the column and the line."""
    asked: dict[str, Any] = {**options.parameters()}
    if report.of_cases is None or options.moment:
        return url_for("reports.behind", name=report.name, **asked)
    programme = id_of_code("programme", options.programme) if options.programme else None
    return url_for("cases.listing", report=report.name, **asked | {"programme": programme})
