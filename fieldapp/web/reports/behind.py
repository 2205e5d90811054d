"""What stands behind one number of a report."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import render_template, url_for
from sqlalchemy.orm import aliased

from fieldapp import people, reports
from fieldapp.db import db
from fieldapp.problems import NotFound
from fieldapp.reports import Report
from fieldapp.reports.numbers import show
from fieldapp.reports.of_cases import Behind, line_of
from fieldapp.reports.table import Row, Table
from fieldapp.surveys import Household
from fieldapp.today import today
from fieldapp.web import asked, shown
from fieldapp.web.access import me, my_areas, signed_in
from fieldapp.web.reports import bp
from fieldapp.web.reports.table import options_asked, table_of

PAGE = 50


@bp.get("/<name>/behind")
@signed_in("report")
def behind(name: str) -> str:
    """The households or records behind one number of a report, each with the way to its page."""
    report, options = reports.find(name), options_asked()
    line, key = asked.query.text("line"), asked.query.text("column")
    if report.counted is None or not people.may(me(), "see"):
        raise NotFound
    found = report.counted.behind(db.session(), options, my_areas(), today(), line, key)
    table = table_of(report, options)
    kept = {**table.parameters, "line": line or None, "column": key}
    return listed(
        found,
        row=_line(report, table, line),
        column=report.counted.measure(key).column,
        scope=table.scope,
        back=[(url_for("reports.page", name=name, **table.parameters), report.title)],
        page_url=lambda page: url_for("reports.behind", name=name, **kept, page=page),
    )


def listed(found: Behind, **around: Any) -> str:
    """The page of what stands behind a number, of a report of today or of a closed one; ``around``: the ``row`` and
    ``column`` of the number, its ``scope`` in words, the way ``back``, and ``page_url`` of each page of the list."""
    count, amount = found.number(db.session())
    last = max(1, -(-count // PAGE))
    number = asked.query.page(last)
    return render_template(
        "reports/behind.html",
        **around,
        count=count,
        amount=amount if found.is_money else None,
        lines=_lines(found, PAGE, (number - 1) * PAGE),
        show=show,
        number=number,
        last=last,
    )


def _line(report: Report, table: Table, line: str) -> Row:
    """The line of a table, or beside it, that a number is of."""
    beside = report.of_cases.beside if report.of_cases else {}
    if line in beside:
        return replace(table.total, name=str(beside[line]))
    return next((row for row in table.rows if line_of(row) == line), table.total)


class RowBehind(NamedTuple):
    """A row behind a number: what it leads to, the household, its village, what it adds."""

    url: str
    name: str
    where: str
    adds: int


def _lines(found: Behind, most: int, after: int) -> list[RowBehind]:
    """One page of the rows, by village and given name."""
    some, home = found.query.subquery(), aliased(Household)
    query = sa.select(some, home.head_name, home.area.label("home_area")).outerjoin(home, home.id == some.c.household)
    query = query.order_by(some.c.area, home.sort_key, some.c.id).limit(most).offset(after)
    page = "cases.page" if found.subject.page == "case" else "records.page"
    name = "case_id" if found.subject.page == "case" else "record_id"
    return [
        RowBehind(
            url_for(page, **{name: row.id}),
            shown.head_of(row.head_name, row.home_area, known=row.home_area is not None or row.head_name is not None),
            shown.place_line(row.area),
            int(row.adds),
        )
        for row in db.session.execute(query)
    ]
