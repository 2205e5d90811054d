"""The views as pages: usable by keyboard and screen reader, in both languages, on the smallest screen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from tests.conftest import Server
from tests.tablet.conftest import HERE, Tablet
from tests.tablet.test_trouble import start_a_need_at_its_photos

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}


def check(page: Page, where: str) -> None:
    """No fault axe knows of, one h1, and nothing wider than the screen."""
    faults = Axe().run(page, options=RULES).response["violations"]
    found = [(fault["id"], [node["html"][:120] for node in fault["nodes"][:3]]) for fault in faults]
    assert not found, f"{where}: {found}"
    assert page.locator("h1").count() == 1, where
    wide = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{where}: {wide} px wider than the screen"


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_every_view_is_accessible_on_a_small_screen(
    visit: Callable[..., BrowserContext], server: Server, lang: str
) -> None:
    context = visit(viewport={"width": 360, "height": 740}, geolocation=HERE, permissions=["geolocation"])
    tablet = Tablet(context, server)
    tablet.open(lang=lang)
    tablet.page.locator("#code").wait_for()
    check(tablet.page, "enrol")
    tablet.enrol(lang=lang)
    household = next(row for row in tablet.rows("records") if row["survey"] == "household")
    for where in ("#/", "#/households", f"#/record/{household['id']}", "#/sync", "#/receipts"):
        tablet.go(where)
        tablet.page.wait_for_timeout(200)
        check(tablet.page, where)
    tablet.go("#/new/household")
    tablet.page.locator(".part:visible").wait_for()
    check(tablet.page, "a form")
    tablet.page.locator(".contents summary").click()
    tablet.page.locator(".contents button").last.click()
    tablet.next_part()
    expect(tablet.page.locator(".error-summary")).to_be_visible()
    check(tablet.page, "a form with errors")
    start_a_need_at_its_photos(tablet)
    check(tablet.page, "photos")
    assert not tablet.faults


def test_touch_targets_are_at_least_48_pixels_high(tablet: Tablet) -> None:
    tablet.enrol()
    small: list[Any] = []
    for where in ("#/", "#/households", "#/sync", "#/receipts", "#/new/household"):
        tablet.go(where)
        tablet.page.wait_for_timeout(200)
        small += tablet.page.evaluate(SMALL)
    assert small == []


SMALL = """() => [...document.querySelectorAll("a, button, input:not([type=hidden]), select, textarea, summary")]
  .filter((element) => element.checkVisibility() && !element.closest(".skip, .visually-hidden, .choice"))
  .filter((element) => !element.matches(".visually-hidden"))
  .map((element) => [element.outerHTML.slice(0, 80), Math.round(element.getBoundingClientRect().height)])
  .filter(([, height]) => height < 48)"""


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
    tablet.page.locator(".card-link", has_text="Trả lại để sửa").filter(has_text="Thôn").first.click()
    expect(tablet.page.locator(".actions a").first).to_have_text("Sửa câu trả lời")
    expect(tablet.page.locator(".actions a.btn-primary")).to_have_count(1)
