"""What this node counts of the work of some devices, by the day it was made, and what of it does not count."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec

from fieldapp.intake import journal
from fieldapp.photos import attachments
from sync.clock import moment_of
from sync.journal import Stopped

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
    for text in journal().texts_of(devices):
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
    return {each.id: Fate(_state(each), each.held) for each in journal().stopped_of(devices)}


def _state(row: Stopped) -> str:
    if row.excluded:
        return "excluded"
    return {"release": "released", "refuse": "refused"}.get(row.ruled or "", "held")


def _stored(hashes: Collection[str]) -> Iterator[str]:
    ordered = list(hashes)
    for start in range(0, len(ordered), _AT_ONCE):
        some = ordered[start : start + _AT_ONCE]
        yield from (sha256 for sha256, state in attachments.states(some).items() if state != attachments.PARTIAL)
