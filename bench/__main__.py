"""``python -m bench [CHANGES]``: measures, prints, and writes ``bench/README.md``, one figure a line."""

from __future__ import annotations

import os
import platform
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import sqlalchemy as sa
from flask import Flask

from bench.rows import changes
from fieldapp import create_app, intake, nodes, people, places, sample
from fieldapp.config import Config
from fieldapp.db import db, upgrade
from fieldapp.surveys.household import Household
from sync import decode, tables

HERE = Path(__file__).parent
PORT = 5099
PASSWORD = "thu-nghiem-2026"
REQUESTS = 400


def seconds(work: Callable[[], Any]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def node(folder: Path) -> Flask:
    """A fresh node with the places of the province."""
    app = create_app(Config(instance=folder))
    upgrade(app)
    with app.app_context():
        places.import_packaged()
        db.session.commit()
    return app


def raw_insert(folder: Path, texts: list[str]) -> float:
    """Seconds for one ``executemany`` of the journal's own rows into its own table with its own indexes."""
    engine = sa.create_engine(f"sqlite:///{folder / 'raw.db'}")
    with engine.begin() as connection:
        tables.change.create(connection)
    rows = [
        (n, each.id, each.record, each.device, each.seq, each.prev, each.stamp, 1, None, None, 0, 0, each.text)
        for n, each in enumerate(map(decode, texts), 1)
    ]
    names = [column.name for column in tables.change.columns]
    statement = f"INSERT INTO change ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
    with sqlite3.connect(folder / "raw.db", isolation_level=None) as plain:
        plain.execute("PRAGMA journal_mode=WAL")
        plain.execute("PRAGMA synchronous=FULL")

        def insert() -> None:
            plain.execute("BEGIN")
            plain.executemany(statement, rows)
            plain.execute("COMMIT")

        return seconds(insert)


def imports(folder: Path, count: int) -> Iterator[tuple[str, float]]:
    """A batch file end to end: decrypt, verify, judge, journal, fold, rows, areas, commit."""
    texts = list(changes(count))
    giver, taker = node(folder / "giver"), node(folder / "taker")
    with taker.app_context():
        key = nodes.public_key()
    with giver.app_context():
        intake.receive(texts, kind="file")
        to = nodes.trust("taker", key)
        giver_key = nodes.public_key()
        nodes.export(folder / "batch.fab", to)
        db.session.commit()
    raw = raw_insert(folder, texts)
    with taker.app_context():
        nodes.trust("giver", giver_key)
        db.session.commit()
        first = seconds(lambda: nodes.take_in(folder / "batch.fab"))
        second = seconds(lambda: nodes.take_in(folder / "batch.fab"))
    yield "raw insert of the same rows, changes per second", count / raw
    yield "import of a batch file end to end, changes per second", count / first
    yield "import/raw ratio", raw / first
    yield "first/second import ratio", first / second


@contextmanager
def served(folder: Path) -> Iterator[tuple[str, Flask]]:
    """A province with the tiny sample, served as ``fieldapp serve`` does, with a bare page beside it."""
    app = node(folder)
    with app.app_context():
        sample.build("tiny")
        db.session.commit()
    env = {**os.environ, "FIELDAPP_INSTANCE": str(folder)}
    command = [sys.executable, "-m", "granian", "--interface", "wsgi", "--host", "127.0.0.1", "--port", str(PORT)]
    server = subprocess.Popen([*command, "--log-level", "error", "--factory", "bench.site:make"], env=env)
    try:
        _wait(f"http://127.0.0.1:{PORT}/bare")
        yield f"http://127.0.0.1:{PORT}", app
    finally:
        server.terminate()
        server.wait()


def _wait(url: str) -> None:
    for _try in range(100):
        try:
            httpx.get(url)
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise SystemExit(f"nothing answers at {url}")


def pages(folder: Path) -> Iterator[tuple[str, float]]:
    """Milliseconds a request, medians over one connection, beside a bare page of the same server."""
    with served(folder) as (url, app), httpx.Client(base_url=url) as client:
        with app.app_context():
            code = people.enrolment_code(people.by_username("lan"), datetime.now(UTC))
            record = db.session.scalars(sa.select(Household.id).order_by(Household.id)).first()
            db.session.commit()
        token = client.post("/sync/v1/enrol", json={"code": code, "name": "bench"}).json()["token"]
        sign_in(client)
        bare = median(client, "/bare")
        hello = median(client, "/sync/v1/hello", {"Authorization": f"Bearer {token}"})
        page = median(client, f"/records/{record}")
    yield "bare page, ms", bare
    yield "GET /sync/v1/hello, ms", hello
    yield "hello/bare ratio", hello / bare
    yield "record page, ms", page
    yield "record page/bare ratio", page / bare


def sign_in(client: httpx.Client) -> None:
    """Sign in as a person does, with the token of the form."""
    form = client.get("/sign-in").text
    token = form.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    data = {"csrf_token": token, "username": "quan", "password": PASSWORD}
    if client.post("/sign-in", data=data).status_code != 302:
        raise SystemExit("the administrator of the sample could not sign in")


def median(client: httpx.Client, path: str, headers: dict[str, str] | None = None) -> float:
    """The median of many requests, in milliseconds, after a few that are not counted."""

    def ask() -> None:
        client.get(path, headers=headers).raise_for_status()

    for _warm in range(20):
        ask()
    return statistics.median(seconds(ask) for _request in range(REQUESTS)) * 1000


def main(count: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        figures = [*imports(Path(folder), count), *pages(Path(folder) / "served")]
    lines = [f"{name}: {value:,.2f}" for name, value in figures]
    machine = f"{os.cpu_count()} cores, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    head = f"# Figures\n\nOne run of `make bench` on {datetime.now(UTC):%Y-%m-%d}: {machine}; {count:,} changes.\n"
    notes = "Ratios are what to compare: both sides of each come from the same run on the same machine.\n"
    (HERE / "README.md").write_text(f"{head}{notes}\n```\n" + "\n".join(lines) + "\n```\n")
    print("\n".join(lines))


if __name__ == "__main__":
    main(int(sys.argv[1]) if sys.argv[1:] else 50_000)
