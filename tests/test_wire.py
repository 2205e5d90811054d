"""The wire as a stranger's client would use it: enrolment, verdicts one by one, feeds."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from flask.testing import FlaskClient

from fieldapp import intake, people
from fieldapp.db import db
from fieldapp.people import Account, Device
from fieldapp.places import village_id
from fieldapp.review.history import history_of
from fieldapp.sample.sizes import ELSEWHERE
from fieldapp.surveys.household import Household
from sync import new_record_id
from sync.change import change_id
from sync.clock import moment_of
from tests.postgres import AGAIN_ON_POSTGRESQL
from tests.wire_client import Tablet, code, count, tablet

__all__ = ["code", "tablet"]


def test_every_answer_says_who_answers_and_when_even_a_refusal(client: FlaskClient) -> None:
    answer = client.get("/sync/v1/hello")
    assert answer.status_code == 401
    body = answer.get_json()
    assert body["proto"] == 1
    assert {"node", "epoch", "now"} <= body.keys()
    assert body["error"]["code"] == "unknown_token"
    assert "quản trị" in body["error"]["message"]


def test_what_a_device_is_told_hangs_on_no_cookie(tablet: Tablet) -> None:
    answer = tablet.client.get("/sync/v1/hello", headers={**tablet.auth, "Cookie": "session=somebody"})
    assert answer.status_code == 200
    assert "Set-Cookie" not in answer.headers
    assert "Cookie" not in answer.headers["Vary"]


def test_an_unknown_address_of_the_wire_is_json_too(client: FlaskClient) -> None:
    answer = client.get("/sync/v1/no-such-thing")
    assert (answer.status_code, answer.get_json()["proto"]) == (404, 1)


@AGAIN_ON_POSTGRESQL
def test_a_code_enrols_one_device_and_then_says_that_it_was_used(client: FlaskClient, code: str) -> None:
    assert client.post("/sync/v1/enrol", json={"code": code.lower(), "name": "A"}).status_code == 200
    again = client.post("/sync/v1/enrol", json={"code": code, "name": "B"})
    assert (again.status_code, again.get_json()["error"]["code"]) == (401, "used_code")


@AGAIN_ON_POSTGRESQL
def test_a_tablet_connected_again_takes_a_code_of_its_own_person_alone(client: FlaskClient, code: str) -> None:
    others = people.find_account("binh").id
    refused = client.post("/sync/v1/enrol", json={"code": code, "author": others})
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (401, "others_code")
    taken = client.post("/sync/v1/enrol", json={"code": code, "author": people.find_account("lan").id})
    assert (taken.status_code, taken.get_json()["account"]["username"]) == (200, "lan")


def test_who_enrols_anew_is_told_what_of_the_tablet_before_never_came(client: FlaskClient, code: str) -> None:
    lan = people.find_account("lan")
    first, second, third = code, *(people.enrolment_code(lan, datetime.now(UTC)) for _more in range(2))
    db.session.commit()
    tablet = Tablet(client, first)
    tablet.push(tablet.household())
    tablet.get("hello?said=3&pending=2")
    left = enrolled(client, code=second)["left_behind"]
    assert (left["name"], left["changes"]) == ("Máy của Lan", 2)
    again = enrolled(client, code=third, author=lan.id)
    assert again["left_behind"] is None, "whoever only connects again has that work"
    tablet.push(tablet.household(), tablet.household())
    fourth = people.enrolment_code(lan, datetime.now(UTC))
    db.session.commit()
    assert enrolled(client, code=fourth)["left_behind"] is None


def enrolled(client: FlaskClient, **wish: str) -> dict[str, Any]:
    return dict(client.post("/sync/v1/enrol", json=wish).get_json())


def test_a_household_that_was_pushed_is_a_row_and_pushing_again_is_a_duplicate(tablet: Tablet) -> None:
    before = count(Household)
    text = tablet.household()
    assert [result["verdict"] for result in tablet.push(text)] == ["stored"]
    assert [result["verdict"] for result in tablet.push(text)] == ["duplicate"]
    assert count(Household) == before + 1
    assert tablet.get("hello")["acked_seq"] == 1


@AGAIN_ON_POSTGRESQL
def test_a_bad_change_never_spoils_the_others(tablet: Tablet) -> None:
    results = tablet.push(tablet.household("Ma Văn Dình"), "this is no change", tablet.household("Lý A Tủa"))
    assert [result["verdict"] for result in results] == ["stored", "bad", "stored"]
    assert results[1]["message"]


@AGAIN_ON_POSTGRESQL
@pytest.mark.parametrize(
    ("answers", "reason"),
    [
        ({"members": "bốn"}, "impossible_value"),
        ({"members": 4000}, "impossible_value"),
        ({"poverty_class": "no-such-code"}, "impossible_value"),
    ],
)
def test_an_impossible_answer_is_held_with_its_reason_and_not_counted(
    tablet: Tablet, answers: dict[str, Any], reason: str
) -> None:
    before = count(Household)
    village = tablet.areas[0]["id"]
    text = tablet.change("household", new_record_id(1), {"head_name": "Hà Văn Sơn", "village": village, **answers})
    result = tablet.push(text)[0]
    assert (result["verdict"], result["reason"]) == ("held", reason)
    assert count(Household) == before


def test_a_change_for_an_unknown_survey_or_from_another_area_is_held_not_refused(tablet: Tablet) -> None:
    elsewhere = village_id(2023, ELSEWHERE, 1)
    results = tablet.push(
        tablet.change("beekeeping", new_record_id(1), {"hives": 3}), tablet.household("Bàn Văn Tá", village=elsewhere)
    )
    assert [(r["verdict"], r["reason"]) for r in results] == [("held", "unknown_survey"), ("held", "outside_area")]


def test_a_reference_that_is_none_is_held_and_nothing_stumbles_over_it(tablet: Tablet) -> None:
    texts = [tablet.change("housing_need", new_record_id(n), {"household": odd}) for n, odd in enumerate(([], {}, 7))]
    assert [each["reason"] for each in tablet.push(*texts)] == ["impossible_value"] * 3


def test_a_change_under_another_persons_name_is_held(tablet: Tablet) -> None:
    result = tablet.push(tablet.household(author="0123456789abcdef"))[0]
    assert (result["verdict"], result["reason"]) == ("held", "author_not_on_device")


@AGAIN_ON_POSTGRESQL
def test_an_unknown_answer_is_kept_for_the_version_that_knows_it(tablet: Tablet) -> None:
    record = new_record_id(5)
    answers = {"head_name": "Nông Văn Tài", "village": tablet.areas[0]["id"], "solar_panels": 2}
    assert tablet.push(tablet.change("household", record, answers))[0]["verdict"] == "stored"
    db.session.rollback()
    assert db.session.get_one(Household, record).extra == {"solar_panels": 2}


@AGAIN_ON_POSTGRESQL
def test_a_clock_two_days_ahead_is_stored_and_marked(tablet: Tablet) -> None:
    tablet.millis = int(datetime.now(UTC).timestamp() * 1000) + 2 * 86_400_000
    assert tablet.push(tablet.household())[0]["verdict"] == "clock_ahead"


MADE = datetime(2026, 8, 1, 7, 30)
A_DAY_MS = 86_400_000


@pytest.mark.parametrize("days", [-3016, -1, 0, 1, 4289])
def test_a_step_is_told_at_its_true_time_where_the_tablet_knew_how_wrong_its_clock_was(
    tablet: Tablet, days: int
) -> None:
    wall = (MADE - timedelta(days=days)).isoformat() + ".000Z"
    tablet.millis = int(datetime.fromisoformat(wall).timestamp() * 1000)
    text = tablet.household(made_at={"wall": wall, "tz": "+07:00", "offset_ms": days * A_DAY_MS})
    tablet.push(text)
    [step] = history_of(json.loads(text)["record"], [])
    assert abs(step.at - MADE) <= timedelta(seconds=1)


@pytest.mark.parametrize(("wall", "off"), [("no moment", A_DAY_MS), ("2026-08-01T07:30:00Z", 2**53 - 1)])
def test_a_time_that_is_none_is_told_by_its_stamp(tablet: Tablet, wall: str, off: int) -> None:
    text = tablet.household(made_at={"wall": wall, "tz": "+07:00", "offset_ms": off})
    tablet.push(text)
    change = json.loads(text)
    assert [step.at for step in history_of(change["record"], [])] == [moment_of(change["stamp"])]


@AGAIN_ON_POSTGRESQL
def test_what_was_pushed_comes_back_in_the_feed_of_its_village_and_of_no_other(tablet: Tablet) -> None:
    here, there = tablet.areas[0]["id"], tablet.areas[1]["id"]
    start = {area: tablet.get(f"snapshot?area={area}")["position"] for area in (here, there)}
    text = tablet.household(village=here)
    tablet.push(text)
    assert tablet.get(f"pull?area={here}&after={start[here]}")["changes"] == [text]
    assert tablet.get(f"pull?area={there}&after={start[there]}")["changes"] == []


def test_a_village_outside_the_area_cannot_be_pulled(tablet: Tablet) -> None:
    answer = tablet.client.get("/sync/v1/pull?area=2023.09999.001&after=0", headers=tablet.auth)
    assert answer.status_code == 400


@AGAIN_ON_POSTGRESQL
def test_a_tablet_of_somebody_who_sees_everything_gets_what_counts_and_is_told_of_what_counts_no_more(
    tablet: Tablet,
) -> None:
    quan = people.find_account("quan")
    code = people.enrolment_code(quan, datetime.now(UTC))
    db.session.commit()
    eagle = Tablet(tablet.client, code)
    kept, taken_back = tablet.household(), tablet.household()
    assert [each["verdict"] for each in tablet.push(kept, taken_back)] == ["stored", "stored"]
    impossible = tablet.change("household", json.loads(kept)["record"], {"members": 500})
    assert [each["verdict"] for each in tablet.push(impossible)] == ["held"]
    page = eagle.get("pull?area=*&after=0")
    changes = list(page["changes"])
    while page["more"]:
        page = eagle.get(f"pull?area=*&after={page['next']}")
        changes += page["changes"]
    assert {kept, taken_back} <= set(changes)
    assert impossible not in changes
    intake.rule([change_id(taken_back)], "exclude", account=quan)
    db.session.commit()
    later = eagle.get(f"pull?area=*&after={page['next']}")
    assert later["evicted"] == [json.loads(taken_back)["record"]]
    first = eagle.get("snapshot?area=*")
    assert first["position"] >= later["next"]


def test_a_need_that_arrives_before_its_household_waits_and_then_gets_its_area(tablet: Tablet) -> None:
    from fieldapp.surveys.housing_need import HousingNeed

    home = new_record_id(7)
    need = new_record_id(8)
    first = tablet.change("household", home, {"head_name": "Triệu Thị Pham", "village": tablet.areas[0]["id"]})
    second = tablet.change("housing_need", need, {"household": home, "visited_on": "2026-07-30"})
    tablet.push(second)
    db.session.rollback()
    assert db.session.get_one(HousingNeed, need).area is None
    tablet.push(first)
    db.session.rollback()
    assert db.session.get_one(HousingNeed, need).area == tablet.areas[0]["id"]


def test_gzip_is_read_and_a_bomb_is_not(tablet: Tablet) -> None:
    body = gzip.compress(json.dumps({"changes": [tablet.household()]}).encode())
    headers = {**tablet.auth, "Content-Encoding": "gzip", "Content-Type": "application/json"}
    assert tablet.client.post("/sync/v1/push", data=body, headers=headers).status_code == 200
    bomb = gzip.compress(b" " * 50_000_000)
    assert tablet.client.post("/sync/v1/push", data=bomb, headers=headers).status_code == 413
    assert tablet.client.post("/sync/v1/push", data=b"not gzip", headers=headers).status_code == 400


def test_more_than_a_push_may_hold_is_refused_whole_so_that_the_client_halves_it(tablet: Tablet) -> None:
    answer = tablet.client.post("/sync/v1/push", json={"changes": ["{}"] * 501}, headers=tablet.auth)
    assert answer.status_code == 413


def test_a_revoked_device_is_told_so_and_nothing_of_it_is_lost(tablet: Tablet) -> None:
    people.revoke(db.session.get_one(Device, tablet.device), datetime.now(UTC))
    db.session.commit()
    answer = tablet.client.get("/sync/v1/hello", headers=tablet.auth)
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (401, "unknown_token")


@AGAIN_ON_POSTGRESQL
def test_what_a_revoked_device_still_holds_is_taken_in_and_held(tablet: Tablet) -> None:
    people.revoke(db.session.get_one(Device, tablet.device), datetime.now(UTC))
    db.session.commit()
    before = count(Household)
    text = tablet.household("Lường Văn Ngọ")
    answer = tablet.client.post("/sync/v1/salvage", json={"changes": [text]}, headers=tablet.auth)
    assert (answer.status_code, answer.get_json()["received"], answer.get_json()["acked_seq"]) == (200, 1, 1)
    db.session.rollback()
    assert [entry.held for entry in intake.journal().held() if entry.change.id == change_id(text)] == ["revoked"]
    assert count(Household) == before


def test_only_an_administrators_code_makes_a_node(client: FlaskClient, code: str) -> None:
    answer = client.post("/sync/v1/enrol?kind=node", json={"code": code, "name": "Máy lạ"})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (403, "forbidden")
    assert client.post("/sync/v1/enrol", json={"code": code, "name": "Máy của Lan"}).status_code == 200


def test_the_forms_come_in_the_language_asked_for_and_not_twice(client: FlaskClient) -> None:
    answer = client.get("/sync/v1/forms", headers={"Accept-Language": "en"})
    assert answer.get_json()["language"] == "en"
    again = client.get("/sync/v1/forms", headers={"Accept-Language": "en", "If-None-Match": answer.headers["ETag"]})
    assert again.status_code == 304


@AGAIN_ON_POSTGRESQL
def test_a_snapshot_and_the_feed_after_it_tell_the_whole_story(tablet: Tablet, as_: Callable[..., Any]) -> None:
    area = tablet.areas[0]["id"]
    first = tablet.get(f"snapshot?area={area}")
    known = {record["record"] for record in first["records"]}
    page = first["next_page"]
    while page:
        more = tablet.get(f"snapshot?area={area}&page={page}")
        known |= {record["record"] for record in more["records"]}
        page = more["next_page"]
    rows = db.session.scalars(sa.select(Household.id).where(Household.area == area))
    assert set(rows) <= known
    assert isinstance(db.session.scalar(sa.select(Account.id)), str)
