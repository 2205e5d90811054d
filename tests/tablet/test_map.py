"""The plan of the houses: distances, scale, and the way from a point to its household; all without network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.tablet.conftest import Tablet
from tests.tablet.test_duplicates import empty_page

SIZE = 600


@pytest.fixture(scope="module")
def modules(browser: Browser) -> Iterator[Page]:
    page = empty_page(browser)
    yield page
    page.close()


@pytest.mark.parametrize(
    ("one", "other", "metres"),
    [
        ([22.1471, 105.8348], [22.1471, 105.8348], 0),
        ([22.0, 105.8], [22.01, 105.8], 1112),
        ([22.0, 105.8], [22.0, 105.81], 1031),
    ],
)
def test_distances_are_metres(modules: Page, one: list[float], other: list[float], metres: int) -> None:
    measure = "async (pair) => { const { distance } = await import('/plan.js'); return distance(...pair); }"
    assert round(modules.evaluate(measure, [one, other])) == metres


@pytest.mark.parametrize(
    "points",
    [
        [[22.1471, 105.8348]],
        [[22.1, 105.8], [22.2, 105.9], [22.15, 105.82]],
        [[22.1, 105.8], [22.1, 105.8001]],
    ],
)
def test_every_point_is_on_the_plan_north_is_up_and_the_bar_measures(modules: Page, points: list[list[float]]) -> None:
    work = """async (points) => {
      const { distance, plan } = await import("/plan.js");
      const { place, bar } = plan(points);
      const far = distance(points[0], points.at(-1));
      return { places: points.map(place), bar, far };
    }"""
    found = modules.evaluate(work, points)
    assert all(0 <= x <= SIZE and 0 <= y <= SIZE for x, y in found["places"])
    norths = [points.index(point) for point in sorted(points)]
    assert norths == sorted(norths, key=lambda i: -found["places"][i][1])
    (x, y), (u, v) = found["places"][0], found["places"][-1]
    measured = ((x - u) ** 2 + (y - v) ** 2) ** 0.5 / found["bar"]["width"] * found["bar"]["metres"]
    assert measured == pytest.approx(found["far"], rel=0.01)
    assert 0 < found["bar"]["width"] <= SIZE / 3


def test_a_house_is_tapped_on_the_map_and_its_household_opened_without_network(tablet: Tablet) -> None:
    tablet.enrol()
    page = tablet.page
    tablet.offline()
    tablet.go("#/households")
    page.get_by_role("link", name="Bản đồ nhà").click()
    houses = page.locator(".map-house")
    listed = page.locator("main ul.cards").last.locator(".card-link")
    expect(houses).to_have_count(15)
    expect(listed).to_have_count(15)
    houses.first.click()
    chosen = page.locator("main ul.cards").first.locator(".card-link")
    expect(chosen).to_have_count(1)
    name = chosen.locator(".card-title").inner_text()
    chosen.click()
    expect(page.locator("h1")).to_have_text(name)


def test_the_list_beside_the_map_begins_with_the_nearest_house(tablet: Tablet) -> None:
    tablet.enrol()
    page = tablet.page
    rows = [row for row in tablet.rows("records") if row["survey"] == "household" and row["values"].get("location")]
    place = rows[-1]["values"]["location"]
    tablet.context.set_geolocation({"latitude": float(place["lat"]), "longitude": float(place["lon"]), "accuracy": 8})
    tablet.offline()
    tablet.go("#/map")
    page.get_by_role("button", name="Xem tôi đang ở đâu").click()
    expect(page.locator(".map-me")).to_have_count(1)
    first = page.locator("main ul.cards").last.locator(".card-link").first
    expect(first).to_contain_text(rows[-1]["values"]["head_name"])
    expect(first).to_contain_text("cách đây 0 m")


def open_the_position(tablet: Tablet) -> tuple[dict[str, Any], Any]:
    """The form of a household that has a position, at that question; gives the record and the question."""
    rows = tablet.rows("records")
    row = next(each for each in rows if each["survey"] == "household" and each["values"].get("location"))
    tablet.go(f"#/edit/{row['id']}")
    tablet.page.locator(".contents summary").wait_for()
    box = tablet.question("household", "location")
    for number in range(tablet.page.locator(".contents button").count()):
        if box.is_visible():
            break
        tablet.page.locator(".contents summary").click()
        tablet.page.locator(".contents button").nth(number).click()
    return row, box
