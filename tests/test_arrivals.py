"""A part of a photo that breaks off on the way: what came of it is kept, and only the rest is sent again."""

from __future__ import annotations

import hashlib
import io
import socket
import time
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from PIL import Image

from fieldapp import people
from fieldapp.db import db
from fieldapp.photos import attachments
from tests.conftest import Server


@pytest.fixture
def token(server: Server) -> str:
    with server.app.app_context():
        code = people.enrolment_code(people.find_account("lan"), datetime.now(UTC))
        _device, token = people.enrol(code, "Máy thử", datetime.now(UTC))
        db.session.commit()
    return token


def photo() -> bytes:
    buffer = io.BytesIO()
    Image.effect_noise((200, 150), 90).save(buffer, "JPEG")
    return buffer.getvalue()


def break_off(server: Server, token: str, path: str, data: bytes, after: int) -> None:
    """Begin to send a part as a browser does, and lose the line after so many bytes."""
    head = f"PUT {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Length: {len(data)}\r\n\r\n"
    with socket.create_connection(("127.0.0.1", server.port)) as line:
        line.sendall(head.encode() + data[:after])


def ask(server: Server, token: str, path: str, data: bytes | None = None) -> dict[str, Any]:
    method = "GET" if data is None else "PUT"
    headers = {"Authorization": f"Bearer {token}"}
    answer = httpx.request(method, f"{server.url}{path}", content=data, headers=headers)
    return dict(answer.json())


def begun(server: Server, token: str, path: str, least: int) -> dict[str, Any]:
    """What is here of the photo, once the server has seen that the line is gone."""
    for _try in range(100):
        told = ask(server, token, f"{path}/missing?parts=1")
        if told["begun"].get("0", 0) >= least:
            return told
        time.sleep(0.02)
    raise AssertionError(told)


def test_of_a_part_that_broke_off_only_the_rest_is_sent_and_the_whole_is_checked(server: Server, token: str) -> None:
    data = photo()
    sha256 = hashlib.sha256(data).hexdigest()
    path = f"/sync/v1/blob/{sha256}"
    break_off(server, token, f"{path}/0?parts=1", data, 3000)
    told = begun(server, token, path, 3000)
    assert (told["state"], told["missing"], told["begun"]) == ("absent", [0], {"0": 3000})

    too_far = ask(server, token, f"{path}/0?parts=1&from=3001", data[3001:])
    assert (too_far["missing"], too_far["begun"]) == ([0], {"0": 3000}), "bytes that never came are not made up"
    told = ask(server, token, f"{path}/0?parts=1&from=3000", data[3000:])
    assert (told["state"], told["missing"], told["begun"], told["broke"]) == ("stored", [], {}, False)
    with server.app.app_context():
        assert attachments.path(sha256).read_bytes() == data
        assert not list(attachments.path(sha256).parents[1].glob("arriving/*/*"))


def test_what_one_device_began_is_nothing_to_another(server: Server, token: str) -> None:
    data = photo()
    sha256 = hashlib.sha256(data).hexdigest()
    path = f"/sync/v1/blob/{sha256}"
    break_off(server, token, f"{path}/0?parts=1", data, 3000)
    begun(server, token, path, 3000)
    with server.app.app_context():
        code = people.enrolment_code(people.find_account("binh"), datetime.now(UTC))
        _device, other = people.enrol(code, "", datetime.now(UTC))
        db.session.commit()
    assert ask(server, other, f"{path}/missing?parts=1")["begun"] == {}
    ask(server, token, f"{path}/0?parts=1", b"altered" + data[7:])
    assert ask(server, token, f"{path}/missing?parts=1")["begun"] == {}, "bytes that do not fit are not built upon"


def test_a_sender_that_does_not_know_that_its_line_broke_is_told(server: Server, token: str) -> None:
    data = photo()
    path = f"/sync/v1/blob/{hashlib.sha256(data).hexdigest()}"
    break_off(server, token, f"{path}/0?parts=1", data, 3000)
    begun(server, token, path, 3000)
    told = ask(server, token, f"{path}/0?parts=1", data)
    assert (told["state"], told["broke"]) == ("stored", True)
    headers = {"Authorization": f"Bearer {token}"}
    alone = server.app.test_client().get(f"{path}/missing?parts=1&once=1", headers=headers)
    assert alone.headers["Connection"] == "close", "else a browser sends all of it again by itself"


@pytest.mark.parametrize("path", ["..%5C..%5Cx/0?parts=1", "ab/missing?parts=1"])
def test_no_file_is_named_by_what_is_no_hash(server: Server, token: str, path: str) -> None:
    told = ask(server, token, f"/sync/v1/blob/{path}", None if "missing" in path else b"x")
    assert told["error"]["code"] == "bad_part"
