"""A position given by a pin on the plan of the houses: with a finger on a small screen, or by keyboard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.tablet.conftest import Tablet
from tests.tablet.test_duplicates import empty_page
from tests.tablet.test_map import open_the_position
from tests.tablet.test_usable import SMALL, TOO_SMALL, TOO_WIDE

PLAN = ".on-plan .map"


def apart(one: dict[str, Any], other: dict[str, Any]) -> float:
    return sum(abs(float(one[axis]) - float(other[axis])) for axis in ("lat", "lon"))


def answer_of(tablet: Tablet) -> dict[str, Any]:
    return dict(tablet.rows("drafts")[0]["answers"]["location"])


def test_a_tap_on_the_plan_puts_the_pin_there_on_a_small_screen_and_is_taken_without_network(
    another: Callable[..., Tablet],
) -> None:
    tablet = another(viewport=SMALL, has_touch=True)
    tablet.enrol()
    tablet.offline()
    row, box = open_the_position(tablet)
    box.get_by_text("Hoặc nhập tọa độ bằng tay").click()
    box.locator("input[type=text]").fill("không rõ")
    box.locator("input[type=text]").blur()
    expect(box.locator(".error")).to_be_visible()

    box.get_by_text("Chỉ vị trí trên sơ đồ các nhà").click()
    house = box.locator(".map-house").first
    centre = house.bounding_box() or {}
    tablet.page.touchscreen.tap(centre["x"] + centre["width"] / 2, centre["y"] + centre["height"] / 2)
    said = box.locator(".on-plan [role=status]")
    expect(said).to_contain_text("Nhà gần nhất")
    assert tablet.page.evaluate(TOO_SMALL) == []
    assert tablet.page.evaluate(TOO_WIDE) == []
    box.locator(".on-plan button").click()
    expect(box.locator(".point-said").first).to_contain_text("xác định bằng tay, không dùng GPS")
    expect(box.locator(".error")).to_be_hidden()  # what was typed before is no more in the way
    tablet.until(lambda: bool(tablet.rows("drafts")[0]["answers"].get("location")))
    found = answer_of(tablet)
    assert (found["source"], found["accuracy_m"], found["at"]) == ("pin", None, None)
    homes = [each for each in tablet.rows("records") if each["area"] == row["area"] and each["survey"] == "household"]
    places = [each["values"]["location"] for each in homes if each["values"].get("location")]
    assert min(apart(place, found) for place in places) < 0.0003


def test_by_keyboard_the_arrows_move_the_pin_and_enter_takes_it(tablet: Tablet) -> None:
    tablet.enrol()
    tablet.offline()
    row, box = open_the_position(tablet)
    before = row["values"]["location"]
    box.locator(".on-plan summary").focus()
    tablet.page.keyboard.press("Enter")
    box.locator(PLAN).wait_for()
    tablet.page.keyboard.press("Tab")
    expect(box.locator(PLAN)).to_be_focused()
    tablet.page.keyboard.press("Enter")  # nothing was moved: the fix by satellite stays
    for _step in range(4):
        tablet.page.keyboard.press("ArrowUp")
    tablet.page.keyboard.press("ArrowRight")
    tablet.page.keyboard.press("Enter")
    tablet.until(lambda: bool(tablet.rows("drafts")) and answer_of(tablet)["source"] == "pin")
    found = answer_of(tablet)
    assert float(found["lat"]) > float(before["lat"])
    assert float(found["lon"]) > float(before["lon"])
    expect(box.locator("input[type=text]")).to_have_value(f"{found['lat']}, {found['lon']}")
    expect(tablet.page.locator(".part:visible")).to_have_count(1)  # Enter has sent no form


def test_a_village_without_positions_says_that_there_is_no_plan(tablet: Tablet) -> None:
    tablet.enrol()
    tablet.offline()
    _row, box = open_the_position(tablet)
    tablet.page.evaluate(
        """async () => {
          const start = document.querySelector("script[type=module]").src;
          const { Households } = await import(start.replace("shell/start", "records/households"));
          Households.prototype.all = async () => [];
        }"""
    )
    box.locator(".on-plan summary").click()
    expect(box.locator(".on-plan")).to_contain_text("chưa có sơ đồ")
    expect(box.get_by_text("Hoặc nhập tọa độ bằng tay")).to_be_visible()


@pytest.fixture(scope="module")
def modules(browser: Browser) -> Any:
    page = empty_page(browser)
    yield page
    page.close()


def test_a_place_on_the_plan_and_the_point_it_stands_for_are_one(modules: Page) -> None:
    work = """async (points) => {
      const { distance, plan } = await import("/ground/plan.js");
      const { place, point } = plan(points, { around: 300 });
      return points.map((each) => distance(each, point(place(each))));
    }"""
    metres = modules.evaluate(work, [[22.1, 105.8], [22.2, 105.9], [22.15, 105.82]])
    assert max(metres) < 5  # over eleven kilometres; in a village it is far less
