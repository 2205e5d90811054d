"""What the first page and the bar tell at any moment, and that whoever comes back finds a list as it was left."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.again import a_walk
from tests.tablet.acts import correct_a_household, send_back
from tests.tablet.conftest import Tablet
from tests.tablet.test_household import changed_in_the_office


@a_walk
def test_nothing_is_said_to_be_all_sent_while_a_draft_waits_and_a_reply_is_one(tablet: Tablet) -> None:
    tablet.enrol()
    page = tablet.page
    bar = page.locator("#sync-state")
    row = next(row for row in tablet.rows("records") if row["survey"] == "household")
    send_back(tablet, row)
    tablet.sync()
    tablet.go("#/")
    expect(bar).to_have_text("Đã gửi hết")
    tablet.go(f"#/reply/{row['id']}")
    page.locator("#reply-").fill("Đã đếm lại")
    tablet.go("#/")
    expect(bar).to_have_text("1 bản nháp")
    tablet.go("#/sync")
    expect(page.locator("main")).to_contain_text("1 bản nháp còn phải làm tiếp")
    tablet.go("#/")
    page.locator(".card-link", has_text="Trả lời người duyệt").click()
    expect(page.locator("#reply-")).to_have_value("Đã đếm lại")
    page.get_by_role("button", name="Lưu trả lời").click()
    expect(page.locator(".toast-line")).to_contain_text("Đã lưu trên máy này")
    assert tablet.rows("drafts") == []
    expect(bar).to_have_text("Đã gửi hết")


def test_what_differs_and_what_somebody_else_changed_stands_on_the_first_page_until_it_is_seen_to(
    tablet: Tablet,
) -> None:
    tablet.enrol()
    row = correct_a_household(tablet, "7")
    tablet.sync()
    alerts = tablet.page.locator("section", has=tablet.page.locator("h2", has_text="Có chỗ chưa khớp"))
    news = alerts.locator(f"a[href='#/record/{row['id']}']")
    changed_in_the_office(tablet, row, {"remarks": "Đã gọi điện."})
    tablet.sync()
    tablet.go("#/")
    expect(news).to_contain_text("Có người khác vừa sửa")
    news.click()
    expect(tablet.page.locator(".notice-warning", has_text="Có người khác đã sửa sau anh/chị")).to_be_visible()
    tablet.go("#/")
    expect(tablet.page.locator("h1")).to_have_text("Việc cần làm")
    expect(news).to_have_count(0)
    contested = [row["id"] for row in tablet.rows("records") if row["conflicts"] and not row["withdrawn"]]
    for id in contested:
        expect(alerts.locator(f"a[href='#/record/{id}']")).to_contain_text("Có chỗ chưa khớp")
    assert contested


def place(page: Page) -> dict[str, Any]:
    """How the list of households stands: what is asked for, how much is shown, and how far down."""
    found: dict[str, Any] = page.evaluate(
        """() => ({
          search: document.querySelector("#search").value,
          village: document.querySelector("#village").value,
          cards: document.querySelectorAll(".cards .card-link").length,
          y: Math.round(window.scrollY),
        })"""
    )
    return found


def test_whoever_comes_back_from_a_household_finds_the_list_as_it_was_left(tablet: Tablet) -> None:
    tablet.enrol()
    page = tablet.page
    page.set_viewport_size({"width": 360, "height": 740})
    tablet.go("#/households")
    expect(page.locator("h1")).to_have_text("Hộ gia đình")
    page.locator("#search").fill("n")
    page.locator("#village").select_option(index=1)
    card = page.locator(".cards .card-link").last
    card.scroll_into_view_if_needed()
    left = place(page)
    assert left["y"] > 0
    assert left["village"]
    for come_back in (lambda: page.go_back(), lambda: page.locator("a.back").first.click()):
        card.click()
        expect(page.locator(".answers")).to_be_visible()
        come_back()
        expect(page.locator("#search")).to_be_visible()
        assert place(page) == left
        expect(card).to_be_focused()
    page.locator("#tabs a").first.click()
    expect(page.locator("h1")).to_have_text("Việc cần làm")
    page.locator("#tabs a").nth(1).click()  # who goes there anew begins at its head
    expect(page.locator("h1")).to_be_focused()
    assert place(page)["y"] == 0
