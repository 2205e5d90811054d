"""Requests of which only the head has come: strangers are answered by it, and nothing is done before the body."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.routing import IntegerConverter
from werkzeug.test import EnvironBuilder

from fieldapp import people
from fieldapp.db import db
from fieldapp.serving import Body, BodyWanted, answer_of, instead
from tests.conftest import begun

OPEN_TO_STRANGERS = {"sync_api.enrol"}


def doors(app: Flask) -> Iterator[tuple[str, str, str]]:
    """Every view that takes a body: its name, the method, an address."""
    made = app.url_map.bind("x")
    for rule in app.url_map.iter_rules():
        values = {
            name: 1 if isinstance(kind, IntegerConverter) else "a" * 64 for name, kind in rule._converters.items()
        }
        for method in sorted((rule.methods or set()) - {"GET", "HEAD", "OPTIONS"}):
            yield rule.endpoint, method, made.build(rule.endpoint, values, method=method)


def status(app: Flask, method: str, path: str, headers: dict[str, str]) -> int | None:
    """What is answered to the head alone; None where the body was reached for."""
    kind = "application/json" if path.startswith("/sync/") else "application/x-www-form-urlencoded"
    environ = EnvironBuilder(path=path, method=method, headers=headers, content_type=kind).get_environ()
    answer = answer_of(app, {**environ, "CONTENT_LENGTH": "10", "wsgi.input": instead(BodyWanted())})
    return answer.status if answer else None


@pytest.fixture
def known(app: Flask) -> list[dict[str, str]]:
    """An administrator at the desk who has opened a page, and tablets of hers and of an enumerator."""
    client, headers = app.test_client(), []
    with app.app_context():
        for name in ("dung", "lan"):
            code = people.enrolment_code(people.find_account(name), datetime.now(UTC))
            headers.append({"Authorization": f"Bearer {people.enrol(code, '', datetime.now(UTC))[1]}"})
        db.session.commit()
        token = begun("dung")
    with client.session_transaction() as session:
        session |= {"_user_id": token, "csrf_token": "a" * 40}
    cookie = client.get_cookie("session")
    assert cookie
    return [*headers, {"Cookie": f"session={cookie.value}"}]


def test_no_door_reads_what_a_stranger_sends_but_the_one_where_strangers_enrol(app: Flask) -> None:
    told = {(name, status(app, method, path, {})) for name, method, path in doors(app)}
    assert {name for name, answer in told if answer is None} == OPEN_TO_STRANGERS
    assert {answer for _name, answer in told} <= {None, 400, 401}


def test_nothing_is_written_before_the_body_is_here(app: Flask, instance: Path, known: list[dict[str, str]]) -> None:
    with closing(sqlite3.connect(instance / "fieldapp.db")) as watching:
        before, wanted = watching.execute("PRAGMA data_version").fetchone(), 0
        for name, method, path in doors(app):
            wanted += sum(status(app, method, path, headers) is None for headers in known)
            assert watching.execute("PRAGMA data_version").fetchone() == before, name
    assert wanted > 20, "else this saw only refusals"


def test_a_body_for_which_there_is_no_room_is_no_fault_of_who_sends_it() -> None:
    class Line:
        async def __aiter__(self) -> Iterator[bytes]:
            yield b"x" * 100

    async def take() -> None:
        with open("/dev/full", "wb", buffering=0) as full:
            await Body(Line(), 100, full).read()

    with pytest.raises(OSError, match="No space left"):
        ThreadPoolExecutor().submit(asyncio.run, take()).result()  # in this thread a browser's loop may run
