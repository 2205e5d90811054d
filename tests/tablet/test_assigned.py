"""The visits that a supervisor gives to somebody, on the tablet of that person and of whoever had them before."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from fieldapp import people
from fieldapp.db import begin_writing, db
from fieldapp.review import assigning
from fieldapp.today import today
from tests.tablet.conftest import Tablet
from tests.tablet.test_work import section, unsurveyed

TITLE = "Anh/chị cần đến"


def give(tablet: Tablet, home: str, username: str) -> None:
    """The supervisor gives a household to somebody."""
    with tablet.server.app.app_context():
        begin_writing()
        person, binh = people.find_account(username), people.find_account("binh")
        homes = assigning.homes_of([home], None)
        assigning.give(homes, person.id, "2099-12-05", account=binh, today=today(), note="Xem lại mái")
        db.session.commit()
        db.session.remove()


def test_a_household_given_to_this_person_is_to_be_done_until_its_form_is_begun_and_given_on_nothing_unsent_is_lost(
    tablet: Tablet,
) -> None:
    tablet.enrol()
    home: dict[str, Any] = unsurveyed(tablet)[0]
    give(tablet, home["id"], "lan")
    tablet.sync()
    tablet.go("#/")
    expect(section(tablet, TITLE).locator("h2")).to_have_text(f"{TITLE} (1)")
    expect(section(tablet, TITLE)).to_contain_text(home["values"]["head_name"])
    expect(section(tablet, TITLE)).to_contain_text("05/12/2099")
    expect(section(tablet, TITLE)).to_contain_text("Xem lại mái")
    section(tablet, TITLE).locator(".card-link").click()
    expect(tablet.page.locator("main .notice").first).to_contain_text("05/12/2099")
    tablet.go(f"#/new/housing_need/{home['id']}")
    tablet.page.locator(".part:visible").wait_for()
    tablet.answer("housing_need", "visited_on", "01/08/2026")
    tablet.go("#/")
    expect(section(tablet, TITLE)).to_have_count(0)
    give(tablet, home["id"], "binh")
    tablet.sync()
    tablet.go("#/")
    expect(section(tablet, "Bản nháp")).to_contain_text(home["values"]["head_name"])
    tablet.go(f"#/record/{home['id']}")
    expect(tablet.page.locator("main .notice").first).to_contain_text("người khác")
