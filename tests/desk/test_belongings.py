"""The members of a household, what else it was given, and replies to what a supervisor asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from fieldapp import review
from sync import new_record_id
from tests.desk.conftest import Desk
from tests.desk.test_records import filled, names
from tests.pages import Page, words


def cells(page: Page, survey: str) -> list[list[str]]:
    """The lines of a table on the page of a household."""
    [table] = [one for one in page.all(".//section") if one.find(f"./h2[@id='{survey}']") is not None]
    return [[words(cell) for cell in row] for row in table.findall(".//tbody/tr")]


def typed(page: Page, answers: dict[str, str]) -> MultiDict[str, Any]:
    """The form of a page with these answers in it."""
    form = filled(page)
    for name, answer in answers.items():
        form.setlist(name, [answer])
    return form


def a_household(desk: Desk) -> str:
    """One on which nobody is listed yet."""
    with desk.inside():
        listed = set(desk.column("household_member", "household"))
    return next(one for one in desk.all("household", "approved", "lan") if one not in listed)


def test_members_are_entered_one_after_another_and_what_does_not_add_up_is_told_gently(
    as_: Callable[[str], FlaskClient], page: Callable[..., Page], desk: Desk
) -> None:
    household = a_household(desk)
    address = f"/records/new/household_member?household={household}"
    member = {"relationship": "chu_ho", "sex": "nu", "birth_year": "1971", "disability": "khong", "works": "yes"}
    for name in ("Nông Thị Hoài", "Ma Văn Sơn"):
        form = typed(page(address, "lan"), {**member, "name": name, "then": "next"})
        assert as_("lan").post(address, data=form).location == address
    found = page(f"/records/{household}", "lan")
    hoai = ["Nông Thị Hoài", "Chủ hộ", "Nữ", "1971", "", "Không", "", "Có"]
    assert cells(found, "household_member") == [hoai, ["Ma Văn Sơn", *hoai[1:]]]
    said = desk.answer("household", household, "members")
    told = f"Phiếu hộ ghi {said} khẩu, danh sách này có 2 người."
    assert (told in found.text) is (said != 2)
    assert desk.status("household", household) == "approved"  # a list beside it changes nothing about the approval
    assert "Nông Thị Hoài" in " ".join(names(page("/records/?survey=household_member&q=hoai", "lan")))


def test_a_member_entered_twice_is_withdrawn_by_whoever_may_enter_one_but_a_household_is_not(
    as_: Callable[[str], FlaskClient], page: Callable[..., Page], desk: Desk
) -> None:
    household, member = a_household(desk), new_record_id()
    desk.save("household_member", member, {"household": household, "name": "Ma Văn Sơn", "sex": "nam"})
    assert desk.answer("household_member", member, "area") == desk.answer("household", household, "area")
    seen = " ".join(desk.heads("household_member", member))
    assert as_("lan").post(f"/records/{member}/withdrawal", data={"gone": "yes", "seen": seen}).status_code == 302
    assert cells(page(f"/records/{household}", "lan"), "household_member") == []
    seen = " ".join(desk.heads("household", household))
    assert as_("lan").post(f"/records/{household}/withdrawal", data={"gone": "yes", "seen": seen}).status_code == 403


def test_two_answers_about_a_member_wait_for_a_supervisor_and_nothing_else_of_a_member_does(
    page: Callable[..., Page], desk: Desk
) -> None:
    household, member = a_household(desk), new_record_id()
    desk.save("household_member", member, {"household": household, "name": "Ma Văn Sơn", "birth_year": 1990})
    assert desk.status("household_member", member) == "recorded"
    assert "Ma Văn Sơn" not in " ".join(names(page("/review")))
    desk.save("household_member", member, {"birth_year": 1991}, knowing={"birth_year": []})
    assert any("Ma Văn Sơn" in name for name in names(page("/review?survey=household_member&status=contested")))
    assert page(f"/records/{member}").all(".//form/fieldset[@class='versions']")


def test_other_support_is_listed_with_what_it_was_and_how_much(
    as_: Callable[[str], FlaskClient], page: Callable[..., Page], desk: Desk
) -> None:
    household = a_household(desk)
    address = f"/records/new/other_support?household={household}"
    given = {"policy": "khac", "policy_other": "Bể nước", "year": "2025", "amount": "3 triệu", "source": "nsdp"}
    counted = {"quantity": "2", "unit": "nguoi", "period": "nam"}
    form = typed(page(address, "lan"), given | counted)
    assert as_("lan").post(address, data=form).status_code == 302
    lines = cells(page(f"/records/{household}", "lan"), "other_support")
    assert lines == [["Bể nước", "2025", "2", "Người", "3.000.000 đồng", "Ngân sách địa phương"]]


def test_support_names_a_member_of_its_household_and_of_no_other(
    as_: Callable[[str], FlaskClient], page: Callable[..., Page], desk: Desk
) -> None:
    mine, other = [one for one in desk.all("household", "approved", "lan") if one != a_household(desk)][:2]
    sons = {household: new_record_id() for household in (mine, other)}
    for household, son in sons.items():
        desk.save("household_member", son, {"household": household, "name": "Ma Văn Sơn", "birth_year": 1990})
    address = f"/records/new/other_support?household={mine}"
    offered = [option.get("value") for option in page(address, "lan").all(".//select[@name='member']/option")]
    assert sons[mine] in offered
    assert sons[other] not in offered
    given = {"policy": "viec_lam", "year": "2025", "source": "nsdp", "quantity": "1", "unit": "nguoi"}
    answers = []
    for member in (sons[other], sons[mine]):
        form = typed(page(address, "lan"), {**given, "member": member})
        answers.append(as_("lan").post(address, data=form).status_code)
    assert answers == [404, 302]
    with desk.inside():
        assert desk.column("other_support", "member").count(sons[mine]) == 1


def test_a_return_that_was_answered_waits_again_without_an_edit(
    as_: Callable[[str], FlaskClient], page: Callable[..., Page], desk: Desk, decide: Callable[..., object]
) -> None:
    need = desk.one("housing_need", "waiting", "lan")
    pins = {"pin_question": ["area_m2", "own_money"], "pin_text": ["Đo lại giúp.", "Hỏi lại giúp."]}
    decide(need, "return", **pins)
    with desk.inside():
        decision = review.decisions_about(need)[0].id
    heads = desk.heads("housing_need", need)
    lan = as_("lan")
    for question, status in (("area_m2", "returned"), ("own_money", "answered")):
        reply = {"decision": decision, "question": question, "text": f"Đã xem lại {question}."}
        assert lan.post(f"/records/{need}/replies", data=reply).status_code == 302
        assert desk.status("housing_need", need) == status
    assert desk.heads("housing_need", need) == heads
    waiting = page("/review?status=answered&survey=housing_need")
    assert "Đã trả lời, chờ duyệt lại" in waiting.text
    shown = page(f"/records/{need}").text
    assert shown.index("Đo lại giúp.") < shown.index("Đã xem lại area_m2.") < shown.index("Hỏi lại giúp.")
    decide(need, "approve")
    assert desk.status("housing_need", need) == "approved"


def test_a_reply_must_say_something_and_belong_to_the_decision(
    as_: Callable[[str], FlaskClient], desk: Desk, decide: Callable[..., object]
) -> None:
    need = desk.one("housing_need", "waiting", "lan")
    decide(need, "return", comment="Bổ sung ảnh.")
    with desk.inside():
        decision = review.decisions_about(need)[0].id
    lan = as_("lan")
    assert lan.post(f"/records/{need}/replies", data={"decision": decision, "text": "  "}).status_code == 400
    wrong = {"decision": decision, "text": "Đúng rồi.", "question": "area_m2"}
    assert lan.post(f"/records/{need}/replies", data=wrong).status_code == 409
    for who in ("dung", "binh"):
        assert as_(who).post(f"/records/{need}/replies", data={**wrong, "question": ""}).status_code == 403
    assert desk.status("housing_need", need) == "returned"
    assert lan.post(f"/records/{need}/replies", data={**wrong, "question": ""}).status_code == 302
    assert desk.status("housing_need", need) == "answered"


MEMBER = {"name": "Ma Thị Tư", "relationship": "con", "sex": "nu", "birth_year": "2001", "disability": "khong"}
SUPPORT = {
    "policy": "khac",
    "policy_other": "Bể nước",
    "year": "2025",
    "source": "nsdp",
    "quantity": "2",
    "unit": "nguoi",
}


@pytest.mark.parametrize(
    ("survey", "given", "other"),
    [
        ("household_member", MEMBER | {"works": "yes"}, {"name": "Ma Thị Năm"}),
        ("other_support", SUPPORT | {"unit": "nguoi", "period": "nam"}, {"year": "2024"}),
    ],
)
def test_a_new_record_whose_form_is_sent_twice_is_there_once_and_changed_before_the_second_time_is_another(
    as_: Callable[[str], FlaskClient],
    page: Callable[..., Page],
    desk: Desk,
    survey: str,
    given: dict[str, str],
    other: dict[str, str],
) -> None:
    household = a_household(desk)
    address = f"/records/new/{survey}?household={household}"
    opened = page(address, "lan")
    form = typed(opened, given)
    there = [as_("lan").post(address, data=form).location for _time in range(2)]
    assert there[0] == there[1]
    assert len(cells(page(f"/records/{household}", "lan"), survey)) == 1
    assert as_("lan").post(address, data=typed(opened, given | other)).status_code == 302
    assert len(cells(page(f"/records/{household}", "lan"), survey)) == 2
