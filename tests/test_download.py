"""First downloads: put together when a record changes, packed once, and the same for all who may see them."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from flask import current_app

from fieldapp import intake, people
from fieldapp.db import begin_writing, db
from fieldapp.web.sync_api import download
from sync import kept
from sync.tables import snapshot
from tests.postgres import AGAIN_ON_POSTGRESQL
from tests.statements import counted
from tests.wire_client import Tablet, code, tablet

__all__ = ["code", "tablet"]


def packed(tablet: Tablet, path: str) -> dict[str, Any]:
    answer = tablet.client.get(f"/sync/v1/{path}", headers={**tablet.auth, "Accept-Encoding": "gzip"})
    assert answer.headers["Content-Encoding"] == "gzip"
    machine = zlib.decompressobj(wbits=31)
    text = machine.decompress(answer.get_data()) + machine.flush()
    assert machine.eof, "it ends where it says, with the right checksum"
    assert machine.unused_data == b"", "browsers read one member of a gzip file and no more"
    return dict(json.loads(text))


def some(tablet: Tablet, count: int = 30) -> list[str]:
    area = tablet.areas[0]["id"]
    texts = [tablet.household(f"Nông Thị Số {n}", area) for n in range(count)]
    assert {each["verdict"] for each in tablet.push(*texts)} == {"stored"}
    return [json.loads(text)["record"] for text in texts]


def another(tablet: Tablet, username: str = "lan") -> Tablet:
    """One more tablet, of the same person or of somebody else."""
    account = people.by_username(username)
    assert account is not None
    fresh = people.enrolment_code(account, datetime.now(UTC))
    db.session.commit()
    return Tablet(tablet.client, fresh)


@AGAIN_ON_POSTGRESQL
def test_a_page_is_the_same_packed_and_not_and_names_who_answers(tablet: Tablet) -> None:
    some(tablet)
    path = f"snapshot?area={tablet.areas[0]['id']}&limit=10"
    plain, told = tablet.get(path), packed(tablet, path)
    assert {**plain, "now": told["now"]} == told
    assert told.keys() == {"proto", "node", "epoch", "now", "records", "next_page", "position"}
    assert len(told["records"]) == 10
    assert told["next_page"] == told["records"][-1]["record"]
    assert packed(tablet, "snapshot?area=*&page=zz")["records"] == []


def test_a_page_is_packed_once_for_all_who_may_see_it(tablet: Tablet) -> None:
    some(tablet)
    download._packed.cache_clear()
    path = f"snapshot?area={tablet.areas[0]['id']}"
    pages = [packed(each, path)["records"] for each in (tablet, another(tablet), another(tablet, "quan"))]
    assert pages[0] == pages[1] == pages[2]
    assert download._packed.cache_info().misses == 1


def test_a_page_is_told_anew_as_soon_as_a_record_of_it_is_another(tablet: Tablet) -> None:
    record = some(tablet)[4]
    path = f"snapshot?area={tablet.areas[0]['id']}"
    before = {each["record"]: each for each in packed(tablet, path)["records"]}
    tablet.push(tablet.change("household", record, {"members": 7}))
    after = {each["record"]: each for each in packed(tablet, path)["records"]}
    assert after[record]["answers"]["members"]["value"] == 7
    assert {**before, record: after[record]} == after


@AGAIN_ON_POSTGRESQL
def test_a_page_that_is_at_hand_is_not_told_once_anything_of_it_is_another(tablet: Tablet) -> None:
    first, second, third, *_rest = some(tablet, 4)
    here, there = (f"snapshot?area={area['id']}" for area in tablet.areas[:2])
    admin = another(tablet, "quan")
    held = tablet.change("household", third, {"members": 9}, author="somebody-else")
    events: dict[str, Callable[[], Any]] = {
        "an answer": lambda: tablet.push(tablet.change("household", first, {"members": 7})),
        "a move": lambda: tablet.push(tablet.change("household", second, {"village": tablet.areas[1]["id"]})),
        "a change that counts no more": lambda: ruled("exclude", first),
        "one that counts again": lambda: ruled("include", first),
        "one that is held": lambda: tablet.push(held),
        "one that is let in": lambda: ruled("release", third),
    }
    seen = [packed(tablet, path)["records"] for path in (here, there)]
    for name, happen in events.items():
        happen()
        now = [packed(tablet, path)["records"] for path in (here, there)]
        assert now == [tablet.get(path)["records"] for path in (here, there)], name
        assert (now == seen) == (name == "one that is held"), name
        assert packed(admin, here)["records"] == now[0]
        seen = now


def ruled(verdict: str, record: str) -> None:
    """An administrator rules on the last change of a record."""
    quan = people.find_account("quan")
    begin_writing()
    intake.rule([intake.journal().history(record)[-1].change.id], verdict, account=quan)
    db.session.commit()


def test_a_page_that_is_at_hand_is_not_read_again(tablet: Tablet) -> None:
    some(tablet)
    path = f"snapshot?area={tablet.areas[0]['id']}"
    packed(tablet, path)
    with counted() as statements:
        packed(tablet, path)
    assert len(statements) <= 4, statements


@AGAIN_ON_POSTGRESQL
def test_a_page_is_read_and_not_folded(tablet: Tablet) -> None:
    some(tablet)
    path = f"snapshot?area={tablet.areas[0]['id']}"
    packed(tablet, path)
    current_app.extensions.pop(download.__name__)
    with counted() as statements:
        packed(tablet, path)
    asked = [each for each, _parameters in statements]
    assert [each for each in asked if "FROM change" in each] == []
    assert len([each for each in asked if "record_area" in each]) == 1


@AGAIN_ON_POSTGRESQL
def test_of_an_instance_that_has_kept_nothing_yet_all_is_told_and_then_kept(tablet: Tablet) -> None:
    some(tablet)
    intake.catch_up()  # what the package ships of the rules is here
    before = tablet.get("snapshot?area=*")["records"]
    db.session.execute(snapshot.delete())
    db.session.commit()
    assert tablet.get("snapshot?area=*")["records"] == before
    assert intake.journal().unsettled(1000)
    db.session.rollback()
    intake.catch_up()
    assert intake.journal().unsettled(1000) == []
    assert tablet.get("snapshot?area=*")["records"] == before


def test_what_is_kept_and_wrong_is_found_and_mended(tablet: Tablet) -> None:
    record = some(tablet)[0]
    db.session.execute(snapshot.update().where(snapshot.c.record == record).values(text=kept.NOTHING))
    db.session.commit()
    assert intake.rebuild(check=True) == [record]
    begin_writing()
    intake.rebuild()
    db.session.commit()
    assert intake.rebuild(check=True) == []


def test_what_a_tablet_asks_for_by_name_is_told_as_in_a_first_download(tablet: Tablet) -> None:
    record = some(tablet)[3]
    whole = {each["record"]: each for each in tablet.get(f"snapshot?area={tablet.areas[0]['id']}")["records"]}
    answer = tablet.client.post("/sync/v1/compare", json={"want": [record]}, headers=tablet.auth).get_json()
    assert answer["records"] == [whole[record]]
