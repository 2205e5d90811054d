"""The official tables: the list, a report as a page, its chart, and its files."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from functools import lru_cache, partial
from io import SEEK_END, BytesIO
from typing import Any, NamedTuple, TypeAlias
from urllib.parse import urlencode

import sqlalchemy as sa
from flask import Blueprint, Response, flash, jsonify, make_response, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import aliased

from fieldapp import exports, intake, people, reports, taken_out
from fieldapp.config import settings
from fieldapp.db import begin_writing, db
from fieldapp.facts import refreshing
from fieldapp.i18n import _, language
from fieldapp.people import areas_of
from fieldapp.problems import FiguresNotReady, NoDistricts, NotFound, UnknownPlace
from fieldapp.reference.current import current_rules
from fieldapp.reference.naming import id_of_code
from fieldapp.reports import Report, chart, past
from fieldapp.reports.geography import Geography
from fieldapp.reports.labels import BY_LABELS
from fieldapp.reports.numbers import show, show_all
from fieldapp.reports.of_cases import Behind, line_of
from fieldapp.reports.scope import CODES, FILTERS, Options, choices, vintages
from fieldapp.reports.table import Row, Table
from fieldapp.surveys import SURVEYS, Household
from fieldapp.surveys.choices import choices as code_list
from fieldapp.surveys.reference import Reference
from fieldapp.today import today
from fieldapp.web import asked, shown
from fieldapp.web.access import me, signed_in

RowCells: TypeAlias = Callable[[Row], list[tuple[str, str]]]
PAGE = 50
LINES = 150
"""Of a longer table a page shows a part: thousands of lines take a second to draw, and nobody reads them at once."""
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
        surveys=_surveys(reference=False),
        rules=_surveys(reference=True),
        formats=exports.FORMATS,
        exact=people.may(me(), "export_exact"),
        periods=areas_of(me()) is None,
    )


def _surveys(reference: bool) -> list[tuple[str, str]]:
    """The surveys whose records are rules, or those of all others: name and plural."""
    return [(name, str(each.plural)) for name, each in SURVEYS.items() if issubclass(each, Reference) is reference]


@bp.get("/records/<survey>.<extension>")
@signed_in("export")
def records(survey: str, extension: str) -> Response:
    """The records of a survey within her area as a file; whole positions and sensitive answers for administrators."""
    form = exports.find_format(extension)
    write = partial(exports.export, db.session(), survey, extension)
    return _given(write, f"{survey}-{today():%Y%m%d}.{extension}", form.media_type, survey)


@bp.get("/everything.db")
@signed_in("export")
def everything() -> Response:
    """All records within her area, what follows from them, places and code lists, in one SQLite file."""
    write = partial(exports.to_everything, db.session())
    return _given(write, f"{exports.NAME}.db", "application/vnd.sqlite3", "everything")


@bp.get("/metadata.json")
@signed_in("export")
def metadata() -> Response:
    """What Datasette is to know of that file: titles, what its columns mean, facets, the map."""
    answer = jsonify(exports.metadata(exports.NAME))
    answer.headers["Content-Disposition"] = 'attachment; filename="metadata.json"'
    return answer


def _given(write: Callable[..., int], name: str, media_type: str, what: str) -> Response:
    """A file that is written, told of in the log, and sent; it is gone then."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  it is closed, and so gone, when it was sent
    exact = people.may(me(), "export_exact")
    try:
        rows = write(file, areas=areas_of(me()), exact=exact)
        taken_out.note(taker(), what, name.rpartition(".")[2], rows, exact=exact)
    except BaseException:
        file.close()
        raise
    size = file.seek(0, SEEK_END)
    file.seek(0)
    answer = send_file(file, mimetype=media_type, as_attachment=True, download_name=name, max_age=0)
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
    except FiguresNotReady:
        return _not_yet(report)
    except (NoDistricts, UnknownPlace) as problem:
        flash(problem.message, "warn")
        by = "commune" if isinstance(problem, NoDistricts) else asked.query.text("by")
        return redirect(url_for("reports.page", name=name, by=by, vintage=asked.query.text("vintage") or None))
    geography = Geography(db.session(), options.vintage)
    return render_template(
        "reports/report.html",
        report=report,
        table=table,
        **part_of(table, lambda page: url_for("reports.page", name=name, **table.parameters, page=page)),
        options=options,
        by_choices=[(by, BY_LABELS[by]) for by in report.cuts if by != "district" or _has_districts(geography)],
        vintages=[(str(year), str(year)) for year in vintages(db.session())],
        places=_places(geography, options.within),
        figures=headlines(report, table, options),
        choices=_choices(report),
        cells=cells_of(table, _behind(report, options)),
        writers=reports.WRITERS,
        query=table.parameters,
        early=_early(options.as_of),
        at=lambda day: url_for("reports.page", name=name, **{**table.parameters, "as_of": day}),
    )


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
    return {"lines": rows, "part": told, "number": number, "last": len(parts), "page_url": page_url}


def _early(day: str) -> str:
    """The day on which the first records arrived, where a day before it is asked for: its tables are empty."""
    began = past.began(db.session()) if day else ""
    return began if began and day < began else ""


def _not_yet(report: Report) -> ResponseReturnValue:
    """The figures of the day asked for are yet to be worked out: whether to, or how far that is."""
    day = asked.query.day("as_of")
    moment = past.asked(db.session(), day)
    at_work = moment is not None and moment.state in past.AT_WORK
    kept = asked.query.kept("by", "vintage", *FILTERS)
    answer = make_response(
        render_template(
            "reports/not_yet.html",
            report=report,
            day=day,
            work=moment,
            at_work=at_work,
            kept=kept,
            early=_early(day),
            at=lambda other: url_for("reports.page", name=report.name, **{**kept, "as_of": other}),
        )
    )
    if at_work:
        answer.headers["Refresh"] = "5"
    return answer


@bp.post("/<name>/figures")
@signed_in("report")
def ask(name: str) -> ResponseReturnValue:
    """Let the figures of an earlier day be worked out."""
    report = reports.find(name)
    day = past.day_of(asked.form.day("as_of"))
    begin_writing()
    past.ask(db.session(), day)
    db.session.commit()
    kept: dict[str, Any] = {key: asked.form.text(key) for key in ("by", "vintage", "within") if asked.form.text(key)}
    return redirect(url_for("reports.page", name=report.name, as_of=day, **kept))


def _places(geography: Geography, within: str) -> list[tuple[str, str]]:
    """Districts and communes to choose from, and below the one that is chosen its villages."""
    areas, found = areas_of(me()), list[tuple[str, str]]()
    for place in choices(geography, areas):
        found.append((place.code, place.name))
        found += _villages(geography, place.code, within, areas)
    return found


def _villages(geography: Geography, code: str, within: str, areas: frozenset[str] | None) -> list[tuple[str, str]]:
    chosen = geography.commune(within) if within in geography.villages else geography.places.get(within)
    if chosen is None or chosen.code != code:
        return []
    inside = (id for id in geography.villages if (areas is None or id in areas) and _is_in(geography, id, code))
    return [(id, f"– {geography.villages[id].name}") for id in sorted(inside)]


def _is_in(geography: Geography, village: str, commune: str) -> bool:
    found = geography.commune(village)
    return found is not None and found.code == commune


def _choices(report: Report) -> dict[str, list[tuple[str, str]]]:
    """What a reader chooses among, by the name of the filter; days are no choices."""
    if report.of_cases is None:
        return {}
    years = [(year, year) for year in report.of_cases.years(db.session())]
    codes = {name: [(one.code, one.label(language())) for one in code_list(of)] for name, of in CODES.items()}
    return {
        "programme": [(one.code, one.name) for one in current_rules(db.session()).programmes],
        "year": years,
        **codes,
    }


@bp.get("/<name>/behind")
@signed_in("report")
def behind(name: str) -> str:
    """The households or records behind one number of a report, each with the way to its page."""
    report, options = reports.find(name), _options()
    line, key = asked.query.text("line"), asked.query.text("column")
    if report.counted is None or not people.may(me(), "see"):
        raise NotFound
    found = report.counted.behind(db.session(), options, areas_of(me()), today(), line, key)
    count, amount = found.number(db.session())
    last = max(1, -(-count // PAGE))
    number = asked.query.page(last)
    table = _table(report, options)
    kept = {**table.parameters, "line": line or None, "column": key}
    return render_template(
        "reports/behind.html",
        report=report,
        row=_line(report, table, line),
        column=report.counted.measure(key).column,
        scope=table.scope,
        count=count,
        amount=amount if found.is_money else None,
        lines=lines(found, PAGE, (number - 1) * PAGE),
        show=show,
        number=number,
        last=last,
        back=[(url_for("reports.page", name=name, **table.parameters), report.title)],
        page_url=lambda page: url_for("reports.behind", name=name, **kept, page=page),
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


def lines(found: Behind, most: int, after: int) -> list[RowBehind]:
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


@bp.get("/<name>/file.<extension>")
@signed_in("report")
def file(name: str, extension: str) -> Response:
    """The report as a file to keep, to send, or to work on."""
    report = reports.find(name)
    if extension not in reports.WRITERS:
        raise NotFound
    writer = reports.WRITERS[extension]
    table = _table(report, _options())
    narrowed = " ".join(f"{key}={value}" for key, value in table.parameters.items() if value)
    taken_out.note(taker(), f"report:{name}", extension, len(table.rows), asked=narrowed)
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
    most = asked.query.number("most", least=1, most=chart.MOST_BARS) or chart.MOST_BARS
    svg = chart.stacked(_table(report, _options()), report.chart, narrow=asked.query.has("narrow"), most=most)
    response = Response(svg, mimetype="image/svg+xml")
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def taker() -> taken_out.Taker:
    """The person who is signed in, as the log of what is taken out tells of her."""
    return taken_out.Taker(me().name, me().id)


def headlines(report: Report, table: Table, options: Options) -> list[tuple[str, str, str]]:
    """The totals of a table that stand above it, as they are shown, what each is, and where it leads."""
    cells = cells_of(table, _behind(report, options))(table.total)
    of_key = dict(zip((column.key for column in table.columns), cells, strict=True))
    return [(of_key[key][0], heading, of_key[key][1]) for key, heading, _value in reports.figures(report, table)]


def _behind(report: Report, options: Options) -> str:
    """The address of the list of the cases behind a number, but for its column and line; "" where there is none."""
    is_counted = report.counted is not None and people.may(me(), "see")
    return _counted_in(report, options) if is_counted else ""


def cells_of(table: Table, address: str) -> RowCells:
    """Gives the numbers of a row as they are shown, each with where it leads: ``address`` with its column and line; ""
    where there is no address, or nothing stands behind the number.

    A table by village has some 20,000 of them, which differ in their column and line alone.
    """
    joined = f"{address}{'&' if '?' in address else '?'}"
    starts = [f"{joined}{urlencode({'column': column.key})}" if address else "" for column in table.columns]

    def cells(row: Row) -> list[tuple[str, str]]:
        line = line_of(row)
        end = f"&{urlencode({'line': line})}" if line else ""
        texts = zip(show_all(row.values), row.values, starts, strict=True)
        return [(text, f"{start}{end}" if value and start else "") for text, value, start in texts]

    return cells


def _counted_in(report: Report, options: Options) -> str:
    """The address of what a report counts, but for the column and the line."""
    asked: dict[str, Any] = {**options.parameters()}
    if report.of_cases is None or options.moment:
        return url_for("reports.behind", name=report.name, **asked)
    programme = id_of_code("programme", options.programme) if options.programme else None
    return url_for("cases.listing", report=report.name, **asked | {"programme": programme})


def _options() -> Options:
    named = ("by", "vintage", "within", "programme", "source", "group")
    days = {name: asked.query.day(name) for name in ("since", "until", "as_of")}
    year = asked.query.number("year", 0, least=1900, most=2100) or 0
    return Options.read(db.session(), year=year, **days, **{name: asked.query.text(name) for name in named})


def _table(report: Report, options: Options) -> Table:
    """The table as of now; the chart on a page is of the table that the page has just built."""
    as_of = str(settings().instance), intake.journal().position(None), time.monotonic() // FRESH
    table = _built(report.name, options, areas_of(me()), today(), language(), *as_of)
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


def _has_districts(geography: Geography) -> bool:
    return any(place.is_district for place in geography.places.values())
