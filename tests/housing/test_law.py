"""The law of housing support, case by case; the reason of each is the article it comes from."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp import housing
from fieldapp.housing import Assessment, assess
from fieldapp.surveys.choices import choices
from tests.surveys.answers import answers

BEFORE, AFTER = date(2023, 8, 1), date(2025, 3, 1)
HOUSEHOLD: dict[str, Any] = {
    "members": 5,
    "poverty_class": "ngheo",
    "ethnic_group": "tay",
    "vulnerable": ["khong"],
    "disabled": 0,
    "frequent_disaster_area": False,
    "split_off": False,
}
SOUND: dict[str, Any] = {
    "visited_on": "2023-08-01",
    "has_house": "nha_rieng",
    "area_m2": "60",
    "floor_material": "be_tong",
    "post_material": "be_tong",
    "wall_material": "gach_da",
    "roof_material": "ngoi",
    "built_year": 2015,
    "was_repaired": False,
    "in_danger_of_collapse": False,
    "leaning_or_cracked": False,
    "land_status": "co_gcn",
    "has_land_dispute": False,
    "supported_before": False,
    "need_type": "xay_moi",
}
FLIMSY = {"floor_material": "dat", "post_material": "go_tap", "wall_material": "phen_nua"}


def need(**changed: Any) -> dict[str, Any]:
    """A sound house, with these answers changed."""
    return {**SOUND, **changed}


def household(**changed: Any) -> dict[str, Any]:
    """A poor Tày household of five, with these answers changed."""
    return {**HOUSEHOLD, **changed}


def eligible(found: Assessment, rule_set: str) -> bool | None:
    """What one rule set says."""
    return next(verdict.eligible for verdict in found.verdicts if verdict.rule_set == rule_set)


# --- the three structures -------------------------------------------------------------------------------------


def test_the_frame_is_durable_only_when_posts_and_walls_both_are() -> None:
    """TT 01/2022 Đ.4: khung cứng and tường cứng."""
    assert housing.parts(need(wall_material="phen_nua"), "tt01").named == {"floor": True, "frame": False, "roof": True}
    assert housing.parts(need(post_material="tre"), "tt01").named == {"floor": True, "frame": False, "roof": True}


def test_metal_walls_are_durable_by_decision_55_and_not_by_circular_01() -> None:
    """QĐ 55/QĐ-BXD names metal among durable walls; TT 01/2022 Đ.4 names brick, stone and solid wood."""
    assert housing.parts(need(wall_material="kim_loai"), "tt01").named["frame"] is False
    assert housing.parts(need(wall_material="kim_loai"), "qd55").named["frame"] is True


@pytest.mark.parametrize(("roof", "durable"), [("ton_chac", True), ("ton_tam", False), ("be_tong", True)])
def test_a_metal_roof_is_durable_only_on_a_sturdy_support(roof: str, durable: bool) -> None:
    """QĐ 55/QĐ-BXD, tiêu chí 2."""
    assert housing.parts(need(roof_material=roof), "qd55").named["roof"] is durable


def test_a_wooden_floor_on_stilts_is_durable() -> None:
    """QĐ 55/QĐ-BXD: nền gỗ."""
    assert housing.parts(need(floor_material="go"), "qd55").named["floor"] is True


def test_decree_07_looks_at_posts_walls_and_roof_and_not_at_the_floor() -> None:
    """NĐ 07/2021, chỉ số 7: tường, cột, mái."""
    found = need(floor_material="dat", wall_material="phen_nua")
    assert housing.parts_nd07(found).named == {"posts": True, "walls": False, "roof": True}
    assert housing.parts_nd07(found).is_flimsy is False
    assert housing.parts(found, "tt01").is_flimsy is True


def test_two_of_three_that_are_not_durable_make_a_flimsy_house() -> None:
    """TT 01/2022 Đ.3; QĐ 55, tiêu chí 2."""
    assert housing.parts(need(floor_material="dat"), "qd55").is_flimsy is False
    assert housing.parts(need(floor_material="dat", roof_material="la_co"), "qd55").is_flimsy is True


def test_a_material_nobody_has_ruled_on_is_named_and_counts_as_not_durable_until_then() -> None:
    """QĐ 55: local materials are listed by the province."""
    found = housing.parts(need(roof_material="fibro", wall_material="trinh_dat"), "qd55")
    assert found.unruled == ("wall_material", "roof_material")
    assert found.is_flimsy is True


def test_a_part_that_was_not_answered_leaves_the_question_open() -> None:
    assert housing.parts(need(floor_material="dat", roof_material=None), "qd55").is_flimsy is None
    assert housing.parts(need(roof_material=None), "qd55").is_flimsy is False
    assert housing.parts({}, "qd55").is_flimsy is None


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({}, "1"),
        ({"roof_material": "la_co"}, "2"),
        ({"roof_material": "la_co", "wall_material": "bat"}, "3"),
        ({"roof_material": "la_co", "wall_material": "bat", "post_material": "tre"}, "4"),
        ({"roof_material": None}, None),
    ],
)
def test_the_type_of_the_statistics_office_counts_posts_walls_and_roof(changed: dict[str, Any], kind: str) -> None:
    assert housing.house_type_gso(need(**changed)) == kind


# --- floor area -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("area", "lacks"), [("40", False), ("39.99", True), ("39.98", True), ("45", False)])
def test_under_8_square_metres_a_person_is_too_little(area: str, lacks: bool) -> None:
    """TT 01/2022 Đ.3; NĐ 07/2021, chỉ số 8."""
    assert housing.lacks_area(household(), need(area_m2=area), "tt01") is lacks


@pytest.mark.parametrize(
    ("members", "area", "lacks"),
    [
        (1, "17.9", True),  # a single person: under 18 m²
        (1, "18", False),
        (1, "20", False),
        (5, "29.9", True),  # a family: under 30 m² and under 8 m² a person
        (5, "30", False),  # 6 m² a person, but 30 m² in all
        (3, "29", False),  # under 30 m², but more than 8 m² a person
    ],
)
def test_decision_55_asks_for_18_m2_alone_and_for_30_m2_and_8_m2_a_person_in_a_family(
    members: int, area: str, lacks: bool
) -> None:
    """QĐ 55/QĐ-BXD, tiêu chí 1."""
    assert housing.lacks_area(household(members=members), need(area_m2=area), "qd55") is lacks


def test_area_per_person_is_cut_and_not_rounded_up_to_the_limit() -> None:
    assert housing.area_per_person(household(members=3), need(area_m2="23.99")) == Decimal("7.99")


# --- difficulty -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "kind"),
    [
        ({}, "none"),
        ({"area_m2": "20"}, "area"),
        (FLIMSY, "quality"),
        ({**FLIMSY, "area_m2": "20"}, "both"),
        ({"has_house": "o_nho_thue"}, "quality"),
        ({"has_house": "khong"}, "quality"),
        ({"area_m2": None}, None),
        ({"has_house": None, "area_m2": None}, None),
    ],
)
def test_difficulty_is_by_area_by_quality_both_or_none(changed: dict[str, Any], kind: str | None) -> None:
    """Report of 14/09/2022: 4.503 by area, 9.185 by quality; the app tells both from either."""
    assert housing.difficulty(household(), need(**changed)) == kind


def test_the_text_in_force_on_the_day_of_the_visit_decides() -> None:
    """QĐ 55/QĐ-BXD of 20/01/2025: 6 m² a person in 30 m² was too little before, and is not since."""
    assert housing.difficulty(household(), need(area_m2="30", visited_on="2025-01-19")) == "area"
    assert housing.difficulty(household(), need(area_m2="30", visited_on="2025-01-20")) == "none"


def test_a_durable_house_wears_out_after_20_years_without_repair_when_it_is_unsafe() -> None:
    """QĐ 55/QĐ-BXD, tiêu chí 3."""
    old = {"built_year": 2004, "in_danger_of_collapse": True, "visited_on": "2025-03-01"}
    assert housing.difficulty(household(), need(**old)) == "quality"
    assert housing.difficulty(household(), need(**{**old, "built_year": 2006})) == "none"
    assert housing.difficulty(household(), need(**{**old, "was_repaired": True})) == "none"
    assert housing.difficulty(household(), need(**{**old, "in_danger_of_collapse": False})) == "none"
    assert housing.difficulty(household(), need(**{**old, "visited_on": "2024-12-31"})) == "none"


# --- who may be helped ----------------------------------------------------------------------------------------


def test_circular_01_asks_for_poor_quality_and_little_area_or_for_either_by_the_setting() -> None:
    """TT 01/2022 Đ.3, read in two ways."""
    flimsy = need(**FLIMSY)
    assert eligible(assess(household(), flimsy), "gnbv_2022") is False
    assert eligible(assess(household(), flimsy, both_needed=False), "gnbv_2022") is True
    assert eligible(assess(household(), need(**FLIMSY, area_m2="20")), "gnbv_2022") is True


def test_a_household_without_a_house_has_no_floor_to_measure() -> None:
    """TT 01/2022 Đ.3: chưa có nhà ở."""
    assert eligible(assess(household(), need(has_house="o_nho_thue", area_m2=None)), "gnbv_2022") is True


@pytest.mark.parametrize(("year", "fits"), [(2019, True), (2020, False), (None, None)])
def test_a_household_must_have_split_off_three_years_before(year: int | None, fits: bool | None) -> None:
    """TT 01/2022 Đ.3; in force on 15/08/2022."""
    found = assess(household(split_off=True, split_off_year=year), need(has_house="cung_cha_me"))
    assert eligible(found, "gnbv_2022") is fits


@pytest.mark.parametrize("rule_set", ["gnbv_2022", "phatdong_2025", "dtts_2021", "xahoihoa_bk"])
def test_nobody_is_helped_twice(rule_set: str) -> None:
    """TT 01/2022 Đ.3: chưa được hỗ trợ."""
    shack = need(**FLIMSY, area_m2="20")
    assert eligible(assess(household(), shack), rule_set) is True
    assert eligible(assess(household(), {**shack, "supported_before": True}), rule_set) is False


@pytest.mark.parametrize(
    "changed",
    [
        {"land_status": "dat_rung"},
        {"land_status": "khong_co"},
        {"has_land_dispute": True},
        {"must_be_demolished": True},
    ],
)
def test_the_campaign_needs_residential_land_without_dispute_and_a_house_that_may_stand(
    changed: dict[str, Any],
) -> None:
    """QĐ 55/QĐ-BXD: đất ở không tranh chấp; không thuộc diện phải phá dỡ."""
    assert eligible(assess(household(), need(**FLIMSY)), "phatdong_2025") is True
    assert eligible(assess(household(), need(**FLIMSY, **changed)), "phatdong_2025") is False


def test_what_the_survey_cannot_know_is_left_to_a_person() -> None:
    """NĐ 28/2022: a poor Kinh household only in an extremely difficult commune or village."""
    assert eligible(assess(household(ethnic_group="kinh"), need(**FLIMSY)), "dtts_2021") is None


def test_a_household_that_is_not_poor_is_helped_only_for_merit() -> None:
    """QĐ 21/2024/QĐ-TTg knows no poverty class."""
    found = assess(household(poverty_class="khac", vulnerable=["nguoi_co_cong"]), need(**FLIMSY))
    said = {verdict.rule_set: verdict.eligible for verdict in found.verdicts}
    assert {name for name, fits in said.items() if fits} == {"ncc_2024"}


def test_every_condition_names_its_article_and_every_rule_set_exists() -> None:
    found = assess(household(), need())
    assert {verdict.rule_set for verdict in found.verdicts} < set(housing.rule_sets())
    assert all(one.basis and str(one.text) for verdict in found.verdicts for one in verdict.criteria)


# --- priority -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "letter"),
    [
        ({}, "a"),
        ({"ethnic_group": "kinh", "vulnerable": ["nguoi_co_cong"]}, "b"),
        ({"ethnic_group": "kinh", "vulnerable": ["bao_tro_xa_hoi"]}, "c"),
        ({"poverty_class": "can_ngheo", "vulnerable": ["bao_tro_xa_hoi"]}, "c"),
        ({"poverty_class": "can_ngheo", "vulnerable": ["nguoi_co_cong"]}, "e"),
        ({"ethnic_group": "kinh", "vulnerable": ["cao_tuoi_neo_don"]}, "d"),
        ({"ethnic_group": "kinh", "disabled": 1}, "d"),
        ({"ethnic_group": "kinh", "frequent_disaster_area": True}, "dd"),
        ({"ethnic_group": "kinh"}, "e"),
        ({"poverty_class": "can_ngheo"}, "e"),
        ({"poverty_class": "moi_thoat_ngheo"}, None),
        ({"poverty_class": None}, None),
    ],
)
def test_the_priority_class_is_the_first_that_fits(changed: dict[str, Any], letter: str | None) -> None:
    """TT 01/2022 Đ.5.1, điểm a đến e."""
    assert housing.priority_class(household(**changed)) == letter


def test_within_a_class_a_house_about_to_collapse_comes_before_no_house() -> None:
    """TT 01/2022 Đ.5.2."""
    assert housing.priority_subclass(need(in_danger_of_collapse=True)) == "a"
    assert housing.priority_subclass(need(has_house="o_nho_thue", in_danger_of_collapse=True)) == "b"
    assert housing.priority_subclass(need()) is None


def test_the_list_is_in_the_order_of_the_law_then_least_floor_then_most_people() -> None:
    """TT 01/2022 Đ.5."""
    cases = {
        "collapsing": (household(), need(in_danger_of_collapse=True)),
        "no house": (household(), need(has_house="khong")),
        "small, many": (household(members=10), need(area_m2="40")),
        "small, few": (household(members=5), need(area_m2="20")),
        "large": (household(), need()),
        "merit": (household(ethnic_group="kinh", vulnerable=["nguoi_co_cong"]), need(in_danger_of_collapse=True)),
        "not poor": (household(poverty_class="khac"), need(in_danger_of_collapse=True)),
    }
    ranked = [housing.rank_key(*case) for case in cases.values()]
    assert ranked == sorted(ranked)
    assert len(set(ranked)) == len(ranked)


def test_the_classes_are_worded_as_the_law_words_them() -> None:
    assert tuple(choice.code for choice in choices("priority_tt01")) == housing.CLASSES


# --- money and progress ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "kind", "amounts"),
    [
        (BEFORE, "xay_moi", {"gnbv_2022": 40, "dtts_2021": 40, "xahoihoa_bk": 50, "nd20_khan_cap": 40}),
        (BEFORE, "sua_chua", {"gnbv_2022": 20, "nd20_khan_cap": 20}),
        (date(2022, 8, 14), "xay_moi", {"dtts_2021": 40, "xahoihoa_bk": 50, "nd20_khan_cap": 40}),
        (
            AFTER,
            "sua_chua",
            {"gnbv_2022": 20, "phatdong_2025": 30, "ncc_2024": 30, "nd20_khan_cap": 20},
        ),
        (date(2026, 1, 1), "di_chuyen", {"nd20_khan_cap": 40}),
    ],
)
def test_norms_follow_the_rule_set_and_the_day(day: date, kind: str, amounts: dict[str, int]) -> None:
    """TT 01/2022 and TT 55/2023; QĐ 55 with 60/30; QĐ 21/2024; NĐ 20/2021 Đ.15. In millions of đồng."""
    assert housing.norms(kind, day) == {name: million * 1_000_000 for name, million in amounts.items()}


@pytest.mark.parametrize(
    ("kind", "milestone", "due"),
    [
        ("xay_moi", None, [False, False]),
        ("xay_moi", "1", [False, False]),
        ("xay_moi", "2", [True, False]),
        ("di_chuyen", "4", [True, False]),
        ("xay_moi", "5", [True, True]),
        ("sua_chua", "1", [False, False]),
        ("sua_chua", "2", [True, False]),
        ("sua_chua", "3", [True, True]),
    ],
)
def test_70_percent_at_the_foundation_and_30_at_completion(kind: str, milestone: str | None, due: list[bool]) -> None:
    """TT 55/2023/TT-BTC Đ.75."""
    found = housing.tranches(housing.rule_sets()["gnbv_2022"], kind, 40_000_000, milestone)
    assert [tranche.amount for tranche in found] == [28_000_000, 12_000_000]
    assert [tranche.due for tranche in found] == due


@given(st.integers(0, 10**11))
def test_both_payments_add_up_to_the_approved_amount(approved: int) -> None:
    found = housing.tranches(housing.rule_sets()["gnbv_2022"], "xay_moi", approved, "5")
    assert sum(tranche.amount for tranche in found) == approved


def test_a_programme_that_fixes_no_payments_has_none() -> None:
    assert housing.tranches(housing.rule_sets()["phatdong_2025"], "xay_moi", 60_000_000, "5") == ()


@pytest.mark.parametrize(
    ("kind", "milestone", "stage"),
    [
        ("xay_moi", "0", "not_started"),
        ("xay_moi", "1", "building"),
        ("xay_moi", "3", "building"),
        ("xay_moi", "5", "complete"),
        ("di_chuyen", "5", "complete"),
        ("sua_chua", "0", "not_started"),
        ("sua_chua", "2", "building"),
        ("sua_chua", "3", "complete"),
        ("sua_chua", None, None),
    ],
)
def test_milestones_are_stages(kind: str, milestone: str | None, stage: str | None) -> None:
    question = "milestone_repair" if kind == "sua_chua" else "milestone_new"
    assert housing.stage({"need_type": kind, question: milestone}) == stage
    assert housing.stage({question: milestone}) == stage


def test_a_milestone_of_another_kind_of_work_counts_for_nothing() -> None:
    assert housing.stage({"need_type": "sua_chua", "milestone_new": "5", "milestone_repair": "1"}) == "building"


@pytest.mark.parametrize(
    ("changed", "met"),
    [
        ({}, True),
        ({"finished_area_m2": "29.9"}, False),
        ({"roof_hard": False}, False),
        ({"lasts_20_years": False}, False),
        ({"floor_hard": None}, None),
        ({"floor_hard": None, "frame_hard": False}, False),
    ],
)
def test_a_finished_house_has_30_m2_three_hards_and_20_years(changed: dict[str, Any], met: bool | None) -> None:
    """TT 01/2022 Đ.4."""
    visit = {
        "finished_area_m2": "30",
        "floor_hard": True,
        "frame_hard": True,
        "roof_hard": True,
        "lasts_20_years": True,
    }
    assert housing.is_as_required({**visit, **changed}) is met


# --- whatever is answered -------------------------------------------------------------------------------------


@settings(deadline=None, max_examples=100)
@given(answers("household"), answers("housing_need"), answers("progress_visit"))
def test_the_law_has_an_answer_to_whatever_was_answered(home: Any, house: Any, visit: Any) -> None:
    found = assess(home, house)
    assert found.difficulty in (None, "area", "quality", "both", "none")
    assert sorted([found.rank_key, assess({}, {}).rank_key])
    assert housing.stage(visit) in (None, "not_started", "building", "complete")
    assert housing.is_as_required(visit) in (None, True, False)
