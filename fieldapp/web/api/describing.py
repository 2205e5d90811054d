"""The description of the addresses for programs: OpenAPI 3.1, made of the feeds themselves."""

from __future__ import annotations

from typing import Any

from flask import url_for

from fieldapp.exports.feeds import FEEDS, Feed, FeedColumn
from fieldapp.exports.wordlists import used
from fieldapp.i18n import _
from fieldapp.packaged import VERSION
from fieldapp.reports import REPORTS
from fieldapp.surveys import SURVEYS

JSON_TYPES: dict[str, dict[str, Any]] = {
    "text": {"type": ["string", "null"]},
    "whole": {"type": ["integer", "null"]},
    "number": {"type": ["number", "null"]},
    "yes_no": {"type": ["boolean", "null"]},
    "day": {"type": ["string", "null"]},
    "moment": {"type": ["string", "null"], "format": "date-time"},
    "list": {},
}
ERRORS = {
    "400": "What was asked for cannot be read",
    "401": "The token is not known",
    "403": "The token is not made for that",
    "404": "There is no such thing, or no such place",
    "409": "The figures of that day were not worked out yet",
    "429": "The token has asked too often",
}


def openapi() -> dict[str, Any]:
    """The whole description, in the language of the moment."""
    feeds = [feed for feed in FEEDS.values() if feed.name not in SURVEYS]
    paths = {f"/{feed.path}": _get(feed.name, str(feed.title), _page(feed), of_feed(feed)) for feed in feeds}
    survey = _choice("survey", "path", list(SURVEYS))
    rows = {"anyOf": [_ref(f"page_{name}") for name in SURVEYS]}
    paths["/records/{survey}"] = _get("records", _("Records of every survey"), rows, [survey, *of_feed(None)])
    paths |= _lists()
    schemas = {f"page_{feed.name}": _page_schema(feed) for feed in FEEDS.values()} | {"error": ERROR}
    security = {"bearer": {"type": "http", "scheme": "bearer"}, "basic": {"type": "http", "scheme": "basic"}}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "fieldapp",
            "version": VERSION,
            "description": _("Records, facts and figures, to read."),
        },
        "servers": [{"url": url_for("api.index", _external=True).rstrip("/")}],
        "security": [{"bearer": []}, {"basic": []}],
        "paths": paths,
        "components": {"schemas": schemas, "securitySchemes": security},
    }


ERROR = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["code", "message"],
            "properties": {"code": {"type": "string"}, "message": {"type": "string"}},
        }
    },
}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _page(feed: Feed) -> dict[str, Any]:
    return _ref(f"page_{feed.name}")


def _get(name: str, title: str, schema: dict[str, Any], parameters: list[dict[str, Any]]) -> dict[str, Any]:
    given = {"description": title, "content": {"application/json": {"schema": schema}}}
    refused = {
        status: {"description": text, "content": {"application/json": {"schema": _ref("error")}}}
        for status, text in ERRORS.items()
    }
    lang = _choice("lang", "query", ["vi", "en"])
    operation = {"operationId": name, "summary": title, "parameters": [*parameters, lang]}
    return {"get": {**operation, "responses": {"200": given, **refused}}}


def _choice(name: str, place: str, codes: list[str]) -> dict[str, Any]:
    return {"name": name, "in": place, "required": place == "path", "schema": {"type": "string", "enum": codes}}


def _text(name: str, description: str, **schema: Any) -> dict[str, Any]:
    said = {"type": "string", "maxLength": 200, **schema}
    return {"name": name, "in": "query", "required": False, "description": description, "schema": said}


def of_feed(feed: Feed | None) -> list[dict[str, Any]]:
    """The parameters of the address of a feed, or of the records of any survey: what it may be narrowed by."""
    found = [
        _text("after", _("Where to go on, as the address in “next” says it")),
        {
            "name": "limit",
            "in": "query",
            "required": False,
            "description": _("How many rows there are on a page"),
            "schema": {"type": "integer", "minimum": 1, "maximum": 1000, "default": 100},
        },
    ]
    if feed is None or feed.area is not None:
        found.append(_text("area", _("A place: 060@2023, or a village: 2023.01930.001")))
    if feed is None or feed.day:
        found.append(_text("since", _("Changed on this day or later"), format="date"))
    if feed is not None and "programme" in feed.by_name:
        found.append(_text("programme", _("The record of a programme")))
    if feed is not None and {"state", "status", "_state"} & feed.by_name.keys():
        found.append(_text("state", _("A state, by its code")))
    return found


def _page_schema(feed: Feed) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    for column in feed.columns:
        columns[column.name] = _column(column)
        if column.words and column.type == "text":
            columns[f"{column.name}_label"] = {"type": ["string", "null"], "description": str(column.label)}
    row = {"type": "object", "required": list(columns), "properties": columns, "additionalProperties": False}
    pages = {"rows": {"type": "array", "items": row}, "next": {"type": ["string", "null"], "format": "uri"}}
    return {"type": "object", "required": ["rows", "next"], "properties": pages}


def _column(column: FeedColumn) -> dict[str, Any]:
    return {**JSON_TYPES[column.type], "description": str(column.label)}


def _lists() -> dict[str, Any]:
    """Code lists and reports, which come whole."""
    anything = {"type": "object"}
    name = _choice("name", "path", list(REPORTS))
    return {
        "/codes": _get("code_lists", _("Code lists"), anything, []),
        "/codes/{name}": _get("codes", _("A code list"), anything, [_choice("name", "path", used())]),
        "/reports": _get("reports", _("Reports"), anything, []),
        "/reports/{name}": _get("report", _("A report"), anything, [name, *of_report()]),
    }


def of_report() -> list[dict[str, Any]]:
    """The parameters of the address of a report."""
    year = {"name": "year", "in": "query", "required": False}
    return [
        *(_text(name, name) for name in ("by", "vintage", "within", "programme", "source", "group")),
        *(_text(name, name, format="date") for name in ("since", "until", "as_of")),
        {**year, "schema": {"type": "integer", "minimum": 1900, "maximum": 2100}},
        _text("area", _("A place: 060@2023, or a village: 2023.01930.001")),
    ]
