"""A table as text: CSV for spreadsheets, JSON for programs, columns for a terminal."""

from __future__ import annotations

import csv
import io
import json
from fractions import Fraction
from typing import Any

from fieldapp.i18n import _
from fieldapp.reports.numbers import show
from fieldapp.reports.table import Number, Row, Table

BOM = "\ufeff"


def to_csv(table: Table) -> bytes:
    """UTF-8 with a BOM, so that Excel shows Vietnamese right; one line of headings, then every line of the table."""
    out = io.StringIO(BOM)
    out.seek(0, io.SEEK_END)
    writer = csv.writer(out)
    titles = (column.title for column in table.columns)
    writer.writerow([table.ordinal_heading, table.code_heading or _("Place code"), table.place_heading, *titles])
    writer.writerows([row.ordinal, row.code, harmless(row.name), *map(_machine, row.values)] for row in table.rows)
    return out.getvalue().encode()


def harmless(cell: Any) -> Any:
    """A text cell that no spreadsheet takes for a formula."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell


def to_json(table: Table) -> bytes:
    """``{"report", "title", "made_on", "parameters", "columns", "rows", "notes"}``; rows carry values by column key."""
    body: dict[str, Any] = {
        "report": table.name,
        "title": table.title,
        "made_on": table.made_on.isoformat(),
        "scope": table.scope,
        "parameters": dict(table.parameters),
        "columns": [
            {"key": column.key, "title": column.title, "number": number}
            for column, number in zip(table.columns, table.numbers()[2:], strict=True)
        ],
        "rows": [_row(table, row) for row in table.rows],
        "notes": list(table.notes),
    }
    return (json.dumps(body, ensure_ascii=False, indent=1) + "\n").encode()


def _row(table: Table, row: Row) -> dict[str, Any]:
    values = {column.key: _machine(value) for column, value in zip(table.columns, row.values, strict=True)}
    return {"level": row.level, "ordinal": row.ordinal, "code": row.code, "name": row.name, "values": values}


def _machine(value: Number) -> int | float | None:
    return round(float(value), 4) if isinstance(value, Fraction) else value


def to_text(table: Table) -> str:
    """The table for a terminal: the numbers right-aligned, each column under its number, a key of headings below."""
    lines = [table.numbers(), *([row.ordinal, row.name, *map(show, row.values)] for row in table.rows)]
    widths = [max(len(line[place]) for line in lines) for place in range(len(lines[0]))]
    body = ["  ".join(_cell(line[i], width, i) for i, width in enumerate(widths)).rstrip() for line in lines]
    key = [f"{number:>12}  {title}" for number, title in zip(table.numbers()[2:], _titles(table), strict=True)]
    rule = "─" * max(map(len, body))
    text = [table.title, table.scope, "", body[0], rule, *body[1:], rule, *key, "", *table.notes]
    return "\n".join(text).rstrip() + "\n"


def _titles(table: Table) -> list[str]:
    return [column.title for column in table.columns]


def _cell(text: str, width: int, place: int) -> str:
    return text.ljust(width) if place < 2 else text.rjust(width)
