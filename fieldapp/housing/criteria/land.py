"""Criteria about the land."""

from __future__ import annotations

from fieldapp.housing.case import NEED, Situation
from fieldapp.housing.found import CriterionResult, every, said
from fieldapp.reference import Criterion

RESIDENTIAL = ("co_gcn", "chua_gcn")
TO_BE_CONFIRMED = ("dat_khac", "nguoi_khac")


def residential_land(case: Situation, _criterion: Criterion | None = None) -> CriterionResult:
    """Residential land; garden, farm and lent land once the commune has confirmed it (Decision 55, Article 1)."""
    status = case.need.get("land_status")
    if status in TO_BE_CONFIRMED:
        confirmed = said(case.need, NEED, "land_confirmed", True)
        return CriterionResult(confirmed.met, ("land_status", *confirmed.because), confirmed.lacks)
    return said(case.need, NEED, "land_status", *RESIDENTIAL)


def no_land_dispute(case: Situation, _criterion: Criterion | None = None) -> CriterionResult:
    """No dispute about the land."""
    return every(~said(case.need, NEED, "land_status", "tranh_chap"), said(case.need, NEED, "has_land_dispute", False))
