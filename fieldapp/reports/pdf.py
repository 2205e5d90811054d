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
"""Sizes of the letters of a table, in points: of one with few columns, and the smallest."""


def to_pdf(table: Table) -> bytes:
    """The paper. What it says is handed over as data, so no name of a place can be taken for a command."""
    import typst  # a large library, which no other page needs

    paper: bytes = typst.compile(PAPER, format="pdf", sys_inputs={"table": json.dumps(_said(table))})
    return paper


def _said(table: Table) -> dict[str, Any]:
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
        "size": max(NARROW, min(WIDE, 150 / (len(table.columns) + 4))),
        "columns": len(table.columns),
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
