"""A table as paper: a PDF as Decree 30/2020 asks for, on A4, in parts where it is wide; set by Typst, with the letters
in it."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from fieldapp.i18n import _, language
from fieldapp.reports.numbers import show_all
from fieldapp.reports.table import HeadingCell, Table

PAPER = Path(__file__).parent.parent / "templates" / "reports" / "paper.typ"
LARGEST, SMALLEST = 11.0, 8.0
"""Sizes of the letters of a table, in points. Smaller ones nobody can read: then there are more sheets. None is larger
than A4: that is what the printers of offices hold."""
WIDTH = 714.0
"""How wide a table may be on a sheet of A4 that lies across, in points: without the margins."""
INSET = 7.0
"""What a cell keeps free, in points."""
ORDINAL, PLACE, NAME = 25.5, 3.2, 11.0
"""The ordinal: at least so many points wide. The name of a place: so many columns wide where all are alike, or at least
so many sizes of its letters."""
TAGGED = 2000
"""So many cells are tagged for those who have a paper read out: tags of the villages of a province are sixteen times as
large as the paper itself."""


class PaperPart(NamedTuple):
    """The columns of numbers on one sheet: ``first`` to ``last`` (without that one), and their widths in points."""

    first: int
    last: int
    widths: list[float]


class PaperLayout(NamedTuple):
    """How a table lies on paper: the size of its letters and the width of its ordinals in points; its parts, each on
    sheets of its own with the ordinals and the names of places before it."""

    size: float
    ordinal: float
    parts: list[PaperPart]


def to_pdf(table: Table) -> bytes:
    """The paper. What it says is handed over as data, so no name of a place can be taken for a command."""
    import typst  # a large library, which no other page needs

    said, tagged = {"table": json.dumps(_said(table))}, len(table.rows) * len(table.columns) <= TAGGED
    paper: bytes = typst.compile(PAPER, format="pdf", sys_inputs=said, pdf_tags=tagged)
    return paper


def layout(table: Table) -> PaperLayout:
    """All columns beside one another where letters that can be read allow it, or in parts one after the other. No
    number and no word of a heading is wider than its column."""
    headings = table.headings()
    ems = [_ems(table, headings, column) for column in range(len(table.columns))]
    ordinal = max([ORDINAL, *(_wide(row.ordinal) * LARGEST + INSET for row in table.rows)])
    size, widths = _widths(ems, WIDTH - ordinal)
    if size >= SMALLEST:
        return PaperLayout(size, ordinal, [PaperPart(0, len(ems), widths)])
    return PaperLayout(SMALLEST, ordinal, list(_parts(ems, WIDTH - ordinal)))


def cut(table: Table, part: PaperPart) -> tuple[Table, list[str]]:
    """The table with the columns of a part alone, and the numbers of its columns, which are those of the whole."""
    numbers = table.numbers()
    columns = [*numbers[:2], *numbers[part.first + 2 : part.last + 2]]
    return replace(table, columns=table.columns[part.first : part.last]), columns


def _widths(ems: list[float], room: float) -> tuple[float, list[float]]:
    """The size of the letters with which columns fit, and their widths: all alike where the longest number fits so;
    else each is as wide as what stands in it."""
    count = len(ems)
    size = max(SMALLEST, min(LARGEST, 150 / (count + 4)))
    alike = room / (count + PLACE)
    if all(each * size + INSET <= alike for each in ems):
        return size, [alike] * count
    size = min(size, (room - count * INSET) / (sum(ems) + NAME))
    spare = (room - NAME * size - sum(each * size + INSET for each in ems)) / (count + 1)
    return size, [each * size + INSET + spare for each in ems]


def _parts(ems: list[float], room: float) -> Iterator[PaperPart]:
    """The columns in their order, in the smallest letters: on as few sheets as they can, about as many on each."""
    needed = [each * SMALLEST + INSET for each in ems]
    sheets = math.ceil(sum(needed) / (room - NAME * SMALLEST))
    most, first = math.ceil(len(needed) / sheets), 0
    while first < len(needed):
        last, used = first + 1, NAME * SMALLEST + needed[first]
        while last < min(len(needed), first + most) and used + needed[last] <= room:
            used, last = used + needed[last], last + 1
        spare = max(0.0, room - used) / (last - first + 1)
        yield PaperPart(first, last, [each + spare for each in needed[first:last]])
        first = last


def _ems(table: Table, headings: list[HeadingCell], column: int) -> float:
    """How wide the longest number and the longest word of the heading of a column are, in sizes of its letters."""
    numbers = map(_wide, show_all(row.values[column] for row in table.rows))
    words = [cell.text.split() for cell in headings if cell.column == column + 2 and cell.columns == 1]
    return max([2.0, *numbers, *(0.58 * len(word) for each in words for word in each)])


@lru_cache(maxsize=20_000)
def _wide(number: str) -> float:
    return sum(0.25 if letter in ".," else 0.5 if letter.isdecimal() else 1.0 for letter in number)


def _part(table: Table, part: PaperPart) -> dict[str, Any]:
    """What stands on the sheets of a part: its headings and numbers, and all lines with the ordinal and the name."""
    shown, numbers = cut(table, part)
    return {
        "widths": part.widths,
        "depth": shown.depth,
        "headings": [
            {"x": cell.column, "y": cell.row, "colspan": cell.columns, "rowspan": cell.rows, "text": cell.text}
            for cell in shown.headings()
        ],
        "numbers": [number.replace("+", "+\u200b") for number in numbers],
        "rows": [
            {"level": row.level, "cells": [row.ordinal, row.name, *show_all(row.values[part.first : part.last])]}
            for row in table.rows
        ],
    }


def _said(table: Table) -> dict[str, Any]:
    laid = layout(table)
    return {
        "language": language(),
        "title": table.title,
        "made_on": [table.made_on.year, table.made_on.month, table.made_on.day],
        "issuer": table.issuer,
        "motto": table.motto,
        "number": _("Number: …"),
        "place_and_date": table.place_and_date,
        "scope": table.scope,
        "as_of": table.as_of_line,
        "unit": table.unit,
        "size": laid.size,
        "ordinal": laid.ordinal,
        "parts": [_part(table, part) for part in laid.parts],
        "notes": table.notes,
        "signatures": [{"title": one.title, "hint": one.hint} for one in table.signatures],
        "recipients": table.recipients,
    }
