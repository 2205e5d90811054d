"""The OData 4 feed that Excel and Power BI refresh: service document, ``$metadata``, and the feeds as entity sets.

What a feed answers: ``$select``, ``$filter`` (see :mod:`fieldapp.exports.narrowing`), ``$top``, ``$skip``, ``$count``.
More rows than fit on a page are gone on with by ``@odata.nextLink``.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any
from xml.etree import ElementTree as ET

from flask import Response, request, url_for
from flask.typing import ResponseReturnValue

from fieldapp.db import db
from fieldapp.exports import feeds, narrowing
from fieldapp.exports.feeds import FEEDS, Feed, FeedColumn, FeedQuery
from fieldapp.problems import BadlyAsked, BeyondScope, NotFound, NotInTheFeed
from fieldapp.web import asked
from fieldapp.web.api.base import answer, areas, for_programs, must_read, tell, token
from fieldapp.web.api.plain import cursor, read_cursor

PAGE = 1000
"""So many rows an answer holds at most."""
MOST_SKIPPED = 10_000_000
NAMESPACE = "fieldapp"
EDMX, EDM = "http://docs.oasis-open.org/odata/ns/edmx", "http://docs.oasis-open.org/odata/ns/edm"
ET.register_namespace("edmx", EDMX)
ET.register_namespace("", EDM)
TYPES = {
    "text": "Edm.String", "whole": "Edm.Int64", "number": "Edm.Double", "yes_no": "Edm.Boolean", "day": "Edm.Date",
    "moment": "Edm.DateTimeOffset", "list": "Edm.String",
}  # fmt: skip
ANSWERED = ("$select", "$filter", "$top", "$skip", "$count", "$skiptoken", "$format", "$orderby", "area", "lang")
LONGEST_FILTER = 4000
HEADERS = {"OData-Version": "4.0"}
FULL_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@for_programs
def service() -> ResponseReturnValue:
    """Which feeds there are that this token may read."""
    sets = [{"name": feed.name, "kind": "EntitySet", "url": feed.name} for feed in _readable()]
    tell("odata", "odata", len(sets))
    return answer({"@odata.context": f"{_root()}$metadata", "value": sets}, **HEADERS)


@for_programs
def metadata() -> ResponseReturnValue:
    """What the feeds are made of that this token may read."""
    text = csdl(_readable())
    tell("$metadata", "odata", 0)
    return Response(text, mimetype="application/xml", headers={**HEADERS, "Cache-Control": "no-store"})


def _readable() -> list[Feed]:
    """The feeds that this token may read. :raises BeyondScope: there is none, and CSDL has no word for nothing."""
    found = [feed for feed in FEEDS.values() if feed.scope in token().scopes]
    if not found:
        raise BeyondScope()
    return found


def csdl(read: Collection[Feed]) -> bytes:
    """What all feeds are made of, with an entity set for each of those that may be read: CSDL 4.0 in XML.

    :param read: at least one. :source: OData CSDL XML 4.01, its schemas ``edmx.xsd`` and ``edm.xsd``.
    """
    root = ET.Element(f"{{{EDMX}}}Edmx", Version="4.0")
    schema = ET.SubElement(ET.SubElement(root, f"{{{EDMX}}}DataServices"), f"{{{EDM}}}Schema", Namespace=NAMESPACE)
    for feed in FEEDS.values():
        _entity(schema, feed)
    container = ET.SubElement(schema, f"{{{EDM}}}EntityContainer", Name="Container")
    for feed in read:
        ET.SubElement(container, f"{{{EDM}}}EntitySet", Name=feed.name, EntityType=f"{NAMESPACE}.{feed.name}_row")
    text: bytes = ET.tostring(root, "utf-8", xml_declaration=True)
    return text


def _entity(schema: ET.Element, feed: Feed) -> None:
    entity = ET.SubElement(schema, f"{{{EDM}}}EntityType", Name=f"{feed.name}_row")
    key = ET.SubElement(entity, f"{{{EDM}}}Key")
    for name in feed.key:
        ET.SubElement(key, f"{{{EDM}}}PropertyRef", Name=name)
    for name, type_ in _properties(feed):
        nullable = "false" if name in feed.key else "true"
        ET.SubElement(entity, f"{{{EDM}}}Property", Name=name, Type=type_, Nullable=nullable)


def _properties(feed: Feed) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for column in feed.columns:
        found.append((column.name, TYPES[column.type]))
        if column.words and column.type == "text":
            found.append((f"{column.name}_label", TYPES["text"]))
    return found


@for_programs
def rows(name: str) -> ResponseReturnValue:
    """A page of a feed."""
    feed, chosen = _feed(name), _select(name)
    top = asked.query.number("$top", None, most=MOST_SKIPPED)
    skip = asked.query.number("$skip", 0, most=MOST_SKIPPED) or 0
    behind = asked.query.text("$skiptoken")
    after = read_cursor(feed, behind) if behind else None
    wanted = FeedQuery(areas(), token().exact, _where(feed), after, PAGE if top is None else min(top, PAGE), skip)
    page = feeds.page(db.session(), feed, wanted) if wanted.limit else feeds.FeedPage([], None)
    body: dict[str, Any] = {"@odata.context": f"{_root()}$metadata#{name}{_of(chosen)}"}
    if asked.query.text("$count") == "true":
        body["@odata.count"] = feeds.count(db.session(), feed, wanted)
    body["value"] = [_row(feed, row, chosen) for row in page.rows]
    left = None if top is None else top - len(page.rows)
    if page.next and left != 0:
        body["@odata.nextLink"] = _next(page.next, left)
    tell(name, "odata", len(page.rows))
    return answer(body, **HEADERS)


@for_programs
def count_rows(name: str) -> ResponseReturnValue:
    """How many rows there are, as a plain number."""
    feed = _feed(name)
    number = feeds.count(db.session(), feed, FeedQuery(areas(), token().exact, _where(feed)))
    tell(name, "odata", 0)
    return Response(str(number), mimetype="text/plain", headers={**HEADERS, "Cache-Control": "no-store"})


def _feed(name: str) -> Feed:
    """The feed of a name. :raises NotFound: there is none. :raises NotInTheFeed: it does not answer what is asked."""
    if name not in FEEDS:
        raise NotFound()
    feed = FEEDS[name]
    must_read(feed.scope)
    for option in asked.query.names():
        if option not in ANSWERED:
            raise NotInTheFeed(name=option)
    order = [part.split() for part in asked.query.text("$orderby").split(",") if part.strip()]
    if [part[0] for part in order] != list(feed.key[: len(order)]) or any(
        part[1:] not in ([], ["asc"]) for part in order
    ):
        raise NotInTheFeed(name="$orderby")
    return feed


def _select(name: str) -> list[str]:
    """The columns that are asked for; all of them where none is named. :raises BadlyAsked: there is no such column."""
    known = [column for column, _type in _properties(FEEDS[name])] if name in FEEDS else []
    chosen = [part.strip() for part in asked.query.text("$select", most=LONGEST_FILTER).split(",") if part.strip()]
    if chosen == ["*"]:
        return []
    if not set(chosen) <= set(known):
        raise BadlyAsked(name="$select")
    return chosen


def _of(chosen: list[str]) -> str:
    return f"({','.join(chosen)})" if chosen else ""


def _where(feed: Feed) -> list[Any]:
    text = asked.query.text("$filter", most=LONGEST_FILTER)
    return narrowing.where(feed, text, exact=token().exact) if text.strip() else []


def _row(feed: Feed, row: dict[str, Any], chosen: list[str]) -> dict[str, Any]:
    told = {}
    for name, value in row.items():
        if not chosen or name in chosen:
            column = feed.by_name.get(name)
            told[name] = _value(column, value) if column else value
    return told


def _value(column: FeedColumn, value: Any) -> Any:
    """A value of the type that ``$metadata`` says: a day that is a year alone is none."""
    if column.type == "list" and value is not None:
        return value if isinstance(value, str) else feeds.as_json(value)
    if column.type == "day" and value is not None:
        return value if FULL_DAY.fullmatch(value) else None
    return value


def _next(key: list[Any], left: int | None) -> str:
    """The address of the next page; what was left out at the beginning is behind it."""
    long = {name: asked.query.text(name, most=LONGEST_FILTER) for name in ("$select", "$filter")}
    kept = {name: text for name, text in {**long, **asked.query.kept("area", "lang")}.items() if text}
    more: dict[str, Any] = {"$top": left} if left is not None else {}
    return url_for(
        "odata.rows", **(request.view_args or {}), **kept, **more, **{"$skiptoken": cursor(key)}, _external=True
    )


def _root() -> str:
    return url_for("odata.service", _external=True)
