"""The views as pages: where the focus goes, what they say of an answer, what they offer next."""

from __future__ import annotations

from playwright.sync_api import expect

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
