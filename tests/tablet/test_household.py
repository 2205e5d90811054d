"""The page of a household: what others did to it, and what its houses looked like, with network and without."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import expect

from fieldapp import intake, people, review
from fieldapp.db import begin_writing, db
from fieldapp.surveys import Household
from tests.again import asked_by
from tests.tablet.acts import correct_a_household
from tests.tablet.conftest import Tablet

LOADED = """() => {
  const images = [...document.querySelectorAll(".picture")];
  const places = document.querySelectorAll(".thumb").length;
  return images.length > 0 && images.length === places && images.every((image) => image.naturalWidth > 0);
}"""


def changed_in_the_office(tablet: Tablet, row: dict[str, Any], answers: dict[str, Any]) -> None:
    with tablet.server.app.app_context():
        begin_writing()
        intake.save("household", row["id"], answers, account=people.find_account("lan"))
        db.session.commit()


@asked_by(
    "tests/tablet/test_earlier_photos.py::test_earlier_photos_are_seen_without_network_though_nobody_has_opened_their_record"
)
def test_earlier_photos_are_on_the_page_and_are_remembered_without_network(tablet: Tablet) -> None:
    tablet.enrol()
    rows = tablet.rows("records")
    visit = next(row for row in rows if row["survey"] == "progress_visit" and row["values"].get("photos"))
    tablet.go(f"#/record/{visit['values']['household']}")
    photos = tablet.page.locator("section", has=tablet.page.locator("h2", has_text="Ảnh đã chụp trước đây"))
    expect(photos).to_contain_text("Phiếu kiểm tra tiến độ")
    tablet.until(lambda: tablet.page.evaluate(LOADED))
    tablet.offline()
    tablet.page.reload()
    expect(photos).to_be_visible()
    tablet.until(lambda: tablet.page.evaluate(LOADED))


def test_what_somebody_else_changed_after_me_is_told_before_it_is_edited(tablet: Tablet) -> None:
    tablet.enrol()
    row = correct_a_household(tablet, "7")
    tablet.sync()
    warning = tablet.page.locator(".notice-warning", has_text="Có người khác đã sửa sau anh/chị")
    tablet.go(f"#/record/{row['id']}")
    expect(tablet.page.locator(".history")).to_contain_text("như khi được tải về máy")
    expect(warning).to_have_count(0)
    changed_in_the_office(tablet, row, {"remarks": "Đã gọi điện."})
    tablet.sync()
    tablet.go("#/households")
    told = tablet.page.locator(".card-link", has_text="Có người khác vừa sửa")
    expect(told).to_have_count(1)  # a list tells it before anything is opened, until somebody has looked
    told.click()
    expect(warning).to_contain_text("Ghi chú")
    tablet.go("#/households")
    expect(tablet.page.locator(".card-link").first).to_be_visible()
    expect(told).to_have_count(0)


def test_two_answers_that_differ_are_told_at_the_question_in_the_form_too(tablet: Tablet) -> None:
    tablet.enrol()
    row = next(row for row in tablet.rows("records") if row["survey"] == "household")
    changed_in_the_office(tablet, row, {"members": 11})
    tablet.offline()
    correct_a_household(tablet, "7")
    tablet.offline(False)
    tablet.sync()
    tablet.go(f"#/edit/{row['id']}")
    pin = tablet.question("household", "members").locator(".pin")
    expect(pin).to_contain_text("Hai câu trả lời khác nhau")
    expect(pin).to_contain_text("11")
    expect(pin).to_contain_text("7")


def test_a_comment_of_the_supervisor_is_replied_to_without_network_and_without_an_edit(tablet: Tablet) -> None:
    tablet.enrol()
    page = tablet.page
    tablet.offline()
    returned = page.locator(".card-link", has_text="Đã trả lại").filter(has_text="Thôn")
    returned.first.click()
    expect(page.locator(".notice-warning")).to_contain_text("không cần sửa gì")
    record = page.url.rsplit("/", 1)[-1]
    page.get_by_role("link", name="Trả lời mà không sửa câu nào").click()
    expect(page.locator(".question").first).to_contain_text("Đã ghi:")
    page.get_by_role("button", name="Lưu trả lời").click()
    expect(page.locator(".error")).to_contain_text("Hãy viết nội dung trả lời trước")
    for comment in page.locator(".question:has(h2) textarea").all():
        comment.fill("Đã xem lại: đúng như đã ghi.")
    with page.expect_navigation():
        page.locator("#lock").click()  # and opened again: what was written is still there
    expect(page.locator(".question:has(h2) textarea").first).to_have_value("Đã xem lại: đúng như đã ghi.")
    comments = page.locator(".question:has(h2) textarea").count()
    page.get_by_role("button", name="Lưu trả lời").evaluate("(save) => { save.click(); save.click(); }")
    expect(page.locator(".badges").first).to_contain_text("Đã trả lời, chờ duyệt lại")
    expect(page.locator(".replies").first).to_contain_text("Đã xem lại: đúng như đã ghi. Chỉ có trên máy này")
    tablet.go("#/")
    expect(page.locator("h1")).to_have_text("Việc cần làm")
    expect(returned).to_have_count(0)
    tablet.go("#/receipts")
    expect(page.locator(".receipts .card-title").first).to_contain_text(" – Trả lời")
    tablet.offline(False)
    tablet.sync()
    with tablet.server.app.app_context():
        row = db.session.get_one(Household, record)
        assert review.status_of(row) == "answered"
        replies = review.replies_about(record)
        assert len(replies) == comments, "an impatient thumb replies once"
        assert replies[0].area == row.area


def test_a_form_that_was_only_looked_at_leaves_no_draft(tablet: Tablet) -> None:
    tablet.enrol()
    row = next(row for row in tablet.rows("records") if row["survey"] == "household")
    for form in ("#/new/household", f"#/edit/{row['id']}"):
        tablet.go(form)
        tablet.page.locator(".step-buttons .btn-primary:visible").wait_for()
        assert len(tablet.rows("drafts")) == 1  # a tablet that is switched off now comes back to this form
        tablet.page.get_by_role("link", name="Để đó, làm tiếp sau").click()
        tablet.until(lambda: tablet.rows("drafts") == [])
        expect(tablet.page.locator(".step-buttons")).to_have_count(0)  # else the next form seems to be there already
