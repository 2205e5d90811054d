"""Numbers and dates of reports, lists and pages. Figures are Vietnamese in every language (docs/decisions)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache

from babel.numbers import format_decimal, format_percent

from fieldapp.i18n import gettext
from fieldapp.reports.table import Number

FIGURES = "vi"
"""The locale whose figures are written on every page, whatever language its words are in."""


def show(number: Number) -> str:
    """``1.234``, ``98,1%``, or a dash where there is nothing to say."""
    return "–" if number is None else _shown(number)


def show_all(numbers: Iterable[Number]) -> list[str]:
    """As :func:`show`, each."""
    return ["–" if number is None else _shown(number) for number in numbers]


@lru_cache(maxsize=20_000, typed=True)
def _shown(number: int | Fraction) -> str:
    """Remembered: a table by village has some 50,000 numbers, most of them small, and Babel takes its time for each."""
    if isinstance(number, Fraction):
        return format_percent(float(number), "#,##0.0%", locale=FIGURES)
    return format_decimal(number, locale=FIGURES)


def place_and_date(place: str, day: date) -> str:
    """The line above an official signature: ``Bắc Kạn, ngày 05 tháng 02 năm 2026``.

    Days under 10 and the months 1 and 2 take a leading zero, as NĐ 30/2020/NĐ-CP has it.
    """
    month = f"{day.month:02d}" if day.month < 3 else str(day.month)
    parts = {"place": place, "day": f"{day.day:02d}", "month": month, "year": day.year}
    return gettext("%(place)s, %(day)s/%(month)s/%(year)s", **parts)


def show_percent(share: Fraction, digits: int) -> str:
    """``26,93%``: with at most so many digits after the comma."""
    return format_percent(float(share), f"#,##0.{'#' * digits}%", locale=FIGURES)


def show_exact(number: Decimal) -> str:
    """``98,22`` or ``81.480``: with all its digits."""
    return format_decimal(number, "#,##0.######", locale=FIGURES)
