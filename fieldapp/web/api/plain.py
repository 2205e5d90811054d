"""The addresses for programs: pages of JSON by a cursor, narrowed by place, day, programme and state."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from fieldapp import reports as tables
from fieldapp.db import db
from fieldapp.exports import feeds, narrowing
from fieldapp.exports.feeds import FEEDS, Feed, FeedQuery
from fieldapp.exports.wordlists import used, wordings
from fieldapp.i18n import LANGUAGES
from fieldapp.problems import BadlyAsked, NotFound
from fieldapp.reports import plain
from fieldapp.reports.scope import Options
from fieldapp.surveys import SURVEYS
from fieldapp.today import today
from fieldapp.web import asked
from fieldapp.web.api import describing
from fieldapp.web.api.base import answer, areas, for_programs, must_know, must_read, tell, token

LEAST, MOST, USUAL = 1, 1000, 100
"""So many rows there are on a page."""
NARROWING = {"programme": ("programme",), "state": ("state", "status", "_state")}
"""What an address may be narrowed by, and the columns that it is looked for in, the first that the feed has: a text."""


def index() -> ResponseReturnValue:
    """What there is; it tells of no household, and so is open to everybody."""
    return answer(
        {
            "openapi": url_for("api.openapi", _external=True),
            "odata": url_for("odata.service", _external=True),
            "feeds": [{"name": feed.name, "title": str(feed.title), "path": feed.path} for feed in FEEDS.values()],
        }
    )


def openapi() -> ResponseReturnValue:
    """The description of all this, as OpenAPI 3.1."""
    return answer(describing.openapi())


def feed_view(name: str) -> Callable[..., ResponseReturnValue]:
    """The view of one feed."""

    @for_programs
    def view() -> ResponseReturnValue:
        return _page_of(FEEDS[name])

    return view


@for_programs
def records(survey: str) -> ResponseReturnValue:
    """The records of a survey. :raises NotFound: there is no such survey."""
    if survey not in SURVEYS:
        raise NotFound()
    return _page_of(FEEDS[survey])


def _page_of(feed: Feed) -> ResponseReturnValue:
    must_read(feed.scope)
    must_know(_names(describing.of_feed(feed)))
    limit = asked.query.number("limit", USUAL, least=LEAST, most=MOST) or USUAL
    wanted = FeedQuery(areas(), token().exact, _where(feed), _cursor(feed), limit)
    page = feeds.page(db.session(), feed, wanted)
    tell(feed.name, "json", len(page.rows))
    return answer({"rows": page.rows, "next": _next(page.next) if page.next else None})


def _names(parameters: list[dict[str, Any]]) -> list[str]:
    return [str(each["name"]) for each in parameters]


def _where(feed: Feed) -> list[Any]:
    """What narrows it. :raises BadFilter: a day is none."""
    found: list[Any] = []
    if day := asked.query.text("since"):
        found += narrowing.since(feed, day)
    for name, columns in NARROWING.items():
        if value := asked.query.text(name):
            column = next(feed.by_name[each].sql for each in columns if each in feed.by_name)
            found.append(column == value)
    return found


def _cursor(feed: Feed) -> list[Any] | None:
    """The key behind which to go on. :raises BadlyAsked: it is none of ours."""
    text = asked.query.text("after")
    return read_cursor(feed, text) if text else None


def read_cursor(feed: Feed, text: str) -> list[Any]:
    """A cursor as the key that it stands for. :raises BadlyAsked: it is none of ours."""
    try:
        key = json.loads(base64.urlsafe_b64decode(text.encode("ascii")))
    except (ValueError, RecursionError):
        raise BadlyAsked(name="after") from None
    types = [int if feed.by_name[name].type == "whole" else str for name in feed.key]
    if not isinstance(key, list) or [type(part) for part in key] != types or "\0" in str(key):
        raise BadlyAsked(name="after")
    return key


def cursor(key: list[Any]) -> str:
    """A key as a text for an address."""
    return base64.urlsafe_b64encode(json.dumps(key).encode()).decode("ascii")


def _next(key: list[Any]) -> str:
    kept = asked.query.kept("area", "since", "programme", "state", "limit", "lang")
    return url_for(str(request.endpoint), **(request.view_args or {}), **kept, after=cursor(key), _external=True)


@for_programs
def code_lists() -> ResponseReturnValue:
    """The names of the code lists."""
    must_read("places")
    must_know(())
    tell("code_lists", "json", len(used()))
    return answer({"lists": used()})


@for_programs
def codes(name: str) -> ResponseReturnValue:
    """A code list, with its wording in every language. :raises NotFound: there is none of this name."""
    must_read("places")
    must_know(())
    if name not in used():
        raise NotFound()
    names = ("code", *LANGUAGES, "retired")
    rows = [dict(zip(names, row, strict=True)) for row in wordings(name)]
    tell(f"codes/{name}", "json", len(rows))
    return answer({"list": name, "rows": [{**row, "retired": bool(row["retired"])} for row in rows]})


@for_programs
def report_list() -> ResponseReturnValue:
    """The reports there are."""
    must_read("reports")
    must_know(())
    tell("reports", "json", len(tables.REPORTS))
    listed = [{"name": each.name, "title": str(each.title)} for each in tables.REPORTS.values()]
    return answer({"reports": listed})


@for_programs
def report(name: str) -> ResponseReturnValue:
    """A report as a value: its columns, its rows, its notes, narrowed as its page is; of an earlier day where its
    figures are kept.

    :raises FiguresNotReady, DayNotOver: they are not, or there are none.
    :raises UnknownReport, UnknownVintage, UnknownPlace, NoDistricts, NoSuchChoice, NoDay: a sentence for each.
    """
    must_read("reports")
    must_know(_names(describing.of_report()))
    found = tables.find(name)
    by, vintage, within, programme = (asked.query.text(each) for each in ("by", "vintage", "within", "programme"))
    year = asked.query.number("year", 0, least=1900, most=2100) or 0
    more = {each: asked.query.text(each) for each in ("source", "group", "since", "until", "as_of")}
    options = Options.read(db.session(), by, vintage, within, programme, year, **more)
    table = found.build(db.session(), options, areas(), today())
    tell(f"reports/{name}", "json", len(table.rows))
    return Response(plain.to_json(table), mimetype="application/json", headers={"Cache-Control": "no-store"})
