"""A line on which a request stands still, at any step of a sync, and the app is closed over it and opened again."""

from __future__ import annotations

import re
from functools import partial

import pytest
from playwright.sync_api import Route

from tests.again import ALL
from tests.tablet.conftest import Tablet
from tests.tablet.inside import inside
from tests.tablet.test_line import WORK

STEPS = ["hello", "push", "pull", "counts", "blob/[0-9a-f]+/missing", "blob/[0-9a-f]+/[0-9]", "compare"]
HEARD = [step for step in STEPS if step in ("push", "blob/[0-9a-f]+/[0-9]")]
"""What leaves something on the server that hears it. Of the others a tablet cannot tell whether they were heard."""
UNHEARD = ["pull", "blob/[0-9a-f]+/[0-9]"]
"""What ``make test`` asks of those that were not heard: one that fetches and one that sends."""
CHECK = inside("sync.run({ check: true });")


class Stalling:
    """The first request that comes gets no answer, though the server may have heard it."""

    def __init__(self, heard: bool) -> None:
        self.heard, self.stalled = heard, False

    def __call__(self, route: Route) -> None:
        if self.stalled:
            route.continue_()
            return
        if self.heard:
            route.fetch()
        self.stalled = True


@pytest.mark.long
@pytest.mark.parametrize("heard", [False, True], ids=["unheard", "heard but not answered"])
def test_work_arrives_once_whatever_request_stood_still_when_the_app_was_closed(tablet: Tablet, heard: bool) -> None:
    tablet.enrol()
    for number, step in enumerate(STEPS if ALL else HEARD if heard else UNHEARD):
        line = Stalling(heard)
        address = re.compile(f"/sync/v1/{step}")
        tablet.context.route(address, line.__call__)
        tablet.page.evaluate(WORK, {"records": 1, "photos": 1})
        tablet.page.evaluate(CHECK)
        tablet.until(partial(getattr, line, "stalled"))
        tablet.page.reload()
        tablet.page.locator("#tabs a").first.wait_for()
        tablet.page.evaluate(CHECK)
        tablet.until(lambda: {photo["state"] for photo in tablet.rows("photos")} == {"stored"})
        tablet.until(lambda: all(change["receipt"] for change in tablet.rows("changes")))
        tablet.context.unroute(address)
        assert len(tablet.delivered()) == len(tablet.rows("photos")) == number + 1, step
        assert tablet.rows("drafts") == []
