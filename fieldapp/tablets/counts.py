"""What this node counts of the work of some devices, by the day it was made, and what of it does not count."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import timedelta

import msgspec

from fieldapp.intake import journal
from fieldapp.photos import attachments
from sync.change import MadeAt
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


@dataclass(frozen=True)
class DaysOfWork:
    """``2026-08-01`` -> what is here that devices made on it: as their clocks ``showed`` it, and by the clocks put
    ``right`` where they were known to be far off.
    """

    showed: dict[str, Day]
    right: dict[str, Day]


class _Made(msgspec.Struct):
    made_at: MadeAt
    stamp: str


def by_day(devices: Collection[str], offset: timedelta) -> DaysOfWork:
    """The days on which these devices made something.

    :param offset: how far the clock people go by is ahead of UTC.
    """
    texts = list(journal().texts_of(devices))
    made = [msgspec.json.decode(text, type=_Made) for text in texts]
    photos = [_PHOTO.findall(text) for text in texts]
    stored = set(_stored({sha256 for some in photos for sha256 in some}))
    return DaysOfWork(
        *(_counted([_day(each, offset, right) for each in made], photos, stored) for right in (False, True))
    )


def _counted(days: list[str], photos: list[list[str]], stored: Collection[str]) -> dict[str, Day]:
    """How many changes were made on each day, and how many photos were named on it first."""
    found: dict[str, Day] = {day: Day(changes) for day, changes in Counter(days).items()}
    named = {sha256: day for day, some in reversed([*zip(days, photos, strict=True)]) for sha256 in some}
    for sha256 in stored:
        found[named[sha256]].photos += 1
    return found


def _day(made: _Made, offset: timedelta, right: bool) -> str:
    """When a person made it by the clock of the tablet; where that is no day of a calendar, by its stamp."""
    try:
        at = offset + (made.made_at.right() if right and made.made_at.is_far_off else made.made_at.shown())
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
