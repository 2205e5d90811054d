"""What the app asks back has an answer before a form is finished; one wrong answer is marked once."""

from __future__ import annotations

from playwright.sync_api import expect

from tests.again import a_walk
from tests.tablet.conftest import Tablet
from tests.tablet.test_roster import homes


@a_walk
def test_what_the_app_asks_back_is_answered_by_one_tap_before_the_form_is_finished(tablet: Tablet) -> None:
    home, *_others = homes(tablet)
    tablet.enrol()
    tablet.offline()
    page = tablet.page
    tablet.go("#/new/household")
    [area] = [row["area"] for row in tablet.rows("records") if row["id"] == home]
    tablet.answer("household", "village", area)
    tablet.question("household", "location").locator("summary").last.click()
    tablet.answer("household", "location", "22.900000, 105.100000")
    far = tablet.question("household", "location").locator(".warning")
    expect(far).to_contain_text("Có đúng không?")
    tablet.until(lambda: bool(tablet.rows("drafts")[0]["answers"].get("location")))
    draft = tablet.rows("drafts")[0]["id"]
    tablet.go("#/")
    expect(page.locator("h1")).not_to_have_text("Thêm hộ mới")  # the form before stays until its draft is on the disk
    tablet.go(f"#/fill/{draft}")
    expect(far).to_be_visible()  # it is asked until it is answered, however often the form is left

    tablet.fill_part("household")
    tablet.next_part()
    tablet.fill_part("household", {"head_name": "Tường"})
    name = tablet.question("household", "head_name")
    name.get_by_role("button", name="Đúng như vậy").click()
    expect(name.locator(".warning")).to_be_hidden()
    tablet.answer("household", "head_name", "Vinh")  # another answer is asked about anew
    expect(name.locator(".warning")).to_be_visible()
    name.get_by_role("button", name="Đúng như vậy").click()
    tablet.next_part()
    tablet.fill_part("household", {"members": "14"})
    while not page.get_by_role("button", name="Hoàn thành phiếu").is_visible():
        tablet.next_part()
        tablet.fill_part("household")
    tablet.next_part()
    asking = page.locator(".asking")
    expect(asking.locator("li")).to_have_count(2)  # the name was answered
    expect(asking.locator("li").first).to_contain_text("cách các nhà khác của thôn")
    asking.get_by_role("button").first.click()
    expect(asking.locator("li")).to_have_count(1)
    assert [row["survey"] for row in tablet.rows("changes")] == []
    asking.get_by_role("button").click()
    expect(page.locator("h1")).to_have_text("Vinh")
    assert [row["survey"] for row in tablet.rows("changes")] == ["household"]


def test_one_wrong_number_is_marked_once_and_no_other_answer_with_it(tablet: Tablet) -> None:
    tablet.enrol()
    tablet.go("#/new/household")
    page = tablet.page
    tablet.fill_part("household")
    for _part in range(2):
        tablet.next_part()
        tablet.fill_part("household")
    for name, value in (("women", "2"), ("children_under_16", "2"), ("labourers", "3"), ("members", "1")):
        tablet.answer("household", name, value)
    errors = page.locator(".part:visible .error:visible")
    expect(errors).to_have_count(1)
    expect(tablet.question("household", "members").locator(".error")).to_contain_text("“Số khẩu”")
    tablet.next_part()
    expect(page.locator(".error-summary li")).to_have_count(1)
    tablet.answer("household", "members", "4")
    expect(errors).to_have_count(0)


def test_an_amount_is_told_in_full_while_it_is_typed_and_a_tiny_one_is_asked_about(tablet: Tablet) -> None:
    home, *_others = homes(tablet)
    tablet.enrol()
    tablet.go(f"#/new/other_support/{home}")
    box = tablet.question("other_support", "amount")
    field = box.locator("input")
    for typed, told in (
        ("50 triệu", "= 50.000.000 đồng (50 triệu)"),
        ("1,25 tỷ", "= 1.250.000.000 đồng (1 tỷ 250 triệu)"),
        ("2.000.500", "= 2.000.500 đồng (2 triệu 500)"),
        ("năm mươi", ""),
        ("50", "= 50 đồng"),
    ):
        field.fill(typed)
        expect(box.locator(".echo")).to_have_text(told)
    field.blur()
    expect(box.get_by_role("button", name="Đúng như vậy")).to_be_visible()
