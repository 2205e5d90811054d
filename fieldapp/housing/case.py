"""One household and its house, as the law looks at them on one day."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date
from decimal import ROUND_DOWN, Decimal

from fieldapp.housing.found import Answers, CriterionResult, Lack, said, unanswered
from fieldapp.reference import RulesOn

HOUSEHOLD, NEED = "household", "housing_need"
OWN_HOUSE = ("nha_rieng", "leu_tam")
"""A shed is a house of one's own, though a poor one; a room at the parents' or a borrowed house is not."""


class Situation:
    """The answers, the places the household lies in (``060@2023``, ids of villages), and the rules on the day."""

    __slots__ = ("_known", "day", "household", "need", "own_house", "places", "rules")

    def __init__(self, household: Answers, need: Answers, places: Collection[str], rules: RulesOn) -> None:
        self.household = household
        self.need = need
        self.places = places
        self.rules = rules
        self.day = rules.day
        self.own_house = said(need, NEED, "has_house", *OWN_HOUSE)
        """Whether the household has a house of its own."""
        self._known: dict[str, CriterionResult] = {}

    def once(self, key: str, judge: Callable[[], CriterionResult]) -> CriterionResult:
        """A finding that several programmes ask for, worked out once."""
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = judge()
        return found

    def no_house(self) -> CriterionResult:
        """Whether it has none."""
        return ~self.own_house

    def status(self, *statuses: str) -> CriterionResult:
        """Whether a place it lies in has one of these statuses; they are one list, known when any of them is listed."""
        found = [self.rules.has_status(self.places, status) for status in statuses]
        if any(found):
            return CriterionResult(True, ("village",))
        known = any(one is not None for one in found)
        return (
            CriterionResult(False, ("village",))
            if known
            else CriterionResult(None, ("village",), (Lack("status", "place", statuses[0]),))
        )

    def number(self, code: str) -> Decimal | None:
        """A threshold in force."""
        return self.rules.number(code)


def area_per_person(household: Answers, need: Answers) -> Decimal | None:
    """Square metres a person, cut to the hundredth; None when not known or without a house of its own."""
    area, persons = need.get("area_m2"), household.get("members")
    if area is None or not persons or need.get("has_house") not in OWN_HOUSE:
        return None
    return (Decimal(area) / int(persons)).quantize(Decimal("0.01"), ROUND_DOWN)


def has_passed(since_year: int, years: int, day: date) -> bool | None:
    """Whether so many years have gone by on a day since some day of a year; None where the year alone cannot tell."""
    if since_year + years == day.year:
        return True if (day.month, day.day) == (12, 31) else None
    return since_year + years < day.year


def age_of_head(case: Situation, years: int) -> CriterionResult:
    """Whether the head of the household is so old on the day."""
    born = case.household.get("birth_date")
    if born is None:
        return unanswered(HOUSEHOLD, "birth_date")
    if len(born) == 10:
        year, rest = int(born[:4]), born[4:]
        return CriterionResult(f"{year + years:04}{rest}" <= case.day.isoformat(), ("birth_date",))
    passed = has_passed(int(born), years, case.day)
    return CriterionResult(passed, ("birth_date",)) if passed is not None else unanswered(HOUSEHOLD, "birth_date")
