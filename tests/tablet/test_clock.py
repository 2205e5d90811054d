"""The day a tablet goes by is that of Việt Nam and of the server, and a wrong clock is told and stops nobody."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.again import a_walk
from tests.tablet.bare import bare_page
from tests.tablet.conftest import Tablet

VIETNAM = timezone(timedelta(hours=7))
TOLD = "2026-08-01T02:00:00Z"
YEAR = 365 * 86_400_000
READINGS = [
    ("right, days later", 0, "2026-08-05T02:00:00Z", "right", "2026-08-05"),
    ("half past six in Việt Nam, of a tablet in UTC", 0, "2026-08-04T23:30:00Z", "right", "2026-08-05"),
    ("behind by eleven years, as when it last synced", 11 * YEAR, "2015-08-07T02:00:00Z", "wrong", "2026-08-04"),
    ("put right by hand since", 11 * YEAR, "2026-08-03T02:00:00Z", "right", "2026-08-03"),
    ("an hour ahead, as when it last synced", -3_600_000, "2026-08-02T18:00:00Z", "wrong", "2026-08-03"),
    ("ahead by years and put right since", -4 * YEAR, "2026-08-03T02:00:00Z", "right", "2026-08-03"),
    ("set back by a flat battery", 0, "2015-01-01T00:00:00Z", "set_back", None),
    ("set back by a day", 0, "2026-07-31T00:00:00Z", "set_back", None),
    ("in a drawer for a year, or set ahead", 0, "2027-08-05T02:00:00Z", "doubtful", "2027-08-05"),
]
READ = """async ([offset, told_at, wall]) => {
  const { readClock, vietnamDay } = await import("/ground/today.js");
  const { state, now } = readClock({ offset, told_at }, Date.parse(wall));
  return [state, now === null ? null : vietnamDay(now)];
}"""


@pytest.fixture(scope="module")
def module(browser: Browser) -> Iterator[Page]:
    with bare_page(browser) as page:
        yield page


@pytest.mark.parametrize(
    ("offset", "wall", "state", "day"), [row[1:] for row in READINGS], ids=[r[0] for r in READINGS]
)
def test_the_clock_is_read_beside_what_the_server_last_said(
    module: Page, offset: int, wall: str, state: str, day: str | None
) -> None:
    assert module.evaluate(READ, [offset, TOLD, wall]) == [state, day]


TRUE = """async ([offset, told_at, wall]) => {
  const { trueMoment } = await import("/ground/today.js");
  Date.now = () => Date.parse(wall);
  return trueMoment({ offset, told_at });
}"""


@pytest.mark.parametrize(
    ("wall", "true"),
    [
        ("2015-08-07T02:00:00.000Z", "2026-08-04T02:00:00.000Z"),
        ("2026-08-03T02:00:00.000Z", "2026-08-03T02:00:00.000Z"),
        ("2015-01-01T00:00:00.000Z", "2015-01-01T00:00:00.000Z"),
    ],
    ids=["as wrong as at its last sync", "put right since", "nobody knows"],
)
def test_a_moment_that_is_told_is_the_true_one_as_far_as_it_is_known(module: Page, wall: str, true: str) -> None:
    assert module.evaluate(TRUE, [11 * YEAR, TOLD, wall]) == true


def test_where_nobody_knows_the_day_no_rule_about_it_is_broken(module: Page) -> None:
    broken = """async (today) => {
      const { keeps } = await import("/twins/rules.js");
      const rule = (word, arg) => keeps({ word, arg }, "2030-01-01", {}, today);
      return [rule("not_after", "today"), rule("age_at_least", 18), rule("not_after", "2026-01-01")];
    }"""
    assert module.evaluate(broken, None) == [True, True, False]
    assert module.evaluate(broken, "2026-08-01") == [False, False, False]


def another_day() -> str:
    """A zone where it is another day than in Việt Nam just now."""
    return "Pacific/Kiritimati" if datetime.now(VIETNAM).hour >= 17 else "Pacific/Pago_Pago"


@a_walk
def test_today_is_that_of_vietnam_in_whatever_zone_the_tablet_stands(
    another: Callable[..., Tablet],
) -> None:
    tablet = another(timezone_id=another_day())
    tablet.enrol()
    tablet.go("#/new/household")
    question = tablet.question("household", "visited_on")
    question.get_by_role("button", name="Hôm nay").click()
    assert question.locator("input").input_value() == f"{datetime.now(VIETNAM):%d/%m/%Y}"
    expect(question.locator(".error")).to_be_hidden()


def test_a_clock_set_back_to_2015_in_a_village_is_told_on_opening_and_takes_every_date(tablet: Tablet) -> None:
    tablet.enrol()
    tablet.offline()
    tablet.page.clock.set_fixed_time(datetime(2015, 1, 1, tzinfo=UTC))
    tablet.page.reload()
    expect(tablet.page.locator("#banners")).to_contain_text("bị lùi về ngày 01/01/2015")
    tablet.go("#/new/household")
    question = tablet.question("household", "visited_on")
    expect(question.get_by_role("button", name="Hôm nay")).to_have_count(0)
    tablet.answer("household", "visited_on", f"{datetime.now(VIETNAM):%d/%m/%Y}")
    expect(question.locator(".error")).to_be_hidden()
