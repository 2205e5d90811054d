"""A period as whole years, whose cases were counted beforehand, and as the days at its two ends."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import groupby
from typing import Any, NamedTuple

A_DAY = timedelta(days=1)
HALF_A_YEAR = timedelta(days=183)
JULY = "07-01"


class DaySpan(NamedTuple):
    """From a day (``2026-03-10``) or a year (``2026``) until another, both included; "" is open."""

    first: str = ""
    last: str = ""

    def holds(self, day: Any) -> Iterator[Any]:
        """The conditions on a day, which may be a column; a day that is not known, "", lies in no span.

        A year alone is in every span that its 1 January or any day of it closes.
        """
        if self.first:
            yield day >= self.first.removesuffix("-01-01")
        if self.last:
            yield day <= self.last
        if not self.first and self.last:
            yield day != ""


class PeriodPart(NamedTuple):
    """A part of a period: what lies in any of these spans is added, 1, or taken off, -1. ``of_years``: the span is one
    of whole years; without spans all there is."""

    sign: int
    of_years: bool
    spans: tuple[DaySpan, ...] = ()


class _End(NamedTuple):
    """One end of a period: the year up to which whole years are taken, None where it is open, and the days that are
    then missing or too many."""

    year: int | None = None
    sign: int = 0
    days: DaySpan = DaySpan()


def parts_of(since: str, until: str) -> list[PeriodPart]:
    """What adds up to a period, with the fewest days beside whole years."""
    if not since and not until:
        return [PeriodPart(1, of_years=True)]
    first, last = _beginning(since), _ending(until)
    if _is_short(since, until) or (first.year is not None and last.year is not None and first.year > last.year):
        return [PeriodPart(1, of_years=False, spans=(DaySpan(since, until),))]
    years = DaySpan(*("" if end.year is None else f"{end.year:04d}" for end in (first, last)))
    return [PeriodPart(1, of_years=True, spans=(years,)), *_beside((first, last))]


def _beside(ends: Sequence[_End]) -> Iterator[PeriodPart]:
    told = sorted((end for end in ends if end.sign), key=lambda end: end.sign)
    for sign, some in groupby(told, key=lambda end: end.sign):
        yield PeriodPart(sign, of_years=False, spans=tuple(end.days for end in some))


def _is_short(since: str, until: str) -> bool:
    """Whether it is shorter than what else there is of its year."""
    if not since or not until or since[:4] != until[:4]:
        return False
    return date.fromisoformat(until) - date.fromisoformat(since) < HALF_A_YEAR


def _beginning(since: str) -> _End:
    if not since:
        return _End()
    year, day = int(since[:4]), since[5:]
    if day == "01-01":
        return _End(year)
    if day < JULY or year == date.max.year:
        before = (date.fromisoformat(since) - A_DAY).isoformat()
        return _End(year, -1, DaySpan(since[:4], before))
    return _End(year + 1, 1, DaySpan(since, f"{year:04d}-12-31"))


def _ending(until: str) -> _End:
    if not until:
        return _End()
    year, day = int(until[:4]), until[5:]
    if day == "12-31":
        return _End(year)
    if day >= JULY:
        after = (date.fromisoformat(until) + A_DAY).isoformat()
        return _End(year, -1, DaySpan(after, f"{year:04d}-12-31"))
    return _End(year - 1, 1, DaySpan(until[:4], until))
