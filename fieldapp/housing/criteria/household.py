"""Criteria about the household: its class, its people, and since when it is one."""

from __future__ import annotations

from fieldapp.housing.case import HOUSEHOLD, Situation, age_of_head, has_passed
from fieldapp.housing.found import (
    NOT_KNOWN,
    Answers,
    CriterionResult,
    every,
    names,
    no_number,
    said,
    some,
    unanswered,
)
from fieldapp.reference import Criterion

MERIT = frozenset({"nguoi_co_cong", "than_nhan_liet_si"})
PROTECTED = frozenset({"bao_tro_xa_hoi", "mo_coi", "khuyet_tat_nang"})
"""Social-protection beneficiaries whatever their income: Decree 20/2021, Article 5.1 and 5.6."""
PROTECTED_IF_POOR = frozenset({"don_than", "cao_tuoi_neo_don"})
"""Article 5.4 and 5.5: single parents and old people alone, of poor households."""
HARDSHIP = frozenset({"cao_tuoi_neo_don", "khuyet_tat", "khuyet_tat_nang"})
HARD_TIMES = PROTECTED | PROTECTED_IF_POOR | HARDSHIP | {"benh_hiem_ngheo", "khac"}
NO_MINORITY = ("kinh", "nuoc_ngoai")


def poor(case: Situation, _criterion: Criterion | None = None) -> CriterionResult:
    """A poor household by the official review."""
    return said(case.household, HOUSEHOLD, "poverty_class", "ngheo")


def poor_or_near(case: Situation, _criterion: Criterion | None = None) -> CriterionResult:
    """A poor or near-poor household."""
    return said(case.household, HOUSEHOLD, "poverty_class", "ngheo", "can_ngheo")


def merit(case: Situation, _criterion: Criterion | None = None) -> CriterionResult:
    """A person of merit, or a martyr's relative, is a member (Decree 131/2021, Article 99.1)."""
    return names(case.household, HOUSEHOLD, "vulnerable", MERIT)


def ethnic_minority(case: Situation, _criterion: Criterion | None = None) -> CriterionResult:
    """The head is of an ethnic minority."""
    return is_minority(case.household)


def is_minority(household: Answers) -> CriterionResult:
    """The same, by the answers of the household alone."""
    group = household.get("ethnic_group")
    if group in (None, NOT_KNOWN):
        return unanswered(HOUSEHOLD, "ethnic_group")
    return CriterionResult(group not in NO_MINORITY, ("ethnic_group",))


def is_protected(case: Situation, _criterion: Criterion | None = None) -> CriterionResult:
    """A member is a social-protection beneficiary: said so, or following from the circumstances (Decree 20/2021)."""
    old = case.number("protected_age_years")
    aged = age_of_head(case, int(old)) if old is not None else no_number("protected_age_years")
    of_the_poor = some(names(case.household, HOUSEHOLD, "vulnerable", PROTECTED_IF_POOR), aged)
    return some(names(case.household, HOUSEHOLD, "vulnerable", PROTECTED), every(poor(case), of_the_poor))


def special_hardship(case: Situation, _criterion: Criterion | None = None) -> CriterionResult:
    """Old and alone, or disabled (Circular 01/2022, Article 5.1 d)."""
    return some(names(case.household, HOUSEHOLD, "vulnerable", HARDSHIP), _any_disabled(case))


def hardship(case: Situation, _criterion: Criterion | None = None) -> CriterionResult:
    """A household in hard circumstances (Decree 20/2021, Article 15)."""
    return some(names(case.household, HOUSEHOLD, "vulnerable", HARD_TIMES), _any_disabled(case))


def split_off(case: Situation, criterion: Criterion) -> CriterionResult:
    """A separate household for so many years when the programme began; from a year alone not always to be told."""
    split = said(case.household, HOUSEHOLD, "split_off", True)
    if split.met is not True:
        return ~split
    year = case.household.get("split_off_year")
    if year is None or criterion.opens_on is None or criterion.number is None:
        return unanswered(HOUSEHOLD, "split_off_year")
    passed = has_passed(int(year), int(criterion.number), criterion.opens_on)
    return unanswered(HOUSEHOLD, "split_off_year") if passed is None else CriterionResult(passed, ("split_off_year",))


def _any_disabled(case: Situation) -> CriterionResult:
    count = case.household.get("disabled")
    return unanswered(HOUSEHOLD, "disabled") if count is None else CriterionResult(int(count) > 0, ("disabled",))
