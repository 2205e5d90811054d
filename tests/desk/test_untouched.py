"""Two people with one form open: each saves what she changed, and nothing that she only saw."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.datastructures import MultiDict

from fieldapp import people
from fieldapp.db import begin_writing, db
from fieldapp.people import Account
from tests.desk.conftest import Desk
from tests.pages import Page, check_page

Fields = MultiDict[str, str]


def fields_of(page: Page) -> Fields:
    """What a browser would send of the form of a page, as it was drawn."""
    [form] = [each for each in page.all(".//main//form") if each.find(".//input[@name='was']") is not None]
    found: Fields = MultiDict()
    for field in form.iter():
        name, value = field.get("name"), field.get("value", "")
        if field.tag == "input" and name and field.get("type") in ("radio", "checkbox"):
            if field.get("checked") is not None:
                found.add(name, value)
        elif field.tag == "textarea" and name:
            found.add(name, (field.text or "").removeprefix("\n"))
        elif field.tag == "select" and name:
            found.add(
                name, next((o.get("value", "") for o in field.iter("option") if o.get("selected") is not None), "")
            )
        elif field.tag == "input" and name and field.get("type") != "file":
            found.add(name, value)
    return found


def opened(client: FlaskClient, url: str) -> Fields:
    return fields_of(check_page(client.get(url).get_data(as_text=True), "vi"))


def test_a_record_that_two_people_correct_at_once_has_both_corrections_and_no_conflict(
    desk: Desk, as_: Callable[[str], FlaskClient]
) -> None:
    home = desk.one("household", "waiting")
    url = f"/records/{home}/edit"
    fields = opened(as_("binh"), url)
    desk.save("household", home, {"phone": "0912345678"})
    fields["remarks"] = "hộ ở cuối bản"
    confirm(as_("binh"), url, fields)
    assert desk.answer("household", home, "phone") == "0912345678"
    assert desk.answer("household", home, "remarks") == "hộ ở cuối bản"
    assert not desk.answer("household", home, "contested")


def confirm(client: FlaskClient, url: str, fields: Fields) -> None:
    """Save, and say that what is asked back is right."""
    answer = client.post(url, data=fields)
    if answer.status_code == 422:
        page = check_page(answer.get_data(as_text=True), "vi")
        again = fields_of(page)
        again["confirmed"] = page.find(".//button[@name='confirmed']").get("value", "")
        answer = client.post(url, data=again)
    assert answer.status_code == 302, answer.get_data(as_text=True)


@pytest.fixture
def indicator(app: Flask, as_: Callable[[str], FlaskClient]) -> str:
    said = {"indicator": "cum_loa", "period": "2024", "unit": "cum", "value": "690", "source": "Báo cáo của Sở"}
    answer = as_("quan").post("/figures/indicators/new", data=said)
    assert answer.status_code == 302, check_page(answer.get_data(as_text=True), "vi").text
    return answer.location.rsplit("/", 1)[-1]


def opened_and_changed(desk: Desk, quan: FlaskClient, indicator: str) -> tuple[str, Fields]:
    """The address and the fields of the form of a value that somebody changed to 700 while it was open."""
    url = f"/figures/indicators/{indicator}/edit"
    fields = opened(quan, url)
    desk.save("place_indicator", indicator, {"value": "700"}, who="quan")
    return url, fields


def test_a_value_that_two_administrators_correct_at_once_has_both_corrections_and_no_conflict(
    desk: Desk, as_: Callable[[str], FlaskClient], indicator: str
) -> None:
    url, fields = opened_and_changed(desk, as_("quan"), indicator)
    fields["source"] = "Niên giám 2024"
    assert as_("quan").post(url, data=fields).status_code == 302
    assert desk.answer("place_indicator", indicator, "value") == "700"
    assert desk.answer("place_indicator", indicator, "source") == "Niên giám 2024"
    assert not desk.answer("place_indicator", indicator, "contested")


def test_what_both_changed_is_a_conflict_also_after_the_form_was_drawn_again_for_a_mistake(
    desk: Desk, as_: Callable[[str], FlaskClient], indicator: str
) -> None:
    url, fields = opened_and_changed(desk, as_("quan"), indicator)
    fields["value"] = "không biết"
    wrong = as_("quan").post(url, data=fields)
    assert wrong.status_code == 422
    again = fields_of(check_page(wrong.get_data(as_text=True), "vi"))
    again["value"] = "650"
    assert as_("quan").post(url, data=again).status_code == 302
    assert desk.answer("place_indicator", indicator, "conflicts") == {"value": ["650", "700"]}


def test_an_account_that_two_administrators_change_at_once_is_changed_by_both(
    app: Flask, as_: Callable[[str], FlaskClient]
) -> None:
    with app.app_context():
        lan = people.find_account("lan")
        url, areas = f"/admin/people/{lan.id}", [(each.vintage, each.code) for each in lan.grants]
        db.session.remove()
    quan = as_("quan")
    fields = opened(quan, url)
    with app.app_context():
        begin_writing()
        account = people.find_account("lan")
        people.change_account(account, name="Hoàng Thị Lan", grants=[*areas, (2023, "01930")])
        db.session.commit()
    fields["role"] = "supervisor"
    assert quan.post(url, data=fields).status_code == 302
    assert _account(app) == ("Hoàng Thị Lan", "supervisor", {*areas, (2023, "01930")})


def _account(app: Flask) -> tuple[str, str, set[tuple[int, str]]]:
    with app.app_context():
        found: Account = people.find_account("lan")
        return found.name, found.role, {(each.vintage, each.code) for each in found.grants}


@pytest.mark.parametrize(
    "odd", ["[]", "5", '{"head_name": 5, "village": {}, "position": 3}', '{"birth_date": [1]}', "{"]
)
def test_what_a_form_says_it_showed_breaks_nothing(desk: Desk, as_: Callable[[str], FlaskClient], odd: str) -> None:
    home = desk.one("household", "waiting")
    assert as_("binh").post(f"/records/{home}/edit", data={"was": odd}).status_code in (400, 422)
