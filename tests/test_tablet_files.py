"""The backup file of a tablet, made here by hand as the tablet makes it: sealed, boxed, in the clear, and of before."""

from __future__ import annotations

import base64
import gzip
import hashlib
import hmac
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from fieldapp import people
from fieldapp.config import settings
from fieldapp.db import db
from fieldapp.people import Device
from fieldapp.photos import attachments
from fieldapp.tablets import backup_file
from fieldapp.tablets.backup_file import DamagedBackup, restore
from sync.change import change_id
from sync.sealing import (
    SealingKey,
    box,
    change_place,
    change_purpose,
    device_purpose,
    part_place,
    photo_purpose,
    seal,
)
from tests.postgres import AGAIN_ON_POSTGRESQL
from tests.wire_client import Tablet, code, parts_of, photo

__all__ = ["code"]

OWN, PICTURE = b"o" * 32, b"p" * 32


@pytest.fixture
def tablet(client: FlaskClient, code: str) -> Tablet:
    return Tablet(client, code)


@pytest.fixture
def key(tablet: Tablet) -> SealingKey:
    return SealingKey.load(settings().sealing_key)


def in_base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def sealed(key: SealingKey, text: str) -> dict[str, Any]:
    id = change_id(text)
    sealed = seal(key.public, gzip.compress(text.encode()), change_purpose(id))
    return {"sealed": {"id": id, "kid": key.kid, "box": sealed}}


def boxed(text: str) -> dict[str, Any]:
    inside = box(OWN, json.dumps({"text": text, "area": "x"}).encode(), change_place(change_id(text)))
    return {"boxed": {"id": change_id(text), "box": in_base64(inside)}}


def own(key: SealingKey, tablet: Tablet) -> str:
    return seal(key.public, OWN, device_purpose(tablet.device))


def picture(data: bytes, key: SealingKey | None) -> list[dict[str, Any]]:
    sha256, parts = hashlib.sha256(data).hexdigest(), parts_of(data)
    opens = seal(key.public, PICTURE, photo_purpose(sha256)) if key else ""
    lying = [box(PICTURE, part, part_place(sha256, i)) if key else part for i, part in enumerate(parts)]
    told = {"photo": sha256, "type": "image/jpeg", "of": len(parts), "key": opens}
    return [{**told, "i": i, "base64": in_base64(part)} for i, part in enumerate(lying)]


def write(folder: Path, tablet: Tablet, *lines: dict[str, Any], format: int = 2, key: str = "") -> Path:
    head = {"format": format, "device": tablet.device, "node": "x", "epoch": "y", "made_at": "z", "key": key}
    body = b"".join(json.dumps(line).encode() + b"\n" for line in (head, *lines))
    secret = db.session.get_one(Device, tablet.device).token_hash
    secret = people.courier(secret) if format == 2 else secret
    end = {"seal": hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}
    path = folder / "phieu.jsonl.gz"
    path.write_bytes(gzip.compress(body + json.dumps(end).encode() + b"\n"))
    return path


@AGAIN_ON_POSTGRESQL
def test_what_is_sealed_boxed_and_clear_comes_in_and_a_draft_stays(
    tablet: Tablet, key: SealingKey, tmp_path: Path
) -> None:
    texts = [tablet.household(f"Lý A {n}") for n in range(3)]
    closed, clear = photo("red"), photo("blue")
    lines = [sealed(key, texts[0]), boxed(texts[1]), {"change": texts[2]}, {"draft": {"id": "d", "box": "AAAA"}}]
    path = write(tmp_path, tablet, *lines, *picture(closed, key), *picture(clear, None), key=own(key, tablet))
    found = restore(path)
    assert [(each.id, each.verdict) for each in found.results] == [(change_id(text), "stored") for text in texts]
    assert (found.photos, found.drafts, found.unopened) == (2, 1, 0)
    for data in (closed, clear):
        assert attachments.path(hashlib.sha256(data).hexdigest()).read_bytes() == data
    assert restore(path).before


def test_what_this_server_has_no_key_for_is_counted_and_the_file_can_be_read_again(
    tablet: Tablet, key: SealingKey, tmp_path: Path
) -> None:
    texts = [tablet.household(f"Lý A {n}") for n in range(3)]
    lines = [sealed(key, texts[0]), boxed(texts[1]), {"change": texts[2]}, *picture(photo(), key)]
    path = write(tmp_path, tablet, *lines, key=own(key, tablet))
    away = settings().sealing_key.rename(tmp_path / "sealing.keys")
    found = restore(path)
    assert ([each.id for each in found.results], found.unopened) == ([change_id(texts[2])], 3)
    assert "3 thay đổi hoặc ảnh" in backup_file.still_closed(found)
    away.replace(settings().sealing_key)
    found = restore(path)
    assert [each.verdict for each in found.results] == ["stored", "stored", "duplicate"]
    assert (found.photos, found.unopened, backup_file.still_closed(found)) == (1, 0, "")


def test_a_boxed_change_opens_under_its_own_id_and_for_its_own_device_only(
    tablet: Tablet, key: SealingKey, tmp_path: Path
) -> None:
    moved, foreign = boxed(tablet.household()), boxed(tablet.household())
    moved["boxed"]["id"] = change_id("another text")
    other = seal(key.public, OWN, device_purpose("0" * 16))
    assert restore(write(tmp_path, tablet, moved, key=own(key, tablet))).unopened == 1
    assert restore(write(tmp_path, tablet, foreign, key=other)).unopened == 1


def test_a_file_of_before_tablets_were_encrypted_is_still_read(tablet: Tablet, tmp_path: Path) -> None:
    text = tablet.household()
    found = restore(write(tmp_path, tablet, {"change": text}, *picture(photo(), None), format=1))
    assert ([each.verdict for each in found.results], found.photos) == (["stored"], 1)


@pytest.mark.parametrize("claimed", [1, 2])
def test_a_file_that_claims_the_other_format_is_not_what_was_sealed(
    tablet: Tablet, tmp_path: Path, claimed: int
) -> None:
    path = write(tmp_path, tablet, {"change": tablet.household()}, format=3 - claimed)
    text = gzip.decompress(path.read_bytes()).replace(b'"format": %d' % (3 - claimed), b'"format": %d' % claimed)
    path.write_bytes(gzip.compress(text))
    with pytest.raises(DamagedBackup):
        restore(path)


def test_more_than_a_server_has_room_for_is_not_opened(
    tablet: Tablet, key: SealingKey, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup_file, "MOST_OPENED", 1000)
    texts = [tablet.household(f"Lý A {n}") for n in range(3)]
    with pytest.raises(DamagedBackup):
        restore(write(tmp_path, tablet, *(sealed(key, text) for text in texts), key=own(key, tablet)))


def test_a_switched_off_tablets_sealed_file_is_held(tablet: Tablet, key: SealingKey, tmp_path: Path) -> None:
    path = write(tmp_path, tablet, sealed(key, tablet.household()), key=own(key, tablet))
    people.revoke(db.session.get_one(Device, tablet.device), datetime.now(UTC))
    db.session.commit()
    assert [(each.verdict, each.reason) for each in restore(path).results] == [("held", "revoked")]
