"""Reports and records as files, and the chart of a report."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from functools import partial
from io import SEEK_END, BytesIO
from typing import Any

from flask import Response, jsonify, send_file

from fieldapp import exports, people, reports, taken_out
from fieldapp.db import db
from fieldapp.giving_way import room
from fieldapp.problems import NotFound
from fieldapp.reports import chart
from fieldapp.surveys import SURVEYS
from fieldapp.today import today
from fieldapp.web import asked
from fieldapp.web.access import me, my_areas, signed_in
from fieldapp.web.records.listing import LISTED, NARROWING, wanted_of
from fieldapp.web.reports import bp
from fieldapp.web.reports.table import options_asked, table_of


@bp.get("/records/<survey>.<extension>")
@signed_in("export")
def records(survey: str, extension: str) -> Response:
    """The records of a survey within her area as a file, narrowed as their list is; whole positions and sensitive
    answers for administrators.

    :raises NotFound: it is to be narrowed, and there is no list of such records.
    """
    form, narrowed = exports.find_format(extension), asked.query.kept(*NARROWING)
    if narrowed and survey not in LISTED:
        raise NotFound
    only = wanted_of(SURVEYS[survey]).all_of_them() if narrowed else None
    write = partial(exports.export, db.session(), survey, extension, only=only)
    return _given(write, f"{survey}-{today():%Y%m%d}.{extension}", form.media_type, survey, _told(narrowed))


def _told(narrowed: Mapping[str, Any]) -> str:
    return " ".join(f"{key}={value}" for key, value in narrowed.items() if value)


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


def _given(write: Callable[..., int], name: str, media_type: str, what: str, narrowed: str = "") -> Response:
    """A file that is written, told of in the log, and sent; it is gone then."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  it is closed, and so gone, when it was sent
    exact = people.may(me(), "export_exact")
    try:
        with room.long_work():
            rows = write(room.into(file), areas=my_areas(), exact=exact)
        taken_out.note(taker(), what, name.rpartition(".")[2], rows, exact=exact, asked=narrowed)
    except BaseException:
        file.close()
        raise
    size = file.seek(0, SEEK_END)
    file.seek(0)
    answer = send_file(file, mimetype=media_type, as_attachment=True, download_name=name, max_age=0)
    answer.content_length = size
    return answer


@bp.get("/<name>/file.<extension>")
@signed_in("report")
def file(name: str, extension: str) -> Response:
    """The report as a file to keep, to send, or to work on."""
    report = reports.find(name)
    if extension not in reports.WRITERS:
        raise NotFound
    writer = reports.WRITERS[extension]
    table = table_of(report, options_asked())
    taken_out.note(taker(), f"report:{name}", extension, len(table.rows), asked=_told(table.parameters))
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
    svg = chart.stacked(table_of(report, options_asked()), report.chart, narrow=asked.query.has("narrow"), most=most)
    response = Response(svg, mimetype="image/svg+xml")
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def taker() -> taken_out.Taker:
    """The person who is signed in, as the log of what is taken out tells of her."""
    return taken_out.Taker(me().name, me().id)
