"""The demo, and a server that is started by command."""

from __future__ import annotations

import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing
from pathlib import Path

import httpx
import pytest
import sqlite_utils

from fieldapp import sample
from fieldapp.cli import background
from tests.again import a_walk, asked_by
from tests.commands.asked import answered_by
from tests.commands.conftest import Run
from tests.ports import free_port


def test_a_port_where_somebody_listens_is_an_error_before_anything_is_made(run: Run, tmp_path: Path) -> None:
    assert "cannot listen" in run("serve", "--host", "192.0.2.1", status=1).stderr
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # as a server with several workers listens
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for words in (["serve"], ["demo", "--instance", tmp_path / "demo", "--size", "tiny"]):
            said = run(*words, "--port", port, status=1).stderr
            assert f"Port {port} is taken" in said
            assert "--port" in said
    assert not list((tmp_path / "demo").rglob("*.db"))


def test_the_demo_prints_addresses_and_sign_ins(run: Run, tmp_path: Path) -> None:
    said = run("demo", "--instance", tmp_path / "demo", "--size", "tiny", "--no-serve").stdout
    for username in ("lan", "binh", "quan", "dung"):
        assert username in said
    assert sample.PASSWORD in said
    assert re.search(r"/app/.*[0-9A-Z]{4}-[0-9A-Z]{4}", said)
    database = sqlite_utils.Database(tmp_path / "demo" / "fieldapp.db")
    facts = database["household_fact"]
    count = facts.count
    for name in ("household_fact", "household_programme"):  # as an upgrade leaves them that has other facts
        database[name].delete_where()
    again = run("demo", "--instance", tmp_path / "demo", "--size", "tiny", "--no-serve").stdout
    assert "invented province" not in again
    assert facts.count == count > 0, "what an upgrade leaves to be made is made before anybody looks"


@asked_by("tests/commands/test_demo.py::test_the_demo_prints_addresses_and_sign_ins")
def test_a_demo_of_an_earlier_version_makes_its_facts_again_when_it_is_started(run: Run, tmp_path: Path) -> None:
    words = ("demo", "--instance", tmp_path / "demo", "--size", "tiny", "--no-serve")
    run(*words)
    with closing(sqlite3.connect(tmp_path / "demo" / "fieldapp.db")) as database, database:
        before = database.execute("SELECT COUNT(*) FROM household_fact").fetchone()
        for table in ("household_fact", "household_programme"):  # as a migration empties what is to be made anew
            database.execute(f"DELETE FROM {table}")
    run(*words)
    with closing(sqlite3.connect(tmp_path / "demo" / "fieldapp.db")) as database:
        assert database.execute("SELECT COUNT(*) FROM household_fact").fetchone() == before


@a_walk
def test_the_demo_is_served_over_http_and_ends_when_it_is_told_to_though_lines_are_open(tmp_path: Path) -> None:
    command = shutil.which("fieldapp", path=str(Path(sys.executable).parent))
    assert command
    port = free_port()
    args = [command, "demo", "--instance", str(tmp_path / "demo"), "--size", "tiny", "--port", str(port)]
    with (tmp_path / "out").open("w") as out:
        process = subprocess.Popen(args, stdout=out, stderr=out, env={**os.environ, "FIELDAPP_LANG": "en"})
        try:
            answer = answered_by(f"http://127.0.0.1:{port}/sync/v1/hello", process)
            with httpx.Client() as kept_alive:
                kept_alive.get(f"http://127.0.0.1:{port}/sync/v1/hello")
                process.terminate()
                assert process.wait(120) == 0  # for ever, if it waited for that line
        finally:
            process.kill()
            process.wait(20)
    assert answer.status_code == 401
    assert answer.json()["proto"] == 1
    assert "[WARNING]" not in (tmp_path / "out").read_text()


def test_where_granian_cannot_run_the_plain_server_serves(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[tuple[str, int]] = []
    monkeypatch.setitem(sys.modules, "granian", None)
    monkeypatch.setattr(background, "make_ready", lambda _app: None)  # nobody comes first to this server
    monkeypatch.setattr("werkzeug.serving.run_simple", lambda host, port, _app, **_more: served.append((host, port)))
    run("serve", "--port", "5998")
    assert served == [("127.0.0.1", 5998)]


def test_what_a_server_does_beside_its_requests_ends_with_it(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    beside: list[threading.Thread] = []
    monkeypatch.setitem(sys.modules, "granian", None)
    monkeypatch.setattr(background, "make_ready", lambda _app: None)  # nobody comes first to this server
    monkeypatch.setattr("werkzeug.serving.run_simple", lambda *_args, **_more: beside.extend(threading.enumerate()))
    run("serve", "--port", "5998")
    own = [thread for thread in beside if thread.name in background.WORK]
    assert len(own) == len(background.WORK)
    for thread in own:
        thread.join(timeout=60)
    assert not [thread for thread in own if thread.is_alive()]
