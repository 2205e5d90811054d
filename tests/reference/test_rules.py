"""The rules as values: what half-filled records, days and two rules at once come to; and what the package ships."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest

from fieldapp.reference import Rules, default_rules, defaults, rules_from

DAY = date(2025, 3, 1)


def one(survey: str, **answers: Any) -> Rules:
    """The rules of a single record."""
    return rules_from({survey: [answers]})


@pytest.mark.parametrize(
    ("day", "state"),
    [("2022-08-14", "not_yet"), ("2022-08-15", "open"), ("2025-12-31", "open"), ("2026-01-01", "ended")],
)
def test_a_programme_is_open_from_its_first_to_its_last_day(day: str, state: str) -> None:
    programme = default_rules().programme("gnbv_2022")
    assert programme is not None
    assert programme.state(date.fromisoformat(day)) == state


def test_a_programme_without_a_last_day_never_ends() -> None:
    rules = one("programme", code="x", opens_on="2021-07-01")
    assert rules.programmes[0].state(date(2199, 1, 1)) == "open"


def test_every_programme_of_2021_to_2025_ended_with_2025_and_emergency_support_alone_is_open() -> None:
    """domain: every programme of 2021-2025 ended on 31/12/2025."""
    open_ones = [one.code for one in default_rules().programmes if one.state(date(2026, 11, 28)) == "open"]
    assert open_ones == ["nd20_khan_cap"]


def test_of_two_norms_for_one_day_the_one_that_began_last_holds() -> None:
    both = [
        {"programme": "x", "need_type": "xay_moi", "amount": 50, "from_on": "2024-10-05"},
        {"programme": "x", "need_type": "xay_moi", "amount": 60, "from_on": "2024-11-10"},
    ]
    for norms in (both, both[::-1]):
        found = rules_from({"programme": [{"code": "x"}], "programme_norm": norms}).programmes[0]
        assert [found.norm("xay_moi", DAY).amount, found.norm("xay_moi", date(2024, 11, 9)).amount] == [60, 50]
        assert found.norm("xay_moi", date(2024, 10, 4)) is None


@pytest.mark.parametrize(
    ("survey", "answers"),
    [
        ("programme", {"name": "no code"}),
        ("programme_criterion", {"programme": "nowhere", "part": 1, "criterion": "poor"}),
        ("programme_norm", {"programme": "x"}),
        ("material_ruling", {"part": "roof", "material": "fibro", "durable": None}),
        ("place_status", {"place": "060@2023"}),
        ("threshold", {"code": "area_per_person", "number": "eight"}),
        ("a survey of a newer release", {"anything": 1}),
    ],
)
def test_a_record_that_is_half_filled_in_is_no_rule_and_no_failure(survey: str, answers: dict[str, Any]) -> None:
    rules = one(survey, **answers)
    assert (rules.programmes, rules.rulings, rules.statuses, rules.thresholds) == ((), (), (), ())


def test_a_ruling_of_one_law_stands_over_the_ruling_of_all() -> None:
    """TT 01/2022 Đ.4 names no metal wall; QĐ 55 Đ.1.2 does."""
    on = default_rules().on(DAY)
    assert [on.durable(law, "wall", "kim_loai") for law in ("tt01", "qd55", "nd07")] == [False, True, True]


@pytest.mark.parametrize(("part", "material"), [("roof", "fibro"), ("wall", "trinh_dat"), ("floor", "khac")])
def test_what_no_law_names_is_not_known_until_the_province_rules(part: str, material: str) -> None:
    assert default_rules().on(DAY).durable("qd55", part, material) is None
    ruling = {"part": part, "material": material, "durable": False, "from_on": "2025-02-01"}
    ruled = one("material_ruling", **ruling)
    assert ruled.on(DAY).durable("qd55", part, material) is False
    assert ruled.on(date(2025, 1, 31)).durable("qd55", part, material) is None


def test_a_status_is_not_known_while_no_place_is_listed_with_it() -> None:
    on = default_rules().on(DAY)
    assert on.has_status(["060@2023"], "poor_district") is True
    assert on.has_status(["058@2023"], "poor_district") is False
    assert on.has_status([], "poor_district") is None
    assert on.has_status(["060@2023"], "difficult_commune") is None


def test_a_status_holds_for_its_days() -> None:
    on = default_rules().on(date(2026, 1, 1))
    assert on.has_status(["060@2023"], "poor_district") is None


def test_a_code_of_a_place_means_the_place_of_its_list_alone() -> None:
    """01864 is Bộc Bố in 2023 and Bằng Thành in 2025."""
    on = one("place_status", place="01864@2023", status="difficult_commune").on(DAY)
    assert on.has_status(["01864@2025"], "difficult_commune") is False


def test_a_year_alone_is_its_first_day_at_the_start_and_its_last_at_the_end() -> None:
    found = one("programme", code="x", opens_on="2021", ends_on="2025").programmes[0]
    days = [date(2020, 12, 31), date(2021, 1, 1), date(2025, 12, 31), date(2026, 1, 1)]
    assert [found.state(day) for day in days] == ["not_yet", "open", "open", "ended"]


# --- what the package ships -----------------------------------------------------------------------------------


def test_every_shipped_record_is_a_rule() -> None:
    shipped, rules = defaults(), default_rules()
    assert len(rules.programmes) == len(shipped["programme"])
    assert sum(len(one.criteria) for one in rules.programmes) == len(shipped["programme_criterion"])
    assert sum(len(one.norms) for one in rules.programmes) == len(shipped["programme_norm"])
    assert len(rules.rulings) == len(shipped["material_ruling"])
    assert len(rules.statuses) == len(shipped["place_status"])
    assert len(rules.thresholds) == len(shipped["threshold"])


def test_every_shipped_record_has_a_legal_basis_and_norms_and_programmes_say_what_is_verified() -> None:
    for survey, records in defaults().items():
        for record in records:
            assert record["legal_basis"], (survey, record)
            assert survey not in ("programme", "programme_norm", "place_status") or record["verified"], (survey, record)


def test_no_programme_has_two_norms_for_one_kind_of_work_on_one_day() -> None:
    for programme in default_rules().programmes:
        for norm in programme.norms:
            days = [norm.span.from_on or date.min, norm.span.to_on or date.max]
            for day in days:
                same = [n for n in programme.norms if n.need_type == norm.need_type and n.span.holds_on(day)]
                assert same == [norm]


def test_the_campaign_gave_50_and_25_million_until_9_november_2024() -> None:
    programme = default_rules().programme("phatdong_2025")
    assert programme is not None
    last = date(2024, 11, 9)
    for day, amounts in ((last, [50_000_000, 25_000_000]), (last + timedelta(1), [60_000_000, 30_000_000])):
        found = [programme.norm(kind, day) for kind in ("xay_moi", "sua_chua")]
        assert [norm.amount for norm in found if norm] == amounts


def test_thresholds_are_exact() -> None:
    assert default_rules().on(DAY).number("b1_rural") == Decimal(140)
    assert default_rules().on(DAY).number("unheard_of") is None
