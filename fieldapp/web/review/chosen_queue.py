"""The queue as somebody has chosen it: read from its address, and from that of each record read on the way through."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, NamedTuple

from flask import url_for

from fieldapp import review
from fieldapp.facts.doubtful import MANY, FactDoubtKind
from fieldapp.i18n import _l
from fieldapp.review import QueueFilter, Status
from fieldapp.review.queue import Sort
from fieldapp.today import now
from fieldapp.vietnamese import sought
from fieldapp.web import asked, shown
from fieldapp.web.access import my_areas

FIELDS = ("survey", "commune", "village", "status", "class", "programme", "age", "doubt", "q", "sort")
WALKING = "queue"
"""What an address says of a record that is read on the way through the queue."""
LISTED: tuple[Status, ...] = tuple(status for status in review.STATUSES if status not in ("recorded", "withdrawn"))
SORTS: dict[Sort, str] = {
    "priority": _l("Most urgent first"),
    "age": _l("Longest waiting first"),
    "name": _l("By given name"),
    "village": _l("By village"),
}
DOUBTS: dict[FactDoubtKind, str] = {
    "no_position": _l("The household has no position"),
    "sound_house": _l("A new house is asked for though the one there is large enough and durable"),
    "one_answer": _l("One missing answer or ruling decides about help"),
    "alike": _l("Looks like another household"),
    "case": _l("Something odd about its case or money"),
}
AGES = (3, 7, 14, 30)
"""For so many days at least, a choice each."""
MOST_WORDS = 12


class Walk(NamedTuple):
    """The way through the queue at one record: the addresses of the queue and of the records before and after, and how
    many are left of what was chosen; ``more``: and then some, which nobody counted."""

    queue: str
    before: str | None
    after: str | None
    left: int
    more: bool


def choice() -> QueueFilter:
    """What the address asks for of the queue."""
    days = asked.query.number("age", least=1, most=10_000)
    return QueueFilter(
        areas=_areas(),
        surveys=[name for name in asked.query.texts("survey") if name],
        status=asked.query.one_of("status", LISTED),
        main=asked.query.one_of("class", review.CLASSES),
        programme=asked.query.text("programme") or None,
        doubt=asked.query.one_of("doubt", DOUBTS),
        until=now() - timedelta(days=days) if days else None,
        words=sought(asked.query.text("q"))[:MOST_WORDS],
        sort=asked.query.one_of("sort", review.SORTS) or "priority",
    )


def _areas() -> review.AreaFilter:
    areas = my_areas()
    if commune := asked.query.text("commune"):
        areas = frozenset(shown.villages_in(commune))
    if village := asked.query.text("village"):
        areas = frozenset({village}) if areas is None or village in areas else frozenset()
    return areas


def kept() -> dict[str, Any]:
    """What the address says of it, for an address that asks for the same."""
    return asked.query.kept(*FIELDS)


def on_the_way() -> dict[str, Any]:
    """What an address of a record must say to stay on the way; nothing for one that was opened by itself."""
    return {WALKING: "1", **kept()} if asked.query.has(WALKING) else {}


def address(record: str) -> str:
    """The page of a record on the way through what was chosen."""
    return addresses()(record)


def addresses() -> Callable[[str], str]:
    """The same for many records, put together once."""
    of_nobody = url_for("records.page", record_id=shown.NOBODY, **{WALKING: "1", **kept()})
    return lambda record: of_nobody.replace(shown.NOBODY, record, 1)


def walk(record: str) -> Walk | None:
    """Where one can go on from a record that is read on the way."""
    if not asked.query.has(WALKING):
        return None
    chosen = choice()
    found = review.beside(chosen, record)
    before, after = (address(each) if each else None for each in found)
    left = review.count_queue(chosen)
    more = bool(chosen.doubt) and left > MANY
    return Walk(url_for("review.queue", **kept()), before, after, MANY if more else left, more)


def next_after(record: str) -> str:
    """Where a decision leads: to the record behind on the way, at its end to the queue; by itself back to the page."""
    found = walk(record)
    if found is None:
        return url_for("records.page", record_id=record)
    return found.after or found.queue
