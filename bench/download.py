"""A first download, by one tablet and by eight at once, and one change after it."""

from __future__ import annotations

import statistics
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import httpx
import msgspec
from flask import Flask

from bench.cost import cost, seconds
from bench.figures import Figure, Section
from bench.pages import median
from bench.season import Season
from bench.served import enrolled, province, served

HOUSEHOLDS, AT_ONCE, PUSHED, CHANGES = 2_000, 8, 400, 20
SAID = """A tablet downloads its villages of the served sample, {households:,} households and what the sample has there,
page by page and packed: first of a server that has just begun, then again, then {at_once} tablets at once of a server
that has just begun. Then one household is changed, and another tablet asks what is new, a median of {changes}."""


class _Page(msgspec.Struct):
    """What a client must know of a page to go on."""

    next_page: str | None
    position: int


_pages = msgspec.json.Decoder(_Page)
Told = dict[str, Any]


def download(folder: Path) -> Section:
    """Seconds of a first download, and milliseconds of one change after it."""
    node = folder / "downloaded"
    app = province(node)
    with served(node) as client:
        season, tablets = _filled(app, client)
    with served(node) as client:
        bare = median(client, "/bare")
        cold, again = (seconds(lambda: _whole(client, tablets[0])) for _time in range(2))
        change = _one_change(client, season, tablets)
    with served(node) as client:
        median(client, "/bare")
        eight = seconds(lambda: _at_once(client, tablets))
    figures: tuple[Figure, ...] = (
        ("bare page, ms", bare),
        (f"first download of {HOUSEHOLDS:,} households, s (at most 0.15)", cold),
        ("first download/bare ratio", cold * 1000 / bare),
        ("the same once more, s", again),
        (f"first downloads of {AT_ONCE} tablets at once, s (at most 0.7)", eight),
        (f"first downloads of {AT_ONCE} tablets/bare ratio", eight * 1000 / bare),
        ("one change after it, ms (at most 10)", change),
        ("one change/bare ratio", change / bare),
    )
    return Section("A first download", SAID.format(households=HOUSEHOLDS, at_once=AT_ONCE, changes=CHANGES), figures)


def _filled(app: Flask, client: httpx.Client) -> tuple[Season, list[Told]]:
    """The tablets of one person, of which the first has pushed all the households."""
    tablets = [enrolled(app, client, "lan") for _tablet in range(1 + AT_ONCE)]
    first = tablets[0]
    season = Season(first["device"], first["author"], [area["id"] for area in first["areas"]])
    for _push in range(HOUSEHOLDS // PUSHED):
        _push_texts(client, first, [season.first() for _household in range(PUSHED)])
    return season, tablets


def _push_texts(client: httpx.Client, tablet: Told, texts: Sequence[str]) -> None:
    told = client.post("/sync/v1/push", json={"changes": texts}, headers=_headers(tablet)).raise_for_status().json()
    if {each["verdict"] for each in told["results"]} != {"stored"}:
        raise SystemExit("not all were stored")


def _headers(tablet: Told) -> dict[str, str]:
    return {"Authorization": f"Bearer {tablet['token']}", "Accept-Encoding": "gzip"}


def _whole(client: httpx.Client, tablet: Told) -> None:
    """Every page of every village, one after the other."""
    for area in tablet["areas"]:
        page: str | None = ""
        while page is not None:
            asked = {"area": area["id"], **({"page": page} if page else {})}
            answer = client.get("/sync/v1/snapshot", params=asked, headers=_headers(tablet)).raise_for_status()
            page = _pages.decode(answer.content).next_page


def _at_once(client: httpx.Client, tablets: Sequence[Told]) -> None:
    """Each tablet with a connection of its own."""

    def run(tablet: Told) -> None:
        with httpx.Client(base_url=client.base_url, timeout=60) as own:
            _whole(own, tablet)

    threads = [threading.Thread(target=run, args=(tablet,)) for tablet in tablets[1:]]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _one_change(client: httpx.Client, season: Season, tablets: Sequence[Told]) -> float:
    """Milliseconds until another tablet has what was changed."""
    area, headers = tablets[1]["areas"][0]["id"], _headers(tablets[1])
    answer = client.get("/sync/v1/snapshot", params={"area": area}, headers=headers)
    position, spent = _pages.decode(answer.content).position, []
    for record in season.records[:CHANGES]:
        _push_texts(client, tablets[0], [season.edit(record)])
        asked = {"area": "*", "after": position}
        one, pulled = cost(lambda asked=asked: client.get("/sync/v1/pull", params=asked, headers=headers))  # type: ignore[misc]
        told = pulled.raise_for_status().json()
        if len(told["changes"]) != 1:
            raise SystemExit("not one change came")
        position = told["next"]
        spent.append(one.seconds)
    return statistics.median(spent) * 1000
