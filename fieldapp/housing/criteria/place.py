"""Criteria about the place: by the statuses it has on the day."""

from __future__ import annotations

from fieldapp.housing.case import HOUSEHOLD, Situation
from fieldapp.housing.found import CriterionResult, said, some
from fieldapp.reference import Criterion


def in_poor_district(case: Situation, _criterion: Criterion | None = None) -> CriterionResult:
    """In a poor district."""
    return case.status("poor_district")


def in_difficult_place(case: Situation, _criterion: Criterion | None = None) -> CriterionResult:
    """In an extremely difficult commune (zone III) or an extremely difficult village."""
    return some(case.status("difficult_commune", "zone_3"), case.status("difficult_village"))


def in_disaster_area(case: Situation, _criterion: Criterion | None = None) -> CriterionResult:
    """In an area often hit by disaster: by the list of places, or as the household's sheet says."""
    listed = case.status("disaster_area")
    return listed if listed.met else said(case.household, HOUSEHOLD, "frequent_disaster_area", True)
