"""What a page waits for while a file of all records is written for somebody else, and how large the server grows."""

from __future__ import annotations

import statistics
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx

from bench.cost import alone, seconds
from bench.desk import grown
from bench.figures import Figure, Section
from bench.pages import sign_in
from bench.served import served
from bench.site import PEAK

FILES = {
    "CSV of housing surveys": "/reports/records/housing_need.csv",
    "XLSX of housing surveys": "/reports/records/housing_need.xlsx",
    "GeoJSON of households": "/reports/records/household.geojson",
    "SQLite of all records": "/reports/everything.db",
}
PAGES = ("/review", "/records/", "/reports/housing-need")
VIEWS = 15
SAID = """Of {households:,} households with four records each one person takes a file away, in a server of one process,
and another one asks it for the queue, the list of households and the table of needs, one after the other, up to {twice}
times: the median of a page meanwhile, as many times as long as in {views} rounds just before and as many just after.
Beside it what the file takes with that, and by how many MB the most memory that the process ever had has grown by it. A
file gives way to pages: whoever asked for them all the while would let it take six times as long."""


def beside_files(folder: Path, households: int) -> Section:
    """A ratio, seconds and MB a file. A province that is there already is taken."""
    whole = folder / f"desk-{households}"
    if not (whole / "whole").exists():
        grown(whole, households)
    with served(whole) as client:
        sign_in(client, "hue")
        for page in PAGES:
            client.get(page).raise_for_status()
        figures = [figure for name, address in FILES.items() for figure in _beside(client, name, address)]
    return Section(
        "Files while others work", SAID.format(households=households, views=VIEWS, twice=2 * VIEWS), tuple(figures)
    )


def _beside(client: httpx.Client, name: str, address: str) -> Iterator[Figure]:
    peak = float(client.get(PEAK).text)
    before = _rounds(client, lambda views: views < VIEWS)
    taken: list[float] = []
    taker = threading.Thread(target=lambda: taken.append(_take(client, address)))
    taker.start()
    meanwhile = _rounds(client, lambda views: taker.is_alive() and views < 2 * VIEWS)
    taker.join()
    usual = statistics.median([*before, *_rounds(client, lambda views: views < VIEWS)])
    yield f"page beside {name}, ms", statistics.median(meanwhile)
    yield f"page beside {name}/page alone ratio (at most 1.2)", statistics.median(meanwhile) / usual
    yield f"{name}, s", taken[0]
    yield f"{name}, peak MB more", float(client.get(PEAK).text) - peak


def _take(client: httpx.Client, address: str) -> float:
    """Seconds it takes in a process of its own: in this one, it would slow down who asks for the pages."""
    cookies = "; ".join(f"{each.name}={each.value}" for each in client.cookies.jar)
    took: float = alone("take_file", client.base_url.join(address), cookies)
    return took


def _rounds(client: httpx.Client, going: Callable[[int], bool]) -> list[float]:
    """Of each round of the pages the milliseconds for a page; asked before each how many there were."""
    times: list[float] = []
    while going(len(times)) or not times:
        times.append(seconds(lambda: [client.get(page).raise_for_status() for page in PAGES]) * 1000 / len(PAGES))
    return times
