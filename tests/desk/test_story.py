"""A supervisor's morning in a real browser: read, return with a pinned comment, settle, approve."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import BrowserContext, Page, expect

from fieldapp.vietnamese import search_key
from tests.conftest import PASSWORD, Server
from tests.desk.conftest import Desk


def enter(context: BrowserContext, server: Server, who: str) -> Page:
    """Sign in as a person does; anything the browser complains of on the way fails the test."""
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(f"{server.url}/sign-in")
    page.fill("#username", who)
    page.fill("#password", PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(f"{server.url}/")
    assert not complaints
    return page


def test_a_supervisor_reads_returns_settles_and_approves(
    visit: Callable[..., BrowserContext], server: Server, desk: Desk
) -> None:
    need, contested = desk.one("housing_need", "waiting"), desk.one("housing_need", "contested")
    page = enter(visit(viewport={"width": 1280, "height": 900}), server, "binh")

    # What waits is on the first page; the most urgent is one click away.
    page.get_by_role("link", name="Bắt đầu từ hộ ưu tiên nhất").click()
    expect(page).to_have_url(re.compile("/records/.*queue=1"))

    # The record shows its photos and the map, drawn without any tiles.
    page.goto(f"{server.url}/records/{need}")
    expect(page.locator("ul.photos img").first).to_be_visible()
    expect(page.locator(".point-map.leaflet-container path[stroke]").first).to_be_visible()
    expect(page.get_by_text(re.compile("Tọa độ: 2[0-9]\\."))).to_be_visible()

    # A comment is pinned to the question it is about, and the record goes back.
    page.get_by_role("button", name="Ý kiến: Tiền tự có").click()
    expect(page.locator("#pin-question-1")).to_have_value("own_money")
    expect(page.locator("#pin-text-1")).to_be_focused()
    page.keyboard.type("Đề nghị hỏi lại số tiền.")
    page.get_by_role("button", name="Trả lại để sửa").click()
    expect(page.get_by_role("status")).to_contain_text("Đã trả lại để sửa")
    expect(page.locator("dl .pinned")).to_have_text("Đề nghị hỏi lại số tiền.")
    assert desk.status("housing_need", need) == "returned"

    # The correction arrives, and is approved after one more question in the page's own words.
    desk.save("housing_need", need, {"own_money": 27_000_000})
    page.reload()
    expect(page.get_by_role("heading", name="Nội dung đã sửa")).to_be_visible()
    page.get_by_role("button", name="Duyệt phiếu").click()
    page.get_by_role("dialog").get_by_role("button", name="Hủy").click()
    assert desk.status("housing_need", need) == "corrected"
    page.get_by_role("button", name="Duyệt phiếu").click()
    page.get_by_role("dialog").get_by_role("button", name="Duyệt phiếu").click()
    expect(page.get_by_role("status")).to_contain_text("Đã duyệt phiếu")
    assert desk.status("housing_need", need) == "approved"

    # A later edit reopens it.
    desk.save("housing_need", need, {"own_money": 26_000_000})
    page.reload()
    expect(page.locator(".badge-state").first).to_have_text("Đã thay đổi sau khi duyệt")

    # Two answers that do not agree are settled by choosing one.
    page.goto(f"{server.url}/records/{contested}")
    conflict = page.locator("section.panel-alert").first
    conflict.locator("label.version").first.click()
    conflict.get_by_role("button", name="Chọn câu trả lời này").click()
    expect(page.get_by_role("status")).to_contain_text("Đã chốt")
    assert desk.status("housing_need", contested) != "contested"


def test_a_list_follows_what_is_typed_without_accents(seat: Callable[..., Page], server: Server) -> None:
    page = seat("binh")
    page.goto(f"{server.url}/records/")
    name = page.locator("a.row-name").last.inner_text()
    page.locator("#q").press_sequentially(search_key(name), delay=10)
    expect(page).to_have_url(re.compile("q="))
    expect(page.locator("a.row-name").first).to_have_text(name)
    page.locator("#q").fill("zzzz")
    expect(page.get_by_text("Không tìm thấy bản ghi nào")).to_be_visible()
