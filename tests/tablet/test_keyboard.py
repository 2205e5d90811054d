"""A tablet with a keyboard and nothing else: where the keyboard is shows, and it is never lost by what it pressed."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.tablet.conftest import Tablet

HELD = """() => {
  const held = document.activeElement;
  const what = `${held.tagName}#${held.id} ${held.textContent.slice(0, 40)}`;
  const { outlineStyle, outlineWidth } = getComputedStyle(held.closest(".choice, .file-button") ?? held);
  return { what: held === document.body ? "BODY#" : what, ring: `${outlineStyle} ${outlineWidth}` };
}"""


def held(tablet: Tablet) -> dict[str, Any]:
    """What has the keyboard, and the ring around it."""
    found: dict[str, Any] = tablet.page.evaluate(HELD)
    return found


def walk(tablet: Tablet) -> list[dict[str, Any]]:
    """All that the Tab key reaches on the page, once."""
    found: list[dict[str, Any]] = []
    while len(found) < 60:
        tablet.page.keyboard.press("Tab")
        found.append(held(tablet))
        if found[-1]["what"] == "BODY#":
            return found[:-1]
    return found


def test_everything_the_tab_key_reaches_has_the_same_ring_around_it(tablet: Tablet) -> None:
    tablet.enrol()
    for where, title in [("#/households", "Hộ gia đình"), ("#/new/household", "Thêm hộ mới")]:
        tablet.go(where)
        expect(tablet.page.locator("h1:focus")).to_have_text(title)
        reached = walk(tablet)
        assert len(reached) > 8
        assert [each for each in reached if each["ring"] != "solid 3px"] == []


@pytest.mark.parametrize(
    ("where", "name", "times"),
    [
        ("#/sync", "Đồng bộ ngay", 1),
        ("#/map", "Phóng to", 6),
        ("#/new/household", "Lấy vị trí bằng GPS", 1),
    ],
)
def test_what_is_pressed_by_a_key_keeps_the_keyboard_while_it_works_and_after(
    tablet: Tablet, where: str, name: str, times: int
) -> None:
    tablet.enrol()
    tablet.go(where)
    button = tablet.page.get_by_role("button", name=re.compile(name))
    button.focus()
    before = tablet.synced_at()
    for _press in range(times):
        tablet.page.keyboard.press("Enter")
        expect(button).to_be_focused()
    if name == "Đồng bộ ngay":
        tablet.wait_synced(before)
    if name == "Lấy vị trí bằng GPS":
        expect(tablet.page.locator("#household-location-question .point-said")).to_contain_text("22.147")
    expect(button).to_be_focused()


GONE = ["held.hidden = true", "held.disabled = true", "held.parentElement.remove()"]


def test_where_what_had_the_keyboard_is_gone_the_nearest_thing_has_it(tablet: Tablet) -> None:
    tablet.enrol()
    tablet.go("#/sync")
    expect(tablet.page.locator("h1:focus")).to_have_text("Đồng bộ")
    tablet.page.keyboard.press("Shift")
    for gone in GONE:
        tablet.page.locator("main button.btn:not([disabled]):visible").last.focus()
        was = held(tablet)["what"]
        tablet.page.evaluate(f"() => {{ const held = document.activeElement; {gone}; }}")
        tablet.until(lambda was=was: held(tablet)["what"] not in (was, "BODY#"))  # type: ignore[misc]
        assert tablet.page.locator("main :focus").count() == 1


def test_a_finger_that_presses_something_away_brings_no_keyboard_up(tablet: Tablet) -> None:
    tablet.enrol()
    tablet.go("#/new/household")
    tablet.page.get_by_role("button", name="Hôm nay").click()
    tablet.page.evaluate("() => document.activeElement.remove()")
    tablet.page.evaluate("() => new Promise((done) => setTimeout(() => setTimeout(done)))")
    assert held(tablet)["what"] == "BODY#"
