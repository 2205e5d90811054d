"""The closed list of criteria: each word is one pure question with the answers met, not met and not known.

A programme combines them as *all of (any of …)*; see :mod:`fieldapp.housing.programmes`. What was not asked is not
known, and a finding says what would make it known.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from fieldapp.housing.case import Situation
from fieldapp.housing.criteria import house, household, land, place, second_support, wish
from fieldapp.housing.found import CriterionResult, Lack
from fieldapp.reference import Criterion

CriterionTest: TypeAlias = Callable[[Situation, Criterion], CriterionResult]
WORDS: dict[str, CriterionTest] = {
    "poor": household.poor,
    "poor_or_near": household.poor_or_near,
    "hardship": household.hardship,
    "merit": household.merit,
    "ethnic_minority": household.ethnic_minority,
    "in_poor_district": place.in_poor_district,
    "in_difficult_place": place.in_difficult_place,
    "in_disaster_area": place.in_disaster_area,
    "no_house": house.no_house,
    "not_durable": house.not_durable,
    "area_under": house.area_under,
    "area_under_alone": house.area_under_alone,
    "area_under_family": house.area_under_family,
    "in_difficulty": house.in_difficulty,
    "worn_out": house.worn_out,
    "temporary_or_badly_damaged": house.temporary_or_badly_damaged,
    "house_lost": house.house_lost,
    "damaged_in_disaster": house.damaged_in_disaster,
    "must_move": house.must_move,
    "never_supported": second_support.never_supported,
    "not_supported_by": second_support.not_supported_by,
    "split_off": household.split_off,
    "residential_land": land.residential_land,
    "no_land_dispute": land.no_land_dispute,
    "may_stand": house.may_stand,
    "wants_help": wish.wants_help,
}
"""Every word a programme may use."""


def judge(case: Situation, criterion: Criterion) -> CriterionResult:
    """What a criterion comes to; a word of a newer release is not known."""
    word = WORDS.get(criterion.word)
    if word is None:
        return CriterionResult(None, (), (Lack("rule", "criterion", criterion.word),))
    return case.once(criterion.key, lambda: word(case, criterion))
