"""The bar to a second support: who was helped with a house is not helped again, unless that house is lost."""

from __future__ import annotations

from fieldapp.housing.case import NEED, Situation
from fieldapp.housing.found import NOT_KNOWN, CriterionResult, said, some, unanswered
from fieldapp.reference import Criterion


def never_supported(case: Situation, _criterion: Criterion | None = None) -> CriterionResult:
    """Never helped with a house; one that was swept away since does not count."""
    return some(~said(case.need, NEED, "supported_before", True), _helped_house_is_lost(case))


def not_supported_by(case: Situation, criterion: Criterion) -> CriterionResult:
    """Not helped by these programmes; help by others is no bar."""
    helped = said(case.need, NEED, "supported_before", True)
    if helped.met is not True:
        return ~helped
    by = case.need.get("support_programme")
    if by in (None, NOT_KNOWN):
        return some(unanswered(NEED, "support_programme"), _helped_house_is_lost(case))
    return some(CriterionResult(by not in criterion.programmes, ("support_programme",)), _helped_house_is_lost(case))


def _helped_house_is_lost(case: Situation) -> CriterionResult:
    """Whether the house built with earlier support is gone. Who lives in a house of his own was not asked in vain."""
    if case.need.get("disaster_damage") == "mat_nha":
        return CriterionResult(True, ("disaster_damage",))
    lost = said(case.need, NEED, "earlier_house_lost", True)
    if lost.met is None and case.need.get("has_house") == "nha_rieng":
        return CriterionResult(False, ("has_house",))
    return lost
