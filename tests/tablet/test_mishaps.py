"""Every request of a tablet meets with everything a proxy or a line can make of it: afterwards both hold the same."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import BrowserContext, Route

from fieldapp import intake, people, places
from fieldapp.db import begin_writing, db
from fieldapp.places import Place
from fieldapp.places.models import PlaceMapping
from fieldapp.surveys.household import Household
from tests.again import ALL
from tests.conftest import Server
from tests.mishaps import MISHAPS, Mishap, OddLine, meetings
from tests.tablet.conftest import Tablet, reached_by
from tests.tablet.inside import inside
from tests.tablet.test_line import WORK

REQUESTS = {
    "hello": "GET /sync/v1/hello",
    "push": "POST /sync/v1/push",
    "pull": "GET /sync/v1/pull",
    "first download": "GET /sync/v1/snapshot",
    "counts": "GET /sync/v1/counts",
    "what of a photo is missing": "GET /sync/v1/blob/[0-9a-f]+/missing",
    "a part of a photo": "PUT /sync/v1/blob/",
    "comparing": "POST /sync/v1/compare",
}

WATCH = inside("""
  window.sync = sync;
  window.states = new Set();
  sync.addEventListener("change", () => window.states.add(sync.state));
  window.ends = [];
  AbortSignal.timeout = () => {
    const one = new AbortController();
    window.ends.push(() => one.abort(new DOMException("", "TimeoutError")));
    return one.signal;
  };
""")
"""Note how each sync ends. How long is waited for an answer is for the test to say."""

ASK = inside("""
  const { Wire } = await load("wire/wire.js");
  const { fetchThumb } = await load("wire/thumbs.js");
  const courier = await store.get("meta", "courier");
  const [wire, locked] = [session.wire("vi"), new Wire({ courier: courier.value, node: session.node })];
  const { how, path, body } = given;
  const asked = {
    ask: () => wire.ask(path, { body: body ?? undefined }),
    locked: () => locked.ask(path, { body }),
    put: () => wire.put(path, new Uint8Array(5), "image/jpeg"),
    picture: () => fetchThumb(wire, given.photo),
  }[how]();
  window.told = asked.then(() => "an answer", (error) => error.constructor.name);
""")
"""Ask one thing, and note what came of it."""

PHOTO, OTHER = "a" * 64, "b" * 64
NOTHING: dict[str, list[str]] = {"changes": []}
CODE = {"code": "AAAA-AAAA", "sealed": "AAAA", "try": "x"}
Asked = tuple[str, str, object]
ASKED: list[Asked] = [
    ("ask", "hello", None),
    ("ask", "pull?area=*&after=0", None),
    ("ask", "snapshot?area=*", None),
    ("ask", "counts?tz=%2B07:00", None),
    ("ask", "push", NOTHING),
    ("ask", "compare", {"want": []}),
    ("ask", f"blob/{PHOTO}/missing?parts=2", None),
    ("put", f"blob/{PHOTO}/0?parts=2", None),
    ("picture", "blob", None),
    ("ask", "enrol", CODE),
    ("ask", "salvage", NOTHING),
    ("locked", "push", {"changes": [], "sealed": []}),
    ("locked", "unlock", CODE),
]
"""Everything that a tablet asks of its server."""

SETTLED = """() => {
  const { state, asked, checking } = window.sync;
  if (state !== "idle" && state !== "running") window.sync.run();
  return state === "idle" && !asked && !checking;
}"""
"""Whether all is sent, read and compared. A sync that is going on is left alone: who asks is given another one."""
FORGET = inside("""
  const [records, cursors] = await Promise.all(["records", "cursors"].map((name) => store.bare(name)));
  await store.write(["records", "cursors"], (rows) => {
    for (const { id } of records) rows("records").delete(id);
    for (const { area } of cursors) rows("cursors").delete(area);
  });
""")
"""As before the first download."""


@pytest.fixture
def line(server: Server) -> Iterator[OddLine]:
    with OddLine(server.port) as made:
        yield made


@pytest.fixture
def over_the_line(visit: Callable[..., BrowserContext], app: Flask, line: OddLine) -> Iterator[Tablet]:
    """A tablet that reaches its server by the line alone."""
    with reached_by(line.url, app, visit()) as made:
        yield made


def led_over(tablet: Tablet, line: OddLine) -> None:
    """What the tablet asks its server goes over this line."""

    def lead(route: Route) -> None:
        route.continue_(url=route.request.url.replace(tablet.server.url, line.url))

    tablet.context.route(re.compile("/sync/v1/"), lead)


def news(tablet: Tablet) -> None:
    """Somebody in the office has changed a household of every village of the tablet."""
    areas = {area["id"] for row in tablet.rows("meta", "areas") for area in row["value"]}
    with tablet.server.app.app_context():
        begin_writing()
        binh = people.find_account("binh")
        for area in areas:
            home = db.session.scalars(sa.select(Household).filter_by(area=area).order_by(Household.id)).first()
            if home:
                intake.save("household", home.id, {"members": (home.members or 1) % 9 + 1}, account=binh)
        db.session.commit()
        db.session.remove()


def settled(tablet: Tablet) -> bool:
    return bool(tablet.page.evaluate(SETTLED))


def suffer(tablet: Tablet, line: OddLine, request: str, mishap: Mishap) -> set[str]:
    """A day's work meets with one mishap, and is done on a good line. Gives the states of the sync meanwhile."""
    tablet.until(lambda: settled(tablet))
    tablet.page.keyboard.press("Shift")  # the app locks itself where nobody touches it
    news(tablet)
    tablet.page.evaluate(WORK, {"records": 1, "photos": 1})
    if request == "first download":
        tablet.page.evaluate(FORGET)
    tablet.page.evaluate("window.states.clear()")
    line.expect(REQUESTS[request], mishap)
    tablet.page.evaluate("void window.sync.run({ check: true })")
    tablet.until(line.met.is_set)
    if mishap.stalls:
        tablet.page.evaluate("window.ends.forEach((end) => end())")
    line.go_on()
    tablet.until(lambda: settled(tablet))
    return set(tablet.page.evaluate("[...window.states]"))


def agrees(tablet: Tablet, after: str) -> None:
    """The tablet and its server hold the same, and no comparison had to put anything right."""
    assert tablet.rows("meta", "checks") == [], after
    photos = [(photo["state"], photo.get("refused")) for photo in tablet.rows("photos")]
    assert set(photos) == {("stored", None)}, after
    assert len(tablet.delivered()) == len(photos), after
    assert tablet.rows("drafts") == [], after


def ask(tablet: Tablet, line: OddLine, asked: Asked, mishap: Mishap | None, photo: str = "") -> str:
    """What comes of one question that meets with this; ``photo``: of which a picture is asked for."""
    how, path, body = asked
    if mishap:
        line.expect(" /sync/v1/", mishap)
    tablet.page.evaluate(ASK, {"how": how, "path": path, "body": body, "photo": photo})
    if mishap and mishap.stalls:
        tablet.until(line.met.is_set)
        tablet.page.evaluate("window.ends.forEach((end) => end())")
    told = str(tablet.page.evaluate("window.told"))
    line.go_on()
    return told


@pytest.mark.long
def test_nothing_that_comes_in_place_of_an_answer_is_taken_for_one_whatever_was_asked(
    tablet: Tablet, line: OddLine
) -> None:
    tablet.enrol()
    tablet.page.evaluate(WORK, {"records": 2, "photos": 2})
    tablet.sync()
    tablet.page.evaluate(inside("sync.stop(); sync.run = async () => {};"))
    photo, other = [each["sha256"] for each in tablet.rows("photos")]
    led_over(tablet, line)
    tablet.page.evaluate(WATCH)
    for number, asked in enumerate(ASKED):
        how, path, body = asked
        assert ask(tablet, line, (how, path.replace(PHOTO, OTHER), body), None, other) != "NoNetwork"
        for mishap in MISHAPS if ALL else MISHAPS[number % 4 :: 4]:
            assert ask(tablet, line, asked, mishap, photo) == "NoNetwork", (asked, mishap.name)
    assert ask(tablet, line, ("picture", "blob", None), None, photo) == "an answer"


@pytest.mark.long
def test_whatever_a_request_meets_with_the_tablet_and_the_server_agree_afterwards_and_it_is_called_no_network(
    over_the_line: Tablet, line: OddLine
) -> None:
    over_the_line.enrol()
    over_the_line.page.evaluate(WATCH)
    for request, mishap in meetings(REQUESTS, ("push", "first download", "a part of a photo")):
        states = suffer(over_the_line, line, request, mishap)
        assert states <= {"running", "offline", "idle"}, (request, mishap.name)
        agrees(over_the_line, f"{request}: {mishap.name}")


def test_what_was_made_before_its_commune_was_merged_arrives_after_it_over_a_line_that_breaks(
    tablet: Tablet, line: OddLine
) -> None:
    """Between the first download and the push, which is heard and not answered; the villages keep their records."""
    with tablet.server.app.app_context():
        begin_writing()
        db.session.execute(sa.delete(PlaceMapping))
        db.session.execute(sa.delete(Place).where(Place.vintage == 2025))
        for table in (Place, PlaceMapping):
            places.imports.note_changed(table)
        db.session.commit()
        db.session.remove()
    tablet.enrol()
    before, villages = communes(tablet), {row["id"]: row["area"] for row in tablet.rows("records")}
    tablet.offline()
    tablet.page.evaluate(WORK, {"records": 1, "photos": 1})
    with tablet.server.app.app_context():
        begin_writing()
        places.import_packaged()
        db.session.commit()
        db.session.remove()
    led_over(tablet, line)
    tablet.page.evaluate(WATCH)
    line.expect(REQUESTS["push"], next(each for each in MISHAPS if each.name == "a reset after the work"))
    tablet.offline(False)
    tablet.page.evaluate("void window.sync.run({ check: true })")
    tablet.until(line.met.is_set)
    tablet.until(lambda: settled(tablet))
    agrees(tablet, "a merge")
    after = communes(tablet)
    assert before.keys() == after.keys()
    assert set(before.values()) == {"Xã Hoàng Trĩ"}
    assert set(after.values()) == {"Xã Đồng Phúc"}
    assert villages.items() <= {row["id"]: row["area"] for row in tablet.rows("records")}.items()


def communes(tablet: Tablet) -> dict[str, str]:
    """The commune of each village of the tablet."""
    return {area["id"]: area["commune"] for row in tablet.rows("meta", "areas") for area in row["value"]}
