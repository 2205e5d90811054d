"""An extract for people: CSV with a BOM, and XLSX with a sheet that explains the columns."""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from functools import partial
from itertools import islice
from typing import Any, BinaryIO

import xlsxwriter

from fieldapp.exports.dictionary import HEADINGS, dictionary
from fieldapp.exports.drawn_once import DrawnOnce
from fieldapp.exports.records import MASK, PORTION, Exported, Extract
from fieldapp.giving_way import room
from fieldapp.i18n import _, language
from fieldapp.reports.plain import BOM, harmless
from fieldapp.surveys.question import Question
from fieldapp.today import local

NUMBERS = ("integer", "money", "decimal")
LONGEST_NAME = 31
"""So long the name of a sheet may be."""
FORMATS: dict[type, str] = {date: "dd/mm/yyyy", datetime: "dd/mm/yyyy hh:mm"}
"""How a workbook shows days and moments; they are kept as such."""

FOUR_DIGITS = 4
"""A date may be a year alone, which is no day."""
FIRST_DAY = date(1900, 3, 1)
"""Before it a workbook counts days in a way of its own."""


def headings(extract: Extract) -> list[str]:
    """The headings in the language of the moment; behind each answer that is a code stands the code itself."""
    fixed = [_("Record"), _("Village"), _("Commune (2023)"), _("District (2023)"), _("Commune (today)")]
    answers = [heading for question in _asked(extract).values() for heading in _headings(question)]
    return [*fixed, *answers, _("Entered by"), _("Do not agree yet"), _("Withdrawn"), _("Created"), _("Changed")]


def _headings(question: Question) -> list[str]:
    short = str(question.short)
    return [short, _("%(answer)s (code)", answer=short)] if _is_coded(question) else [short]


def _is_coded(question: Question) -> bool:
    return question.kind in ("one_of", "many_of")


def lines(extract: Extract, finish: Callable[[Any], Any] = lambda cell: cell) -> Iterator[tuple[Any, ...]]:
    """The records as cells: numbers as numbers, days and moments as such, everything else in words, each as ``finish``
    leaves it. Moments are in the time of Việt Nam.

    They are drawn a column of some hundred at a time: to look up what was drawn before is then one loop of the
    interpreter's own, and no call for each cell.
    """
    draw = _Columns(extract, finish)
    while portion := list(islice(extract.records, PORTION)):
        yield from room.one_by_one(zip(*room.one_by_one(draw(portion)), strict=True))


class _Columns:
    """Draws records, a column after the other."""

    def __init__(self, extract: Extract, finish: Callable[[Any], Any]) -> None:
        self.extract, self.finish, self.texts = extract, finish, DrawnOnce(finish)
        self.drawn = [
            (name, _Drawn(draw, finish)) for name, question in _asked(extract).items() for draw in _draws(question)
        ]
        self.withdrawn = _("yes")

    def __call__(self, records: Sequence[Exported]) -> Iterator[Sequence[Any]]:
        """The columns of these records."""
        told = [record.answers for record in records]
        yield [record.id for record in records]
        for names in zip(*(record.where for record in records), strict=True):
            yield list(map(self.texts.__getitem__, names))
        for name, drawn in self.drawn:
            yield drawn.column([answers[name] for answers in told])
        yield [self.texts[record.by] for record in records]
        yield [self.finish(_conflicts(self.extract, record)) if record.conflicts else "" for record in records]
        yield [self.withdrawn if record.withdrawn else "" for record in records]
        yield [self._moment(record.created_at) for record in records]
        yield [self._moment(record.changed_at) for record in records]

    def _moment(self, at: datetime) -> Any:
        return self.finish(local(at).replace(microsecond=0))


def _draws(question: Question) -> list[Callable[[Any], Any]]:
    """What the columns of a question are drawn by: its words, and the code where it has one."""
    words = partial(_cell, question, spoken=language())
    return [words, _code] if _is_coded(question) else [words]


class _Drawn:
    """Draws the answers to one question. They are remembered by their kind of value: ``True`` is 1 to a dictionary, and
    not to a reader; a list is no key of one."""

    def __init__(self, draw: Callable[[Any], Any], finish: Callable[[Any], Any]) -> None:
        self.draw = lambda value: "" if value is None else finish(draw(value))
        self.known: dict[type, DrawnOnce] = {kind: DrawnOnce(self.draw) for kind in (str, int, bool)}

    def column(self, values: Sequence[Any]) -> list[Any]:
        """The cells of these answers."""
        kinds = {*map(type, values)} - {type(None)}
        known = self.known.get(kinds.pop() if len(kinds) == 1 else type(None) if kinds else str)
        return list(map(known.__getitem__ if known is not None else self.draw, values))


def _code(value: Any) -> str:
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value)


def _asked(extract: Extract) -> dict[str, Question]:
    """The questions that become columns; the village is told by name in columns of its own."""
    return {name: question for name, question in extract.questions.items() if question.kind != "village"}


def _cell(question: Question, value: Any, spoken: str) -> Any:
    if isinstance(value, str) and value.startswith(MASK):
        return value
    if question.kind in NUMBERS and question.fits(value):
        return float(value) if question.kind == "decimal" else value
    if question.kind == "date" and question.fits(value) and len(value) > FOUR_DIGITS:
        return date.fromisoformat(value)
    return question.show(value, spoken)


def _conflicts(extract: Extract, record: Exported) -> str:
    return "; ".join(
        f"{_name(extract, name)}: {' | '.join(_shown(extract, name, value) for value in values)}"
        for name, values in record.conflicts.items()
    )


def _name(extract: Extract, name: str) -> str:
    question = extract.questions.get(name)
    return str(question.short) if question else _("Withdrawn")


def _shown(extract: Extract, name: str, value: Any) -> str:
    question = extract.questions.get(name)
    if question is None:
        return _("yes") if value is True else _("no")
    return question.show(value, language()) or _("empty")


def to_csv(extract: Extract, out: BinaryIO) -> None:
    """UTF-8 with a BOM for Excel; a text that a spreadsheet would run as a formula is quoted."""
    text = io.TextIOWrapper(out, "utf-8", newline="", write_through=False)
    text.write(BOM)
    writer = csv.writer(text)
    writer.writerow(headings(extract))
    writer.writerows(lines(extract, plain))
    text.detach()


def plain(cell: Any) -> Any:
    """Days and moments as every spreadsheet reads them, ``2026-08-01`` and ``2026-08-01 07:30:00``."""
    return cell.isoformat(" ") if isinstance(cell, datetime) else harmless(cell)


def to_xlsx(extract: Extract, out: BinaryIO) -> None:
    """A sheet of records with a filter and a frozen heading, and a sheet with the dictionary of its columns.

    Rows go to a file beside as they are written, so that a whole province needs no more memory than a village.
    """
    with (
        tempfile.TemporaryDirectory() as folder,
        xlsxwriter.Workbook(out, {"constant_memory": True, "tmpdir": folder}) as book,
    ):
        _sheet(book, _("Records"), headings(extract), lines(extract))
        explained = [line for line in dictionary() if line["survey"] == extract.survey]
        cells = ([line[key] for key in HEADINGS] for line in explained)
        _sheet(book, _("Dictionary"), [str(HEADINGS[key]) for key in HEADINGS], cells)


def _no_markup(text: str) -> str:
    """The library takes a text between these marks for its own, and would write a workbook that nothing opens."""
    return f" {text}" if text.startswith("<r>") and text.endswith("</r>") else text


def _sheet(book: Any, name: str, names: list[str], cells: Iterable[Sequence[Any]]) -> None:
    sheet = book.add_worksheet(name[:LONGEST_NAME])
    style = book.add_format({"bold": True, "bg_color": "#E7EEF4", "border": 1, "text_wrap": True, "valign": "top"})
    formats = {kind: book.add_format({"num_format": shown}) for kind, shown in FORMATS.items()}
    sheet.freeze_panes(1, 1)
    sheet.set_column(0, len(names) - 1, 20)
    for column, heading in enumerate(names):
        sheet.write_string(0, column, heading, style)
    row = 0
    for row, line in enumerate(cells, 1):
        for column, cell in enumerate(line):
            kind = type(cell)
            if kind is str:
                if cell:
                    sheet.write_string(row, column, _no_markup(cell))
            elif kind not in formats:
                sheet.write_number(row, column, cell)
            elif (cell if kind is date else cell.date()) < FIRST_DAY:
                sheet.write_string(row, column, cell.isoformat())
            else:
                sheet.write_datetime(row, column, cell, formats[kind])
    sheet.autofilter(0, 0, max(row, 1), len(names) - 1)
