"""A client of the wire as a stranger would write one from its description: enrols, makes changes, pushes them."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from PIL import Image

from fieldapp import people
from fieldapp.db import db
from sync import new_record_id
from sync.change import change_id

WALL = {"wall": "2026-08-01T07:30:00.000Z", "tz": "+07:00", "offset_ms": 0}


class Tablet:
    """One tablet, enrolled; its changes are numbered and name the one before."""

    def __init__(self, client: FlaskClient, code: str, kind: str = "tablet") -> None:
        self.client = client
        body = client.post(f"/sync/v1/enrol?kind={kind}", json={"code": code, "name": "Máy của Lan"}).get_json()
        self.device, self.author, self.areas = body["device"], body["author"], body["areas"]
        self.auth = {"Authorization": f"Bearer {body['token']}"}
        self.seq, self.prev, self.millis = 0, None, 1_785_000_000_000

    def change(self, survey: str, record: str, answers: dict[str, Any], /, **more: Any) -> str:
        self.seq += 1
        self.millis += 1000
        text = json.dumps(
            {
                "v": 1,
                "survey": survey,
                "record": record,
                "answers": answers,
                "base": {},
                "stamp": f"{self.millis:012x}-000000-{self.device}",
                "device": self.device,
                "seq": self.seq,
                "prev": self.prev,
                "author": self.author,
                "form_version": 1,
                "made_at": WALL,
                **more,
            },
            ensure_ascii=False,
            separators=(",", ":"),
        )
        self.prev = change_id(text)
        return text

    def household(self, name: str = "Đặng Thị Mến", village: str | None = None, **more: Any) -> str:
        answers = {"head_name": name, "village": village or self.areas[0]["id"], "members": 4}
        return self.change("household", new_record_id(self.millis), answers, **more)

    def push(self, *texts: str) -> list[dict[str, Any]]:
        answer = self.client.post("/sync/v1/push", json={"changes": list(texts)}, headers=self.auth)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return list(answer.get_json()["results"])

    def get(self, path: str) -> dict[str, Any]:
        answer = self.client.get(f"/sync/v1/{path}", headers=self.auth)
        assert answer.status_code == 200, answer.get_data(as_text=True)
        return dict(answer.get_json())


@pytest.fixture
def code(context: Flask) -> str:
    lan = people.find_account("lan")
    made = people.enrolment_code(lan, datetime.now(UTC))
    db.session.commit()
    return made


@pytest.fixture
def tablet(client: FlaskClient, code: str) -> Tablet:
    return Tablet(client, code)


def count(model: Any) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def photo(colour: str = "brown") -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise((400, 300), 90).convert("RGB").save(buffer, "JPEG", quality=90)
    return buffer.getvalue() + colour.encode()


def parts_of(data: bytes, size: int = 10_000) -> list[bytes]:
    return [data[start : start + size] for start in range(0, len(data), size)]
