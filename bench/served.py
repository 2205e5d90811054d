"""A node served over HTTP as ``fieldapp serve`` does."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from flask import Flask

from bench.node import node
from fieldapp import people, sample
from fieldapp.db import db

STARTS, STOPS = 60, 20
"""So many seconds a server has to answer and to end: the machine may be at other work."""


def province(folder: Path, size: str = "tiny", address: str = "") -> Flask:
    """A province with a sample."""
    app = node(folder, address)
    with app.app_context():
        sample.build(size)
        db.session.commit()
    return app


@contextmanager
def served(folder: Path, workers: int = 1, address: str = "") -> Iterator[httpx.Client]:
    """This node behind granian, with a bare page beside it (``/bare``); one worker unless told, so that requests follow
    each other and none waits for another process to warm up."""
    port = free_port()
    env = {**os.environ, "FIELDAPP_INSTANCE": str(folder), "FIELDAPP_DATABASE_URL": address}
    command = [sys.executable, "-m", "granian", "--interface", "rsgi", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--http", "1", "--workers", str(workers), "--log-level", "error", "--factory", "bench.site:make"]
    server = subprocess.Popen(command, env=env, start_new_session=True)
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
            _wait(client)
            yield client
    finally:
        _stop(server)


def _stop(server: subprocess.Popen[bytes]) -> None:
    """With its workers: one that is asked to stop while it still starts may never hear of it."""
    server.terminate()
    try:
        server.wait(STOPS)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])


def _wait(client: httpx.Client) -> None:
    until = time.monotonic() + STARTS
    while time.monotonic() < until:
        try:
            client.get("/bare")
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise SystemExit(f"nothing answers at {client.base_url}")


def enrolled(app: Flask, client: httpx.Client, username: str) -> dict[str, Any]:
    """Enrol a tablet for somebody of the sample; returns what it is told."""
    with app.app_context():
        account = people.by_username(username)
        assert account is not None
        code = people.enrolment_code(account, datetime.now(UTC))
        db.session.commit()
    told: dict[str, Any] = client.post("/sync/v1/enrol", json={"code": code, "name": "bench"}).raise_for_status().json()
    return told
