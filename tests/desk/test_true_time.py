"""When something was made is told by the true time, also of a device whose clock was known to be wrong."""

from __future__ import annotations

import json
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from alembic import command
from flask import Flask
from flask.testing import FlaskClient

import fieldapp
from fieldapp import create_app, intake, people, reports
from fieldapp.config import Config
from fieldapp.db import alembic_config, begin_writing, db, upgrade
from fieldapp.exports.feeds import FEEDS
from fieldapp.surveys import SURVEYS, Household, listed
from sync import new_record_id
from tests.again import a_walk
from tests.api.conftest import Programs
from tests.conftest import sit
from tests.pages import Page
from tests.wire_client import Tablet

MADE = datetime(2026, 8, 1, 7, 30, tzinfo=UTC)
TOLD = "01/08/2026 14:30"
YEARS = [2015, 2035]


def code_of(app: Flask) -> str:
    """The code for one more tablet of Lan."""
    with app.app_context():
        code = people.enrolment_code(people.find_account("lan"), datetime.now(UTC))
        db.session.commit()
        db.session.remove()
    return code


class Wrong(Tablet):
    """A tablet whose clock stands in another year, which it knows since its last sync."""

    def __init__(self, app: Flask, year: int, made: datetime = MADE) -> None:
        super().__init__(app.test_client(), code_of(app))
        shown = made.replace(year=year)
        self.millis = int(shown.timestamp() * 1000)
        wall, off = shown.isoformat().replace("+00:00", "Z"), made - shown
        self.clock = {"wall": wall, "tz": "+07:00", "offset_ms": int(off.total_seconds() * 1000)}

    def change(self, survey: str, record: str, answers: dict[str, Any], /, **more: Any) -> str:
        return super().change(survey, record, answers, **{"made_at": self.clock, **more})


def test_a_dispute_and_a_batch_tell_when_a_tablet_with_a_wrong_clock_made_a_change(
    app: Flask, page: Callable[..., Page]
) -> None:
    wrong = Wrong(app, 2015)
    home = wrong.household()
    record = json.loads(home)["record"]
    other = wrong.change("household", record, {"members": 9})
    assert {each["verdict"] for each in wrong.push(home, other)} == {"stored"}
    dispute = " ".join(page(f"/records/{record}", who="binh").text.split())
    assert dispute.count(TOLD) >= 2
    batches = page("/admin/", who="quan")
    newest = next(link.get("href") for link in batches.all(".//a") if "/admin/batches/" in link.get("href", ""))
    assert TOLD in page(newest, who="quan").text


def test_two_devices_that_are_called_alike_are_told_apart_in_a_dispute(app: Flask, page: Callable[..., Page]) -> None:
    """As the two tablets of a person are that were given no name."""
    one, other = (Tablet(app.test_client(), code_of(app)) for _tablet in range(2))
    home = one.household()
    record = json.loads(home)["record"]
    said = [one.change("household", record, {"members": 9}), other.change("household", record, {"members": 8})]
    assert {each["verdict"] for each in (*one.push(home, said[0]), *other.push(said[1]))} == {"stored"}
    text = page(f"/records/{record}", who="binh").text
    for tablet in (one, other):
        assert f"Máy của Lan (thiết bị {tablet.device[:6]})" in text


def test_nobody_but_the_fold_tells_the_time_by_a_stamp() -> None:
    """One place of the package may: of a change that tells no day of a calendar."""
    told = {
        path.name: found
        for path in Path(next(iter(fieldapp.__path__))).rglob("*.py")
        if (found := re.findall(r"(?:moment|millis)_of\([\w.]*stamp\w*\)", path.read_text(encoding="utf-8")))
    }
    assert told == {"counts.py": ["moment_of(made.stamp)"]}


@pytest.fixture
def programs(app: Flask) -> Programs:
    return Programs(app)


def addresses(homes: list[str]) -> Iterator[str]:
    """Every list in every order, every file that is text, and all that is told of these records."""
    yield from ("/", "/review", "/pairs", "/assignments/", "/map/points", "/admin/", "/admin/held", "/admin/devices")
    for survey in listed():
        yield from (f"/records/?survey={survey.survey}&sort={sort}" for sort in ("changed", "name"))
    yield from (f"/records/{record}" for record in homes)
    yield from (f"/reports/records/{survey}.{kind}" for survey in SURVEYS for kind in ("csv", "geojson", "sqlite"))
    yield "/reports/everything.db"
    yield from (f"/reports/{name}" for name in reports.REPORTS)


def read(desk: FlaskClient, path: str) -> bytes:
    with desk.get(path) as answer:
        return answer.data


def office(app: Flask, homes: list[str]) -> dict[str, Callable[[], bytes]]:
    """All that the office and its programs read, by where; each is read when it is called."""
    found: dict[str, Callable[[], bytes]] = {}
    for who in ("quan", "binh"):
        desk = sit(app, who)
        found |= {f"{who}: {path}": partial(read, desk, path) for path in addresses(homes)}
    programs = Programs(app)
    token = programs.token(exact=True)
    for feed in FEEDS.values():
        found[feed.path] = lambda path=feed.path: json.dumps(programs.ask(path, token, limit=1000)).encode()
        found[feed.name] = lambda name=feed.name: programs.feed(name, token).data
    return found


def wrong_days(read: Callable[[], bytes]) -> Counter[bytes]:
    """The days of the years of wrong clocks that are told there."""
    year = f"({'|'.join(map(str, YEARS))})"
    return Counter(day[0] for day in re.finditer(rf"\d\d/\d\d/{year}|{year}-\d\d-\d\d".encode(), read()))


def everything_of(wrong: Wrong, known: dict[str, Any]) -> list[str]:
    """A household with what is about it, another that everybody knows corrected, and a dispute; the ids of both."""
    home = wrong.household()
    record = json.loads(home)["record"]
    about = [
        wrong.change(survey, new_record_id(), {"household": record, "visited_on": "2026-08-01"})
        for survey in ("housing_need", "progress_visit")
    ]
    about += [
        wrong.change(each, new_record_id(), {"household": record}) for each in ("other_support", "household_member")
    ]
    corrected = wrong.change("household", known["id"], {"members": 7}, base={"members": known["heads"]["members"]})
    disputed = wrong.change("household", record, {"members": 9})
    verdicts = {each["verdict"] for each in wrong.push(home, *about, corrected, disputed)}
    assert verdicts <= {"stored", "clock_ahead"}
    return [record, known["id"]]


def one_of_lan(app: Flask, number: int = 0) -> dict[str, Any]:
    """A household of Lan's area, as everybody sees it."""
    with app.app_context():
        areas = people.areas_of(people.find_account("lan")) or ()
        known = db.session.query(Household).where(Household.area.in_(areas), Household.members.is_not(None))
        one = known.order_by(Household.id).offset(number).first()
        assert one is not None
        return {"id": one.id, "heads": one.heads, "author": one.author, "created_at": one.created_at}


@a_walk
def test_nothing_the_office_reads_tells_the_year_of_a_wrong_clock(app: Flask, template: Path, tmp_path: Path) -> None:
    """But for the days of that year that were told before: those of the same province to which nothing was sent."""
    homes = [
        record
        for number, year in enumerate(YEARS)
        for record in everything_of(Wrong(app, year), one_of_lan(app, number))
    ]
    told = {where: days for where, ask in office(app, homes).items() if (days := wrong_days(ask))}
    other = create_app(Config(instance=shutil.copytree(template, tmp_path / "untouched"), testing=True))
    before = office(other, homes)
    assert {where: more for where, days in told.items() if (more := days - wrong_days(before[where]))} == {}
    with other.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("year", YEARS)
def test_who_corrects_a_record_by_a_wrong_clock_began_it_not_and_changed_it_last(app: Flask, year: int) -> None:
    known = one_of_lan(app)
    everything_of(Wrong(app, year), known)
    with app.app_context():
        row = db.session.get_one(Household, known["id"])
        assert (row.author, row.created_at) == (known["author"], known["created_at"])
        assert (row.members, row.changed_at) == (7, MADE.replace(tzinfo=None))


@pytest.mark.parametrize("year", YEARS)
def test_what_was_changed_since_a_day_is_asked_by_the_true_time(app: Flask, programs: Programs, year: int) -> None:
    """Of everything that a program asks for by the time of its last change, and of a list in that order."""
    lately = datetime.now(UTC) - timedelta(minutes=3)
    record, _known = everything_of(Wrong(app, year, lately), one_of_lan(app))
    asked = f"changed_at ge {lately - timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}"
    asked += f" and changed_at le {lately + timedelta(minutes=1):%Y-%m-%dT%H:%M:%SZ}"
    found = programs.feed(f"households?$filter={quote(asked)}", programs.token(exact=True))
    assert record in found.text
    first = re.search(r"/records/([0-9a-f-]{36})", sit(app, "binh").get("/records/?sort=changed").text)
    assert first is not None
    assert first[1] in (record, _known)


@a_walk
def test_rows_of_an_earlier_version_tell_the_true_time_after_the_upgrade(app: Flask) -> None:
    """The migration takes away what a first download tells of them; the next start makes them again."""
    home, _known = everything_of(Wrong(app, 2015), one_of_lan(app))
    with app.app_context():
        begin_writing()
        stamped = datetime(2015, 8, 1, tzinfo=UTC).replace(tzinfo=None)
        db.session.execute(
            db.update(Household).where(Household.id == home).values(created_at=stamped, changed_at=stamped)
        )
        db.session.commit()
        assert intake.rebuild(check=True) != []
        db.session.remove()
        command.downgrade(alembic_config(), "0045")
    upgrade(app)
    with app.app_context():
        intake.catch_up()
        assert db.session.get_one(Household, home).changed_at == MADE.replace(tzinfo=None)
        assert intake.rebuild(check=True) == []
