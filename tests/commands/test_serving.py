"""The real server: lines that rest stop nobody, what breaks off is gone on with, and processes that are killed."""

from __future__ import annotations

import hashlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from click.testing import CliRunner
from flask import Flask

from fieldapp import people
from fieldapp.cli import main
from fieldapp.db import db
from fieldapp.photos import attachments, broken_off
from tests.again import a_walk
from tests.commands.asked import answered_by
from tests.ports import free_port
from tests.test_arrivals import photo

LINES = 256


class Served:
    """``fieldapp serve`` with two workers over an instance."""

    def __init__(self, instance: Path) -> None:
        self.instance, self.port = instance, free_port()
        command = shutil.which("fieldapp", path=str(Path(sys.executable).parent))
        args = [str(command), "serve", "--port", str(self.port), "--workers", "2"]
        env = {**os.environ, "FIELDAPP_INSTANCE": str(instance), "FIELDAPP_LANG": "en"}
        self.process = subprocess.Popen(args, env=env, stdout=subprocess.DEVNULL, start_new_session=True)
        self.url = f"http://127.0.0.1:{self.port}"
        answered_by(f"{self.url}/sync/v1/hello", self.process)

    def workers(self) -> set[int]:
        """Their processes, as they say themselves."""
        return {int(file.name.split(".")[2]) for file in (self.instance / "in-use").glob("worker.*")}

    def line(self, head: str, sent: bytes = b"", length: int = 1000) -> socket.socket:
        """A request that has begun: its head, and some of its body."""
        opened = socket.create_connection(("127.0.0.1", self.port), timeout=60)
        opened.sendall(f"{head}\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode() + sent)
        return opened

    def answer(self, head: str, sent: bytes = b"", length: int = 1000) -> int:
        """The status of what is answered to a request whose body never comes; the line is closed after it."""
        with self.line(head, sent, length) as line:
            said = b"".join(iter(lambda: line.recv(65536), b""))
        return int(said.split()[1])


@pytest.fixture
def served(instance: Path) -> Iterator[Served]:
    running = Served(instance)
    yield running
    with suppress(ProcessLookupError):
        os.killpg(running.process.pid, signal.SIGKILL)
    running.process.wait(20)


@pytest.fixture
def token(app: Flask) -> str:
    with app.app_context():
        code = people.enrolment_code(people.find_account("lan"), datetime.now(UTC))
        _device, token = people.enrol(code, "Máy thử", datetime.now(UTC))
        db.session.commit()
    return token


def until(true: Callable[[], object]) -> None:
    for _try in range(600):
        if true():
            return
        time.sleep(0.05)
    raise AssertionError("it never came to that")


@a_walk
def test_lines_that_rest_stop_nobody_and_what_breaks_off_is_gone_on_with(
    served: Served, token: str, app: Flask
) -> None:
    data, bearer = photo(), f"HTTP/1.1\r\nAuthorization: Bearer {token}"
    sha256, size = hashlib.sha256(data).hexdigest(), len(data)
    part = f"PUT /sync/v1/blob/{sha256}/0?parts=1"
    with ExitStack() as open_lines:
        for n in range(LINES):
            head = [f"POST /sync/v1/push {bearer}", f"{part} {bearer}", f"POST /sync/v1/batch {bearer}"][n % 3]
            open_lines.enter_context(served.line(head, b"{"))
        assert httpx.get(f"{served.url}/sync/v1/hello", timeout=60).status_code == 401
        assert httpx.get(f"{served.url}/sign-in", timeout=60).status_code == 200

    assert served.answer("POST /sync/v1/push HTTP/1.1\r\nAuthorization: Bearer nobody") == 401
    assert served.answer(f"{part} HTTP/1.1", data[:3000], size) == 401
    assert served.answer(f"{part} {bearer}", length=10_000_000) == 413
    assert served.answer("POST /sync/v1/enrol HTTP/1.1", length=10_000_000) == 413
    assert served.answer("POST /sign-in HTTP/1.1") == 400, "no form of ours"

    served.line(f"{part} {bearer}", data[:3000], size).close()
    told = f"{served.url}/sync/v1/blob/{sha256}/missing?parts=1"
    headers = {"Authorization": f"Bearer {token}"}
    until(lambda: httpx.get(told, headers=headers).json()["begun"] == {"0": 3000})
    with served.line(f"{part}&from=3000 {bearer}", data[3000:4000], size - 3000) as slow:
        for start in range(4000, size, 4000):
            slow.sendall(data[start : start + 4000])
            time.sleep(0.1)  # slower than what is taken for quick
        assert b'"stored"' in slow.recv(65536)
    with app.app_context():
        assert attachments.path(sha256).read_bytes() == data
        assert not list(broken_off.leftovers())


@a_walk
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has one worker")
def test_a_worker_that_is_killed_is_replaced_and_workers_end_with_a_server_that_is_killed(served: Served) -> None:
    until(lambda: len(served.workers()) == 2)
    first = served.workers()
    os.kill(min(first), signal.SIGKILL)
    until(lambda: len(served.workers() - first) == 1)
    assert served.process.poll() is None
    until(lambda: _answers(served))
    os.kill(served.process.pid, signal.SIGKILL)
    served.process.wait(20)
    until(lambda: _is_free(served.port))


def _answers(served: Served) -> bool:
    with suppress(httpx.TransportError):
        return httpx.get(f"{served.url}/sync/v1/hello", timeout=60).status_code == 401
    return False


def _is_free(port: int) -> bool:
    with suppress(OSError), socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))
        return True
    return False


def test_a_code_for_a_tablet_names_the_address_that_is_served(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIELDAPP_INSTANCE", str(served.instance))
    monkeypatch.delenv("FIELDAPP_PUBLIC_URL", raising=False)
    said = CliRunner().invoke(main, ["tablet", "enrol", "--user", "lan"])
    assert f"{served.url}/app/" in said.output
