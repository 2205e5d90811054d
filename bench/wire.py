"""What a tablet's day costs the server, request by request, beside a bare page of the same server."""

from __future__ import annotations

import gzip
import http.client
import statistics
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Barrier
from typing import Any

import httpx
import msgspec

from bench.figures import Figure, Section
from bench.served import enrolled, province, served
from fieldapp.surveys import questions
from fieldapp.surveys.choices import choices
from sync import new_record_id
from sync.change import change_id

ANSWERS = 40
PAGES, PUSHES, HEAPS, HEAP = 300, 240, 12, 50
"""So many pages, pushes of one record and of ``HEAP`` by each count of clients."""
WORKERS = 2
CLIENTS = (1, 4, 8)
WARM = 10
SAID = """Records of {answers} answers over real HTTP, each in a push of its own and durable before it is acknowledged,
by 1, 4 and 8 tablets at once against a server of {workers} processes; then {heap} records in each push. Beside them a
page of the same server that says one word. Refused is what got any answer but "stored"."""
TYPED = {"text": "Nông Văn Thử", "long_text": "Mái dột, vách nứa", "integer": 3, "money": 40_000_000, "decimal": "31.5"}


@dataclass
class Tablet:
    """One that sends what it has made, over a connection of its own."""

    host: str
    port: int
    told: dict[str, Any]
    seq: int = 0
    prev: str | None = None
    homes: list[str] = field(default_factory=list)

    def bodies(self, pushes: int, records: int) -> list[bytes]:
        """What it will send, made before anything is measured."""
        return [self._body([self._record() for _one in range(records)]) for _push in range(pushes)]

    def send(self, bodies: Sequence[bytes], start: Barrier) -> list[tuple[float, int]]:
        """Send them one after the other; the seconds of each, and how many of its records were stored."""
        line = http.client.HTTPConnection(self.host, self.port, timeout=60)
        line.connect()
        start.wait()
        return [self._one(line, body) for body in bodies]

    def _one(self, line: http.client.HTTPConnection, body: bytes) -> tuple[float, int]:
        headers = {"Authorization": f"Bearer {self.told['token']}", "Content-Encoding": "gzip"}
        began = time.perf_counter()
        line.request("POST", "/sync/v1/push", body, {**headers, "Content-Type": "application/json"})
        answer = line.getresponse()
        data = answer.read()
        spent = time.perf_counter() - began
        results = msgspec.json.decode(data)["results"] if answer.status == httpx.codes.OK else []
        return spent, sum(each["verdict"] == "stored" for each in results)

    def _body(self, texts: Sequence[str]) -> bytes:
        return gzip.compress(msgspec.json.encode({"changes": texts}), 6)

    def households(self, number: int) -> list[bytes]:
        """What it sends first: the households that the records to come are about, one each."""
        self.homes = [new_record_id(1_784_000_000_000 + self.seq + nth) for nth in range(number)]
        answers = {"village": self.told["areas"][0]["id"], "head_name": "Nông Thị Thử"}
        texts = [self._text("household", home, answers) for home in self.homes]
        return [self._body(texts[first : first + HEAP]) for first in range(0, number, HEAP)]

    def _record(self) -> str:
        answers = {**_answers(), "household": self.homes.pop()}
        return self._text("housing_need", new_record_id(1_785_000_000_000 + self.seq), answers)

    def _text(self, survey: str, record: str, answers: dict[str, Any]) -> str:
        self.seq += 1
        millis = 1_785_000_000_000 + self.seq
        raw = msgspec.json.encode(
            {
                "v": 1,
                "survey": survey,
                "record": record,
                "answers": answers,
                "base": {},
                "stamp": f"{millis:012x}-000000-{self.told['device']}",
                "device": self.told["device"],
                "seq": self.seq,
                "prev": self.prev,
                "author": self.told["author"],
                "form_version": 1,
                "made_at": {"wall": "2026-08-01T07:30:00.000Z", "tz": "+07:00", "offset_ms": 0},
            }
        )
        self.prev = change_id(raw)
        return raw.decode()


def _answers() -> dict[str, Any]:
    """Fitting answers to the first questions that have any; with the household it is about, as many as are said."""
    return dict(list(_fitting())[: ANSWERS - 1])


def _fitting() -> Iterator[tuple[str, Any]]:
    for name, question in questions("housing_need").items():
        if question.kind in ("yes_no", "date"):
            yield name, True if question.kind == "yes_no" else "2026-07-01"
        elif question.choices:
            code = choices(question.choices)[0].code
            yield name, [code] if question.kind == "many_of" else code
        elif question.kind in TYPED:
            yield name, 2015 if question.kind == "integer" and question.is_year else TYPED[question.kind]


def wire(folder: Path) -> Section:
    """Milliseconds and records a second."""
    app = province(folder / "wire")
    with served(folder / "wire", workers=WORKERS) as client:
        told = [enrolled(app, client, "lan") for _tablet in range(max(CLIENTS))]
        tablets = [Tablet(client.base_url.host, client.base_url.port or 80, each) for each in told]
        bare = _page(client, "/bare")
        hello = _page(client, "/sync/v1/hello?said=0", {"Authorization": f"Bearer {told[0]['token']}"})
        figures: list[Figure] = [
            ("bare page, ms", bare * 1000),
            ("hello, ms", hello * 1000),
            ("hello/bare ratio (at most 3)", hello / bare),
        ]
        for clients in CLIENTS:
            figures += _pushed(tablets[:clients], PUSHES, 1, bare)
        figures += _pushed(tablets[:1], HEAPS, HEAP, bare)
    said = SAID.format(answers=ANSWERS, workers=WORKERS, heap=HEAP)
    return Section("A tablet's day on the wire", said, tuple(figures))


def _page(client: httpx.Client, path: str, headers: dict[str, str] | None = None) -> float:
    """The median seconds of a page."""
    spent = []
    for _request in range(WARM + PAGES):
        began = time.perf_counter()
        client.get(path, headers=headers).raise_for_status()
        spent.append(time.perf_counter() - began)
    return statistics.median(spent[WARM:])


def _pushed(tablets: Sequence[Tablet], pushes: int, records: int, bare: float) -> Iterator[Figure]:
    """Send so many pushes in all, of so many records each, by these tablets at once."""
    each = pushes // len(tablets)
    _at_once(tablets, [tablet.households((WARM + each) * records) for tablet in tablets])
    bodies = [tablet.bodies(WARM + each, records) for tablet in tablets]
    _at_once(tablets, [some[:WARM] for some in bodies])
    took, sent = _at_once(tablets, [some[WARM:] for some in bodies])
    spent, stored = sorted(seconds for seconds, _stored in sent), sum(number for _seconds, number in sent)
    p50, p99 = statistics.median(spent), spent[round(0.99 * (len(spent) - 1))]
    who = f"push of {records}, {len(tablets)} tablet{'s' if len(tablets) > 1 else ''}"
    yield f"{who}, p50 ms", p50 * 1000
    yield f"{who}, p99/p50 ratio", p99 / p50
    yield f"{who}, /bare ratio", p50 / bare
    yield f"{who}, records per second", stored / took
    yield f"{who}, refused", float(len(spent) * records - stored)


def _at_once(tablets: Sequence[Tablet], bodies: Sequence[Sequence[bytes]]) -> tuple[float, list[tuple[float, int]]]:
    """The seconds until all was sent, and what each push took and stored."""
    start = Barrier(len(tablets) + 1)
    with ThreadPoolExecutor(len(tablets)) as pool:
        running = [pool.submit(tablet.send, some, start) for tablet, some in zip(tablets, bodies, strict=True)]
        start.wait()
        began = time.perf_counter()
        sent = [one for each in running for one in each.result()]
    return time.perf_counter() - began, sent
