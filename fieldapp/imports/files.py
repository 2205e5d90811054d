"""The tables in a file that somebody hands in: XLSX or CSV, bounded, with one sentence for whatever is none."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, TypeAlias
from xml.etree.ElementTree import ParseError

import openpyxl
from openpyxl.cell.read_only import EMPTY_CELL
from openpyxl.utils.cell import range_boundaries
from openpyxl.utils.exceptions import InvalidFileException

from fieldapp.imports import letters
from fieldapp.problems import (
    DamagedWorkbook,
    EmptyList,
    ListTooLarge,
    NotAList,
    OldWorkbook,
    OtherWorkbook,
    ProtectedWorkbook,
)

Cell: TypeAlias = str | int | float | bool | date | None
CellRow: TypeAlias = tuple[Cell, ...]

LARGEST = 40 * 1024**2
"""Bytes of a file."""
UNZIPPED = 600 * 1024**2
"""Bytes of what is inside a workbook."""
MOST_ROWS, MOST_COLUMNS, MOST_SHEETS = 60_000, 200, 50
TOP = 60
"""So many rows are looked at to find the headings."""

_OLE, _ZIP = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"PK\x03\x04"
_PICTURES = (b"%PDF", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*", b"{\\rtf", b"RIFF", b"\x7fELF", b"MZ")


@dataclass
class Worksheet:
    """One sheet: its rows as they are in the file, the first of them row 1; and which cells are merged, each as first
    and last column and row, counted from 1."""

    name: str
    rows: list[CellRow]
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)


def look(path: Path, name: str) -> list[Worksheet]:
    """The top of each sheet.

    :param name: what people call the file.
    :raises Problem: it cannot be read.
    """
    return [table for table in _tables(path, name, None, TOP) if table.rows]


def read(path: Path, name: str, sheet: str) -> Worksheet:
    """One sheet whole. :raises Problem: it cannot be read, or is too large."""
    found = next(iter(_tables(path, name, sheet, MOST_ROWS + 1)), None)
    if found is None or not found.rows:
        raise EmptyList(file=name)
    if len(found.rows) > MOST_ROWS:
        raise _too_large(name)
    return found


def _tables(path: Path, name: str, sheet: str | None, most: int) -> list[Worksheet]:
    head = _head(path, name)
    if head.startswith(_ZIP):
        found = _of_workbook(path, name, sheet, most)
    else:
        found = [_of_text(path.read_bytes(), name, most)]
    if not any(table.rows for table in found):
        raise EmptyList(file=name)
    return found


def _head(path: Path, name: str) -> bytes:
    """The first bytes of what may be a table."""
    if path.stat().st_size > LARGEST:
        raise _too_large(name)
    with path.open("rb") as file:
        head = file.read(4096)
    if not head.strip():
        raise EmptyList(file=name)
    if head.startswith(_OLE):
        raise ProtectedWorkbook(file=name) if _is_encrypted(path) else OldWorkbook(file=name)
    if head.startswith(_PICTURES):
        raise NotAList(file=name)
    return head


def _is_encrypted(path: Path) -> bool:
    return "EncryptedPackage".encode("utf-16-le") in path.read_bytes()


def _too_large(name: str) -> ListTooLarge:
    return ListTooLarge(file=name, megabytes=LARGEST // 1024**2, rows=MOST_ROWS)


# --- workbooks ------------------------------------------------------------------------------------------------


@contextmanager
def _telling(name: str) -> Iterator[None]:
    """Whatever is wrong inside a workbook is one sentence."""
    try:
        yield
    except (zipfile.BadZipFile, InvalidFileException, ParseError, KeyError, ValueError, TypeError, EOFError, OSError,
            AttributeError, IndexError, NotImplementedError) as error:  # fmt: skip
        raise DamagedWorkbook(file=name) from error


def _of_workbook(path: Path, name: str, sheet: str | None, most: int) -> list[Worksheet]:
    with _telling(name):
        _weigh(path, name)
        with path.open("rb") as file, closing(openpyxl.load_workbook(file, read_only=True, data_only=True)) as book:
            wanted = [each for each in book.worksheets[:MOST_SHEETS] if sheet in (None, each.title)]
            return [_of_sheet(path, each, most) for each in wanted]


def _weigh(path: Path, name: str) -> None:
    with zipfile.ZipFile(path) as inside:
        names, size = set(inside.namelist()), sum(each.file_size for each in inside.infolist())
        encrypted = any(each.flag_bits & 1 for each in inside.infolist())
    if encrypted:
        raise ProtectedWorkbook(file=name)
    if size > UNZIPPED:
        raise _too_large(name)
    if "xl/workbook.xml" not in names:
        raise OtherWorkbook(file=name) if {"mimetype", "xl/workbook.bin"} & names else NotAList(file=name)


def _of_sheet(path: Path, sheet: Any, most: int) -> Worksheet:
    sheet.reset_dimensions()  # what a file says of its own size is often wrong
    rows = [_of_row(row) for row in islice(sheet.iter_rows(max_col=MOST_COLUMNS), most)]
    while rows and all(cell is None for cell in rows[-1]):
        rows.pop()
    width = max((at for row in rows for at, cell in enumerate(row, start=1) if cell is not None), default=0)
    rows = [row[:width] for row in rows]
    return Worksheet(sheet.title, rows, _merged(path, sheet._worksheet_path) if rows else [])


def _of_row(cells: Sequence[Any]) -> CellRow:
    """A row up to its last cell: openpyxl fills each of them up with the same empty cell."""
    last = next((at for at in range(len(cells), 0, -1) if cells[at - 1] is not EMPTY_CELL), 0)
    return tuple(map(_of_cell, cells[:last]))


def _of_cell(cell: Any) -> Cell:
    """What a cell shows: a share that the sheet draws as 98,22% is kept as 0.9822 inside."""
    value = cell.value
    if isinstance(value, int | float) and not isinstance(value, bool) and "%" in (cell.number_format or ""):
        return f"{value * 100:.6f}".rstrip("0").rstrip(".").replace(".", ",") + "%"
    return _cell(value)


def _cell(value: Any) -> Cell:
    if isinstance(value, str):
        return value if value.strip() else None
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, datetime):
        return value.date()
    return value if value is None or isinstance(value, int | float | date) else str(value)


_MERGED = re.compile(rb'<(?:\w+:)?mergeCell\s[^>]*ref="([A-Z]{1,3}[0-9]{1,7}:[A-Z]{1,3}[0-9]{1,7})"')
_KEPT = 4 * 1024**2


def _merged(path: Path, sheet: str) -> list[tuple[int, int, int, int]]:
    """Which cells are merged: openpyxl tells it only of what it holds whole in memory. They come after the rows."""
    tail = b""
    with zipfile.ZipFile(path) as inside, inside.open(sheet.lstrip("/")) as file:
        while piece := file.read(1024**2):
            tail = (tail + piece)[-_KEPT:]
    return [range_boundaries(found.decode()) for found in _MERGED.findall(tail)]


# --- texts ----------------------------------------------------------------------------------------------------


def _of_text(data: bytes, name: str, most: int) -> Worksheet:
    text = letters.decode(data)
    if "\0" in text or _is_no_text(text[:4000]):
        raise NotAList(file=name)
    lines = islice(csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text)), most)
    try:
        rows: list[CellRow] = [
            tuple(cell if cell.strip() else None for cell in row[:MOST_COLUMNS]) for row in islice(lines, most)
        ]
    except csv.Error as error:
        raise NotAList(file=name) from error
    return Worksheet("", rows if any(len(row) > 1 for row in rows) else [])


def _is_no_text(text: str) -> bool:
    odd = sum(not letter.isprintable() and letter not in "\r\n\t\xad\ufeff" for letter in text)
    return odd > len(text) // 20


def _delimiter(text: str) -> str:
    """What divides the most lines into the most cells of one number."""
    lines = text.splitlines()[:TOP]

    def weight(mark: str) -> int:
        counts = [len(row) for row in csv.reader(lines, delimiter=mark)]
        return sum(count for count in counts if count > 1 and count == max(counts))

    return max((",", ";", "\t", "|"), key=weight)


def filled(table: Worksheet, last_heading: int, until: int | None = None) -> list[CellRow]:
    """The rows with merged cells filled in: downwards everywhere, to the right only in the headings.

    :param last_heading: the row number of the last row of headings. A title row between the rows stays as it is.
    :param until: the last row that is wanted.
    """
    rows = [list(row) for row in table.rows[:until]]
    for left, top, right, bottom in table.merged:
        value = _at(rows, top, left)
        last = right if bottom <= last_heading else left
        for row in range(top, min(bottom, len(rows)) + 1):
            for column in range(left, min(last, MOST_COLUMNS) + 1):
                _put(rows[row - 1], column, value)
    return [tuple(row) for row in rows]


def _at(rows: Sequence[Sequence[Cell]], row: int, column: int) -> Cell:
    return rows[row - 1][column - 1] if row <= len(rows) and column <= len(rows[row - 1]) else None


def _put(row: list[Cell], column: int, value: Cell) -> None:
    row.extend([None] * (column - len(row)))
    row[column - 1] = value
