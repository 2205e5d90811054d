"""The order in which households are helped: Circular 01/2022, Article 5, and Decree 131/2021, Article 102.6."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import NamedTuple

from fieldapp.housing.case import HOUSEHOLD, Situation, age_of_head, area_per_person
from fieldapp.housing.criteria import house, household, place
from fieldapp.housing.found import CriterionResult, Lack, every, names, some, unanswered

CLASSES = ("a", "b", "c", "d", "dd", "e")
"""In the order of the alphabet of the law: a b c d đ e. Their wording is the code list ``priority_tt01``."""
SUBCLASSES = ("a", "b")
MERIT_ORDER = ("1", "2", "3", "4", "5")
"""Danger of collapse, old age, ethnic minority, hardship, disaster area: the code list ``priority_nd131``."""
LAST = "z"
UNKNOWN_AREA = Decimal("9999")


class RankedPlace(NamedTuple):
    """Where a household stands in an order.

    - ``main``: its class; None for a household the order does not speak of
    - ``sub``: its sub-class, None where none fits
    - ``key``: text by which lists are sorted, bytewise
    - ``lacks``: what could still move it forward
    """

    main: str | None
    sub: str | None
    key: str
    lacks: tuple[Lack, ...] = ()


def general(case: Situation) -> RankedPlace:
    """The class of Article 5.1, the first that fits, and the sub-class of 5.2; then least floor, then most people."""
    standing = household.poor_or_near(case)
    main, before = _first(CLASSES, _of_class, case) if standing.met else (None, standing.lacks)
    sub, before_sub = _first(SUBCLASSES, _of_subclass, case)
    return RankedPlace(main, sub, _key(case, main, sub), tuple(dict.fromkeys((*before, *before_sub))))


def merit(case: Situation) -> RankedPlace:
    """The order among people of merit."""
    standing = household.merit(case)
    main, before = _first(MERIT_ORDER, _of_merit, case) if standing.met else (None, standing.lacks)
    return RankedPlace(main, None, _key(case, main or ("6" if standing.met else None), None), before)


def _of_class(case: Situation, code: str) -> CriterionResult:
    return _CLASS[code](case)


def _of_poor_minority(case: Situation) -> CriterionResult:
    return every(household.poor(case), household.ethnic_minority(case))


def _of_poor_vulnerable(case: Situation) -> CriterionResult:
    return every(household.poor(case), names(case.household, HOUSEHOLD, "vulnerable", _OF_MERIT))


_OF_MERIT = frozenset({"nguoi_co_cong"})
_CLASS: dict[str, Callable[[Situation], CriterionResult]] = {
    "a": _of_poor_minority,
    "b": _of_poor_vulnerable,
    "c": household.is_protected,
    "d": household.special_hardship,
    "dd": place.in_disaster_area,
    "e": household.poor_or_near,
}
"""What each of :data:`CLASSES` asks."""


def _of_subclass(case: Situation, code: str) -> CriterionResult:
    if code == "a":
        return every(case.own_house, house.in_danger(case))
    return house.no_house(case)


def _of_merit(case: Situation, code: str) -> CriterionResult:
    return {
        "1": lambda: every(case.own_house, house.in_danger(case)),
        "2": lambda: _has_old_people(case),
        "3": lambda: household.ethnic_minority(case),
        "4": lambda: some(household.poor_or_near(case), household.hardship(case)),
        "5": lambda: place.in_disaster_area(case),
    }[code]()


def _has_old_people(case: Situation) -> CriterionResult:
    """An old person among the members; the survey does not say which of them is the person of merit."""
    count = case.household.get("elderly_60_plus")
    if count is not None:
        return CriterionResult(int(count) > 0, ("elderly_60_plus",))
    years = case.number("old_age_years")
    return age_of_head(case, int(years)) if years is not None else unanswered(HOUSEHOLD, "elderly_60_plus")


def _first(
    codes: tuple[str, ...], fits: Callable[[Situation, str], CriterionResult], case: Situation
) -> tuple[str | None, tuple[Lack, ...]]:
    """The first code that is met, and what is lacking to know whether an earlier one is."""
    lacks: list[Lack] = []
    for code in codes:
        found = fits(case, code)
        if found.met:
            return code, tuple(lacks)
        lacks += found.lacks if found.met is None else ()
    return None, tuple(lacks)


def _key(case: Situation, main: str | None, sub: str | None) -> str:
    """``a.b.0007.00.996``: class, sub-class, floor a person, people (most first); what is not known comes last."""
    each = area_per_person(case.household, case.need)
    if each is None:
        each = Decimal(0) if case.no_house().met else UNKNOWN_AREA
    people = int(case.household.get("members") or 0)
    return f"{main or LAST}.{sub or LAST}.{min(each, UNKNOWN_AREA):07.2f}.{999 - min(people, 999):03d}"
