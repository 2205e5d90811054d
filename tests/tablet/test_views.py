"""The views as pages: where the focus goes, what they say of an answer, what they offer next."""

from __future__ import annotations

from playwright.sync_api import expect

from fieldapp import people, review
from fieldapp.db import begin_writing, db
from fieldapp.surveys.housing_need import HousingNeed
from tests.tablet.conftest import Tablet


def test_each_view_moves_the_focus_to_its_heading_and_names_itself_in_the_title(tablet: Tablet) -> None:
    tablet.enrol()
    for where, title in (("#/households", "Hộ gia đình"), ("#/sync", "Đồng bộ"), ("#/", "Việc cần làm")):
        tablet.go(where)
        expect(tablet.page).to_have_title(f"{title} – Khảo sát nhà ở")
        expect(tablet.page.locator("h1")).to_be_focused()


def test_a_warning_does_not_stop_and_an_error_is_told_on_leaving_the_field(tablet: Tablet) -> None:
    tablet.enrol()
    tablet.go("#/new/household")
    tablet.fill_part("household")
    tablet.next_part()
    tablet.answer("household", "head_name", "Tường")
    question = tablet.question("household", "head_name")
    expect(question.locator(".warning")).to_contain_text("Họ và tên")
    expect(question.locator(".error")).to_be_hidden()
    tablet.answer("household", "birth_date", "31/02/1971")
    expect(tablet.question("household", "birth_date").locator(".error")).to_be_visible()
    tablet.answer("household", "birth_date", "1971")
    expect(tablet.question("household", "birth_date").locator(".error")).to_be_hidden()


def test_numbers_get_a_keypad_and_names_do_not(tablet: Tablet) -> None:
    tablet.enrol()
    tablet.go("#/new/household")
    tablet.page.locator(".part:visible").wait_for()
    keypads = {name: tablet.page.locator(f"#household-{name}").get_attribute("inputmode") for name in KEYPADS}
    assert keypads == KEYPADS


KEYPADS = {"members": "numeric", "citizen_id": "numeric", "phone": "tel", "head_name": None}


def test_a_household_offers_a_progress_visit_only_once_it_has_a_housing_need(tablet: Tablet) -> None:
    tablet.enrol()
    rows = tablet.rows("records")
    served = {row["values"]["household"] for row in rows if row["survey"] == "housing_need"}
    households = [row["id"] for row in rows if row["survey"] == "household"]
    with_need = next(id for id in households if id in served)
    without = next(id for id in households if id not in served)
    visit = tablet.page.locator(".actions a[href*='/new/progress_visit/']")
    for chosen, offered in ((with_need, 1), (without, 0)):
        tablet.go(f"#/record/{chosen}")
        expect(tablet.page.locator(f".actions a[href='#/new/housing_need/{chosen}']")).to_be_visible()
        expect(visit).to_have_count(offered)


def test_what_was_returned_is_to_be_corrected_before_anything_else(tablet: Tablet) -> None:
    tablet.enrol()
    tablet.page.locator(".card-link", has_text="Đã trả lại").filter(has_text="Thôn").first.click()
    expect(tablet.page.locator(".actions a").first).to_have_text("Sửa câu trả lời")
    expect(tablet.page.locator(".actions a.btn-primary")).to_have_count(1)


def test_a_refusal_comes_to_the_tablet_with_its_reason_and_asks_for_nothing(tablet: Tablet) -> None:
    tablet.enrol()
    rows = tablet.rows("records")
    said = {row["values"]["subject"] for row in rows if row["survey"] == "decision"}
    need = next(row["id"] for row in rows if row["survey"] == "housing_need" and row["id"] not in said)
    app = tablet.server.app
    with app.app_context():
        begin_writing()
        record = db.session.get(HousingNeed, need)
        assert record
        seen, why = review.heads_of(record), "Hộ đã có nhà ở nơi khác."
        review.decide(record, "refuse", account=people.find_account("binh"), seen=seen, comment=why)
        db.session.commit()
        db.session.remove()
    tablet.sync()
    tablet.go("#/")
    card = tablet.page.locator("section.block", has_text="Phiếu bị từ chối").locator(".card-link")
    expect(card).to_contain_text(why)
    card.click()
    expect(tablet.page.locator("main .notice-warning").first).to_contain_text(why)
    expect(tablet.page.get_by_text("phiếu sẽ trở lại với cán bộ duyệt")).to_be_visible()
    expect(tablet.page.locator("a[href^='#/reply/']")).to_have_count(0)
