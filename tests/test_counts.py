"""The server's own count of a tablet's work, as the tablet asks for it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from fieldapp import intake, people
from fieldapp.db import db
from fieldapp.people import Account
from sync import decode, new_record_id
from tests.postgres import AGAIN_ON_POSTGRESQL
from tests.wire_client import Tablet, code, photo

pytestmark = AGAIN_ON_POSTGRESQL

__all__ = ["code"]


@pytest.fixture
def tablet(client: FlaskClient, code: str) -> Tablet:
    return Tablet(client, code)


def made(wall: str) -> dict[str, Any]:
    return {"made_at": {"wall": wall, "tz": "+07:00", "offset_ms": 0}}


def counted(tablet: Tablet, tz: str = "%2B07:00") -> dict[str, Any]:
    told = tablet.get(f"counts?tz={tz}&device={tablet.device}")
    return {day: (each["changes"], each["photos"]) for day, each in told["days"].items()}


def with_photos(tablet: Tablet, *pictures: bytes, **more: Any) -> str:
    names = [
        {"sha256": hashlib.sha256(data).hexdigest(), "type": "image/png", "bytes": len(data), "width": 9, "height": 9}
        for data in pictures
    ]
    return tablet.change("progress_visit", new_record_id(tablet.millis), {"photos": names}, **more)


def test_days_begin_at_the_users_midnight_and_a_photo_counts_once_it_is_whole(tablet: Tablet) -> None:
    tablet.push(tablet.household(**made("no moment")))
    assert counted(tablet) == {"2026-07-26": (1, 0)}, "by its stamp"
    late, early = made("2026-08-01T16:59:00.000Z"), made("2026-08-01T17:00:00.000Z")
    here, missing = photo("red"), photo("blue")
    tablet.push(
        tablet.household(**late), with_photos(tablet, here, missing, **late), with_photos(tablet, here, **early)
    )
    stamped = {"2026-07-26": (1, 0)}
    assert counted(tablet) == {**stamped, "2026-08-01": (2, 0), "2026-08-02": (1, 0)}
    sha256 = hashlib.sha256(here).hexdigest()
    tablet.client.put(f"/sync/v1/blob/{sha256}/0?parts=1", data=here, headers=tablet.auth)
    assert counted(tablet) == {**stamped, "2026-08-01": (2, 1), "2026-08-02": (1, 0)}, "on the day that named it first"
    assert counted(tablet, "-05:00") == {"2026-07-25": (1, 0), "2026-08-01": (3, 1)}


def test_a_clock_beyond_all_calendars_is_counted_and_shown(
    tablet: Tablet, as_: Callable[[str], FlaskClient], app: Flask
) -> None:
    last = f"ffffffffffff-000000-{tablet.device}"
    texts = [tablet.household(stamp=last, **made(wall)) for wall in ("no moment", "9999-12-31T23:59:59Z")]
    tablet.push(*texts)
    assert counted(tablet) == {"9999-12-31": (2, 0)}
    assert counted(tablet, "%2B99:00") == {"9999-12-31": (2, 0)}, "no zone is that far ahead"
    desk = as_("quan")
    with app.app_context():
        batch = intake.journal().batches()[0].id
    for path in (f"/records/{decode(texts[0]).record}", f"/admin/batches/{batch}"):
        answer = desk.get(path)
        assert (answer.status_code, "31/12/9999" in answer.get_data(as_text=True)) == (200, True), path


def test_days_are_told_by_the_true_time_too_where_a_clock_was_known_to_be_wrong(tablet: Tablet) -> None:
    def told() -> dict[str, Any]:
        days = tablet.get(f"counts?tz=%2B07:00&device={tablet.device}").get("right", {})
        return {day: (each["changes"], each["photos"]) for day, each in days.items()}

    red = photo("red")
    tablet.push(tablet.household(**made("2026-08-01T16:59:00.000Z")))
    assert told() == {}, "no clock was wrong"
    year = timedelta(days=4018) // timedelta(milliseconds=1)
    wrong = {"made_at": {"wall": "2015-08-01T16:59:00.000Z", "tz": "+07:00", "offset_ms": year}}
    tablet.push(with_photos(tablet, red, **wrong))
    tablet.client.put(f"/sync/v1/blob/{hashlib.sha256(red).hexdigest()}/0?parts=1", data=red, headers=tablet.auth)
    assert counted(tablet) == {"2026-08-01": (1, 0), "2015-08-01": (1, 1)}
    assert told() == {"2026-08-01": (2, 1)}


def test_only_the_devices_of_the_person_are_counted(tablet: Tablet, app: Flask) -> None:
    tablet.push(tablet.household())
    with app.app_context():
        for device in db.session.scalars(sa.select(people.Device)):
            device.account = people.find_account("binh" if device.id == tablet.device else "lan")
        db.session.commit()
    assert counted(tablet) == {"2026-08-01": (1, 0)}
    other = Tablet(tablet.client, new_code(app))
    told = other.get(f"counts?device={tablet.device}&device={other.device}")
    assert (told["devices"], told["days"]) == ([other.device], {})


def new_code(app: Flask) -> str:
    with app.app_context():
        given = people.enrolment_code(people.find_account("lan"), datetime.now(UTC))
        db.session.commit()
    return given


def test_a_change_that_did_not_count_at_once_is_told_with_what_became_of_it(tablet: Tablet, app: Flask) -> None:
    [held, good] = tablet.push(tablet.household(village="2023.00001.001"), tablet.household())
    assert (held["verdict"], good["verdict"]) == ("held", "stored")

    def rule(id: str, verdict: str) -> dict[str, Any]:
        with app.app_context():
            quan: Account = people.find_account("quan")
            intake.rule([id], verdict, account=quan)
            db.session.commit()
        return {id: each["fate"] for id, each in fates().items()}

    def fates() -> dict[str, Any]:
        return dict(tablet.get(f"counts?device={tablet.device}")["fates"])

    assert {id: each["fate"] for id, each in fates().items()} == {held["id"]: "held"}
    assert fates()[held["id"]]["message"] == held["message"]
    assert rule(held["id"], "refuse") == {held["id"]: "refused"}
    assert fates()[held["id"]]["message"] != held["message"]
    released = rule(held["id"], "release")
    assert released == {held["id"]: "released"}
    assert rule(good["id"], "exclude") == {**released, good["id"]: "excluded"}
    assert rule(good["id"], "include") == released
