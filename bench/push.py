"""What a tablet's push costs, beside the raw insert of the rows it leaves."""

from __future__ import annotations

import gzip
import sqlite3
import statistics
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import msgspec

from bench.cost import alone, cost
from bench.figures import Section
from bench.node import database
from bench.season import Season
from bench.served import enrolled, province, served

CHANGES = 500
PUSHES = 15
WARM = 3
SAID = """{changes} changes of {records} new households, gzipped and sent over HTTP to the served sample as a tablet
does it, until each has its verdict; beside the insert of every row of every table that this leaves, in one transaction,
into a copy of the database as it was. Medians of {pushes} pushes."""


def push(folder: Path) -> Section:
    """Milliseconds a push."""
    node, copies = folder / "pushed", folder / "copies"
    app = province(node)
    copies.mkdir()
    with served(node) as client:
        told = enrolled(app, client, "lan")
        season = Season(told["device"], told["author"], [area["id"] for area in told["areas"]])
        spent = _pushes(client, told["token"], season, database(node), copies)
    return _section(spent, alone("replay", copies, folder / "replayed"))


def _pushes(client: httpx.Client, token: str, season: Season, source: Path, copies: Path) -> list[float]:
    """Seconds of each push; between them the database is copied aside."""
    spent = []
    for n in range(WARM + PUSHES):
        _copy(source, copies / f"{n:03d}.db")
        spent.append(_one(client, token, list(season.trip(CHANGES))))
    _copy(source, copies / f"{WARM + PUSHES:03d}.db")
    return spent


def _one(client: httpx.Client, token: str, texts: list[str]) -> float:
    body = gzip.compress(msgspec.json.encode({"changes": texts}))
    headers = {"Authorization": f"Bearer {token}", "Content-Encoding": "gzip", "Content-Type": "application/json"}
    spent, response = cost(lambda: client.post("/sync/v1/push", content=body, headers=headers))
    told: dict[str, Any] = response.raise_for_status().json()
    if {each["verdict"] for each in told["results"]} != {"stored"}:
        raise SystemExit("not all were stored")
    return spent.seconds


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as database, closing(sqlite3.connect(target)) as copy:
        database.backup(copy)


def _section(spent: Sequence[float], inserted: Sequence[tuple[int, float]]) -> Section:
    pushed = statistics.median(spent[WARM:])
    raw = statistics.median(seconds for _rows, seconds in inserted[WARM:])
    figures = (
        (f"push of {CHANGES} changes over HTTP, ms", pushed * 1000),
        ("rows that it leaves", statistics.median(rows for rows, _seconds in inserted)),
        ("raw insert of the same rows, ms", raw * 1000),
        ("push/raw ratio", pushed / raw),
    )
    return Section("A push", SAID.format(changes=CHANGES, records=CHANGES // 5, pushes=PUSHES), figures)
