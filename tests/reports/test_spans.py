"""A period counted in parts is the period, whatever its ends."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date, timedelta

import pytest

from fieldapp.reports.spans import DaySpan, PeriodPart, parts_of
from tests.again import so_many

FIRST, DAYS = date(2021, 12, 20), 1200
ENDS = ("-01-01", "-12-31", "-06-30", "-07-01")
NOT_KNOWN = ""


def test_every_day_lies_in_the_parts_of_a_period_as_often_as_in_the_period_itself() -> None:
    for since, until in _periods(random.Random(5), so_many(60, 300, 3000)):
        parts = parts_of(since, until)
        for day in _days():
            often = sum(part.sign for part in parts if _is_in(day, part))
            assert often == _is_wanted(day, since, until), (since, until, day, parts)


@pytest.mark.parametrize(
    ("since", "until", "others"),
    [
        ("2023-01-01", "", 0), ("", "2023-12-31", 0), ("2023-01-01", "2024-12-31", 0), ("2023-03-10", "", 68),
        ("2023-03-10", "2023-12-31", 68), ("2023-11-01", "2024-01-31", 92), ("2023-05-01", "2023-05-01", 1),
    ],
)  # fmt: skip
def test_beside_whole_years_few_days_are_counted_one_by_one(since: str, until: str, others: int) -> None:
    days = [day for day in _days() if len(day) > len("2023")]
    found = [part for part in parts_of(since, until) if not part.of_years]
    assert sum(_is_in(day, part) for part in found for day in days) == others


@pytest.mark.parametrize(("since", "until"), [("9999-08-01", ""), ("", "0001-02-01"), ("0001-01-02", "9999-12-30")])
def test_a_period_may_end_where_the_calendar_does(since: str, until: str) -> None:
    for day in (*_days(), "0001-01-01", "9999-12-31"):
        assert sum(part.sign for part in parts_of(since, until) if _is_in(day, part)) == _is_wanted(day, since, until)


def _days() -> Iterator[str]:
    yield NOT_KNOWN
    yield from ("2022", "2023", "2024")
    yield from ((FIRST + timedelta(days=number)).isoformat() for number in range(DAYS))


def _periods(drawn: random.Random, many: int) -> Iterator[tuple[str, str]]:
    """Open or not, backwards too, at any day and at those where something turns."""

    def one() -> str:
        if drawn.random() < 0.2:
            return ""
        if drawn.random() < 0.4:
            return f"{drawn.randint(2022, 2024)}{drawn.choice(ENDS)}"
        return (FIRST + timedelta(days=drawn.randrange(DAYS))).isoformat()

    return ((one(), one()) for _each in range(many))


def _is_wanted(day: str, since: str, until: str) -> bool:
    """A year alone is in a period that begins with its first day, and in one that ends in it or later."""
    if since or until:
        return day != NOT_KNOWN and day >= since.removesuffix("-01-01") and (not until or day <= until)
    return True


def _is_in(day: str, part: PeriodPart) -> bool:
    of = day[:4] if part.of_years else day
    return not part.spans or any(_in_span(of, span) for span in part.spans)


def _in_span(day: str, span: DaySpan) -> bool:
    return all(span.holds(day))
