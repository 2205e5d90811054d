"""A locked tablet at the door: what is sealed comes in, nothing else does, and a code opens what a lost PIN has closed.

Over real HTTP, as a tablet would.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import logging
import socket
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from flask import Flask

from fieldapp import intake, people
from fieldapp.config import settings
from fieldapp.db import db
from fieldapp.people import Device
from fieldapp.people.devices import UNLOCK
from fieldapp.photos import attachments
from fieldapp.places import village_id
from fieldapp.sample.sizes import ELSEWHERE
from fieldapp.surveys.household import Household
from sync.change import change_id
from sync.sealing import SealingKey, box, change_purpose, device_purpose, part_place, photo_purpose, seal
from tests.conftest import Server
from tests.postgres import AGAIN_ON_POSTGRESQL
from tests.sync import cases
from tests.wire_client import Tablet, code, count, parts_of, photo

__all__ = ["code"]

KEY = b"k" * 32


class Told:
    """An answer, asked as Flask's own client is."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer, self.status_code = answer, answer.status_code

    def get_json(self) -> dict[str, Any]:
        return dict(self.answer.json())

    def get_data(self, as_text: bool = True) -> str:
        return self.answer.text

    @property
    def refusal(self) -> tuple[int, str]:
        return self.status_code, self.get_json()["error"]["code"]


class Line:
    """Real HTTP, asked as Flask's own client is."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, timeout=30)

    def get(self, path: str, **how: Any) -> Told:
        return Told(self.http.get(path, **how))

    def post(self, path: str, data: bytes | None = None, **how: Any) -> Told:
        return Told(self.http.post(path, content=data, **how))

    def put(self, path: str, data: bytes, **how: Any) -> Told:
        return Told(self.http.put(path, content=data, **how))


class Locked(Tablet):
    """A tablet while nobody has given the PIN: it has what it sealed, and its courier."""

    def __init__(self, client: Any, code: str) -> None:
        super().__init__(client, code)
        token = self.auth["Authorization"].removeprefix("Bearer ")
        proof = people.courier(hashlib.sha256(token.encode()).hexdigest())
        self.courier = {"Authorization": f"Courier {self.device}:{proof}"}
        self.sealing = self.get("hello")["sealing_key"]

    def sealed(self, text: str, **otherwise: str) -> dict[str, str]:
        sealed = seal(self.sealing["public"], gzip.compress(text.encode()), change_purpose(change_id(text)))
        return {"id": change_id(text), "kid": self.sealing["kid"], "box": sealed, **otherwise}

    def carry(self, *sealed: dict[str, str], to: str = "push", clear: tuple[str, ...] = ()) -> Any:
        return self.client.post(f"/sync/v1/{to}", json={"changes": clear, "sealed": sealed}, headers=self.courier)

    def put(self, data: bytes, sha256: str, at: str, **headers: str) -> Any:
        return self.client.put(f"/sync/v1/blob/{sha256}/{at}", data=data, headers={**self.courier, **headers})

    def photo_key(self, sha256: str) -> dict[str, str]:
        return {"X-Sealed-Key": seal(self.sealing["public"], KEY, photo_purpose(sha256))}

    def unlock(self, code: str, sealed: str = "") -> Any:
        sealed = sealed or seal(self.sealing["public"], KEY, device_purpose(self.device))
        return self.client.post("/sync/v1/unlock", json={"code": code, "sealed": sealed}, headers=self.courier)

    @property
    def row(self) -> Device:
        db.session.rollback()
        return db.session.get_one(Device, self.device)

    def switch_off(self) -> None:
        people.revoke(self.row, datetime.now(UTC))
        db.session.commit()


@pytest.fixture
def line(server: Server) -> Iterator[Line]:
    made = Line(server.url)
    yield made
    made.http.close()


@pytest.fixture
def tablet(line: Line, code: str) -> Locked:
    return Locked(line, code)


def code_for(username: str) -> str:
    made = people.enrolment_code(people.find_account(username), datetime.now(UTC))
    db.session.commit()
    return made


def test_a_tablet_is_told_one_key_to_seal_with_when_it_is_enrolled_and_ever_after(tablet: Locked) -> None:
    ours = SealingKey.load(settings().sealing_key)
    assert tablet.sealing == {"kid": ours.kid, "public": ours.public}
    enrolled = tablet.client.post("/sync/v1/enrol", json={"code": code_for("lan"), "name": "Máy khác"}).get_json()
    assert enrolled["sealing_key"] == tablet.sealing
    for told in (ours.kid, "<script>", ""):
        tablet.get(f"hello?said=0&kid={told}")
        assert tablet.row.report["kid"] == ours.kid


@AGAIN_ON_POSTGRESQL
def test_sealed_changes_are_opened_and_each_is_judged_for_itself(tablet: Locked) -> None:
    before = count(Household)
    first, clear = tablet.household("Ma Văn Dình"), tablet.household("Lý A Tủa")
    held = tablet.change("beekeeping", json.loads(first)["record"], {"hives": 3})
    body = {"changes": [clear], "sealed": [tablet.sealed(held), tablet.sealed(first)]}
    told = tablet.client.post("/sync/v1/push", json=body, headers=tablet.auth).get_json()
    results = [(each["id"], each["verdict"], "message" in each) for each in told["results"]]
    expected = [(clear, "stored", False), (held, "held", True), (first, "stored", False)]
    assert results == [(change_id(text), verdict, words) for text, verdict, words in expected]
    assert (told["unopened"], told["acked_seq"]) == ([], 3)
    assert count(Household) == before + 2


def test_a_locked_tablet_hands_in_what_is_sealed_and_hears_verdicts_without_words(tablet: Locked) -> None:
    texts = tablet.household("Ma Văn Dình"), tablet.household(village=village_id(2023, ELSEWHERE, 1))
    before = tablet.row.last_seen_at
    told = tablet.carry(*map(tablet.sealed, texts)).get_json()
    assert told["results"] == [
        {"id": change_id(texts[0]), "verdict": "stored"},
        {"id": change_id(texts[1]), "verdict": "held", "reason": "outside_area"},
    ]
    assert "Dình" not in json.dumps(told, ensure_ascii=False)
    assert before < tablet.row.last_seen_at  # type: ignore[operator]
    assert [each["verdict"] for each in tablet.push(*texts)] == ["duplicate", "held"]


def test_what_cannot_be_opened_gets_no_receipt_and_spoils_nothing(tablet: Locked) -> None:
    good, *spoiled = (tablet.household(f"Lý A {n}") for n in range(6))
    ids = [change_id(text) for text in spoiled]
    bomb = seal(tablet.sealing["public"], gzip.compress(b" " * 9_000_000), change_purpose(ids[4]))
    boxes = [
        tablet.sealed(spoiled[0], kid="0" * 16),
        tablet.sealed(spoiled[1], box=tablet.sealed(good)["box"]),
        tablet.sealed(spoiled[2], box="no box"),
        tablet.sealed(spoiled[3]) | {"box": tablet.sealed(spoiled[3])["box"][:-8]},
        tablet.sealed(spoiled[4], box=bomb),
    ]
    told = tablet.carry(*boxes, tablet.sealed(good)).get_json()
    assert told["unopened"] == ids
    assert [(each["id"], each["verdict"]) for each in told["results"]] == [(change_id(good), "stored")]
    assert [each["verdict"] for each in tablet.push(*spoiled)] == ["stored"] * 5


def test_of_what_opens_to_more_than_a_push_may_hold_the_rest_waits_without_a_word(tablet: Locked) -> None:
    long = [tablet.household("Lý A Tủa", note="x" * 60_000) for _ in range(6)]
    boxes, ids = [tablet.sealed(text) for text in long], [change_id(text) for text in long]
    first = tablet.carry(*boxes).get_json()
    assert ([each["id"] for each in first["results"]], first["unopened"]) == (ids[:4], [])
    body = {"changes": long[4:5], "sealed": [*boxes[:3], boxes[5]]}
    told = tablet.client.post("/sync/v1/push", json=body, headers=tablet.auth).get_json()
    assert ([each["id"] for each in told["results"]], told["unopened"]) == ([ids[4], *ids[:3]], [])
    last = tablet.carry(*boxes[5:], to="salvage").get_json()
    assert (last["received"], last["unopened"], last["acked_seq"]) == (1, [], 6)
    assert tablet.carry(*[tablet.sealed("{}", box="")] * 501).refusal == (413, "too_large")


def test_a_courier_carries_nothing_in_the_clear_and_asks_nothing(tablet: Locked) -> None:
    area = tablet.areas[0]["id"]
    assert tablet.carry(clear=(tablet.household(),)).refusal == (400, "bad_request")
    assert tablet.put(b"x", "a" * 64, "0?parts=1").refusal == (401, "unknown_token")
    for path in ("hello", f"pull?area={area}", f"snapshot?area={area}", f"blob/{'a' * 64}", "counts"):
        assert tablet.client.get(f"/sync/v1/{path}", headers=tablet.courier).refusal == (401, "unknown_token"), path
    assert tablet.client.post("/sync/v1/compare", json={}, headers=tablet.courier).refusal == (401, "unknown_token")


def test_a_courier_that_is_not_that_of_its_tablet_is_unknown(tablet: Locked) -> None:
    other = Tablet(tablet.client, code_for("lan"))
    device, proof = tablet.courier["Authorization"].removeprefix("Courier ").split(":")
    altered = proof[:-1] + ("0" if proof[-1] != "0" else "1")
    token = other.auth["Authorization"].removeprefix("Bearer ")
    for shown in (f"{device}:{altered}", f"{device}:", f"{other.device}:{proof}", token):
        tablet.courier["Authorization"] = f"Courier {shown}"
        assert tablet.carry().refusal == (401, "unknown_token"), shown


def test_the_courier_is_computed_as_the_browser_does() -> None:
    row = cases.load("sealing.json")["courier"]
    assert people.courier(hashlib.sha256(row["token"].encode()).hexdigest()) == row["hex"]


@AGAIN_ON_POSTGRESQL
def test_a_locked_tablet_that_was_switched_off_hands_in_what_it_sealed_and_hears_a_number(tablet: Locked) -> None:
    text, lost = tablet.household(), tablet.household()
    tablet.switch_off()
    assert tablet.carry(tablet.sealed(text)).refusal == (401, "unknown_token")
    told = tablet.carry(tablet.sealed(text), tablet.sealed(lost, kid="0" * 16), to="salvage").get_json()
    assert told.keys() - {"proto", "node", "epoch", "now"} == {"received", "unopened", "acked_seq"}
    assert (told["received"], told["unopened"], told["acked_seq"]) == (1, [change_id(lost)], 1)
    db.session.rollback()
    assert [entry.held for entry in intake.journal().held() if entry.change.id == change_id(text)] == ["revoked"]


# --- photos -----------------------------------------------------------------------------------------------------


def test_a_sealed_photo_arrives_by_courier_and_lies_here_as_it_was_taken(tablet: Locked) -> None:
    data = photo()
    sha256, parts = hashlib.sha256(data).hexdigest(), parts_of(data)
    for i, part in enumerate(parts):
        closed = box(KEY, part, part_place(sha256, i))
        told = tablet.put(closed, sha256, f"{i}?parts={len(parts)}", **tablet.photo_key(sha256)).get_json()
    assert (told["state"], told["missing"]) == ("stored", [])
    assert attachments.path(sha256).read_bytes() == data
    asked = tablet.client.get(f"/sync/v1/blob/{sha256}/missing?parts={len(parts)}", headers=tablet.courier)
    assert asked.get_json()["state"] == "stored"


def test_a_sealed_part_that_broke_off_goes_on_where_it_stopped(tablet: Locked, server: Server) -> None:
    data = photo()[:40_000]
    sha256 = hashlib.sha256(data).hexdigest()
    closed, key = box(KEY, data, part_place(sha256, 0)), tablet.photo_key(sha256)
    headers = {**tablet.courier, **key, "Content-Length": str(len(closed))}
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    with socket.create_connection(("127.0.0.1", server.port)) as broken:
        broken.sendall(f"PUT /sync/v1/blob/{sha256}/0?parts=1 HTTP/1.1\r\n{head}\r\n".encode() + closed[:20_000])
    came = begun(tablet, sha256)
    assert 0 < came <= 20_000
    told = tablet.put(closed[came:], sha256, f"0?parts=1&from={came}", **key).get_json()
    assert told["missing"] == []
    assert attachments.path(sha256).read_bytes() == data


def begun(tablet: Locked, sha256: str) -> int:
    """How many bytes of a part are here, once the server has seen that the line is gone."""
    for _try in range(100):
        asked = tablet.client.get(f"/sync/v1/blob/{sha256}/missing?parts=1", headers=tablet.courier).get_json()
        if asked["begun"]:
            return int(asked["begun"]["0"])
        time.sleep(0.02)
    raise AssertionError(asked)


def test_a_part_that_cannot_be_opened_is_refused_and_comes_in_the_clear_later(tablet: Locked) -> None:
    data = photo()[:40_000]
    sha256 = hashlib.sha256(data).hexdigest()
    closed, key = box(KEY, data, part_place(sha256, 0)), tablet.photo_key(sha256)
    foreign = {"X-Sealed-Key": seal(SealingKey.generate().public, KEY, photo_purpose(sha256))}
    for wrong, headers in ((closed, foreign), (closed, tablet.photo_key("a" * 64)), (closed[:-1], key), (data, key)):
        assert tablet.put(wrong, sha256, "0?parts=1", **headers).refusal == (409, "unopened")
    assert tablet.get(f"blob/{sha256}/missing?parts=1")["begun"] == {}
    told = tablet.client.put(f"/sync/v1/blob/{sha256}/0?parts=1", data=data, headers=tablet.auth).get_json()
    assert told["missing"] == []


# --- a forgotten PIN --------------------------------------------------------------------------------------------


@AGAIN_ON_POSTGRESQL
def test_a_code_of_its_person_opens_the_key_of_a_tablet_once_and_that_is_noted(
    tablet: Locked, caplog: pytest.LogCaptureFixture
) -> None:
    fresh = code_for("lan")
    with caplog.at_level(logging.WARNING):
        told = tablet.unlock(fresh)
    assert base64.b64decode(told.get_json()["key"]) == KEY
    assert f"tablet {tablet.device} (lan) was unlocked" in caplog.text
    assert len(tablet.row.report["unlocks"]) == 1
    assert tablet.unlock(fresh).refusal == (401, "used_code")
    assert tablet.client.post("/sync/v1/enrol", json={"code": fresh}).refusal == (401, "used_code")


def test_a_code_of_another_person_opens_nothing_and_still_serves_her(tablet: Locked) -> None:
    others = code_for("binh")
    assert tablet.unlock(others).refusal == (401, "others_code")
    assert tablet.client.post("/sync/v1/enrol", json={"code": others}).status_code == 200


def test_what_was_sealed_for_another_server_or_device_is_not_opened_and_costs_no_code(tablet: Locked) -> None:
    fresh = code_for("lan")
    foreign = seal(SealingKey.generate().public, KEY, device_purpose(tablet.device))
    others = seal(tablet.sealing["public"], KEY, device_purpose("0" * 16))
    for sealed in (foreign, others, "nothing"):
        told = tablet.unlock(fresh, sealed)
        assert told.refusal == (409, "unopened")
        assert "sealing.keys" in told.get_json()["error"]["message"]
    assert tablet.unlock(fresh).status_code == 200


def test_guessing_codes_at_a_locked_tablet_is_slow(tablet: Locked) -> None:
    fresh = code_for("lan")
    for _guess in range(UNLOCK.tries):
        assert tablet.unlock("0000-0000").refusal == (401, "wrong_code")
    assert tablet.unlock(fresh).refusal == (429, "too_many_attempts")


def test_no_code_opens_a_tablet_that_was_switched_off(tablet: Locked) -> None:
    fresh = code_for("lan")
    tablet.switch_off()
    assert tablet.unlock(fresh).refusal == (401, "unknown_token")


def test_who_holds_the_token_needs_no_code_and_gets_no_key_by_one(tablet: Locked) -> None:
    tablet.courier = tablet.auth
    assert tablet.unlock(code_for("lan")).refusal == (401, "unknown_token")


def test_a_node_without_a_usable_key_goes_on_in_the_clear(tablet: Locked, app: Flask) -> None:
    settings().sealing_key.write_text("damaged")
    text = tablet.household()
    assert tablet.get("hello")["sealing_key"] is None
    assert tablet.carry(tablet.sealed(text)).get_json()["unopened"] == [change_id(text)]
    assert [each["verdict"] for each in tablet.push(text)] == ["stored"]
