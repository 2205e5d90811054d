"""The next day on which the law may find otherwise although no record changes."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from itertools import chain

from fieldapp.reference import Rules

A_DAY = timedelta(days=1)


def next_one(day: date, rules: Rules, born: str | None) -> date:
    """The first day after this one on which the law may find otherwise, whatever it was asked.

    A rule begins or has ended; somebody has a birthday; a number of years has passed, of which only the year is known:
    that is sure on the last day of a year, and on the first it is another year.
    """
    turn = [date(day.year, 12, 31), date(day.year + 1, 1, 1)]
    found = [*turn, *_birthdays(day, born), *_of_rules(rules, day)]
    return min(one for one in found if one > day)


def _birthdays(day: date, born: str | None) -> Iterable[date]:
    """This year's and the next; who was born on 29 February has one on 1 March of most years."""
    if born is not None and len(born) == len("2000-01-01"):
        before = date.fromisoformat(born) - A_DAY if born.endswith("-02-29") else date.fromisoformat(born)
        later = A_DAY if born.endswith("-02-29") else timedelta()
        yield from (before.replace(year=year) + later for year in (day.year, day.year + 1))


def _of_rules(rules: Rules, day: date) -> Iterable[date]:
    """The next day on which a rule begins or has ended."""
    remembered = rules.on(day).remembered
    if "next" not in remembered:
        remembered["next"] = min((one for one in _turns(rules) if one > day), default=None)
    return () if remembered["next"] is None else (remembered["next"],)


def _turns(rules: Rules) -> Iterable[date]:
    norms = (norm.span for programme in rules.programmes for norm in programme.norms)
    dated = (one.span for some in (rules.programmes, rules.rulings, rules.statuses, rules.thresholds) for one in some)
    for span in chain(dated, norms):
        if span.from_on:
            yield span.from_on
        if span.to_on and span.to_on < date.max:
            yield span.to_on + A_DAY
