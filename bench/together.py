"""Several people at once: tablets that say hello, push and pull beside people at the desk who sign in, save and decide.

It counts what was asked and what the server could not do. The test of the same name runs it in small.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from bench.figures import Section
from bench.season import Season
from bench.served import free_port, province
from fieldapp import people, sample
from fieldapp.db import begin_writing, db

TABLETS, DESKS, SECONDS, WORKERS = 20, 5, 60, 2
PEOPLE = ("binh", "lan", "quan", "binh", "lan")
"""Who sits at the desks."""


@dataclass
class Told:
    """What was asked, by what for, and what the server could not do: status and what it was asked for."""

    asked: Counter[str] = field(default_factory=Counter)
    failed: Counter[tuple[int, str]] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, what: str, answer: httpx.Response) -> httpx.Response:
        with self.lock:
            self.asked[what] += 1
            if answer.status_code >= 500:
                self.failed[answer.status_code, what] += 1
        return answer


Going = Callable[[int], bool]
"""Asked before each round, with its number, whether to go on."""


def crowd(url: str, codes: list[str], desks: int, going: Going) -> Told:
    """So many tablets as there are codes, and so many desks, all at once, until they are told to stop."""
    told, faults = Told(), list[BaseException]()

    def run(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as fault:
            faults.append(fault)

    works = [partial(_tablet, url, code, told, going) for code in codes]
    works += [partial(_desk, url, who, told, going) for who in PEOPLE[:desks]]
    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise faults[0]
    return told


def _tablet(url: str, code: str, told: Told, going: Going) -> None:
    with httpx.Client(base_url=url, timeout=60) as client:
        me = told.note("enrol", client.post("/sync/v1/enrol", json={"code": code})).raise_for_status().json()
        auth = {"Authorization": f"Bearer {me['token']}"}
        area, after = me["areas"][0]["id"], 0
        season = Season(me["device"], me["author"], [area], round(time.time() * 1000))
        for number in _rounds(going):
            told.note("hello", client.get(f"/sync/v1/hello?said={number}", headers=auth))
            told.note("push", client.post("/sync/v1/push", json={"changes": [season.first()]}, headers=auth))
            page = told.note("pull", client.get(f"/sync/v1/pull?area={area}&after={after}", headers=auth))
            after = page.json().get("next", after)


def _desk(url: str, who: str, told: Told, going: Going) -> None:
    """Every round begins with signing in, for that is what stood in the way of everybody else."""
    for _number in _rounds(going):
        with httpx.Client(base_url=url, timeout=60) as client:
            typed = {"username": who, "password": sample.PASSWORD, "csrf_token": _token(told, client, "/sign-in")}
            told.note("sign in", client.post("/sign-in", data=typed))
            _save(told, client)
            if who == "binh":
                _decide(told, client)


def _save(told: Told, client: httpx.Client) -> None:
    form = told.note("page", client.get("/records/new/household"))
    village = re.search(r'<option value="(\d{4}\.\d{5}\.\d{3})"', form.text)
    typed = {"village": village[1] if village else "", "head_name": "Lý Thị Chung", "csrf_token": _in(form)}
    told.note("save", client.post("/records/new/household", data=typed))


def _decide(told: Told, client: httpx.Client) -> None:
    queue = told.note("page", client.get("/review"))
    record = re.search(r'href="(/records/[0-9a-f-]{36})', queue.text)
    if record:
        page = told.note("page", client.get(record[1]))
        seen = re.search(r'name="seen" value="([^"]*)"', page.text)
        typed = {"verdict": "approve", "seen": seen[1] if seen else "", "csrf_token": _in(page)}
        told.note("decide", client.post(f"{record[1]}/decisions", data=typed))


def _token(told: Told, client: httpx.Client, path: str) -> str:
    return _in(told.note("page", client.get(path)))


def _in(page: httpx.Response) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    return found[1] if found else ""


def _rounds(going: Going) -> Iterator[int]:
    number = 0
    while going(number):
        yield number
        number += 1


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """``fieldapp serve`` over this instance, with its workers: its address."""
    port = free_port()
    command = [sys.executable, "-m", "fieldapp", "serve", "--port", str(port), "--workers", str(WORKERS)]
    server = subprocess.Popen(command, env={**os.environ, "FIELDAPP_INSTANCE": str(folder)}, stdout=subprocess.DEVNULL)
    try:
        url = f"http://127.0.0.1:{port}"
        _wait(url, server)
        yield url
    finally:
        server.terminate()
        server.wait()


def _wait(url: str, server: subprocess.Popen[Any]) -> None:
    while server.poll() is None:
        try:
            httpx.get(f"{url}/sign-in", timeout=60)
            return
        except httpx.TransportError:
            time.sleep(0.1)
    raise SystemExit("the server ended before it answered")


def codes_for(count: int) -> list[str]:
    """So many one-time codes for tablets of the sample's enumerator."""
    begin_writing()
    lan, now = people.find_account("lan"), datetime.now(UTC)
    made = [people.enrolment_code(lan, now) for _each in range(count)]
    db.session.commit()
    return made


def together(folder: Path, seconds: int = SECONDS) -> Section:
    """Twenty tablets and five people, for a minute."""
    app = province(folder / "together")
    with app.app_context():
        codes = codes_for(TABLETS)
        db.session.remove()
        db.engine.dispose()
    with serving(folder / "together") as url:
        until = time.monotonic() + seconds
        told = crowd(url, codes, DESKS, lambda _number: time.monotonic() < until)
    figures = [(f"{what}, requests", float(count)) for what, count in sorted(told.asked.items())]
    whole = ("all, requests", float(told.asked.total())), ("refused by the server (5xx)", float(told.failed.total()))
    return Section(
        "several people at once",
        f"{TABLETS} tablets that say hello, push a record and pull, and {DESKS} people who sign in, save and decide, "
        f"without a pause for {seconds} s, on SQLite behind `fieldapp serve` with {WORKERS} workers.",
        (*figures, *whole),
    )
