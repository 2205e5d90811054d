"""What this node counts of the work of some devices, by the day it was made, and what of it does not count."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.photos import attachments
from sync.clock import moment_of
from sync.tables import FOLDED, among, change

_PHOTO = re.compile(r'"sha256": ?"([0-9a-f]{64})"')
_AT_ONCE = 500


@dataclass
class Day:
    """So many changes made on one day are here, and so many photos that they are the first to name."""

    changes: int = 0
    photos: int = 0


@dataclass(frozen=True)
class Fate:
    """What became of a change that did not count at once, or counts no more.

    ``state``: held, refused, excluded or released; ``reason``: why it was held.
    """

    state: str
    reason: str | None


class _Moment(msgspec.Struct):
    wall: str


class _Made(msgspec.Struct):
    made_at: _Moment
    stamp: str


def by_day(devices: Collection[str], offset: timedelta) -> dict[str, Day]:
    """The days on which these devices made something: ``2026-08-01`` -> what is here of it.

    :param offset: how far the clock people go by is ahead of UTC.
    """
    days: dict[str, Day] = {}
    named: dict[str, str] = {}
    for text in _texts(devices):
        day = _day(msgspec.json.decode(text, type=_Made), offset)
        days.setdefault(day, Day()).changes += 1
        for sha256 in _PHOTO.findall(text):
            named.setdefault(sha256, day)
    for sha256 in _stored(named):
        days[named[sha256]].photos += 1
    return days


def _day(made: _Made, offset: timedelta) -> str:
    """When a person made it by the clock of the tablet; where that is no day of a calendar, by its stamp."""
    try:
        at = datetime.fromisoformat(made.made_at.wall).astimezone(UTC) + offset
    except (ValueError, OverflowError):
        at = moment_of(made.stamp) + offset
    return at.date().isoformat()


def fates(devices: Collection[str]) -> dict[str, Fate]:
    """Of these devices' changes that are here: those that do not count, and those that were held before; by id."""
    columns = (change.c.id, change.c.held, change.c.ruled, change.c.excluded)
    stopped = sa.or_(change.c.held.is_not(None), FOLDED.is_distinct_from(True))
    query = sa.select(*columns).where(_of(devices), stopped)
    return {row.id: Fate(_state(row), row.held) for row in db.session.execute(query)}


def _state(row: Any) -> str:
    if row.excluded:
        return "excluded"
    return {"release": "released", "refuse": "refused"}.get(row.ruled, "held")


def _of(devices: Collection[str]) -> sa.ColumnElement[bool]:
    return among(db.session.connection(), change.c.device, devices)


def _texts(devices: Collection[str]) -> Iterator[str]:
    query = sa.select(change.c.text).where(_of(devices)).order_by(change.c.seq, change.c.n)
    yield from db.session.execute(query.execution_options(yield_per=_AT_ONCE)).scalars()


def _stored(hashes: Collection[str]) -> Iterator[str]:
    ordered = list(hashes)
    for start in range(0, len(ordered), _AT_ONCE):
        some = ordered[start : start + _AT_ONCE]
        yield from (sha256 for sha256, state in attachments.states(some).items() if state != attachments.PARTIAL)
