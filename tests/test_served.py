"""What a process that serves does not do while somebody waits."""

from __future__ import annotations

import asyncio
import gc
import io
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from bench.cost import peak_mb
from fieldapp.cli.background import make_ready
from fieldapp.db import db
from fieldapp.places import gazetteer
from fieldapp.serving import AppResponse, FileResponse, Served, send
from tests.ports import free_port
from tests.statements import counted

MANY = bytes(range(256)) * 400_000


def test_what_is_loaded_when_serving_begins_is_never_looked_through_for_waste(app: Flask) -> None:
    loaded: list[str] = []
    Served(app)
    assert all(each is not loaded for each in gc.get_objects())


def test_who_comes_first_to_a_process_waits_for_no_page_to_be_compiled_and_no_place_to_be_read(
    app: Flask, as_: Callable[[str], FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[str] = []
    gazetteer._held.clear()
    make_ready(app)
    loader: Any = app.jinja_env.loader
    load_it = loader.load

    def noted(environment: Any, name: str, *rest: Any) -> Any:
        loaded.append(name)
        return load_it(environment, name, *rest)

    monkeypatch.setattr(loader, "load", noted)
    for who, address in (("binh", "/"), ("binh", "/review"), ("dung", "/"), ("quan", "/records/"), ("quan", "/cases/")):
        client = as_(who)
        with app.app_context(), counted() as asked:
            assert client.get(address).status_code == 200
        assert not [words for words, _values in asked if words.startswith("SELECT village.id, village.")], address
    assert not loaded


def test_a_process_begins_to_serve_though_its_database_is_broken(app: Flask, caplog: pytest.LogCaptureFixture) -> None:
    gazetteer._held.clear()
    with app.app_context():
        db.session.execute(sa.text("DROP TABLE place_list_version"))
        db.session.commit()
    make_ready(app)
    assert "the pages could not be made ready" in caplog.text


def of_files() -> Served:
    """An application with a file larger than all else it holds, a small one, one without an end, one that cannot be
    read, and a page that says how large the process ever was and how many descriptors it has."""
    made: dict[str, Callable[[], Any]] = {
        "/large": lambda: written(MANY),
        "/small": lambda: written(b"small"),
        "/endless": lambda: io.FileIO("/dev/zero"),
        "/failing": lambda: io.FileIO("/proc/self/mem"),  # nothing lies at its beginning
    }

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if make := made.get(environ["PATH_INFO"]):
            start_response("200 OK", [])
            return FileResponse(make())
        start_response("200 OK", [])
        return [f"{peak_mb():.0f} {len(os.listdir('/proc/self/fd'))}".encode()]

    return Served(app)


def written(content: bytes) -> Any:
    """A file without a name."""
    file = tempfile.TemporaryFile()  # noqa: SIM115  it is closed when it was sent
    file.write(content)
    file.seek(0)
    return file


def test_a_file_lies_in_no_memory_while_a_client_is_slow_to_take_it(tmp_path: Path) -> None:
    with serving("of_files", tmp_path / "log") as client:
        before = numbers(client)[0]
        with client.stream("GET", "/large") as answer:
            parts = answer.iter_raw()
            first = next(parts)
            assert numbers(client)[0] < before + len(MANY) / 1e6 / 2
            assert b"".join([first, *parts]) == MANY


def numbers(client: httpx.Client) -> list[int]:
    """How many MB the server ever had, and how many descriptors it has."""
    return [int(number) for number in client.get("/").text.split()]


def test_no_descriptor_stays_open_however_a_file_ends(tmp_path: Path) -> None:
    """Taken whole, cut by the client, not wanted at all, or gone wrong while it was read."""
    with serving("of_files", tmp_path / "log") as client:
        before = numbers(client)[1]
        for _time in range(20):
            assert client.get("/small").content == b"small"
            client.head("/large")
            for cut in ("/endless", "/large"):
                with client.stream("GET", cut) as answer:
                    assert next(answer.iter_raw())
            assert not client.get("/failing").content
        until(lambda: numbers(client)[1] <= before)


def until(claim: Callable[[], bool]) -> None:
    """Wait for it, and fail where it does not come."""
    for _time in range(300):
        if claim():
            return
        time.sleep(0.1)
    pytest.fail("it did not come")


class Late:
    """A server that opens what it is told to send later than anybody waits for it."""

    told = ""

    def response_file(self, _status: int, _headers: Any, path: str) -> None:
        self.told = path

    def opens(self) -> bytes:
        """What it would send now."""
        return Path(self.told).read_bytes()


@pytest.mark.parametrize("patience", [60.0, 0.0], ids=["waited for", "not waited for"])
def test_a_server_that_is_slow_to_open_a_file_sends_that_file_or_none_and_never_anothers(
    patience: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fieldapp.serving.IDLE", patience)

    async def slowly() -> bytes:
        server = Late()
        sending = send(server, AppResponse(200, [], FileResponse(written(b"mine"))))
        assert sending
        task = asyncio.create_task(sending)
        await asyncio.sleep(0.5)
        others = [written(b"another's") for _time in range(99)]  # whatever number was free is theirs by now
        try:
            return await asyncio.to_thread(server.opens)
        except FileNotFoundError:
            return b""
        finally:
            await task
            assert not Path(server.told).parent.exists()
            for each in others:
                each.close()

    before = len(os.listdir("/proc/self/fd"))
    with ThreadPoolExecutor(1) as apart:  # a loop may run in this thread already: that of a browser
        assert apart.submit(asyncio.run, slowly()).result() == (b"mine" if patience else b"")
    assert len(os.listdir("/proc/self/fd")) == before


@contextmanager
def serving(factory: str, log: Path) -> Iterator[httpx.Client]:
    """An application of this module behind the real server."""
    port = free_port()
    command = [sys.executable, "-m", "granian", "--interface", "rsgi", "--port", str(port)]
    command += ["--factory", f"{__name__}:{factory}"]
    transport = httpx.HTTPTransport(retries=9)
    with log.open("wb") as told, subprocess.Popen(command, stdout=told, stderr=told) as server:
        try:
            with httpx.Client(transport=transport, timeout=60, base_url=f"http://127.0.0.1:{port}") as client:
                yield client
        finally:
            server.terminate()


def test_who_breaks_off_a_file_is_no_failure_of_the_server(tmp_path: Path) -> None:
    log = tmp_path / "log"
    with serving("of_files", log) as client:
        for _time in range(3):
            with client.stream("GET", "/endless") as answer:
                assert next(answer.iter_raw())
        assert client.get("/small").text == "small"
    assert "Started worker" in log.read_text()
    assert "ERROR" not in log.read_text()
