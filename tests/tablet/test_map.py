"""The plan of the houses: distances, scale, and the way from a point to its household; all without network."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from fieldapp import intake, people
from fieldapp.db import begin_writing, db
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
    measure = "async (pair) => { const { distance } = await import('/ground/plan.js'); return distance(...pair); }"
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
      const { distance, plan } = await import("/ground/plan.js");
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


VILLAGE = [[22.14 + i / 5000, 105.83 + (i % 7) / 1000] for i in range(37)]


@pytest.mark.parametrize(
    ("points", "far"),
    [
        (VILLAGE, []),
        ([*VILLAGE, [22.46, 105.83]], [37]),
        ([*VILLAGE[:2], [22.46, 105.83]], [2]),
        ([VILLAGE[0], [22.46, 105.83]], []),  # of two nobody knows which is astray
        ([*VILLAGE, *([lat + 0.05, lon] for lat, lon in VILLAGE[:9])], []),  # a hamlet over the ridge
        ([VILLAGE[0]], []),
        ([], []),
    ],
)
def test_a_position_far_off_is_told_apart_and_a_hamlet_over_the_ridge_is_not(
    modules: Page, points: list[list[float]], far: list[int]
) -> None:
    split = "async (points) => (await import('/ground/plan.js')).bulk(points)"
    assert modules.evaluate(split, points) == {"far": far, "near": [i for i in range(len(points)) if i not in far]}


def move_far_off(tablet: Tablet) -> str:
    """Put one of the households 35 km to the north, as a slip of a digit does; gives its id."""
    rows = [row for row in tablet.rows("records") if row["survey"] == "household" and row["values"].get("location")]
    with tablet.server.app.app_context():
        begin_writing()
        place = {**rows[0]["values"]["location"], "lat": f"{float(rows[0]['values']['location']['lat']) + 0.32:.6f}"}
        intake.save("household", rows[0]["id"], {"location": place}, account=people.find_account("binh"))
        db.session.commit()
    tablet.sync()
    return str(rows[0]["id"])


def test_one_position_far_off_leaves_the_other_houses_apart_and_is_shown_as_astray(tablet: Tablet) -> None:
    tablet.enrol()
    astray = move_far_off(tablet)
    tablet.go("#/map")
    page = tablet.page
    expect(page.locator(".map-astray")).to_have_count(1)
    expect(page.locator(".map-house")).to_have_count(14)
    boxes = [house.bounding_box() or {} for house in page.locator(".map-house").all()]
    assert max(box["x"] for box in boxes) - min(box["x"] for box in boxes) > 100
    expect(page.locator(f"main .warning + .cards a[href='#/record/{astray}']")).to_contain_text("cách nhà gần nhất")
    before = page.locator(".map-bar text").first.text_content()
    page.get_by_role("button", name="Phóng to").click()
    assert page.locator(".map-bar text").first.text_content() != before
    page.get_by_role("button", name="Thu nhỏ").click()
    expect(page.locator(".map-bar text").first).to_have_text(before or "")
    expect(page.get_by_role("button", name="Thu nhỏ")).to_be_disabled()


def test_a_position_far_from_the_village_is_asked_about_when_it_is_given(tablet: Tablet) -> None:
    tablet.enrol()
    tablet.offline()
    _row, box = open_the_position(tablet)
    typed = box.locator("input[type=text]")
    box.get_by_text("Hoặc nhập tọa độ bằng tay").click()
    typed.fill("22.467100, 105.834800")
    typed.blur()
    expect(box).to_contain_text("Vị trí này cách các nhà khác của thôn")
    box.get_by_role("button", name="Không đúng, bỏ vị trí này").click()
    expect(typed).to_have_value("")
    expect(box).not_to_contain_text("Vị trí này cách các nhà khác của thôn")
    tablet.until(lambda: tablet.rows("drafts")[0]["answers"].get("location") is None)


TOLD_LATER = """async () => {
  const start = document.querySelector("script[type=module]").src;
  const { Households } = await import(start.replace("shell/start", "records/households"));
  const { all } = Households.prototype;
  Households.prototype.all = function () {
    return new Promise((told) => {
      window.tell = async () => {
        told(all.call(this));
        await all.call(this);
        await new Promise((looked) => setTimeout(looked));
      };
    });
  };
}"""
"""Where the houses of the village are is known once the test says so."""


def test_a_position_that_was_taken_away_while_the_houses_were_looked_up_is_not_asked_about(tablet: Tablet) -> None:
    tablet.enrol()
    tablet.offline()
    _row, box = open_the_position(tablet)
    tablet.page.evaluate(TOLD_LATER)
    box.get_by_text("Hoặc nhập tọa độ bằng tay").click()
    for text in ("22.467100, 105.834800", ""):
        box.locator("input[type=text]").fill(text)
        box.locator("input[type=text]").blur()
    tablet.page.wait_for_function("window.tell")
    tablet.page.evaluate("window.tell()")
    expect(box).not_to_contain_text("Vị trí này cách các nhà khác của thôn")


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
