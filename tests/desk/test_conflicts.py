"""Two answers to one question: both stay, both are shown, and a person settles which one holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient

from sync import WITHDRAWN
from tests.desk.conftest import Desk
from tests.pages import Page, check_page, words


def disagree(desk: Desk, need: str) -> None:
    """Two people answer the same question, neither having seen the other's answer."""
    seen = {"own_money": desk.answer("housing_need", need, "heads").get("own_money", [])}
    desk.save("housing_need", need, {"own_money": 11_000_000}, "lan", knowing=seen)
    desk.save("housing_need", need, {"own_money": 22_000_000}, "binh", knowing=seen)


def choices(page: Page) -> tuple[str, list[str]]:
    """The heads a settlement must name, and those to choose from."""
    form = page.find(".//section[@aria-labelledby='conflict-own_money']//form")
    seen = next(field.get("value") for field in form.iter("input") if field.get("name") == "seen")
    return seen or "", [field.get("value") or "" for field in form.iter("input") if field.get("name") == "head"]


def test_both_answers_are_shown_with_their_authors(desk: Desk, page: Callable[..., Page]) -> None:
    need = desk.one("housing_need", "waiting")
    disagree(desk, need)
    assert desk.status("housing_need", need) == "contested"
    found = page(f"/records/{need}")
    assert "Chưa khớp: Tiền tự có" in found.text
    for part in ("11.000.000 đồng", "22.000.000 đồng", "Hoàng Thị Lan, máy này", "Nông Văn Bình, máy này"):
        assert part in found.text


@pytest.mark.parametrize("which", [0, 1])
def test_a_settled_conflict_is_gone_and_both_answers_stay_in_the_history(
    desk: Desk, as_: Callable[[str], FlaskClient], page: Callable[..., Page], which: int
) -> None:
    need = desk.one("housing_need", "waiting")
    disagree(desk, need)
    seen, heads = choices(page(f"/records/{need}"))
    form = {"question": "own_money", "head": heads[which], "seen": seen}
    assert as_("binh").post(f"/records/{need}/settlements", data=form).status_code == 302
    assert desk.status("housing_need", need) == "waiting"
    assert desk.answer("housing_need", need, "own_money") == (22_000_000, 11_000_000)[which]
    history = page(f"/records/{need}")
    assert "11.000.000 đồng" in history.text
    assert "22.000.000 đồng" in history.text


def test_nothing_is_settled_when_a_third_answer_came_meanwhile(
    desk: Desk, as_: Callable[[str], FlaskClient], page: Callable[..., Page]
) -> None:
    need = desk.one("housing_need", "waiting")
    before = {"own_money": desk.answer("housing_need", need, "heads").get("own_money", [])}
    disagree(desk, need)
    seen, heads = choices(page(f"/records/{need}"))
    desk.save("housing_need", need, {"own_money": 33_000_000}, "lan", knowing=before)
    form = {"question": "own_money", "head": heads[0], "seen": seen}
    answer = as_("binh").post(f"/records/{need}/settlements", data=form)
    assert answer.status_code == 409
    assert "33.000.000 đồng" in check_page(answer.get_data(as_text=True), "vi").text
    assert desk.status("housing_need", need) == "contested"


@pytest.mark.parametrize(("chosen", "gone"), [("Giữ lại bản ghi", False), ("Rút bản ghi", True)])
def test_a_withdrawal_beside_an_edit_is_settled_either_way(
    desk: Desk, as_: Callable[[str], FlaskClient], page: Callable[..., Page], chosen: str, gone: bool
) -> None:
    need = desk.one("housing_need", "waiting")
    heads: dict[str, Any] = desk.answer("housing_need", need, "heads")
    desk.save("housing_need", need, {"own_money": 44_000_000}, "lan")
    desk.save("housing_need", need, {WITHDRAWN: True}, "binh", knowing=heads)
    assert desk.status("housing_need", need) == "contested"
    found = page(f"/records/{need}")
    form = found.find(f".//section[@aria-labelledby='conflict-{WITHDRAWN}']//form")
    assert form.find(".//a") is None, "a record is withdrawn or it is not: no other answer can be typed"
    assert [words(each) for each in form.iter("button")] == ["Chọn câu trả lời này"]
    fields = {field.get("name"): field.get("value") for field in form.iter("input")}
    sides = {words(label): label.find("input") for label in form.iter("label")}
    [side] = [field for said, field in sides.items() if said.startswith(chosen) and field is not None]
    answer = as_("binh").post(f"/records/{need}/settlements", data={**fields, "head": side.get("value")})
    assert answer.status_code == 302
    assert desk.answer("housing_need", need, "withdrawn") is gone
    assert desk.answer("housing_need", need, "contested") is False


def test_a_conflict_elsewhere_is_settled_by_nobody_here(desk: Desk, as_: Callable[[str], FlaskClient]) -> None:
    form = {"question": "own_money", "head": "0" * 32, "seen": ""}
    assert as_("binh").post(f"/records/{desk.elsewhere()}/settlements", data=form).status_code == 404


def test_the_sample_has_a_conflict_and_the_leader_only_reads_it(desk: Desk, page: Callable[..., Page]) -> None:
    need = desk.one("housing_need", "contested")
    found = page(f"/records/{need}", "dung")
    assert "Chưa khớp" in found.text
    assert not found.all(".//input[@name='head']")


def test_each_answer_is_shown_with_the_photos_that_were_sent_with_it(desk: Desk, page: Callable[..., Page]) -> None:
    need = desk.one("housing_need", "waiting")
    photos, heads = desk.answer("housing_need", need, "photo_front"), desk.answer("housing_need", need, "heads")
    inside = desk.answer("housing_need", need, "photo_inside")
    desk.save("housing_need", need, {"own_money": 11_000_000, "photo_front": inside}, "lan", knowing=heads)
    desk.save("housing_need", need, {"own_money": 22_000_000, "photo_inside": photos}, "binh", knowing=heads)
    sides = page(f"/records/{need}").all(".//section[@aria-labelledby='conflict-own_money']//label")
    shown = {words(side)[:10]: [img.get("src") or "" for img in side.iter("img")] for side in sides}
    assert [inside[0]["sha256"] in src for src in shown["11.000.000"]] == [True]
    assert [photos[0]["sha256"] in src for src in shown["22.000.000"]] == [True]


def test_a_third_answer_typed_in_the_office_settles_it_and_the_enumerators_can_be_asked_instead(
    desk: Desk, as_: Callable[[str], FlaskClient], page: Callable[..., Page]
) -> None:
    need = desk.one("housing_need", "waiting")
    disagree(desk, need)
    found = page(f"/records/{need}").find(".//section[@aria-labelledby='conflict-own_money']")
    assert found.find(".//button[@data-pin='own_money']") is not None
    there = found.find(".//form//a").get("href") or ""
    drawn = page(there.partition("#")[0])
    assert drawn.all(f".//*[@id='{there.partition('#')[2]}']"), "the link leads to the question"
    heads = desk.answer("housing_need", need, "heads")
    desk.save("housing_need", need, {"own_money": 33_000_000}, "binh", knowing=heads)
    assert desk.status("housing_need", need) == "waiting"
    asked = {"pin_question": ["own_money"], "pin_text": ["Hỏi lại số tiền."], "verdict": "return"}
    disagree(desk, need)
    seen = " ".join(desk.heads("housing_need", need))
    assert (
        as_("binh")
        .post(f"/records/{need}/decisions", data={**asked, "seen": seen, "decided": desk.decided(need)})
        .status_code
        == 302
    )
    assert desk.last_decision(need)["pinned"] == [{"question": "own_money", "text": "Hỏi lại số tiền."}]
