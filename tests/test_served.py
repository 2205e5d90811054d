"""What a process that serves does not do while somebody waits."""

from __future__ import annotations

import gc
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
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
from fieldapp.serving import FileResponse, Served
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


def large() -> Served:
    """An application with a file larger than all else it holds, a page that says how large the process ever was."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [])
        if environ["PATH_INFO"] != "/file":
            return [f"{peak_mb():.0f}".encode()]
        file = tempfile.TemporaryFile()  # noqa: SIM115  it is closed when it was sent
        file.write(MANY)
        file.seek(0)
        return FileResponse(file)

    return Served(app)


def test_a_file_lies_in_no_memory_while_a_client_is_slow_to_take_it(tmp_path: Path) -> None:
    with serving("large", tmp_path / "log") as client:
        before = int(client.get("/").text)
        with client.stream("GET", "/file") as answer:
            parts = answer.iter_raw()
            first = next(parts)
            assert int(client.get("/").text) < before + len(MANY) / 1e6 / 2
            assert b"".join([first, *parts]) == MANY


def endless() -> Served:
    """An application whose file has no end, and whose every other page is a word."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [])
        return FileResponse(Path("/dev/zero").open("rb")) if environ["PATH_INFO"] == "/file" else [b"here"]

    return Served(app)


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
    with serving("endless", log) as client:
        for _time in range(3):
            with client.stream("GET", "/file") as answer:
                assert next(answer.iter_raw())
        assert client.get("/").text == "here"
    assert "Started worker" in log.read_text()
    assert "ERROR" not in log.read_text()
