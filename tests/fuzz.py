"""Requests nobody would send: every address, odd values everywhere, by everybody. ``python -m tests.fuzz`` goes on for
long; ``tests/test_fuzz.py`` asks a few hundred in every test run.

A run is told by its seed: the same seed asks the same of the same sample.
"""

from __future__ import annotations

import argparse
import ast
import gzip
import io
import json
import logging
import random
import secrets
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.routing import Rule

import fieldapp
from fieldapp import create_app, exports, intake, people, reports
from fieldapp.config import Config
from fieldapp.db import begin_writing, db
from fieldapp.people import Account, Device
from fieldapp.surveys import SURVEYS, questions
from sync import new_record_id
from tests.conftest import make_sample, sit
from tests.foreign.shapes import SHAPES
from tests.postgres import Started, Unavailable
from tests.syntax import tree
from tests.wire_client import Tablet

WEB = Path(fieldapp.__file__).parent / "web"
PEOPLE = ("lan", "binh", "quan", "dung", None)
ANEW = 60
"""After so many requests everybody signs in again: somebody may have been switched off, or has signed out."""

ODD: list[str] = [
    "", " ", "x", "x" * 300, "ấ" * 5000, "một " * 1000, "a b " * 500, "\0", "a\0b", "²", "١٢", "-1", "0", "1", "2023",
    "9" * 10, str(2**31), str(2**53), str(2**63), "9" * 25, "9" * 5000, "1e9", "1.5", "0x1f", "NaN", "null", "true",
    "[]", "{}", '{"a":1}', '{"a":null}', "[1]", "[" * 100_000, '{"a":' * 5000, '"', "'", "' OR 1=1 --",
    "%", "%s%(x)s%n", "{{7*7}}",
    "<script>", "../../../etc/passwd", "..%2f..", "/", "//evil.example", "/\\evil.example", "http://[", "http://x/",
    "/sign-in?next=/", "javascript:1", "\r\nX-Odd: 1", "\u202e", "\ufeff", "🏠", "e\u0301", "\ufffd", "*", "_", "\\",
    "2023.01930.001", "2023.²", "9999.99999.999", "2025-13-45", "9999-12-31T23:59:59", "0001-01-01T00:00:00+14:00",
    "ffffffff-ffff-ffff-ffff-ffffffffffff", "f" * 32, "f" * 64, "household", "thumb", "yes", "vi", "en", "xx",
    "approve", "return", "csv", "1|2|3", "x|²|y", "admin",
]  # fmt: skip
NAMES = ["endpoint", "_scheme", "_external", "_method", "_anchor", "values", "filename", "", "a[b]", "x" * 300, "\0"]
HEADERS: dict[str, list[str]] = {
    "Accept-Language": ["", "vi", "xx;q=nan", "*;q=-1", "," * 500, "vi;q=1e999"],
    "Accept-Encoding": ["gzip", "gzip;q=0", "gzip;q=x", "*", ""],
    "Authorization": ["Bearer", "Bearer x", "Bearer \xff", "Courier x:y", f"Courier {'f' * 16}:{'f' * 64}", "x"],
    "Content-Encoding": ["gzip", "br", "x"],
    "Content-Type": [
        "",
        "application/json",
        "text/plain",
        "multipart/form-data",
        "multipart/form-data; boundary=x",
        "x",
    ],
    "Cookie": ["lang=xx", "session=x.y.z", f"session={'x' * 4000}", "=;=", "lang=%00"],
    "Host": ["x", "[", "x:99999999", "a" * 300, "localhost:0"],
    "If-None-Match": ["*", '"x"', "W/", '"' * 50],
    "If-Modified-Since": ["x", "Fri, 31 Dec 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT"],
    "Range": ["bytes=0-", "bytes=-1", "bytes=9-1", f"bytes={'9' * 30}-", "x"],
    "Referer": ["http://[", "x"],
    "Sync-Protocol": ["0", "²", "9" * 30, "x", "1"],
    "X-Forwarded-For": ["x", "1.2.3.4, [", "\xff"],
    "X-Forwarded-Proto": ["x"],
    "X-Sealed-Key": ["x", "A" * 500, "é"],
}


@cache
def asked_names() -> dict[str, list[str]]:
    """The names that pages ask for, of the address and of the form, as their source says."""
    found: dict[str, set[str]] = {"query": set(), "form": set()}
    for path in WEB.rglob("*.py"):
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                part = getattr(node.func.value, "attr", "")
                texts = [each.value for each in node.args if isinstance(each, ast.Constant)]
                if part in found:
                    found[part].update(text for text in texts if isinstance(text, str))
    return {part: sorted(names) for part, names in found.items()}


@dataclass
class Asking:
    """One request, as it is sent and as it is printed when it broke something."""

    who: str
    method: str
    path: str
    how: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.method} {self.path[:300]} as {self.who} with {str(self.how)[:1500]}"


@dataclass
class Broken:
    """A request that was answered with 500 or more, and what the server said in its log."""

    asking: Asking
    status: int
    why: str


class Heard(logging.Handler):
    """The faults that were logged since the last request."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(logging.Formatter().format(record))


@dataclass
class Fuzz:
    """Everything that is asked of one application."""

    app: Flask
    random: random.Random
    clients: dict[str | None, FlaskClient] = field(default_factory=dict)
    devices: list[Tablet] = field(default_factory=list)
    real: dict[str, list[str]] = field(default_factory=dict)

    def run(self, times: int) -> Iterator[Broken]:
        """So many requests, and those that broke something."""
        rules = sorted(self.app.url_map.iter_rules(), key=str)
        heard = Heard()
        log = logging.getLogger("fieldapp.web")
        log.addHandler(heard)
        try:
            for number in range(times):
                if number % ANEW == 0:
                    self.prepare()
                heard.said.clear()
                asking, status = self.ask(self.random.choice(rules))
                if status >= 500:
                    yield Broken(asking, status, "\n".join(heard.said))
        finally:
            log.removeHandler(heard)

    def prepare(self) -> None:
        """Everybody is there and may sign in, and the devices are connected."""
        with self.app.app_context():
            begin_writing()
            db.session.execute(sa.update(Account).values(active=True))
            db.session.execute(sa.update(Device).values(revoked_at=None))
            db.session.commit()
            self.devices = self.devices or [self._enrolled("lan", "tablet"), self._enrolled("quan", "node")]
            self.real = self._real()
            db.session.remove()
        self.clients = {who: sit(self.app, who) if who else self.app.test_client() for who in PEOPLE}

    def _enrolled(self, username: str, kind: str) -> Tablet:
        code = people.enrolment_code(people.find_account(username), datetime.now(UTC))
        db.session.commit()
        return Tablet(self.app.test_client(), code, kind)

    def _real(self) -> dict[str, list[str]]:
        """What each part of an address may be."""
        records = [str(id) for model in SURVEYS.values() for id in db.session.scalars(sa.select(model.id).limit(8))]
        return {
            "record_id": records,
            "survey": list(SURVEYS),
            "account": list(db.session.scalars(sa.select(Account.id).order_by(Account.id))),
            "device": [each.device for each in self.devices],
            "number": [str(each.id) for each in intake.journal().batches(20)],
            "name": [*reports.REPORTS, "desk/desk.js", "leaflet.css", "tinh"],
            "extension": [*reports.WRITERS, *exports.FORMATS],
            "sha256": ["0" * 64],
            "i": ["0", "1"],
            "language": ["vi", "en"],
            "size": ["192", "512"],
            "file": ["0" * 32],
        }

    # --- one request ---

    def ask(self, rule: Rule) -> tuple[Asking, int]:
        """Ask for something odd at one address; what was asked, and how it was answered."""
        method = self.random.choice(sorted((rule.methods or {"GET"}) - {"OPTIONS"}))
        path = self._path(rule)
        is_wire = str(rule).startswith("/sync/")
        device = self.random.choice([*self.devices, None]) if is_wire else None
        who = self.random.choice(PEOPLE)
        how = self._how(method, is_wire, device)
        named = f"device of {device.author}" if device else str(who)
        asking = Asking(named, method, f"{path}?{how['query_string']}", {**how})
        client = device.client if device else self.clients[who]
        try:
            with client.open(path, method=method, **how) as answer:
                answer.get_data()
                return asking, answer.status_code
        except UnicodeError:  # the test client cannot say it; nor could a browser
            return asking, 0
        except Exception:
            logging.getLogger("fieldapp.web").exception("nothing was answered")
            return asking, 599

    def _path(self, rule: Rule) -> str:
        path = str(rule)
        for name in rule.arguments:
            start = path.index("<")
            path = path[:start] + self._part(name) + path[path.index(">") + 1 :]
        return path

    def _part(self, name: str) -> str:
        if self.random.random() < 0.7 and name in self.real:
            return quote(self.random.choice(self.real[name]), safe="/")
        return quote(self.random.choice(ODD)[:3000], safe="") or "x"

    def _how(self, method: str, is_wire: bool, device: Tablet | None) -> dict[str, Any]:
        names = asked_names()
        how: dict[str, Any] = {"query_string": self._pairs(names["query"], 3), "headers": self._headers(device)}
        if method in ("POST", "PUT") and self.random.random() < 0.95:
            how |= self._wire_body(device) if is_wire else self._form_body(names["form"])
        return how

    def _headers(self, device: Tablet | None) -> list[tuple[str, str]]:
        given = list(device.auth.items()) if device and self.random.random() < 0.9 else []
        if self.random.random() < 0.25:
            name = self.random.choice(list(HEADERS))
            given = [pair for pair in given if pair[0] != name] + [(name, self.random.choice(HEADERS[name]))]
        return given

    def _pairs(self, names: list[str], most: int) -> str:
        return urlencode([self._pair(names) for _ in range(self.random.randint(0, most))])

    def _pair(self, names: list[str]) -> tuple[str, str]:
        name = self.random.choice(names if self.random.random() < 0.93 else NAMES)
        real = self.real.get(self.random.choice(list(self.real)), [""])
        return name, self.random.choice(real if self.random.random() < 0.3 and real else ODD)

    def _form_body(self, names: list[str]) -> dict[str, Any]:
        chance = self.random.random()
        if chance < 0.1:
            return {"data": self.random.choice([b"", b"\xff\xfe=%ff", b"%00=%00&&&=", b"--x\r\n", b"{}" * 100])}
        survey = self.random.choice(list(SURVEYS))
        known = names + list(questions(survey)) * (chance > 0.6)
        pairs = [self._pair(known) for _ in range(self.random.randint(1, 12))]
        data: dict[str, Any] = {}
        for name, value in pairs:
            data.setdefault(name, []).append(value)
        if chance < 0.3:
            data["file"] = (
                io.BytesIO(self.random.choice([b"", b"x" * 1000, b"\x89PNG\r\n", b"age-encryption.org/v1"])),
                "x.fab",
            )
        return {"data": data}

    def _wire_body(self, device: Tablet | None) -> dict[str, Any]:
        chance = self.random.random()
        if chance < 0.15:
            return {
                "data": self.random.choice(
                    [b"", b"x", b"\x00" * 2000, b"[" * 100_000, gzip.compress(b"{}"), b"\x1f\x8b"]
                )
            }
        if chance < 0.5 and device:
            return {"json": {"changes": [self._change(device) for _ in range(3)], **self._extra()}}
        body = {self.random.choice(BODY): self._value() for _ in range(self.random.randint(0, 4))}
        return {"data": json.dumps(body), "content_type": "application/json"}

    def _change(self, device: Tablet) -> str:
        survey = self.random.choice([*SURVEYS, "_ruling", "nothing"])
        known = list(questions(survey)) if survey in SURVEYS else ["about", "verdict"]
        answers = {self.random.choice(known): self._value() for _ in range(4)}
        text = device.change(survey, self.random.choice([*self.real["record_id"], new_record_id()]), answers)
        return text if self.random.random() < 0.8 else text[: self.random.randint(0, len(text))]

    def _extra(self) -> dict[str, Any]:
        return {self.random.choice(BODY): self._value()} if self.random.random() < 0.2 else {}

    def _value(self) -> Any:
        chance = self.random.random()
        if chance < 0.5:
            return self.random.choice(list(SHAPES.values()))
        if chance < 0.7:
            return {self.random.choice(ODD)[:80]: self.random.choice([1, -1, 2**63, "x", None, [], 10**30])}
        odd = self.random.choice(ODD)[:2000]
        return [odd, odd] if chance < 0.85 else odd


BODY = [
    "changes",
    "sealed",
    "held",
    "buckets",
    "want",
    "until",
    "positions",
    "without",
    "own",
    "code",
    "name",
    "author",
]
"""What the bodies of the wire are made of."""


@contextmanager
def application(on: str, folder: Path) -> Iterator[Flask]:
    """The tiny province on a fresh database."""
    server = Started() if on == "postgresql" else None
    url = server.url(server.create()) if server else ""
    config = Config(instance=folder / on, database_url=url, testing=True)
    make_sample(config)
    app = create_app(config)
    app.config["WTF_CSRF_ENABLED"] = False
    try:
        yield app
    finally:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        if server:
            server.stop()


def main() -> int:
    """Ask on each database; the number of different faults is what the program ends with."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=20_000, help="on each database")
    parser.add_argument("--seed", type=int, default=secrets.randbelow(10**6))
    parser.add_argument("--on", choices=["sqlite", "postgresql"], action="append")
    given = parser.parse_args()
    logging.getLogger().addHandler(logging.NullHandler())
    faults: set[str] = set()
    for on in given.on or ["sqlite", "postgresql"]:
        sys.stdout.write(f"{given.requests} requests on {on}, seed {given.seed}\n")
        try:
            with tempfile.TemporaryDirectory() as folder, application(on, Path(folder)) as app:
                for broken in Fuzz(app, random.Random(given.seed)).run(given.requests):
                    last = broken.why.strip().splitlines()[-1:] or [""]
                    if last[0] not in faults:
                        faults.add(last[0])
                        sys.stdout.write(f"\n{broken.status}: {broken.asking}\n{broken.why}\n")
                        sys.stdout.flush()
        except Unavailable as why:
            sys.stdout.write(f"{why}\n")
    sys.stdout.write(f"{len(faults)} different faults\n")
    return min(len(faults), 100)


if __name__ == "__main__":
    sys.exit(main())
