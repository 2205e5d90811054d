"""Whatever a tablet, another node or a file has brought: every page, file and answer made of it opens.

The tests of a database work on one node, in their order: what is held, then the same once it was released.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from fieldapp import intake, reports
from fieldapp.db import db
from fieldapp.exports.feeds import FEEDS
from fieldapp.surveys import SURVEYS, listed
from sync import new_record_id
from tests.again import a_walk, so_many
from tests.api.conftest import Programs
from tests.conftest import sit
from tests.foreign.conftest import World, enrolled
from tests.foreign.shapes import SHAPES, UNSPEAKABLE
from tests.nodes.conftest import Node, give_accounts
from tests.nodes.sticks import befriend, write
from tests.pages import check_page
from tests.statements import counted
from tests.wire_client import WALL

PAGES = ["/", "/admin/", "/admin/held", "/admin/devices", "/admin/people", "/admin/node", "/admin/system", "/map"]
ON_SQLITE = pytest.mark.parametrize("world", ["sqlite"], indirect=True)
"""For what is made of rows alone, which are the same on each database."""
EACH = so_many(3, 1, 1)
"""Every third file or page with ``make test``."""
NUMBERS = [10**6, 2**53, 10**30, 1.5]


def batches(world: World) -> Iterator[str]:
    with world.app.app_context():
        yield from (f"/admin/batches/{each.id}" for each in intake.journal().batches(100))
        db.session.remove()


def records(world: World) -> Iterator[str]:
    yield from (f"/records/{record}" for survey, record in world.shared.items() if SURVEYS[survey].listed)


def files(extensions: Iterable[str]) -> list[str]:
    return [f"/reports/records/{survey}.{extension}" for survey in SURVEYS for extension in extensions]


def broken(client: FlaskClient, paths: Iterable[str]) -> list[tuple[str, int]]:
    """The addresses that do not open, each fetched once."""
    found = []
    for path in paths:
        with client.get(path) as answer:
            if answer.status_code != 200:
                found.append((path, answer.status_code))
    return found


EDGES = ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59", "9999-12-31T23:59:59-14:00", "0001-01-01", "9999-W52-7"]
"""The ends of the calendar, as a tablet with a broken clock tells them."""


def told_by(world: World) -> list[tuple[str, int]]:
    """What a device reads of it all."""
    found = []
    for device, path in [
        (world.tablet, f"counts?device={world.tablet.device}"),
        (world.node, "pull?area=*&limit=1000"),
    ]:
        answer = device.client.get(f"/sync/v1/{path}", headers=device.auth)
        found += [(path, answer.status_code)] if answer.status_code != 200 else []
    return found


def test_every_text_gets_a_verdict_that_keeps_it(world: World) -> None:
    verdicts = Counter(result["verdict"] for result in world.results)
    assert verdicts.keys() == {"stored", "held"}
    assert verdicts["held"] > verdicts["stored"] > 0


def test_what_no_change_may_say_spoils_no_other(world: World) -> None:
    tablet = world.tablet
    texts = [
        tablet.change("household", world.shared["household"], {"members": "@"}).replace('"@"', value)
        for value in UNSPEAKABLE.values()
    ]
    *told, last = tablet.push(*texts, tablet.household())
    assert {each["verdict"] for each in told} == {"bad"}
    assert last["verdict"] == "stored"


def test_whatever_a_change_says_of_itself_it_gets_a_verdict(world: World) -> None:
    """Each of its own keys with every shape; ``made_at`` and ``base`` from within too."""
    tablet, keys = world.tablet, json.loads(world.tablet.household()).keys() - {"answers", "device", "seq", "prev"}
    odd: list[dict[str, Any]] = []
    for value in (*SHAPES.values(), *NUMBERS):
        odd += [{key: value} for key in keys]
        odd += [{"base": {"members": value}}, {"base": {"members": [value]}}]
        odd += [{"made_at": WALL | {key: value}} for key in WALL]
    told = world.push(tablet, (tablet.household(**each) for each in odd))
    assert len(told) == len(odd)
    assert {each["verdict"] for each in told} <= {"stored", "held", "fork", "bad"}


@pytest.mark.parametrize("moment", ["0" * 12, "f" * 12])
def test_a_stamp_at_an_end_of_its_own_calendar_gets_a_verdict_whatever_it_is_of(world: World, moment: str) -> None:
    """Milliseconds may tell of 1970 and of the year 10889; the papers of offices are asked for their day."""
    tablet = enrolled(world.app, "binh", "tablet")
    answers = {"state": "signed", "level": "commune", "village": tablet.areas[0]["id"]}
    stamp = f"{moment}-000000-{tablet.device}"
    told = world.push(tablet, (tablet.change(each, new_record_id(), answers, stamp=stamp) for each in SURVEYS))
    assert {each["verdict"] for each in told} <= {"stored", "held", "clock_ahead"}


def test_what_is_held_breaks_no_page(world: World) -> None:
    quan, binh = sit(world.app, "quan"), sit(world.app, "binh")
    assert broken(quan, ["/", "/admin/", "/admin/held", *batches(world)]) == []
    assert broken(binh, [*records(world), "/", "/review", "/records/"]) == []


def test_dates_at_the_ends_of_the_calendar_are_told_and_shown(world: World) -> None:
    for at in EDGES:
        hello = {"lost": at, "changes": "9" * 15, "said": "9" * 15}
        answer = world.tablet.client.get("/sync/v1/hello", query_string=hello, headers=world.tablet.auth)
        assert answer.status_code == 200
    assert broken(sit(world.app, "quan"), ["/admin/devices", "/admin/"]) == []


def test_what_was_released_breaks_no_page(world: World) -> None:
    """Several answers to each question that do not agree, of every shape; and records of one shape alone."""
    world.release()
    of_one_shape = world.telling() if world.app.config["FIELDAPP"].on_sqlite else []  # of rows alone, as ON_SQLITE
    own = [f"/records/{record}" for record in of_one_shape][::EACH]
    of_cases = [world.shared["support_case"], *(world.cases() if of_one_shape else [])]
    cases = ["/cases/", *(f"/cases/{record}" for record in of_cases)]
    one = f"/cases/lists/{world.shared['support_list']}"
    assert (
        broken(sit(world.app, "quan"), [*records(world), *own, *cases, "/cases/lists/", one, f"{one}/paper", *PAGES])
        == []
    )
    edited = [f"/records/{world.shared[survey.survey]}/edit" for survey in listed() if not survey.kept_by][::EACH]
    lists = [f"/records/?survey={survey.survey}" for survey in listed()][::EACH]
    assert broken(sit(world.app, "binh"), ["/", "/review", "/map/points", *edited, *lists]) == []
    assert broken(sit(world.app, "lan"), ["/"]) == broken(sit(world.app, "dung"), ["/"]) == []
    assert told_by(world) == []


@ON_SQLITE
def test_a_page_with_many_conflicts_reads_its_history_and_its_photos_no_oftener_than_one_with_few(world: World) -> None:
    world.release()
    quan, path = sit(world.app, "quan"), f"/records/{world.shared['household']}"
    with world.app.app_context(), counted() as asked:
        assert quan.get(path).status_code == 200
    text = [statement for statement, _given in asked]
    assert sum("change.text" in each for each in text) <= 3
    assert sum("FROM attachment" in each for each in text) <= 3


@ON_SQLITE
def test_what_was_released_breaks_no_file_and_no_report(world: World) -> None:
    """With everything for an administrator, rounded and masked for a supervisor."""
    world.release()
    assert (
        broken(sit(world.app, "quan"), [*files(["csv", "geojson", "sqlite", "xlsx"])[::EACH], "/reports/everything.db"])
        == []
    )
    programs = Programs(world.app)
    for exact in (True, False):
        for feed in FEEDS.values():
            programs.ask(feed.path, programs.token(exact=exact), limit=1000)
            programs.feed(feed.name, programs.token(exact=exact))
    binh = sit(world.app, "binh")
    assert broken(binh, [*files(["csv", "geojson"])[::EACH], *(f"/reports/{name}" for name in reports.REPORTS)]) == []


@a_walk
@ON_SQLITE
def test_a_file_with_it_is_looked_at_and_taken_in(
    world: World, new_node: Callable[[str], Node], tmp_path: Path
) -> None:
    world.release()
    here, laptop = Node(world.app), new_node("laptop")
    laptop.app.config["WTF_CSRF_ENABLED"] = False
    give_accounts(here, laptop)
    befriend(laptop, here)
    write(here, tmp_path / "all.fab", "laptop")
    desk = sit(laptop.app, "quan")
    data = {"file": (io.BytesIO((tmp_path / "all.fab").read_bytes()), "all.fab")}
    answer = desk.post("/admin/import", data=data)
    assert answer.status_code == 200
    page = check_page(answer.get_data(as_text=True), "vi")
    assert "[[]]" in page.text


def test_a_tablet_is_told_of_it(world: World) -> None:
    allowed = [area["id"] for area in world.tablet.areas]
    told = [each for area in allowed for each in world.tablet.get(f"snapshot?area={area}")["records"]]
    assert set(world.shared.values()) & {each["record"] for each in told}
    again = [world.tablet.get(f"pull?area={area}") for area in allowed]
    assert any(each["changes"] for each in again)
