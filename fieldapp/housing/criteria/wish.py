"""The criterion about what a household wants."""

from __future__ import annotations

from fieldapp.housing.case import NEED, Situation
from fieldapp.housing.found import CriterionResult, said
from fieldapp.reference import Criterion


def wants_help(case: Situation, _criterion: Criterion | None = None) -> CriterionResult:
    """Wants something done, and does not refuse the support."""
    if case.need.get("refuses"):
        return CriterionResult(False, ("refuses",))
    return ~said(case.need, NEED, "need_type", "khong")
