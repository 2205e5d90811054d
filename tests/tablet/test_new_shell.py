"""A newer app on the server, or somebody else at its address: the app that is on the tablet goes on, whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from playwright.sync_api import Route, expect

from fieldapp.web.tablet import shell as served
from tests.again import a_walk
from tests.tablet.acts import correct_a_household
from tests.tablet.conftest import Tablet

CACHES = "caches.keys().then((names) => names.sort())"
UPDATE = """navigator.serviceWorker.getRegistration("/app/")
  .then((one) => one.update().then(() => new Promise((done) => {
    const found = one.installing ?? one.waiting;
    if (!found || found.state !== "installing") return done(true);
    found.addEventListener("statechange", () => done(true), { once: true });
  })))
  .catch((error) => String(error))"""
WAITS = 'navigator.serviceWorker.getRegistration("/app/").then((one) => Boolean(one.waiting))'
BUILD = "document.querySelector('script[type=module]').src.match(/build.(\\w+)/)[1]"


@pytest.fixture
def deploy(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """A newer build from here on; the old one is no more on the server."""

    def forget() -> None:
        served.shell.cache_clear()
        served.worker.cache_clear()

    def newer() -> None:
        style = served._bootstrap
        monkeypatch.setattr(served, "_bootstrap", lambda: f"{style()}/* newer */")
        forget()

    yield newer
    monkeypatch.undo()
    forget()


@a_walk
def test_a_newer_app_waits_until_it_is_wanted_and_half_of_one_is_never_used(
    new_tablet: Tablet, deploy: Callable[[], None]
) -> None:
    tablet = new_tablet
    tablet.enrol()
    tablet.go("#/new/household")
    tablet.page.locator(".part:visible").wait_for()
    tablet.until(lambda: bool(tablet.rows("drafts")))
    old = tablet.page.evaluate(BUILD)
    tablet.context.route("**/app/icon-512.png", lambda route: route.fulfill(status=500))
    deploy()  # from here on the browser may look for it by itself as well
    tablet.page.evaluate(UPDATE)
    assert tablet.page.evaluate(CACHES) == [f"shell-{old}"]
    assert not tablet.page.evaluate(WAITS)

    tablet.context.unroute("**/app/icon-512.png")
    tablet.page.evaluate(UPDATE)
    tablet.until(lambda: bool(tablet.page.evaluate(WAITS)))
    tablet.page.reload()
    tablet.page.locator(".part:visible").wait_for()
    assert tablet.page.evaluate(BUILD) == old
    [draft] = tablet.rows("drafts")

    with tablet.page.expect_navigation():
        tablet.page.locator("#updates").get_by_role("button").click()
    tablet.page.locator(".part:visible").wait_for()
    new = tablet.page.evaluate(BUILD)
    assert new != old
    assert tablet.page.evaluate(CACHES) == [f"shell-{new}"]
    assert [each["id"] for each in tablet.rows("drafts")] == [draft["id"]]


def test_a_sign_in_page_in_the_way_of_everything_stops_neither_the_app_nor_loses_what_waits(tablet: Tablet) -> None:
    tablet.enrol()
    before = tablet.page.evaluate(CACHES)

    def to_sign_in(route: Route) -> None:
        route.fulfill(status=302, headers={"Location": f"{tablet.server.url}/sign-in"})

    tablet.context.route("**/app/**", to_sign_in)
    tablet.context.route("**/sync/**", to_sign_in)
    correct_a_household(tablet)
    tablet.page.evaluate(UPDATE)
    tablet.page.reload()
    tablet.go("#/sync")
    expect(tablet.page.locator("main")).to_contain_text("Hiện không có mạng")
    assert tablet.page.evaluate(CACHES) == before
    assert [change["receipt"] for change in tablet.rows("changes")] == [None]

    tablet.context.unroute_all(behavior="wait")
    tablet.sync()
    assert len(tablet.delivered()) == 1


def test_a_clock_two_days_behind_is_told_and_the_work_comes_in_its_order(tablet: Tablet) -> None:
    tablet.page.clock.set_fixed_time(datetime.now(UTC) - timedelta(days=2))
    tablet.enrol()
    expect(tablet.page.locator("#banners")).to_contain_text("Đồng hồ của máy chạy chậm 2 ngày.")
    correct_a_household(tablet)
    correct_a_household(tablet, "8")
    tablet.until(lambda: all(change["receipt"] for change in tablet.rows("changes")))
    one, two = tablet.delivered()
    assert one["stamp"] < two["stamp"]
