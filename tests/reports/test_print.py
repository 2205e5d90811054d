"""Whatever has a button to print it can be read on A4: no letter is too small, and nothing lies beside the sheet."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import chain

import pypdf
import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Locator, Page

from tests.again import a_walk, at_once, so_many
from tests.conftest import Server
from tests.desk.test_codes import pages

LEAST = 7.9
"""Points: letters of 8 are measured as this or more."""
A4 = (595, 842)
EACH = so_many(4, 2, 1)
WHO = ("quan", "dung")


def letters(page: pypdf.PageObject) -> Iterator[tuple[float, float, str]]:
    """The size of each piece of text on a sheet and where it begins from the left, in points."""
    found: list[tuple[float, float, str]] = []

    def see(text: str, cm: list[float], tm: list[float], _font: object, size: float) -> None:
        if text.strip():
            placed = product(tm, cm)
            found.append((abs(placed[3] or placed[1]) * size, placed[4], text.strip()))

    page.extract_text(visitor_text=see)
    yield from found


def product(one: list[float], other: list[float]) -> list[float]:
    """The matrix that does first the one, then the other."""
    a, b, c, d, e, f = one
    g, h, i, j, k, m = other
    return [a * g + b * i, a * h + b * j, c * g + d * i, c * h + d * j, e * g + f * i + k, e * h + f * j + m]


@a_walk
@pytest.mark.long
@pytest.mark.parametrize("who", at_once(WHO, "dung".__eq__))
def test_what_is_printed_can_be_read_on_a4(
    app: Flask, as_: Callable[[str], FlaskClient], seat: Callable[..., Page], server: Server, who: str
) -> None:
    printed = [address for address, page in pages(app, as_(who), "vi", 1) if "data-print" in page.html]
    assert len(printed) > 5
    page, faults = seat(who), []
    wide = [address for address in printed if "overview" in address]
    for address in [*wide, *printed[::EACH]]:
        page.goto(server.url + address)
        sheets = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True, format="A4"))).pages
        faults += [f"{address}: {fault}" for sheet in sheets for fault in wrong(sheet)]
    assert faults == []


def test_a_table_printed_in_parts_has_all_its_lines_and_numbers_and_can_be_read(
    seat: Callable[..., Page], server: Server
) -> None:
    page = seat("dung")
    page.goto(f"{server.url}/reports/overview")
    sheets = pypdf.PdfReader(io.BytesIO(page.pdf(prefer_css_page_size=True, format="A4"))).pages
    assert [fault for sheet in sheets for fault in wrong(sheet)] == []
    whole, *parts = [lines(table) for table in page.locator("table.official").all()]
    assert len(parts) > 1
    assert [[*line[:2], *chain(*(part[n][2:] for part in parts))] for n, line in enumerate(whole)] == whole
    printed = Counter("\n".join(sheet.extract_text() for sheet in sheets).split())
    numbers = Counter(number for line in whole for number in line[2:])
    assert [number for number, count in numbers.items() if not count <= printed[number] < 2 * count] == []


def lines(table: Locator) -> list[list[str]]:
    """What stands in each line of a table."""
    told: list[list[str]] = table.evaluate(
        "it => [...it.tBodies[0].rows].map(row => [...row.cells].map(of => of.textContent))"
    )
    return told


def wrong(sheet: pypdf.PageObject) -> Iterator[str]:
    """What of a sheet cannot be read."""
    sides = sorted(round(float(side)) for side in (sheet.mediabox.width, sheet.mediabox.height))
    if any(abs(side - wanted) > 2 for side, wanted in zip(sides, A4, strict=True)):
        yield f"a sheet of {sides}"
    for size, left, text in letters(sheet):
        if size < LEAST:
            yield f"{text[:30]!r} in {size:.1f} points"
        if not 0 <= left < float(sheet.mediabox.width):
            yield f"{text[:30]!r} lies beside the sheet"
