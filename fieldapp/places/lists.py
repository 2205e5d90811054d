"""An official list as an office sends it, read into rows: after Excel, a mail, and an old typist's computer.

What can be told for certain is put right here: the separator, the spelling of the columns, spaces, ``1834.0``. What
cannot is refused with a line and what to do; what is probably meant is left to :mod:`fieldapp.places.asking`.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from fieldapp.i18n import _l
from fieldapp.places.models import LEVELS
from fieldapp.problems import NoPlaceHeadings, NotAPlaceList, OtherPlaceList, UnreadableLetters, WorkbookNotList
from fieldapp.vietnamese import NotUnderstood, clean, search_key

PlaceListKind = Literal["places", "villages", "mapping"]
KINDS: dict[PlaceListKind, str] = {
    "villages": _l("Villages of a year: commune code, number, name"),
    "places": _l("Communes and districts of a year: code, name, level, parent code"),
    "mapping": _l("What became of each commune: old commune code, new commune code, whole or part"),
}

COLUMNS: dict[PlaceListKind, dict[str, tuple[str, ...]]] = {
    "places": {
        "code": ("ma", "ma so", "ma don vi", "ma dvhc"),
        "name": ("ten", "ten don vi", "ten dvhc"),
        "level": ("cap", "loai"),
        "parent_code": ("ma cap tren", "ma don vi cap tren", "truc thuoc"),
    },
    "villages": {
        "commune_code": ("ma xa", "ma phuong xa"),
        "number": ("so", "so thu tu", "stt", "tt"),
        "name": ("ten", "ten thon", "thon", "ten thon ban"),
    },
    "mapping": {
        "old_commune_code": ("ma xa cu", "ma cu"),
        "new_commune_code": ("ma xa moi", "ma moi"),
        "whole_or_part": ("toan bo hay mot phan", "toan bo mot phan", "pham vi"),
    },
}
"""The columns of each kind of list, and what offices call them, as search keys."""

TOP = 10
"""A title of a few lines may stand above the headings."""
WORKBOOKS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
"""How files of Excel begin that are no text."""

SHARES = {"whole": "whole", "part": "part", "toan bo": "whole", "nguyen trang": "whole", "mot phan": "part"}
_OLD_FONT = re.compile("[\u00b5\u00b7\u00b8\u00b9\u00bb-\u00bf\u00a1-\u00a9\u00ab-\u00ae]")
"""Signs that stand for Vietnamese letters in fonts of before Unicode (TCVN3): no name of a place holds them."""
_GARBLED = re.compile(
    "[\u00c3\u00c2\u00c4\u00c6][\u0080-\u00bf\u2010-\u203a]|\u00e1[\u00ba\u00bb]|\ufffd|[^\\W\\d_]\\?|\\?[^\\W\\d_]"
)
"""UTF-8 that was read as something else, or letters that became question marks."""


@dataclass(frozen=True)
class PlaceRow:
    """One line of a list: its number in the file, from 1, and the text of each column, tidied."""

    line: int
    cells: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.cells[column]


def read(path: Path, kind: PlaceListKind, name: str = "") -> list[PlaceRow]:
    """The rows of a list, without those that are blank. ``name``: what people call the file, else the path's own.

    :raises WorkbookNotList: it is a workbook of Excel.
    :raises UnreadableLetters: its letters are not Unicode, or were lost on the way.
    :raises OtherPlaceList: it is a list of another kind.
    :raises NoPlaceHeadings: a column is missing.
    :raises NotAPlaceList: a line is short, or there is nothing in it.
    """
    name = name or path.name
    lines = _lines(path, name)
    heading, places = _heading(name, kind, lines)
    filled = [(line, cells) for line, cells in lines if line > heading and any(map(str.strip, cells))]
    rows = [PlaceRow(line, _cells(name, line, cells, places)) for line, cells in filled]
    if not rows:
        raise NotAPlaceList(file=name, line=heading)
    for row in rows:
        _check_letters(name, row)
    return rows


def _lines(path: Path, name: str) -> list[tuple[int, list[str]]]:
    """Each line with its number: where a cell holds a line break, that of its end."""
    text = _text(path, name)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_separator(text))
    try:
        return [(reader.line_num, cells) for cells in reader]
    except csv.Error as error:
        raise NotAPlaceList(file=name, line=reader.line_num) from error


def _text(path: Path, name: str) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        raise NotAPlaceList(file=name, line=0) from error
    if content.startswith(WORKBOOKS):
        raise WorkbookNotList(file=name)
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))  # "Unicode text", as Excel calls it
    try:
        return content.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        raise UnreadableLetters(file=name, line=content[: error.start].count(b"\n") + 1) from error


def _separator(text: str) -> str:
    """Excel in Vietnam writes semicolons, where a comma is in the numbers; copied cells are told apart by tabs."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    return max(",;\t", key=first.count)


def _heading(name: str, kind: PlaceListKind, lines: list[tuple[int, list[str]]]) -> tuple[int, dict[str, int]]:
    """The line of the headings (a title may stand above), and the place of each column."""
    for line, cells in lines[:TOP]:
        found = _columns(kind, cells)
        if found.keys() == COLUMNS[kind].keys():
            return line, found
    other = kind_by_headings([cells for _line, cells in lines])
    if other is not None:
        raise OtherPlaceList(file=name, found=str(KINDS[other]), chosen=str(KINDS[kind]))
    raise NoPlaceHeadings(file=name, chosen=str(KINDS[kind]))


def kind_by_headings(rows: Sequence[Sequence[str]]) -> PlaceListKind | None:
    """The kind of list of places that the headings near the top of a table are those of; None where of none."""
    found = (kind for cells in rows[:TOP] for kind in KINDS if _columns(kind, cells).keys() == COLUMNS[kind].keys())
    return next(found, None)


def _columns(kind: PlaceListKind, cells: Sequence[str]) -> dict[str, int]:
    said = [_heading_key(cell) for cell in cells]
    found: dict[str, int] = {}
    for column, others in COLUMNS[kind].items():
        place = next((said.index(name) for name in (search_key(column), *others) if name in said), None)
        if place is not None:
            found[column] = place
    return found


def _heading_key(cell: str) -> str:
    try:
        return search_key(clean(cell))
    except NotUnderstood:
        return ""


def _cells(name: str, line: int, cells: list[str], places: dict[str, int]) -> dict[str, str]:
    if len(cells) <= max(places.values()):
        raise NotAPlaceList(file=name, line=line)
    try:
        return {column: clean(cells[place]).lstrip("'") for column, place in places.items()}
    except NotUnderstood:
        raise UnreadableLetters(file=name, line=line) from None


def _check_letters(name: str, row: PlaceRow) -> None:
    said = row.cells.get("name", "")
    if _OLD_FONT.search(said) or _GARBLED.search(said):
        raise UnreadableLetters(file=name, line=row.line)


def level_of(said: str) -> str | None:
    """The level that an office means: its code, or its word in Vietnamese; None for anything else."""
    words = {search_key(label): level for level, label in VIETNAMESE_LEVELS.items()}
    return said if said in LEVELS else words.get(search_key(said))


VIETNAMESE_LEVELS = {
    "tinh": "tỉnh",
    "thanh_pho": "thành phố",
    "huyen": "huyện",
    "phuong": "phường",
    "thi_tran": "thị trấn",
    "xa": "xã",
}


def digits(said: str) -> str | None:
    """The digits of a code or number, as ``1834.0`` came from Excel; None for anything else, such as ``1,8E+03``."""
    found = re.fullmatch(r"([0-9]{1,9})(?:[.,]0+)?", said)
    return found[1] if found else None
