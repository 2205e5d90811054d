"""The list of a commune belongs to whoever sees all of the commune: who sees some of its villages takes nobody out."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import url_for
from flask.testing import FlaskClient
from playwright.sync_api import Page as Sheet
from playwright.sync_api import expect

from fieldapp import people
from fieldapp.cases import lists
from fieldapp.db import begin_writing, db
from fieldapp.places import village_id
from sync import WITHDRAWN
from tests.conftest import PASSWORD, Server
from tests.pages import Page, check_page
from tests.support.conftest import Cases
from tests.support.test_lists import GNBV, Village, _commune_of, post, village
from tests.support.test_lists_meanwhile import signed

__all__ = ["village"]

Visitors = Callable[[str], FlaskClient]
Seats = Callable[..., Sheet]
NAMES = ("Lý Văn Chín", "Lý Văn Mười")
ELSEWHERE = village_id(2023, "01924", 1)
"""A village of another commune of 2023 that is of the same commune today."""


def narrow(support: Cases, as_: Visitors, commune: str, role: str = "supervisor") -> FlaskClient:
    """Somebody who answers for one of the communes that today's was made of."""
    with support.inside():
        begin_writing()
        people.add_account("hep", "Người hẹp", role, PASSWORD, [(2023, commune)])
        db.session.commit()
    return as_("hep")


@pytest.fixture
def of_commune(village: Village) -> list[str]:
    """The cases of two households in two villages on the open list of their commune."""
    cases = [village.propose(NAMES[0]), village.propose(NAMES[1], village=ELSEWHERE)]
    for where, name in ((None, NAMES[0]), (ELSEWHERE, NAMES[1])):
        village.draw_up(**({"village": where} if where else {}))
        village.sign({name: "15"})
    asked = {"programme": GNBV, "village": "", "commune": _commune_of(village)}
    village.address = village.client.post("/cases/lists/", data=asked).headers["Location"]
    return cases


def lines(support: Cases, village: Village) -> set[str]:
    """The cases on the list."""
    record = village.address[-36:]
    with support.inside():
        one = db.session.get_one(lists.SupportList, record)
        return {line.case.id for line in lists.lines_of(one)}


def test_who_sees_a_part_of_a_commune_takes_nobody_off_its_list_and_saves_nothing_of_it(
    support: Cases, village: Village, as_: Visitors, of_commune: list[str]
) -> None:
    client = narrow(support, as_, "01924")
    assert lines(support, village) == set(of_commune)
    form = village.fields()
    for then in ("again", "", "sign"):
        post(client, village.address, 403, **{**form, "then": then})
        assert lines(support, village) == set(of_commune)
    shown = check_page(client.get(village.address).get_data(as_text=True), "vi")
    assert "chỉ gồm một phần của xã" in shown.text
    assert NAMES[1] in shown.text
    assert NAMES[0] not in shown.text, "a household outside one's area is not named"
    assert not [each for each in shown.all(".//button") if each.get("name") == "then"]


@pytest.mark.parametrize("commune", ["01924", "01930"])
def test_who_sees_a_part_of_a_commune_does_not_draw_its_list_up_over_the_one_that_is_signed(
    support: Cases, village: Village, as_: Visitors, of_commune: list[str], commune: str
) -> None:
    signed(village, "commune")
    record = village.address[-36:]
    village.propose("Lý Văn Ba")
    village.draw_up()
    village.sign({"Lý Văn Ba": "15"})
    asked = {"programme": GNBV, "village": "", "commune": _commune_of(village)}
    told: Page = post(narrow(support, as_, commune), "/cases/lists/", **asked)
    assert "Địa bàn của anh/chị không gồm" in told.text
    assert support.answer("support_list", record, "state") == "signed"


def pages_of(client: FlaskClient, record: str, bps: str) -> dict[str, str]:
    """Every page there is of a list or a decision, as this person is given it, by its address."""
    rules = client.application.url_map.iter_rules()
    mine = [each for each in rules if "GET" in (each.methods or ()) and each.arguments == {bps}]
    with client.application.test_request_context():
        addresses = [url_for(each.endpoint, **{bps: record}) for each in mine]
    assert len(addresses) >= 2
    return {address: client.get(address).get_data(as_text=True) for address in addresses}


@pytest.mark.parametrize("role", ["supervisor", "leader"])
def test_no_page_or_paper_of_a_list_or_a_decision_names_who_lives_elsewhere_or_leaves_them_out_unsaid(
    support: Cases, village: Village, as_: Visitors, of_commune: list[str], role: str
) -> None:
    signed(village, "commune")
    listed = village.address[-36:]
    decision = support.draft(of_commune)
    client = narrow(support, as_, "01924", role)
    found = {**pages_of(client, listed, "list_id"), **pages_of(client, decision, "decision_id")}
    assert {address for address, text in found.items() if NAMES[0] in text} == set()
    named = {address for address, text in found.items() if NAMES[1] in text}
    assert named == {f"/cases/lists/{listed}", f"/decisions/{decision}"}
    for address, text in found.items():
        if address not in named:
            told = check_page(text, "vi").text
            assert "bản in thiếu hộ là bản in sai" in told or address.endswith("/file"), address
    for address in named:
        assert not [each for each in check_page(found[address], "vi").all(".//a") if each.get("href") in found]
    quan = {**pages_of(as_("quan"), listed, "list_id"), **pages_of(as_("quan"), decision, "decision_id")}
    assert all(name in text for name in NAMES for text in quan.values())


def test_a_case_that_was_withdrawn_keeps_nobody_from_filling_in_or_printing_a_draft(
    support: Cases, as_: Visitors
) -> None:
    stays, goes = support.listed(), support.listed()
    draft = support.draft([stays, goes])
    support.save("support_case", {WITHDRAWN: True}, goes)
    page = check_page(as_("binh").get(f"/decisions/{draft}").get_data(as_text=True), "vi")
    assert [each for each in page.all(".//form") if each.get("action", "").startswith(f"/decisions/{draft}?")]
    assert as_("binh").get(f"/decisions/{draft}/sheet").status_code == 200


def test_what_was_typed_in_a_list_is_saved_as_it_is_brought_up_to_date_and_enter_only_saves(
    support: Cases, village: Village, server: Server, seat: Seats
) -> None:
    first = village.propose(NAMES[0])
    village.draw_up()
    second = village.propose(NAMES[1])
    page = seat("binh")
    page.goto(server.url + village.address)
    page.get_by_label("Chủ trì").fill("Triệu Văn Hiền")
    page.get_by_label(f"Số người đồng ý: {NAMES[0]}").fill("15")
    page.get_by_role("button", name="Lưu và cập nhật danh sách").click()
    expect(page.get_by_label("Chủ trì")).to_have_value("Triệu Văn Hiền")
    expect(page.get_by_label(f"Số người đồng ý: {NAMES[0]}")).to_have_value("15")
    expect(page.get_by_label(f"Số người đồng ý: {NAMES[1]}")).to_have_value("")
    assert lines(support, village) == {first, second}
    third = village.propose("Lý Văn Ba")
    page.reload()
    page.get_by_label(f"Số người đồng ý: {NAMES[1]}").fill("9")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Đã lưu.")).to_be_visible()
    expect(page.get_by_label(f"Số người đồng ý: {NAMES[1]}")).to_have_value("9")
    assert third not in lines(support, village)
