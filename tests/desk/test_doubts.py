"""What is missing or odd stands at the top of a record: found by one pure function, told in sentences."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from flask import Flask

from fieldapp import housing, intake, people, review
from fieldapp.db import begin_writing, db
from fieldapp.reference.current import current_rules
from fieldapp.review.doubts import BORDER_M, FAR_M, Doubt, DoubtInput, doubts, far_from
from fieldapp.surveys import SURVEYS, questions
from fieldapp.today import today
from tests.desk.conftest import Desk
from tests.pages import Page, words

DAY = date(2026, 8, 23)
VILLAGE = [(22.15, 105.83), (22.151, 105.831), (22.152, 105.832), (22.153, 105.829)]
SOUND = {
    "has_house": "nha_rieng", "area_m2": "60", "floor_material": "be_tong", "floor_condition": "tot",
    "post_material": "be_tong", "post_condition": "tot", "wall_material": "gach_da", "wall_condition": "tot",
    "roof_material": "be_tong", "roof_condition": "tot", "in_danger_of_collapse": False, "leaks": False,
    "leaning_or_cracked": False, "visited_on": "2026-08-01",
}  # fmt: skip


def kinds(survey: str, answers: dict[str, Any], **around: Any) -> dict[str, tuple[Any, ...]]:
    whole = {name: answers.get(name) for name in questions(survey)}
    return dict(doubts(DoubtInput(SURVEYS[survey], whole, **around), DAY))


def at(point: tuple[float, float]) -> dict[str, Any]:
    return {"lat": f"{point[0]:.6f}", "lon": f"{point[1]:.6f}", "accuracy_m": 8, "at": None, "source": "gps"}


def test_a_household_without_a_position_is_told_and_one_far_from_its_village_with_the_metres() -> None:
    assert "no_position" in kinds("household", {})
    assert not {"no_position", "far"} & kinds("household", {"location": at((22.1515, 105.8315))}, houses=VILLAGE).keys()
    found = kinds("household", {"location": at((22.35, 105.83))}, houses=VILLAGE)
    assert found["far"][0] == pytest.approx(21_900, abs=200)


def test_a_position_is_outside_its_commune_only_well_beyond_a_border_that_is_drawn_roughly() -> None:
    here = {"location": at((22.1515, 105.8315))}
    assert "outside" not in kinds("household", here, outside=BORDER_M)
    assert kinds("household", here, outside=2345.6)["outside"] == (2346,)


def test_a_house_in_another_commune_is_told_on_its_page_in_the_queue_and_is_not_approved_with_many(
    desk: Desk, page: Callable[..., Page], as_: Callable[[str], Any]
) -> None:
    record = desk.one("household", "waiting")
    with desk.inside():
        begin_writing()
        intake.save("household", record, {"location": at((21.60, 105.85))}, account=people.find_account("quan"))
        db.session.commit()
    assert "ngoài ranh giới xã" in page(f"/records/{record}", "binh").text
    left = page("/review/bulk?survey=household", "binh").text
    assert "Vị trí nằm ngoài xã" in left


def test_a_house_astray_vouches_for_nobody_and_of_two_houses_nobody_can_tell() -> None:
    lost = (22.6, 105.83)
    assert far_from(lost, [*VILLAGE, (22.601, 105.83)]) > FAR_M
    assert far_from(lost, VILLAGE[:2]) == 0


def test_a_sound_house_for_which_a_new_one_is_asked_is_a_contradiction_and_a_weak_one_is_none(context: Flask) -> None:
    rules, home = current_rules(db.session()), {"members": 4, "poverty_class": "ngheo"}
    for changed, contradicts in NEEDS:
        need = {**SOUND, "need_type": "xay_moi", **changed}
        law = housing.assess(home, need, rules=rules, day=DAY)
        assert ("sound_house" in kinds("housing_need", need, law=law)) is contradicts, law.difficulty


NEEDS: list[tuple[dict[str, Any], bool]] = [
    ({}, True),
    ({"need_type": "sua_chua"}, False),
    ({"in_danger_of_collapse": True}, False),
    ({"wall_material": "phen_nua", "roof_material": "la_co"}, False),
    ({"wall_material": "khac", "roof_material": "khac"}, False),
]
"""What is asked for and found, and whether that contradicts itself; of what is not known nobody says so."""


def test_photos_of_other_households_and_photos_that_are_missing_are_told() -> None:
    found = kinds("housing_need", SOUND, photos={"a" * 64: ["one", "two"], "b" * 64: ["two"]})
    assert found["photo_elsewhere"] == ("one", "two")
    assert "no_photo" in found
    assert not any("photo" in name for name in found["missing"]), "each is told once"


def test_the_page_the_queue_and_the_function_tell_of_the_same(desk: Desk, page: Callable[..., Page]) -> None:
    odd = desk.one("household", "waiting")
    desk.save("household", odd, {"location": None})
    with desk.inside():
        record = db.session.get(SURVEYS["household"], odd)
        assert record
        assert Doubt("no_position") in review.doubts_about([record], today())[odd]
    panel = words(page(f"/records/{odd}", "binh").find(".//section[@aria-labelledby='findings']"))
    assert "Hộ chưa có vị trí." in panel
    row = next(
        li
        for li in page("/review?survey=household").all(".//ol[@class='rows']/li")
        if odd in str(li.find(".//a").get("href"))
    )
    assert "Chưa có vị trí" in words(row)
