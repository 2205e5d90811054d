"""What came in is on the page that is looked at, in whatever order reading and drawing come to their ends."""

from __future__ import annotations

import pytest
from playwright.sync_api import Route, expect

from fieldapp import people, review
from fieldapp.db import begin_writing, db
from fieldapp.surveys.housing_need import HousingNeed
from tests.again import a_walk, again
from tests.tablet.acts import correct_a_household
from tests.tablet.conftest import Tablet
from tests.tablet.inside import inside

WHY = "Hộ đã có nhà ở nơi khác."

GATES = inside("""
  const [{ Lists }, { Store }] = await Promise.all([load("records/lists.js"), load("store/store.js")]);
  const gate = (prototype, name, is) => {
    const kept = prototype[name];
    const waiting = [];
    let times = 0;
    prototype[name] = async function (...given) {
      if (is(...given) && (times += 1) <= 1) await new Promise((go) => waiting.push(go));
      return kept.apply(this, given);
    };
    return { reached: () => waiting.length > 0, open: () => waiting.forEach((go) => go()) };
  };
  window.gates = {
    counting: gate(Lists.prototype, "derived", (name) => name === "work"),
    drawing: gate(Store.prototype, "bare", (name) => name === "photos"),
  };
""")
"""The first time that all work is counted, and the first time that the photos are (the first page asks for both): each
ends when it is told to.
"""


def refuse_a_need(tablet: Tablet) -> None:
    """The supervisor refuses a need of which nothing was said before."""
    rows = tablet.rows("records")
    said = {row["values"]["subject"] for row in rows if row["survey"] == "decision"}
    need = next(row["id"] for row in rows if row["survey"] == "housing_need" and row["id"] not in said)
    with tablet.server.app.app_context():
        begin_writing()
        record = db.session.get_one(HousingNeed, need)
        binh = people.find_account("binh")
        review.decide(record, "refuse", account=binh, seen=review.heads_of(record), comment=WHY)
        db.session.commit()
        db.session.remove()


def told(tablet: Tablet) -> None:
    """It stands on the first page, and goes on standing there."""
    card = tablet.page.locator("section.block", has_text="Phiếu bị từ chối").locator(".card-link")
    expect(card).to_contain_text(WHY, timeout=20_000)


def reached(tablet: Tablet, gate: str) -> None:
    tablet.until(lambda: bool(tablet.page.evaluate(f"window.gates.{gate}.reached()")))


def opened(tablet: Tablet, gate: str) -> None:
    tablet.page.evaluate(f"window.gates.{gate}.open()")


@pytest.mark.parametrize("order", [("counting", "drawing"), again(("drawing", "counting"))])
def test_the_first_page_shows_what_a_sync_brought_whichever_of_its_parts_is_ready_first(
    tablet: Tablet, order: tuple[str, str]
) -> None:
    tablet.enrol()
    tablet.go("#/sync")
    tablet.page.get_by_role("button", name="Đồng bộ ngay").wait_for()
    refuse_a_need(tablet)
    tablet.sync()
    tablet.page.evaluate(GATES)
    tablet.go("#/")
    for gate in ("counting", "drawing"):
        reached(tablet, gate)
    tablet.page.wait_for_timeout(400)  # longer than the page waits for the whole
    for gate in order:
        opened(tablet, gate)
        tablet.page.wait_for_timeout(300)
    told(tablet)


@a_walk
def test_a_village_read_before_a_sync_broke_off_is_read_again_for_who_asked_since(tablet: Tablet) -> None:
    tablet.enrol()
    correct_a_household(tablet)  # so that there is something to count
    tablet.sync()
    before, held = tablet.synced_at(), list[Route]()
    tablet.context.route("**/sync/v1/counts*", lambda route: route.continue_() if held else held.append(route))
    tablet.page.get_by_role("button", name="Đồng bộ ngay").click()
    tablet.until(lambda: bool(held))  # all villages are read
    refuse_a_need(tablet)
    tablet.page.evaluate(inside("sync.nudge();"))  # as when the app is looked at again
    held[0].abort("connectionreset")
    tablet.wait_synced(before)
    tablet.go("#/")
    told(tablet)
