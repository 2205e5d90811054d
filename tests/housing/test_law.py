"""The law of housing support beside its cases: parts of a house, order, payments, finished houses, whatever is said."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp import housing
from fieldapp.housing import Assessment, assess, rank_key
from fieldapp.reference import default_rules
from fieldapp.surveys.choices import choices
from tests.surveys.answers import answers

DAY = date(2025, 3, 1)
RULES = default_rules()
ON = RULES.on(DAY)
HOUSEHOLD: dict[str, Any] = {
    "members": 5,
    "poverty_class": "ngheo",
    "ethnic_group": "tay",
    "vulnerable": ["khong"],
    "disabled": 0,
    "birth_date": "1980",
    "elderly_60_plus": 0,
    "frequent_disaster_area": False,
}
SOUND: dict[str, Any] = {
    "visited_on": "2025-03-01",
    "has_house": "nha_rieng",
    "area_m2": "60",
    "floor_material": "be_tong",
    "post_material": "be_tong",
    "wall_material": "gach_da",
    "roof_material": "ngoi",
    "roof_frame": "go_ben_chac",
    "in_danger_of_collapse": False,
}


def law(household: dict[str, Any] | None = None, **need: Any) -> Assessment:
    """What the law says of a poor Tày household of five in a sound house, with these answers changed."""
    return assess({**HOUSEHOLD, **(household or {})}, {**SOUND, **need}, rules=RULES, places=["060@2023"], day=DAY)


def named(found: Assessment, by: str) -> dict[str, bool | None]:
    """The structures of the house and whether each is durable."""
    return {name: part.met for name, part in found.parts(by).named.items()}


def test_decree_07_looks_at_posts_walls_and_roof_and_not_at_the_floor() -> None:
    """NĐ 07/2021, chỉ số 7: tường, cột, mái."""
    found = law(floor_material="dat", wall_material="phen_nua")
    assert named(found, "nd07") == {"posts": True, "walls": False, "roof": True}
    assert named(found, "tt01") == {"floor": False, "frame": False, "roof": True}
    assert [found.parts(by).flimsy.met for by in ("nd07", "tt01")] == [False, True]


def test_what_hangs_on_a_ruling_names_the_material_and_what_was_not_asked_names_the_question() -> None:
    """QĐ 55 Đ.1.2: local materials are listed by the province."""
    flimsy = law(floor_material="dat", roof_material="fibro", wall_material="trinh_dat").parts("qd55").flimsy
    assert flimsy.lacks == (("ruling", "wall_material", "trinh_dat"), ("ruling", "roof_material", "fibro"))
    assert law(floor_material="dat", roof_frame=None).parts("qd55").flimsy.lacks == (
        ("answer", "housing_need", "roof_frame"),
    )


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
    assert law(**changed).house_type_gso == kind


def test_the_list_is_in_the_order_of_the_law_then_least_floor_then_most_people() -> None:
    """TT 01/2022 Đ.5."""
    kinh = {"ethnic_group": "kinh"}
    found = [
        law(in_danger_of_collapse=True),
        law(has_house="khong"),
        law({"members": 10}, area_m2="40"),
        law({"members": 5}, area_m2="20"),
        law(),
        law({"members": 1}, area_m2="120"),
        law(area_m2=None),
        law({**kinh, "vulnerable": ["nguoi_co_cong"]}, in_danger_of_collapse=True),
        law({**kinh, "vulnerable": ["mo_coi"]}),
        law({**kinh, "disabled": 1}),
        law({**kinh, "frequent_disaster_area": True}),
        law(kinh),
        law({"poverty_class": "khac"}, in_danger_of_collapse=True),
    ]
    keys = [rank_key(one) for one in found]
    assert keys == sorted(keys)
    assert len(set(keys)) == len(keys)


def test_people_of_merit_have_their_own_order() -> None:
    """NĐ 131/2021 Đ.102.6: danger of collapse first, whoever is poorer."""
    merit = {"vulnerable": ["nguoi_co_cong"], "ethnic_group": "kinh", "poverty_class": "khac"}
    found = [
        law(merit, in_danger_of_collapse=True),
        law({**merit, "elderly_60_plus": 1}),
        law({**merit, "ethnic_group": "tay"}),
        law({**merit, "poverty_class": "ngheo"}),
        law({**merit, "frequent_disaster_area": True}),
        law(merit),
        law(),
    ]
    keys = [rank_key(one, "merit") for one in found]
    assert keys == sorted(keys)
    assert [one.merit.main for one in found] == ["1", "2", "3", "4", "5", None, None]


def test_a_class_that_hangs_on_an_answer_says_on_which() -> None:
    found = law({"ethnic_group": None, "frequent_disaster_area": None})
    assert found.general.main == "e"
    assert [lack.name for lack in found.general.lacks] == ["ethnic_group", "frequent_disaster_area"]


def test_the_classes_are_worded_as_the_law_words_them() -> None:
    assert tuple(choice.code for choice in choices("priority_tt01")) == housing.CLASSES


@pytest.mark.parametrize(
    ("score", "place", "doubts"),
    [
        (140, "01858@2023", ()),
        (141, "01858@2023", ("b1_above_limit",)),
        (141, "01834@2023", ()),
        (176, "01834@2023", ("b1_above_limit",)),
    ],
)
def test_b1_is_at_most_140_in_rural_and_175_in_urban_places(score: int, place: str, doubts: tuple[str, ...]) -> None:
    found = assess({**HOUSEHOLD, "b1_score": score}, SOUND, rules=RULES, places=[place], day=DAY)
    assert found.doubts == doubts


def test_moving_elsewhere_gets_the_norm_of_a_new_house_where_a_programme_has_none_for_it() -> None:
    """NĐ 20/2021 Đ.15.2 alone has a norm for relocation."""
    norms = {one.code: norm.amount for one in law().verdicts if (norm := one.norm("di_chuyen"))}
    assert norms["nd20_khan_cap"] == 30_000_000
    assert norms["phatdong_2025"] == 60_000_000


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
    found = housing.tranches(ON, "gnbv_2022", kind, 40_000_000, milestone)
    assert [tranche.amount for tranche in found] == [28_000_000, 12_000_000]
    assert [tranche.due for tranche in found] == due


@given(st.integers(0, 10**11))
def test_both_payments_add_up_to_the_approved_amount(approved: int) -> None:
    found = housing.tranches(ON, "gnbv_2022", "xay_moi", approved, "5")
    assert sum(tranche.amount for tranche in found) == approved


def test_a_programme_that_fixes_no_payments_has_none() -> None:
    assert housing.tranches(ON, "phatdong_2025", "xay_moi", 60_000_000, "5") == ()


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


FINISHED = {
    "finished_area_m2": "30",
    "floor_hard": True,
    "frame_hard": True,
    "roof_hard": True,
    "lasts_20_years": True,
}


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
    assert housing.is_as_required({**FINISHED, **changed}, ON) is met


@pytest.mark.parametrize(
    ("changed", "members", "met"),
    [
        ({}, 4, True),
        ({"finished_area_m2": "29.9"}, 4, False),
        ({"finished_area_m2": "24"}, 1, True),
        ({"finished_area_m2": "23.9"}, 1, False),
        ({"finished_area_m2": "24"}, None, None),
        ({"need_type": "sua_chua", "finished_area_m2": "12", "floor_hard": False}, 4, True),
        ({"need_type": "sua_chua", "roof_hard": False}, 4, False),
        ({"need_type": "sua_chua", "lasts_20_years": False, "lasts_10_years": True}, 4, True),
        ({"need_type": "sua_chua", "lasts_20_years": False, "lasts_10_years": False}, 4, False),
        ({"need_type": "sua_chua", "lasts_20_years": False}, 4, None),
    ],
)
def test_people_of_merit_have_their_own_rule_for_finished_houses(
    changed: dict[str, Any], members: int | None, met: bool | None
) -> None:
    """NĐ 131/2021 Đ.102.3: new 30 m², alone 24; repaired: walls and roof hard, 10 years, no area."""
    assert housing.is_as_required({**FINISHED, **changed}, ON, order="merit", members=members) is met


@settings(deadline=None, max_examples=25)
@given(answers("household"), answers("housing_need"), answers("progress_visit"), st.sampled_from(["060@2023", "x"]))
def test_the_law_has_an_answer_to_whatever_was_answered(home: Any, house: Any, visit: Any, place: str) -> None:
    found = assess(home, house, rules=RULES, places=[place])
    assert set(housing.as_json(found)["programmes"]) == {one.code for one in RULES.programmes}
    assert sorted([rank_key(found), rank_key(assess({}, {}, rules=RULES))])
    assert housing.stage(visit) in (None, "not_started", "building", "complete")
    assert housing.is_as_required(visit, ON) in (None, True, False)
