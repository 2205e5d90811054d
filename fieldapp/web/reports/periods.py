"""Closed periods: their list, their tables as they were kept, what has moved since, and their papers."""

from __future__ import annotations

from collections import defaultdict
from fractions import Fraction
from io import BytesIO
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import Blueprint, Response, make_response, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from fieldapp import people, reports, taken_out
from fieldapp.db import begin_writing, db
from fieldapp.i18n import _
from fieldapp.people import Account
from fieldapp.problems import NotFound
from fieldapp.reports import closing, movement, past
from fieldapp.reports.closing import ClosedPeriod
from fieldapp.reports.labels import BY_LABELS
from fieldapp.reports.movement import Moved
from fieldapp.reports.numbers import show
from fieldapp.reports.of_cases import line_of
from fieldapp.reports.past import Moment
from fieldapp.reports.table import Table
from fieldapp.surveys import Household
from fieldapp.today import today
from fieldapp.vietnamese import show_date
from fieldapp.web import asked, shown
from fieldapp.web.access import me, my_areas, signed_in
from fieldapp.web.reports.behind import PAGE, listed
from fieldapp.web.reports.files import taker
from fieldapp.web.reports.table import cells_of, part_of

bp = Blueprint("periods", __name__, url_prefix="/reports/periods")

MOST_MOVED = 60
"""So many figures that have moved a page tells of."""


@bp.get("/")
@signed_in("report")
def index() -> str:
    """The closed periods, and where somebody may, the form to close one."""
    _see_all()
    periods, may_close = closing.all_(db.session()), people.may(me(), "close_period")
    return render_template("reports/periods.html", periods=periods, may_close=may_close, today=today().isoformat())


@bp.post("/")
@signed_in("close_period")
def close() -> ResponseReturnValue:
    """Close a period as of a day."""
    _see_all()
    day, since = past.day_of(asked.form.day("day")), asked.form.day("since")
    name = asked.form.text("name")[:120] or show_date(day)
    begin_writing()
    made = closing.begin(db.session(), name, day, past.day_of(since) if since else "", me().id)
    number = made.id
    db.session.commit()
    return redirect(url_for("periods.period", number=number))


@bp.get("/<int:number>")
@signed_in("report")
def period(number: int) -> ResponseReturnValue:
    """One period: who closed it, its check sum, its tables."""
    one = _find(number)
    who = db.session.get(Account, one.closed_by)
    answer = make_response(
        render_template(
            "reports/period.html",
            one=one,
            who=who.name if who else one.closed_by,
            state=db.session.get(Moment, one.moment),
            tables=_tables(one),
        )
    )
    if one.state != closing.CLOSED:
        answer.headers["Refresh"] = "5"
    return answer


@bp.get("/<int:number>/<name>")
@signed_in("report")
def table(number: int, name: str) -> str:
    """One table as it was kept, with what has moved since."""
    one, kept, (by, vintage) = _kept(number, name)
    moved = movement.of_table(db.session(), one, name, by, vintage, today())
    cut: dict[str, Any] = {"by": by, "vintage": vintage}
    address = url_for("periods.behind", number=number, name=name, **cut) if people.may(me(), "see") else ""
    return render_template(
        "reports/closed.html",
        one=one,
        table=kept,
        **part_of(kept, lambda page: url_for("periods.table", number=number, name=name, **cut, page=page)),
        cut=cut,
        moved=moved[:MOST_MOVED],
        more=len(moved) - MOST_MOVED,
        show=show,
        change=_change,
        cells=cells_of(kept, address),
        writers=reports.WRITERS,
    )


@bp.get("/<int:number>/<name>/file.<extension>")
@signed_in("report")
def file(number: int, name: str, extension: str) -> Response:
    """The paper of a kept table: the same for ever, whoever asks for it."""
    one, kept, (by, vintage) = _kept(number, name)
    if extension not in reports.WRITERS:
        raise NotFound
    content = closing.paper(db.session(), one, name, by, vintage, extension)
    taken_out.note(
        taker(), f"report:{name}", extension, len(kept.rows), asked=f"period={number} by={by} vintage={vintage}"
    )
    return send_file(
        BytesIO(content),
        mimetype=reports.WRITERS[extension].media_type,
        as_attachment=True,
        download_name=f"{name}-{by}-{vintage}-{kept.counted_on:%Y%m%d}.{extension}",
        max_age=0,
    )


@bp.get("/<int:number>/<name>/behind")
@signed_in("see")
def behind(number: int, name: str) -> str:
    """What stood behind a number when the period was closed."""
    one, kept, (by, vintage) = _kept(number, name)
    options, counted = movement.then(db.session(), one, name, by, vintage), reports.find(name).counted
    line, key = asked.query.text("line"), asked.query.text("column")
    assert counted is not None
    here: dict[str, Any] = {"number": number, "name": name, "by": by, "vintage": vintage}
    return listed(
        counted.behind(db.session(), options, None, today(), line, key),
        row=next((row for row in kept.rows if line_of(row) == line), kept.total),
        column=counted.measure(key).column,
        scope=f"{kept.scope}; {kept.as_of_line}",
        back=[(url_for("periods.period", number=number), one.name), (url_for("periods.table", **here), kept.title)],
        page_url=lambda at: url_for("periods.behind", **here, line=line or None, column=key, page=at),
    )


class PeriodLine(NamedTuple):
    """A household or case that adds another amount now than then."""

    url: str
    name: str
    where: str
    then: int
    now: int


@bp.get("/<int:number>/<name>/moved")
@signed_in("see")
def moved(number: int, name: str) -> str:
    """Between which households a figure has moved."""
    one, _table, (by, vintage) = _kept(number, name)
    line, key, report = asked.query.text("line"), asked.query.text("column"), reports.find(name)
    rows = movement.rows_of(db.session(), one, name, by, vintage, line, key, today())
    last = max(1, -(-len(rows) // PAGE))
    page, cut = asked.query.page(last), {"by": by, "vintage": vintage}
    here: dict[str, Any] = {"number": number, "name": name, "line": line or None, "column": key, **cut}
    assert report.counted is not None
    return render_template(
        "reports/moved.html",
        one=one,
        report=report,
        column=report.counted.measure(key).column,
        cut=cut,
        count=len(rows),
        lines=_moved_lines(rows[(page - 1) * PAGE : page * PAGE], report.of_cases is not None),
        show=show,
        number=page,
        last=last,
        page_url=lambda at: url_for("periods.moved", **here, page=at),
    )


def _moved_lines(rows: list[movement.MovedRow], of_cases: bool) -> list[PeriodLine]:
    homes = [row.household for row in rows if row.household]
    query = sa.select(Household.id, Household.head_name, Household.area).where(Household.id.in_(homes))
    heads = {home.id: home for home in db.session.execute(query)}
    found = []
    for row in rows:
        head = heads.get(row.household or "")
        url = url_for("cases.page", case_id=row.id) if of_cases else url_for("records.page", record_id=row.id)
        name = shown.head_of(head.head_name if head else None, head.area if head else None, known=head is not None)
        found.append(PeriodLine(url, name, shown.place_line(row.area), row.then, row.now))
    return found


def _change(each: Moved) -> str:
    """By how much a figure has grown or fallen."""
    if each.then is None or each.now is None:
        return "–"
    by = each.now - each.then
    return ("+" if by > 0 else "−") + show(abs(by) if isinstance(by, Fraction) else int(abs(by)))


def _see_all() -> None:
    """The kept tables are those of the whole province. :raises NotFound: she looks after a part of it only."""
    if my_areas() is not None:
        raise NotFound


def _find(number: int) -> ClosedPeriod:
    _see_all()
    return closing.find(db.session(), number)


def _kept(number: int, name: str) -> tuple[ClosedPeriod, Table, tuple[str, int]]:
    one, by = _find(number), asked.query.text("by") or "commune"
    vintage = asked.query.number("vintage", 2025, least=1900, most=2100) or 2025
    return one, closing.table(db.session(), one, name, by, vintage), (by, vintage)


def _tables(one: ClosedPeriod) -> list[tuple[reports.Report, list[tuple[str, int, str]]]]:
    found: dict[str, list[tuple[str, int, str]]] = defaultdict(list)
    kept = closing.kept(db.session(), one)
    for name, by, options in closing.tables_of(db.session(), one):
        if (name, by, options.vintage) not in kept:
            continue
        label = str(BY_LABELS[by])
        year = f" {options.vintage}" if by in ("commune", "district") else ""
        listed = _("Places as listed in %(year)s", year=options.vintage)
        found[name].append((by, options.vintage, f"{label}{year}" if reports.find(name).cuts else listed))
    return [(reports.find(name), cuts) for name, cuts in found.items()]
