"""Background Sync, where the browser has it: asked for only when there is a reason, and it wakes an open window."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import CDPSession, Playwright

from tests.again import a_walk
from tests.browser import launch_options
from tests.conftest import PROFILE, Server
from tests.tablet.acts import correct_a_household
from tests.tablet.conftest import HERE, Tablet

HELLO = "**/sync/v1/hello*"
TAGS = "navigator.serviceWorker.ready.then((worker) => worker.sync.getTags())"
NO_TIMERS = "() => { for (let last = setTimeout(() => 0); last > 0; last -= 1) clearTimeout(last); }"


@pytest.fixture
def tablet(playwright: Playwright, server: Server) -> Iterator[Tablet]:
    """One in the whole browser: its shell never wakes anybody."""
    whole = playwright.chromium.launch(**launch_options(whole=True))
    made = Tablet(whole.new_context(**PROFILE, permissions=["geolocation"], geolocation=HERE), server)
    yield made
    whole.close()
    assert not made.faults, made.faults


def worker_of(tablet: Tablet) -> tuple[CDPSession, str]:
    """What speaks to the browser about its workers, and the registration of the app's."""
    devtools = tablet.context.new_cdp_session(tablet.page)
    found: list[str] = []

    def note(told: dict[str, Any]) -> None:
        here = [each for each in told["registrations"] if each["scopeURL"].startswith(tablet.server.url)]
        found.extend(each["registrationId"] for each in here)

    devtools.on("ServiceWorker.workerRegistrationUpdated", note)
    devtools.send("ServiceWorker.enable")
    tablet.until(lambda: bool(found))
    return devtools, found[-1]


@a_walk
def test_when_work_waits_without_network_the_browser_is_asked_to_wake_the_app_and_an_open_window_then_sends(
    tablet: Tablet,
) -> None:
    tablet.context.grant_permissions(["background-sync", "geolocation"])
    tablet.enrol()
    devtools, registration = worker_of(tablet)
    tablet.offline()
    tablet.page.evaluate("dispatchEvent(new Event('online'))")
    tablet.page.locator("#sync-state", has_text="Không có mạng").wait_for()
    assert tablet.page.evaluate(TAGS) == []  # nothing waits
    correct_a_household(tablet)
    tablet.until(lambda: tablet.page.evaluate(TAGS) == ["send"])

    asked: list[str] = []
    tablet.context.route(HELLO, lambda route: (asked.append(route.request.url), route.abort()))
    tablet.offline(False)
    tablet.until(lambda: tablet.page.evaluate(TAGS) == [] and bool(asked))
    tablet.page.evaluate(NO_TIMERS)  # nor would it try again by itself
    tablet.page.wait_for_timeout(300)
    asked.clear()
    origin = {"origin": tablet.server.url, "registrationId": registration}
    devtools.send("ServiceWorker.dispatchSyncEvent", {**origin, "tag": "send", "lastChance": False})
    tablet.until(lambda: bool(asked))
    tablet.context.unroute(HELLO)
    devtools.send("ServiceWorker.dispatchSyncEvent", {**origin, "tag": "send", "lastChance": True})
    tablet.until(lambda: all(change["receipt"] for change in tablet.rows("changes")))


@a_walk
def test_a_line_that_brings_nothing_is_no_reason_to_be_woken_at_once_again_and_again(tablet: Tablet) -> None:
    tablet.context.grant_permissions(["background-sync", "geolocation"])
    tablet.enrol()
    asked: list[str] = []
    tablet.context.route("**/sync/v1/**", lambda route: (asked.append(route.request.url), route.abort()))
    correct_a_household(tablet)
    tablet.page.wait_for_timeout(2500)
    assert tablet.page.evaluate(TAGS) == []
    assert len(asked) <= 6  # the pauses between tries grow
