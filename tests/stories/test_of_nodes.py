"""What happens between villages and the province, one story each: real tablets, a real server, on either database."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from fieldapp import create_app, intake, people, places, review
from fieldapp.cli import main
from fieldapp.config import Config
from fieldapp.db import db
from fieldapp.places import Place
from fieldapp.places.imports import MAPPING, PLACE_LISTS
from fieldapp.places.models import PlaceMapping
from fieldapp.surveys import questions
from fieldapp.surveys.household import Household
from sync import WITHDRAWN, decode
from tests.again import a_walk, again, asked_by
from tests.conftest import PASSWORD, Server
from tests.postgres import LATER_ON_POSTGRESQL
from tests.stories.conftest import NoNetwork, Person, Province

pytestmark = LATER_ON_POSTGRESQL

HERE, NEXT = "2023.01930.001", "2023.01924.001"


def operator(config: Config, *words: str | Path) -> Any:
    """Type a command on the server; what it printed, read."""
    env = {"FIELDAPP_INSTANCE": str(config.instance), "FIELDAPP_DATABASE_URL": config.database_url}
    done = CliRunner().invoke(main, [str(word) for word in words], env={**env, "FIELDAPP_LANG": "en"})
    assert done.exit_code == 0, done.output
    return json.loads(done.stdout) if "json" in words else done.stdout


# --- order ----------------------------------------------------------------------------------------------------------


@asked_by("tests/sync/test_stories.py::test_an_update_that_arrives_before_its_create")
def test_an_update_arrives_before_its_create(province: Province, lan: Person, mai: Person) -> None:
    record = lan.create(HERE, "Đặng Thị Mến", members=4)
    create, update = decode(only_text(lan)), lan.write(record, head_name="Đặng Thị Miến")
    assert lan.send(update) == [("stored", None)]
    assert province.shows(record, "head_name", "village") == {"head_name": "Đặng Thị Miến", "village": None}
    assert province.acked(lan) == 0
    mai.sync()
    assert mai.sees(record) is None
    assert lan.send(create) == [("stored", None)]
    mai.sync()
    assert mai.sees(record) == {"head_name": "Đặng Thị Miến", "village": HERE, "members": 4}
    assert mai.conflicts(record) == {}


def only_text(person: Person) -> str:
    [row] = person.tablet.store.all("changes")
    return str(row["text"])


@asked_by("tests/sync/test_stories.py::test_the_first_of_three_offline_updates_is_missing")
def test_the_first_of_three_offline_updates_is_missing(
    province: Province, lan: Person, as_: Callable[[str], FlaskClient]
) -> None:
    record = lan.create(HERE)
    lan.sync()
    first, second, third = (lan.write(record, members=number) for number in (4, 5, 6))
    assert lan.send(second, third) == [("stored", None)] * 2
    assert province.row(record).members == 6
    assert province.acked(lan) == 1
    assert "Thiếu: từ 2 đến 2." in page_of(as_, "/admin/devices")
    lan.sync()
    assert "Thiếu: từ" not in page_of(as_, "/admin/devices")
    assert province.acked(lan) == third.seq == 4
    assert lan.told(first) == ("stored", None)
    assert province.shows(record, "members", "contested") == {"members": 6, "contested": False}


def page_of(as_: Callable[[str], FlaskClient], path: str) -> str:
    return as_("quan").get(path).get_data(as_text=True)


@asked_by("tests/sync/test_stories.py::test_an_update_sent_before_another_tablets_and_received_after")
def test_an_update_is_sent_before_another_tablets_and_received_after(
    province: Province, lan: Person, mai: Person
) -> None:
    record = lan.create(HERE, members=4)
    lan.sync(), mai.sync()
    lan.write(record, members=5)
    lost(lan, "request")
    mai.write(record, members=6)
    mai.sync(), lan.sync(), mai.sync()
    for person in (lan, mai):
        assert person.conflicts(record) == {"members": [6, 5]}
        assert person.sees(record)["members"] == 6  # type: ignore[index]
    assert province.shows(record, "members", "contested") == {"members": 6, "contested": True}


def lost(person: Person, what: str, at: int = 1) -> None:
    """A sync of which the line loses something; the push is its second request."""
    person.line.requests, person.line.losing = 0, (at, what)
    with pytest.raises(NoNetwork):
        person.sync()
    person.line.losing = (-1, "")


# --- records --------------------------------------------------------------------------------------------------------


@asked_by("tests/sync/test_stories.py::test_two_tablets_create_the_same_household_as_two_records")
def test_two_tablets_create_the_same_household(province: Province, lan: Person, mai: Person) -> None:
    mine, hers = lan.create(HERE, "Lý Thị Sao", members=4), mai.create(HERE, "Lý Thị Sao", members=5)
    lan.sync(), mai.sync(), lan.sync()
    assert mine != hers
    for person in (lan, mai):
        assert [person.sees(record)["members"] for record in (mine, hers)] == [4, 5]  # type: ignore[index]
    with province.inside():
        double = db.session.get_one(Household, hers)
        review.withdraw(double, True, account=people.find_account("binh"), seen=all_heads(double))
    lan.sync(), mai.sync()
    for person in (lan, mai):
        rows = person.tablet.store.rows["records"]
        assert [rows[record]["withdrawn"] for record in (mine, hers)] == [False, True]


def all_heads(record: Any) -> list[str]:
    return [head for heads in record.heads.values() for head in heads]


@a_walk
def test_an_edit_of_a_household_that_moved_to_another_area(
    province: Province, lan: Person, mai: Person, dat: Person
) -> None:
    record = lan.create(HERE, "Lý Thị Sao", members=4)
    lan.sync(), mai.sync()
    assert (mai.sees(record), dat.sees(record)) == ({"head_name": "Lý Thị Sao", "village": HERE, "members": 4}, None)
    province.edit(record, village=NEXT)
    late = lan.write(record, members=5)
    for person in (lan, mai, dat):
        person.sync()
    # Lan and Mai no longer have it; Đạt, whose village it is in now, has all of it but what waits for a decision.
    assert (lan.sees(record), mai.sees(record)) == (None, None)
    assert lan.told(late) == ("held", "outside_area")
    assert dat.sees(record) == {"head_name": "Lý Thị Sao", "village": NEXT, "members": 4}
    assert province.held()[late.id] == "outside_area"
    province.rule([late], "release")
    for person in (lan, mai, dat):
        person.sync()
    assert dat.sees(record) == {"head_name": "Lý Thị Sao", "village": NEXT, "members": 5}
    assert dat.conflicts(record) == {}
    assert (lan.sees(record), mai.sees(record)) == (None, None)


@a_walk
def test_late_data_after_its_commune_was_merged(
    province: Province, config: Config, as_: Callable[[str], FlaskClient]
) -> None:
    forget_2025(province)
    lan = province.person("lan")
    assert lan.tablet.store.known("areas")[0]["commune"] == "Xã Hoàng Trĩ"
    record = lan.create(HERE, "Bàn Thị Ghến", members=4)
    operator(config, "place", "import", PLACE_LISTS[2025], "--vintage", "2025", "--yes")
    operator(config, "place", "reorganise", MAPPING, "--date", "2025-07-01", "--yes")
    with province.inside():
        people.add_account("ha", "Ma Thị Hà", "supervisor", PASSWORD, [(2025, "01933")])
    lan.sync()
    assert lan.tablet.store.rows["changes"][decode(only_text(lan)).id]["receipt"]["verdict"] == "stored"
    assert {area["commune"] for area in lan.tablet.store.known("areas")} == {"Xã Đồng Phúc"}
    assert lan.sees(record) == {"head_name": "Bàn Thị Ghến", "village": HERE, "members": 4}
    assert province.row(record).village == HERE  # as it was written, for ever
    assert "Bàn Thị Ghến" in as_("ha").get("/records/?q=ghen").get_data(as_text=True)
    counted = operator(config, "export", "household", "--format", "csv")
    assert [line for line in counted.splitlines() if "Bàn Thị Ghến" in line and "Đồng Phúc" in line]


def forget_2025(province: Province) -> None:
    """The server as it was before the communes were merged."""
    with province.inside():
        db.session.execute(sa.delete(PlaceMapping))
        db.session.execute(sa.delete(Place).where(Place.vintage == 2025))
        for table in (Place, PlaceMapping):
            places.imports.note_changed(table)
        assert places.newest_vintage() == 2023


@asked_by("tests/sync/test_stories.py::test_a_supervisor_settles_while_a_third_edit_is_on_its_way")
def test_a_supervisor_resolves_while_a_third_edit_is_on_its_way(
    province: Province, lan: Person, mai: Person, as_: Callable[[str], FlaskClient]
) -> None:
    third = province.person("khaosat.01930")
    record = lan.create(HERE, members=4)
    for person in (lan, mai, third):
        person.sync()
    lan.write(record, members=5), mai.write(record, members=6), third.write(record, members=7)
    lan.sync(), mai.sync()
    row = province.row(record)
    chosen = next(each for each in row.heads["members"] if each in ids_of(mai))
    form = {"question": "members", "head": chosen, "seen": " ".join(row.heads["members"])}
    assert as_("binh").post(f"/records/{record}/settlements", data=form).status_code == 302
    assert province.shows(record, "members", "contested") == {"members": 6, "contested": False}
    third.sync()
    assert sorted(province.row(record).conflicts["members"]) == [6, 7]
    lan.sync(), mai.sync()
    for person in (lan, mai, third):
        assert sorted(person.conflicts(record)["members"]) == [6, 7]


def ids_of(person: Person) -> set[str]:
    return set(person.tablet.store.rows["changes"])


@asked_by("tests/sync/test_stories.py::test_a_withdrawn_record_updated_offline_is_a_conflict_for_a_person")
def test_a_withdrawn_record_is_updated_offline(province: Province, lan: Person, mai: Person) -> None:
    record = lan.create(HERE, members=4)
    lan.sync(), mai.sync()
    late = mai.write(record, members=5)
    with province.inside():
        row = db.session.get_one(Household, record)
        review.withdraw(row, True, account=people.find_account("binh"), seen=all_heads(row))
    assert province.row(record).withdrawn
    mai.sync(), lan.sync()
    assert mai.told(late) == ("stored", None)
    assert province.shows(record, "withdrawn", "members") == {"withdrawn": False, "members": 5}
    for person in (lan, mai):
        assert person.conflicts(record) == {WITHDRAWN: [True, False]}
        assert person.sees(record)["members"] == 5  # type: ignore[index]


# --- versions -------------------------------------------------------------------------------------------------------


@a_walk
def test_a_form_is_older_than_the_servers(province: Province, lan: Person, mai: Person) -> None:
    with server_without("phone"):
        record = mai.create(HERE, members=4)
        mai.sync(), lan.sync()
    with patch.object(Household, "FORM_VERSION", Household.FORM_VERSION + 1):
        province.edit(record, phone="0912345678")  # the office asks what the form on the tablets does not speak of
        late = lan.write(record, members=5)
        lan.sync(), mai.sync()
        assert lan.told(late) == ("stored", None)
        assert late.form_version < Household.FORM_VERSION
        shown = {"members": 5, "phone": "0912345678", "form_version": Household.FORM_VERSION}
        assert province.shows(record, *shown) == shown
        assert province.sound()
    assert (mai.sees(record)["phone"], mai.conflicts(record)) == ("0912345678", {})  # type: ignore[index]


@a_walk
def test_a_form_is_newer_than_the_servers(province: Province, config: Config, lan: Person, mai: Person) -> None:
    with server_without("phone"):
        record = lan.create(HERE, members=4, phone="0912345678")
        lan.sync(), mai.sync()
        assert province.shows(record, "phone", "extra") == {"phone": None, "extra": {"phone": "0912345678"}}
        assert mai.sees(record)["phone"] == "0912345678"  # type: ignore[index]
    operator(config, "init")
    assert province.shows(record, "phone", "extra") == {"phone": "0912345678", "extra": {}}
    assert province.sound()


def server_without(question: str) -> Any:
    """The server as it was before a question was asked."""

    def asked(survey: Any) -> dict[str, Any]:
        return {name: each for name, each in questions(survey).items() if name != question}

    return patch.multiple("fieldapp.intake.rows", questions=asked)


# --- what goes wrong ------------------------------------------------------------------------------------------------


@asked_by("tests/sync/test_stories.py::test_a_server_restored_from_yesterday_gets_again_what_the_tablets_hold")
def test_the_server_is_restored_from_yesterday_while_tablets_hold_today(
    province: Province, config: Config, lan: Person, mai: Person, tmp_path: Path, serve: Callable[[Flask], Server]
) -> None:
    old = lan.create(HERE, "Lý Thị Sao", members=4)
    lan.sync(), mai.sync()
    operator(config, "backup", tmp_path / "yesterday.zip")
    new = lan.create(HERE, "Bàn Thị Ghến", members=3)
    mai.write(old, members=5)
    lan.sync(), mai.sync(), lan.sync()
    with province.app.app_context():
        db.engine.dispose()
    operator(config, "restore", tmp_path / "yesterday.zip", "--replace")
    app = create_app(config)
    restored = Province(app, serve(app))
    assert (restored.row(new), restored.row(old).members) == (None, 4)
    for person in (lan, mai, lan):
        person.tablet.url = restored.server.url
        person.sync()
    assert restored.shows(old, "members", "contested") == {"members": 5, "contested": False}
    assert restored.row(new).head_name == "Bàn Thị Ghến"
    assert (mai.sees(old), mai.sees(new)) == (lan.sees(old), lan.sees(new))
    assert lan.sees(old)["members"] == 5  # type: ignore[index]
    assert restored.sound()
    dispose(restored)


def dispose(province: Province) -> None:
    with province.app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.mark.parametrize("what", ["answer", again("request")])
def test_a_response_is_lost_at_every_request_of_a_whole_sync(
    province: Province, lan: Person, mai: Person, what: str
) -> None:
    record, cut, made = lan.create(HERE, members=0), 0, 1
    lan.sync(), mai.sync()
    while True:
        mine, hers = lan.write(record, members=2 * cut + 1), mai.create(HERE, f"Hộ {cut}")
        mai.sync()
        lan.line.requests, lan.line.losing = 0, (cut, what)
        try:
            lan.sync()
        except NoNetwork:
            lan.line.losing = (-1, "")
            lan.sync()
        else:
            break
        assert lan.told(mine)[0] in ("stored", "duplicate")
        assert lan.sees(hers) is not None
        assert province.row(record).members == 2 * cut + 1
        cut, made = cut + 1, made + 1
    assert cut == lan.line.requests >= 5  # hello, push, and a pull of each of three villages
    with province.inside():
        known = [each.change for each in intake.journal().history(record)]
    assert len(known) == len({each.id for each in known}) == made + 1
    assert province.sound()


@a_walk
def test_a_first_download_is_cut_at_every_request(province: Province) -> None:
    whole = province.person("lan").tablet.store.rows["records"].keys()
    assert whole
    cut = 0
    while True:
        fresh = Person(province, "lan", province.server.url, province.now)
        fresh.line.requests, fresh.line.losing = 0, (cut, "answer")
        try:
            fresh.sync()
        except NoNetwork:
            fresh.line.losing = (-1, "")
            fresh.sync()
            assert fresh.tablet.store.rows["records"].keys() == whole
            cut += 1
        else:
            break
    assert cut >= 4


@asked_by("tests/sync/test_stories.py::test_a_tablet_cloned_to_two_people_is_seen_and_nothing_is_lost")
def test_a_tablet_is_cloned_to_two_people(province: Province, lan: Person, as_: Callable[[str], FlaskClient]) -> None:
    record = lan.create(HERE, members=4)
    lan.sync()
    other = Person.__new__(Person)
    other.line, other.tablet = lan.line, lan.tablet.copied("the copy")
    mine, theirs = lan.write(record, members=5), other.write(record, members=6)
    lan.sync(), other.sync()
    assert (lan.told(mine), other.told(theirs)) == (("stored", None), ("fork", "fork"))
    assert province.row(record).members == 5
    assert province.held()[theirs.id] == "fork"
    assert theirs.id in page_of(as_, "/admin/held")
    more = other.create(HERE, "Hộ sau khi sao chép")
    other.sync()
    assert province.row(more) is None
    province.rule([theirs], "release")
    assert sorted(province.row(record).conflicts["members"]) == [5, 6]
    anew = province.person("lan")
    anew.tablet.settle(record, {"members": 6})
    anew.sync()
    assert province.shows(record, "members", "contested") == {"members": 6, "contested": False}
