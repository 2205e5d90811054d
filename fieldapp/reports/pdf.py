"""A table as paper: a PDF for A4 as Decree 30/2020 asks for, set by Typst, with the letters in it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fieldapp.i18n import _, language
from fieldapp.reports.numbers import show
from fieldapp.reports.table import Table

PAPER = Path(__file__).parent.parent / "templates" / "reports" / "paper.typ"
WIDE, NARROW = 11.0, 6.0
"""Sizes of the letters of a table, in points: of one with few columns, and of one with many."""
SMALLEST = 4.5
"""Smaller than this no letters are, however long the numbers."""
ROOM, INSET = 684.0, 7.0
"""What the columns of numbers and names share of the width of the paper, and what a cell keeps free, in points."""
PLACE, NAME = 3.2, 11.0
"""The name of a place: so many columns wide where all are alike, or at least so many sizes of its letters."""


def to_pdf(table: Table) -> bytes:
    """The paper. What it says is handed over as data, so no name of a place can be taken for a command."""
    import typst  # a large library, which no other page needs

    paper: bytes = typst.compile(PAPER, format="pdf", sys_inputs={"table": json.dumps(_said(table))})
    return paper


def _widths(table: Table) -> tuple[float, list[float]]:
    """The size of the letters, and the width of each column of numbers in points: no number runs into the next one.

    All columns are alike where the longest number fits; else each is as wide as what stands in it, and the letters are
    made smaller until all of it fits beside the name of the place.
    """
    ems = [_ems(table, column) for column in range(len(table.columns))]
    count = len(ems)
    size = max(NARROW, min(WIDE, 150 / (count + 4)))
    alike = ROOM / (count + PLACE)
    if all(each * size + INSET <= alike for each in ems):
        return size, [alike] * count
    while size > SMALLEST and sum(ems) * size + count * INSET > ROOM - NAME * size:
        size -= 0.1
    needed = [each * size + INSET for each in ems]
    spare = max(0.0, ROOM - NAME * size - sum(needed)) / (count + 1)
    return size, [each + spare for each in needed]


def _ems(table: Table, column: int) -> float:
    """How wide the longest number and the longest word of the heading of a column are, in sizes of its letters."""
    numbers = [_wide(show(row.values[column])) for row in table.rows]
    words = [cell.text.split() for cell in table.headings() if cell.column == column + 2 and cell.columns == 1]
    return max([2.0, *numbers, *(0.58 * len(word) for each in words for word in each)])


def _wide(number: str) -> float:
    return sum(0.25 if letter in ".," else 0.5 if letter.isdecimal() else 1.0 for letter in number)


def _said(table: Table) -> dict[str, Any]:
    size, widths = _widths(table)
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
        "size": size,
        "widths": widths,
        "depth": table.depth,
        "headings": [
            {"x": cell.column, "y": cell.row, "colspan": cell.columns, "rowspan": cell.rows, "text": cell.text}
            for cell in table.headings()
        ],
        "numbers": [number.replace("+", "+\u200b") for number in table.numbers()],
        "rows": [{"level": row.level, "cells": [row.ordinal, row.name, *map(show, row.values)]} for row in table.rows],
        "notes": table.notes,
        "signatures": [{"title": one.title, "hint": one.hint} for one in table.signatures],
        "recipients": [_("Recipients:"), _("As above;"), _("Kept: archive.")],
    }
