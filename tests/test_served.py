"""What a process that serves does not do while somebody waits."""

from __future__ import annotations

import gc
import subprocess
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import httpx
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from fieldapp.cli.background import make_ready
from fieldapp.db import db
from fieldapp.places import gazetteer
from fieldapp.serving import FileResponse, Served
from tests.ports import free_port
from tests.statements import counted


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


def endless() -> Served:
    """An application whose file has no end, and whose every other page is a word."""

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        start_response("200 OK", [])
        return FileResponse(Path("/dev/zero").open("rb")) if environ["PATH_INFO"] == "/file" else [b"here"]

    return Served(app)


def test_who_breaks_off_a_file_is_no_failure_of_the_server(tmp_path: Path) -> None:
    port, log = free_port(), tmp_path / "log"
    command = [sys.executable, "-m", "granian", "--interface", "rsgi", "--port", str(port)]
    command += ["--factory", f"{__name__}:endless"]
    with (
        log.open("wb") as told,
        subprocess.Popen(command, stdout=told, stderr=told) as server,
    ):
        try:
            address = f"http://127.0.0.1:{port}"
            with httpx.Client(transport=httpx.HTTPTransport(retries=9), timeout=60) as client:
                for _time in range(3):
                    with client.stream("GET", f"{address}/file") as answer:
                        assert next(answer.iter_raw())
                assert client.get(address).text == "here"
        finally:
            server.terminate()
    assert "Started worker" in log.read_text()
    assert "ERROR" not in log.read_text()
