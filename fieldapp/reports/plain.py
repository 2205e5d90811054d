"""A table as text: CSV for spreadsheets, JSON for programs."""

from __future__ import annotations

import csv
import io
import json
from fractions import Fraction
from typing import Any

from fieldapp.i18n import _
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
