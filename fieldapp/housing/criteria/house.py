"""Criteria about the house: that there is none, how large, how durable, how safe, what befell it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from fieldapp.housing.case import HOUSEHOLD, NEED, Situation, has_passed
from fieldapp.housing.durability import NO_POSTS, parts
from fieldapp.housing.found import CriterionResult, every, no_number, said, some, unanswered
from fieldapp.reference import Criterion

QD55_FROM = date(2025, 1, 20)
"""Decision 55/QĐ-BXD, in force from its signing."""
WORN, BROKEN = "xuong_cap", "hu_hong"
CONDITIONS = ("floor_condition", "post_condition", "wall_condition", "roof_condition")


def law_on(day: date) -> str:
    """Which text says what a poor house is on a day."""
    return "qd55" if day >= QD55_FROM else "tt01"


def no_house(case: Situation, _criterion: Criterion | None = None) -> CriterionResult:
    """No house of its own."""
    return case.no_house()


def not_durable(case: Situation, criterion: Criterion) -> CriterionResult:
    """A house of which two of three structures are not durable, by the law named (the one of the day if none is)."""
    return _of_a_house(case, parts(case.need, case.rules, criterion.law or law_on(case.day)).flimsy)


def area_under(case: Situation, criterion: Criterion) -> CriterionResult:
    """Less than so many square metres a person."""
    return _of_a_house(case, _each_under(case, criterion.number))


def area_under_alone(case: Situation, criterion: Criterion) -> CriterionResult:
    """One person, in less than so many square metres."""
    return _of_a_house(case, every(_alone(case), _area_under(case, criterion.number)))


def area_under_family(case: Situation, criterion: Criterion) -> CriterionResult:
    """Several people, in less than so many square metres and less than the norm a person."""
    each = _each_under(case, case.number("area_per_person"))
    return _of_a_house(case, every(~_alone(case), _area_under(case, criterion.number), each))


def worn_out(case: Situation, criterion: Criterion) -> CriterionResult:
    """So many years old, never repaired, degraded and unsafe (Decision 55, Article 1.3)."""
    repaired = said(case.need, NEED, "was_repaired", True)
    return _of_a_house(case, every(_is_old(case, criterion.number), ~repaired, degraded(case), in_danger(case)))


def in_difficulty(case: Situation, _criterion: Criterion | None = None) -> CriterionResult:
    """No house, too little floor, or a poor house, by the text in force on the day."""
    return some(no_house(case), lacks_area(case), lacks_quality(case))


def lacks_area(case: Situation) -> CriterionResult:
    """Too little floor by the text of the day."""
    if law_on(case.day) == "tt01":
        return _of_a_house(case, _each_under(case, case.number("area_per_person")))
    alone = Criterion("area_under_alone", case.number("area_alone"))
    family = Criterion("area_under_family", case.number("area_family"))
    return some(area_under_alone(case, alone), area_under_family(case, family))


def lacks_quality(case: Situation) -> CriterionResult:
    """A poor house by the text of the day; to have none is another difficulty."""
    law = law_on(case.day)
    flimsy = not_durable(case, Criterion("not_durable", law=law))
    if law == "tt01":
        return flimsy
    return some(flimsy, worn_out(case, Criterion("worn_out", case.number("worn_out_years"))))


def temporary_or_badly_damaged(case: Situation, _criterion: Criterion | None = None) -> CriterionResult:
    """To be built anew, or to be given new walls or frame and a new roof (Decree 131/2021, Article 102.1).

    Whatever the material: a shed, a flimsy house, one in danger of collapse, one whose walls or posts and roof are
    broken.
    """
    shed = said(case.need, NEED, "has_house", "leu_tam")
    flimsy = parts(case.need, case.rules, "nd131").flimsy
    repair = every(some(_is_broken(case, "post"), _is_broken(case, "wall")), _is_broken(case, "roof"))
    return _of_a_house(case, some(shed, flimsy, in_danger(case), repair))


def may_stand(case: Situation, _criterion: Criterion | None = None) -> CriterionResult:
    """Not to be torn down, and a house may be built here (Housing Law 136.1 c, d; Construction Law 118.1 a, c, d, đ).

    A house in danger of collapse is not barred.
    """
    stays = ~said(case.need, NEED, "must_be_demolished", True)
    return every(some(no_house(case), stays), said(case.need, NEED, "can_build_here", True))


def degraded(case: Situation) -> CriterionResult:
    """Leaning, cracked, leaking, or a part of it worn or broken."""
    seen = (said(case.need, NEED, question, True) for question in ("leaning_or_cracked", "leaks"))
    return some(*seen, *(said(case.need, NEED, question, WORN, BROKEN) for question in CONDITIONS))


def in_danger(case: Situation) -> CriterionResult:
    """In danger of collapse: not safe to sleep in."""
    return said(case.need, NEED, "in_danger_of_collapse", True)


def house_lost(case: Situation, _criterion: Criterion | None = None) -> CriterionResult:
    """The house collapsed, was swept away or burnt down (Decree 20/2021, Article 15.1)."""
    return said(case.need, NEED, "disaster_damage", "mat_nha")


def must_move(case: Situation, _criterion: Criterion | None = None) -> CriterionResult:
    """Ordered to move at once (Article 15.2)."""
    return said(case.need, NEED, "disaster_damage", "di_doi")


def damaged_in_disaster(case: Situation, _criterion: Criterion | None = None) -> CriterionResult:
    """Damaged by a disaster so that nobody can live in it (Article 15.3)."""
    return said(case.need, NEED, "disaster_damage", "hu_hong_nang")


def _of_a_house(case: Situation, found: CriterionResult) -> CriterionResult:
    """A finding about the house: not met where there is none of its own, not known where that is not."""
    return found if case.own_house.met else case.own_house


def _is_broken(case: Situation, part: str) -> CriterionResult:
    if part == "post" and case.need.get("post_material") == NO_POSTS:
        return CriterionResult(False, ("post_material",))
    return said(case.need, NEED, f"{part}_condition", BROKEN)


def _alone(case: Situation) -> CriterionResult:
    return said(case.household, HOUSEHOLD, "members", 1)


def _area_under(case: Situation, limit: Decimal | None) -> CriterionResult:
    area = case.need.get("area_m2")
    if limit is None:
        return no_number("area_m2")
    return unanswered(NEED, "area_m2") if area is None else CriterionResult(Decimal(area) < limit, ("area_m2",))


def _each_under(case: Situation, limit: Decimal | None) -> CriterionResult:
    """Compared whole, not divided and rounded: 23,99 m² for three people is under 8 m² each."""
    area, persons = case.need.get("area_m2"), case.household.get("members")
    if limit is None:
        return no_number("area_per_person")
    if area is None:
        return unanswered(NEED, "area_m2")
    if not persons:
        return unanswered(HOUSEHOLD, "members")
    return CriterionResult(Decimal(area) < limit * int(persons), ("area_m2", "members"))


def _is_old(case: Situation, years: Decimal | None) -> CriterionResult:
    built = case.need.get("built_year")
    if years is None:
        return no_number("worn_out_years")
    passed = None if built is None else has_passed(int(built), int(years), case.day)
    return unanswered(NEED, "built_year") if passed is None else CriterionResult(passed, ("built_year",))
