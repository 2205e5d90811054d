"""The closed list of criteria: each word is one pure question with the answers met, not met and not known.

A programme combines them as *all of (any of …)*; see :mod:`fieldapp.housing.programmes`. What was not asked is not
known, and a finding says what would make it known.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from fieldapp.housing.case import HOUSEHOLD, NEED, Situation, age_of_head, has_passed
from fieldapp.housing.durability import NO_POSTS, parts
from fieldapp.housing.found import Answers, CriterionResult, Lack, every, names, said, some, unanswered
from fieldapp.reference import Criterion

CriterionTest: TypeAlias = Callable[[Situation, Criterion], CriterionResult]

QD55_FROM = date(2025, 1, 20)
"""Decision 55/QĐ-BXD, in force from its signing."""
MERIT = frozenset({"nguoi_co_cong", "than_nhan_liet_si"})
PROTECTED = frozenset({"bao_tro_xa_hoi", "mo_coi", "khuyet_tat_nang"})
"""Social-protection beneficiaries whatever their income: Decree 20/2021, Article 5.1 and 5.6."""
PROTECTED_IF_POOR = frozenset({"don_than", "cao_tuoi_neo_don"})
"""Article 5.4 and 5.5: single parents and old people alone, of poor households."""
HARDSHIP = frozenset({"cao_tuoi_neo_don", "khuyet_tat", "khuyet_tat_nang"})
HARD_TIMES = PROTECTED | PROTECTED_IF_POOR | HARDSHIP | {"benh_hiem_ngheo", "khac"}
NO_MINORITY = ("kinh", "nuoc_ngoai")
NOT_KNOWN = "khong_ro"
RESIDENTIAL = ("co_gcn", "chua_gcn")
TO_BE_CONFIRMED = ("dat_khac", "nguoi_khac")
WORN, BROKEN = "xuong_cap", "hu_hong"
CONDITIONS = ("floor_condition", "post_condition", "wall_condition", "roof_condition")


def law_on(day: date) -> str:
    """Which text says what a poor house is on a day."""
    return "qd55" if day >= QD55_FROM else "tt01"


# --- the household --------------------------------------------------------------------------------------------


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
    aged = age_of_head(case, int(old)) if old is not None else _no_number("protected_age_years")
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


# --- the place ------------------------------------------------------------------------------------------------


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


# --- the house ------------------------------------------------------------------------------------------------


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
        return _no_number("area_m2")
    return unanswered(NEED, "area_m2") if area is None else CriterionResult(Decimal(area) < limit, ("area_m2",))


def _each_under(case: Situation, limit: Decimal | None) -> CriterionResult:
    """Compared whole, not divided and rounded: 23,99 m² for three people is under 8 m² each."""
    area, persons = case.need.get("area_m2"), case.household.get("members")
    if limit is None:
        return _no_number("area_per_person")
    if area is None:
        return unanswered(NEED, "area_m2")
    if not persons:
        return unanswered(HOUSEHOLD, "members")
    return CriterionResult(Decimal(area) < limit * int(persons), ("area_m2", "members"))


def _is_old(case: Situation, years: Decimal | None) -> CriterionResult:
    built = case.need.get("built_year")
    if years is None:
        return _no_number("worn_out_years")
    passed = None if built is None else has_passed(int(built), int(years), case.day)
    return unanswered(NEED, "built_year") if passed is None else CriterionResult(passed, ("built_year",))


def _no_number(code: str) -> CriterionResult:
    return CriterionResult(None, (), (Lack("rule", "threshold", code),))


# --- the land -------------------------------------------------------------------------------------------------


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


# --- what was had before, and what is wanted ------------------------------------------------------------------


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


def wants_help(case: Situation, _criterion: Criterion | None = None) -> CriterionResult:
    """Wants something done, and does not refuse the support."""
    if case.need.get("refuses"):
        return CriterionResult(False, ("refuses",))
    return ~said(case.need, NEED, "need_type", "khong")


def house_lost(case: Situation, _criterion: Criterion | None = None) -> CriterionResult:
    """The house collapsed, was swept away or burnt down (Decree 20/2021, Article 15.1)."""
    return said(case.need, NEED, "disaster_damage", "mat_nha")


def must_move(case: Situation, _criterion: Criterion | None = None) -> CriterionResult:
    """Ordered to move at once (Article 15.2)."""
    return said(case.need, NEED, "disaster_damage", "di_doi")


def damaged_in_disaster(case: Situation, _criterion: Criterion | None = None) -> CriterionResult:
    """Damaged by a disaster so that nobody can live in it (Article 15.3)."""
    return said(case.need, NEED, "disaster_damage", "hu_hong_nang")


WORDS: dict[str, CriterionTest] = {
    "poor": poor,
    "poor_or_near": poor_or_near,
    "hardship": hardship,
    "merit": merit,
    "ethnic_minority": ethnic_minority,
    "in_poor_district": in_poor_district,
    "in_difficult_place": in_difficult_place,
    "in_disaster_area": in_disaster_area,
    "no_house": no_house,
    "not_durable": not_durable,
    "area_under": area_under,
    "area_under_alone": area_under_alone,
    "area_under_family": area_under_family,
    "in_difficulty": in_difficulty,
    "worn_out": worn_out,
    "temporary_or_badly_damaged": temporary_or_badly_damaged,
    "house_lost": house_lost,
    "damaged_in_disaster": damaged_in_disaster,
    "must_move": must_move,
    "never_supported": never_supported,
    "not_supported_by": not_supported_by,
    "split_off": split_off,
    "residential_land": residential_land,
    "no_land_dispute": no_land_dispute,
    "may_stand": may_stand,
    "wants_help": wants_help,
}
"""Every word a programme may use."""


def judge(case: Situation, criterion: Criterion) -> CriterionResult:
    """What a criterion comes to; a word of a newer release is not known."""
    word = WORDS.get(criterion.word)
    if word is None:
        return CriterionResult(None, (), (Lack("rule", "criterion", criterion.word),))
    return case.once(criterion.key, lambda: word(case, criterion))
