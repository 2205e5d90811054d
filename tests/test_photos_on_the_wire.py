"""Photos on the wire: in parts, in any order, kept whatever they are, and given to nobody who only knows their hash."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from typing import Any

from fieldapp import people
from fieldapp.db import db
from fieldapp.photos import attachments
from fieldapp.sample.sizes import ELSEWHERE
from sync import new_record_id
from tests.postgres import ON_EACH_DATABASE
from tests.wire_client import Tablet, code, parts_of, photo, tablet

__all__ = ["code", "tablet"]


def test_a_photo_arrives_in_parts_in_any_order_and_is_whole_after_the_last(tablet: Tablet) -> None:
    data = photo()
    sha256, parts = hashlib.sha256(data).hexdigest(), parts_of(data)
    order = list(range(len(parts)))[::-1]
    for i in order:
        body = tablet.client.put(
            f"/sync/v1/blob/{sha256}/{i}?parts={len(parts)}", data=parts[i], headers=tablet.auth
        ).get_json()
    assert (body["state"], body["missing"]) == ("stored", [])
    assert attachments.path(sha256).read_bytes() == data


@ON_EACH_DATABASE
def test_what_is_missing_of_a_photo_can_be_asked_and_sent_later(tablet: Tablet) -> None:
    data = photo("red")
    sha256, parts = hashlib.sha256(data).hexdigest(), parts_of(data)
    tablet.client.put(f"/sync/v1/blob/{sha256}/1?parts={len(parts)}", data=parts[1], headers=tablet.auth)
    body = tablet.get(f"blob/{sha256}/missing?parts={len(parts)}")
    assert (body["state"], body["missing"]) == ("partial", [i for i in range(len(parts)) if i != 1])


@ON_EACH_DATABASE
def test_a_photo_that_is_no_photo_is_kept_and_said_to_be_none(tablet: Tablet) -> None:
    data = b"%PDF-1.7 a bill, not a house"
    sha256 = hashlib.sha256(data).hexdigest()
    body = tablet.client.put(f"/sync/v1/blob/{sha256}/0?parts=1", data=data, headers=tablet.auth).get_json()
    assert body["state"] == "not_a_photo"
    assert attachments.path(sha256).read_bytes() == data


def test_parts_that_do_not_make_the_whole_they_name_are_asked_for_again(tablet: Tablet) -> None:
    sha256 = hashlib.sha256(b"something else").hexdigest()
    body = tablet.client.put(f"/sync/v1/blob/{sha256}/0?parts=1", data=b"damaged on the way", headers=tablet.auth)
    assert (body.get_json()["state"], body.get_json()["missing"]) == ("partial", [0])


def test_a_photo_no_record_of_the_area_names_cannot_be_fetched(tablet: Tablet) -> None:
    data = photo("blue")
    sha256 = hashlib.sha256(data).hexdigest()
    tablet.client.put(f"/sync/v1/blob/{sha256}/0?parts=1", data=data, headers=tablet.auth)
    assert tablet.client.get(f"/sync/v1/blob/{sha256}", headers=tablet.auth).status_code == 404


def test_a_photo_some_record_of_the_area_names_is_given_and_nobody_on_the_way_keeps_it(tablet: Tablet) -> None:
    data, home, village = photo("green"), new_record_id(1), tablet.areas[0]["id"]
    sha256 = hashlib.sha256(data).hexdigest()
    named = [{"sha256": sha256, "type": "image/jpeg", "bytes": len(data), "width": 400, "height": 300}]
    house = tablet.change("household", home, {"head_name": "Bàn Thị Mẩy", "village": village})
    tablet.push(house, tablet.change("housing_need", new_record_id(2), {"household": home, "photo_front": named}))
    tablet.client.put(f"/sync/v1/blob/{sha256}/0?parts=1", data=data, headers=tablet.auth)
    for size in ("", "?size=thumb"):
        with tablet.client.get(f"/sync/v1/blob/{sha256}{size}", headers=tablet.auth) as answer:
            assert (answer.status_code, answer.mimetype) == (200, "image/jpeg")
            assert answer.headers["Cache-Control"] == "no-store"


def naming(data: bytes) -> list[dict[str, Any]]:
    sha256 = hashlib.sha256(data).hexdigest()
    return [{"sha256": sha256, "type": "image/jpeg", "bytes": len(data), "width": 400, "height": 300}]


def with_photo(tablet: Tablet, data: bytes) -> list[str]:
    """A household of the tablet's first village, and a form about it that names a photo."""
    home = new_record_id()
    house = {"head_name": "Bàn Thị Mẩy", "village": tablet.areas[0]["id"]}
    return [
        tablet.change("household", home, house),
        tablet.change("housing_need", new_record_id(), {"household": home, "photo_front": naming(data)}),
    ]


@ON_EACH_DATABASE
def test_who_knows_the_hash_of_a_photo_has_no_right_to_it(tablet: Tablet) -> None:
    """Written into an own record it is held, whether the bytes are here or still on their way to its owner's record."""
    code = people.enrolment_code(people.find_account(f"khaosat.{ELSEWHERE}"), datetime.now(UTC))
    db.session.commit()
    stranger, data, coming = Tablet(tablet.client, code), photo("violet"), photo("orange")
    assert [each["verdict"] for each in tablet.push(*with_photo(tablet, data), *with_photo(tablet, coming))] == [
        "stored"
    ] * 4
    sha256 = hashlib.sha256(data).hexdigest()
    for i, part in enumerate(parts_of(data)):
        tablet.client.put(f"/sync/v1/blob/{sha256}/{i}?parts={len(parts_of(data))}", data=part, headers=tablet.auth)
    stranger.client.put(f"/sync/v1/blob/{sha256}/0?parts=1", data=b"guessed", headers=stranger.auth)
    for known in (data, coming):
        told = stranger.push(*with_photo(stranger, known))
        assert [each.get("reason") for each in told] == [None, "others_photo"]
    assert stranger.client.get(f"/sync/v1/blob/{sha256}", headers=stranger.auth).status_code == 404
    assert [each["verdict"] for each in tablet.push(*with_photo(tablet, data))] == ["stored"] * 2


def test_a_photo_that_was_brought_may_be_named_even_where_nobody_of_the_area_names_it_yet(tablet: Tablet) -> None:
    data = photo("black")
    sha256 = hashlib.sha256(data).hexdigest()
    tablet.client.put(f"/sync/v1/blob/{sha256}/0?parts=1", data=data, headers=tablet.auth)
    assert [each["verdict"] for each in tablet.push(*with_photo(tablet, data))] == ["stored"] * 2
