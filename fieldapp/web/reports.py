"""The official tables: the list, a report as a page, its chart, and its files."""

from __future__ import annotations

import tempfile
import time
from datetime import date
from functools import lru_cache, partial
from io import SEEK_END, BytesIO

from flask import Blueprint, Response, flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from fieldapp import exports, intake, people, reports
from fieldapp.config import settings
from fieldapp.db import db
from fieldapp.i18n import language
from fieldapp.people import areas_of
from fieldapp.problems import NoDistricts, NotFound, UnknownPlace
from fieldapp.reference.current import current_rules
from fieldapp.reference.naming import id_of_code
from fieldapp.reports import Report, chart
from fieldapp.reports.geography import BY, Geography
from fieldapp.reports.labels import BY_LABELS
from fieldapp.reports.numbers import show
from fieldapp.reports.of_cases import line_of
from fieldapp.reports.scope import Options, choices, vintages
from fieldapp.reports.table import Column, Number, Row, Table
from fieldapp.surveys import SURVEYS
from fieldapp.today import today
from fieldapp.web import asked
from fieldapp.web.access import me, signed_in

FRESH = 20
"""So many seconds a table at most is shown again, for what changes without a change: lists of places."""

bp = Blueprint("reports", __name__, url_prefix="/reports")


@bp.get("/")
@signed_in("report")
def index() -> str:
    """Which reports there are, and which records can be taken away as files."""
    return render_template(
        "reports/index.html",
        reports=reports.REPORTS.values(),
        surveys=[(name, str(survey.plural)) for name, survey in SURVEYS.items()],
        formats=exports.FORMATS,
        exact=people.may(me(), "export_exact"),
    )


@bp.get("/records/<survey>.<extension>")
@signed_in("report")
def records(survey: str, extension: str) -> Response:
    """The records of a survey within her area as a file; whole positions and sensitive answers for administrators."""
    form = exports.find_format(extension)
    file = tempfile.TemporaryFile()  # noqa: SIM115  it is closed, and so gone, when it was sent
    try:
        areas, exact = areas_of(me()), people.may(me(), "export_exact")
        exports.export(db.session(), survey, extension, file, areas=areas, exact=exact)
    except BaseException:
        file.close()
        raise
    size = file.seek(0, SEEK_END)
    file.seek(0)
    name = f"{survey}-{today():%Y%m%d}.{extension}"
    answer = send_file(file, mimetype=form.media_type, as_attachment=True, download_name=name, max_age=0)
    answer.content_length = size
    return answer


@bp.get("/<name>")
@signed_in("report")
def page(name: str) -> ResponseReturnValue:
    """A report, with what can be chosen and what can be taken away.

    Whoever changes one choice may leave another that does not fit it any more: that one is dropped, and said so.
    """
    report = reports.find(name)
    try:
        options = _options()
        table = _table(report, options)
    except (NoDistricts, UnknownPlace) as problem:
        flash(problem.message, "warn")
        by = "commune" if isinstance(problem, NoDistricts) else asked.query.text("by")
        return redirect(url_for("reports.page", name=name, by=by, vintage=asked.query.text("vintage") or None))
    geography = Geography(db.session(), options.vintage)
    return render_template(
        "reports/report.html",
        report=report,
        table=table,
        options=options,
        by_choices=[(by, BY_LABELS[by]) for by in BY if by != "district" or _has_districts(geography)],
        vintages=[(str(year), str(year)) for year in vintages(db.session())],
        places=[(place.code, place.name) for place in choices(geography, areas_of(me()))],
        figures=_figures(report, table, options),
        programmes=[(one.code, one.name) for one in current_rules(db.session()).programmes],
        years=[(year, year) for year in report.of_cases.years(db.session())] if report.of_cases else [],
        show=show,
        behind=partial(_behind, report, options),
        writers=reports.WRITERS,
        query={key: value for key, value in table.parameters.items() if value},
    )


@bp.get("/<name>/file.<extension>")
@signed_in("report")
def file(name: str, extension: str) -> Response:
    """The report as a file to keep, to send, or to work on."""
    report = reports.find(name)
    if extension not in reports.WRITERS:
        raise NotFound
    writer = reports.WRITERS[extension]
    table = _table(report, _options())
    return send_file(
        BytesIO(writer.write(table)),
        mimetype=writer.media_type,
        as_attachment=True,
        download_name=reports.file_name(table, extension),
        max_age=0,
    )


@bp.get("/<name>/chart.svg")
@signed_in("report")
def picture(name: str) -> Response:
    """The report's chart, for an ``img``: SVG with its own styles must not stand inside a page."""
    report = reports.find(name)
    svg = chart.stacked(_table(report, _options()), report.chart, narrow=asked.query.has("narrow"))
    response = Response(svg, mimetype="image/svg+xml")
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _figures(report: Report, table: Table, options: Options) -> list[tuple[str, str, str | None]]:
    """The totals above the table, as they are shown, with where they lead."""
    columns = {column.key: column for column in table.columns}
    return [
        (show(value), heading, _behind(report, options, table.total, columns[key], value))
        for key, heading, value in reports.figures(report, table)
    ]


def _behind(report: Report, options: Options, row: Row, column: Column, value: Number) -> str | None:
    """The address of the list of the cases behind a number; None where there is none, or nothing stands behind it."""
    if report.of_cases is None or not value or not people.may(me(), "see"):
        return None
    return url_for(
        "cases.listing",
        report=report.name,
        column=column.key,
        line=line_of(row) or None,
        vintage=options.vintage,
        within=options.within or None,
        year=options.year or None,
        programme=id_of_code("programme", options.programme) if options.programme else None,
    )


def _options() -> Options:
    by, vintage, within, programme = (asked.query.text(name) for name in ("by", "vintage", "within", "programme"))
    year = asked.query.number("year", 0, least=1900, most=2100) or 0
    return Options.read(db.session(), by, vintage, within, programme, year)


def _table(report: Report, options: Options) -> Table:
    """The table as of now; the chart on a page is of the table that the page has just built."""
    as_of = str(settings().instance), intake.journal().position(None), time.monotonic() // FRESH
    return _built(report.name, options, areas_of(me()), today(), language(), *as_of)


@lru_cache(maxsize=4)
def _built(
    name: str, options: Options, areas: frozenset[str] | None, day: date, language: str, *as_of: object
) -> Table:
    return reports.find(name).build(db.session(), options, areas, day)


def _has_districts(geography: Geography) -> bool:
    return any(place.is_district for place in geography.places.values())
