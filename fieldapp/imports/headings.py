"""Where the list begins in a sheet, what its columns are called, and what each of them probably holds. Pure."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

from fieldapp.imports import letters
from fieldapp.imports.fields import ListKind, fields, order_of_guesses
from fieldapp.imports.files import TOP, Cell, CellRow, Worksheet, filled
from fieldapp.vietnamese import clean, search_key

LEVELS = 3
"""So many rows of headings at most stand above one another."""
_SERIAL = re.compile(r"(stt|tt|so tt|so thu tu|no)")
OF_PERSON = {"household.birth_date": "person.birth_date", "household.citizen_id": "", "household.phone": ""}
"""What a column means behind the name of a person who is not the head."""
_NUMBERED = re.compile(r"\(?[0-9]{1,2}\)?|\(?[a-z]{1,2}\)?|[0-9]{1,2} ?= ?.*", re.IGNORECASE)


@dataclass(frozen=True)
class FoundHeadings:
    """The headings of a table: the number of their first and last row, and one text a column."""

    table: Worksheet
    first: int
    last: int
    headings: tuple[str, ...]

    @property
    def shape(self) -> str:
        """The same for every list with these headings."""
        return hashlib.sha256("\n".join(map(search_key, self.headings)).encode()).hexdigest()[:32]


def find(tables: Sequence[Worksheet], kind: ListKind) -> FoundHeadings | None:
    """The sheet and the rows that most look like headings; None where nothing does."""
    found = [each for table in tables for each in _candidates(table, kind)]
    best = max(found, key=lambda each: (_weight(each, kind), each.last - each.first, -each.first), default=None)
    return best if best and _weight(best, kind) >= 2 else None


def at(table: Worksheet, first: int, kind: ListKind) -> FoundHeadings:
    """The headings that begin in this row of a sheet."""
    several = [each for each in _candidates(table, kind) if each.first == first]
    return max(several, key=lambda each: (_weight(each, kind), each.last), default=_headings(table, first, first))


def _candidates(table: Worksheet, kind: ListKind) -> list[FoundHeadings]:
    found = []
    for first in range(1, min(len(table.rows), TOP) + 1):
        if len({cell for cell in table.rows[first - 1] if cell is not None}) < 2:
            continue  # a title above the list
        for last in range(first, min(first + LEVELS, len(table.rows) + 1)):
            if last > first and not _goes_on(table, last):
                break
            found.append(_headings(table, first, last))
    return found


def _goes_on(table: Worksheet, row: int) -> bool:
    """Whether a row is a further level of headings: its texts stand only below merged or empty headings."""
    above, here = table.rows[row - 2], table.rows[row - 1]
    spanned = {
        column
        for left, top, right, bottom in table.merged
        if right > left and top <= row - 1 <= bottom
        for column in range(left, right + 1)
    }
    said = [column for column, cell in enumerate(here, start=1) if cell is not None]
    empty = {column for column in said if column > len(above) or above[column - 1] is None}
    texts = all(isinstance(here[column - 1], str) for column in said)
    return bool(said) and texts and all(column in spanned or column in empty for column in said) and bool(spanned)


def _headings(table: Worksheet, first: int, last: int) -> FoundHeadings:
    rows = filled(table, last, last)[first - 1 :]
    width = max(map(len, rows), default=0)
    levels = [_mended([_text(row[column]) if column < len(row) else "" for column in range(width)]) for row in rows]
    columns = (list(dict.fromkeys(filter(None, texts))) for texts in zip(*levels, strict=True))
    return FoundHeadings(table, first, last, tuple(" · ".join(texts) for texts in columns))


def _mended(texts: list[str]) -> list[str]:
    font = letters.font_of([text for text in texts if text])
    return [letters.repaired(text, font) for text in texts]


def _text(cell: Cell) -> str:
    return (
        clean(cell.replace("\0", "").replace("\n", " ")) if isinstance(cell, str) else "" if cell is None else str(cell)
    )


def _weight(found: FoundHeadings, kind: ListKind) -> int:
    """How many columns are known by their heading; a long sentence is none."""
    if sum(bool(text) for text in found.headings) < 2:
        return 0
    return len({field for field in guess(found.headings, kind) if field})


def guess(headings: Sequence[str], kind: ListKind) -> list[str]:
    """The field that each column probably holds; "" where nothing is known, or another column fits better."""
    taken: set[str] = set()
    found = []
    for heading in headings:
        code = _guess_one(heading, kind)
        found.append("" if code in taken else code)
        taken.add(code)
    return _of_the_person(found) if "person.name" in taken else found


def _of_the_person(found: list[str]) -> list[str]:
    """Of a list that names a person and the head: what stands behind the person's name is about the person."""
    said = list(found)
    names = {at: code for at, code in enumerate(found) if code in ("person.name", "household.head_name")}
    for at, code in enumerate(found):
        before = [names[name] for name in sorted(names) if name < at]
        if before[-1:] == ["person.name"] and code in OF_PERSON:
            said[at] = OF_PERSON[code] if OF_PERSON[code] not in found else ""
    return said


def _guess_one(heading: str, kind: ListKind) -> str:
    exact = _path_of(heading, kind)
    if exact:
        return exact
    key = search_key(heading.replace("·", " "))
    if not key or len(key) > 120 or _SERIAL.fullmatch(key):
        return ""
    return next((code for code, pattern in order_of_guesses(kind) if pattern.search(key)), "")


_GROUPS = ("household", "housing_need", "support_case", "other_support", "place_indicator", "place", "value")


def _path_of(heading: str, kind: ListKind) -> str:
    """The field named by the heading of an ODK or Kobo export: ``group/head_name``, ``group-head_name``,
    ``_location_latitude``; or of our own export."""
    name = re.split(r"[/\-:]", heading.strip())[-1].strip().lower()
    if re.fullmatch(r"_?[a-z0-9_]*_?latitude", name):
        return "list.latitude"
    if re.fullmatch(r"_?[a-z0-9_]*_?longitude", name):
        return "list.longitude"
    offered = fields(kind)
    wanted = (f"{group}.{name}" for group in _GROUPS)
    return next((code for code in wanted if code in offered), "")


def is_numbering(row: CellRow) -> bool:
    """Whether a row only numbers the columns: ``(1) (2) (3)``, ``A B 1 2``."""
    said = [clean(str(cell)) for cell in row if cell is not None]
    return len(said) > 2 and all(_NUMBERED.fullmatch(text) for text in said) and said[0] != said[-1]
