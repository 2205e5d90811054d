"""An extract for people: CSV with a BOM, and XLSX with a sheet that explains the columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable
from typing import Any

import xlsxwriter

from fieldapp.exports.dictionary import HEADINGS, dictionary
from fieldapp.exports.records import MASK, Exported, Extract
from fieldapp.i18n import _, language
from fieldapp.reports.plain import BOM, harmless
from fieldapp.surveys.question import Question

NUMBERS = ("integer", "money", "decimal")


def headings(extract: Extract) -> list[str]:
    """The headings in the language of the moment."""
    fixed = [_("Record"), _("Village"), _("Commune (2023)"), _("District (2023)"), _("Commune (today)")]
    answers = [str(question.short) for question in _asked(extract).values()]
    return [*fixed, *answers, _("Do not agree yet"), _("Withdrawn"), _("Created (UTC)"), _("Changed (UTC)")]


def lines(extract: Extract) -> list[list[Any]]:
    """The records as cells: numbers as numbers, everything else in words."""
    asked = _asked(extract)
    return [_line(extract, asked, record) for record in extract.records]


def _line(extract: Extract, asked: dict[str, Question], record: Exported) -> list[Any]:
    where = record.where
    answers = [_cell(question, record.answers[name]) for name, question in asked.items()]
    stamps = [f"{moment:%Y-%m-%d %H:%M:%S}" for moment in (record.created_at, record.changed_at)]
    return [
        record.id, where.village, where.commune, where.district, where.commune_today, *answers,
        _conflicts(extract, record), _("yes") if record.withdrawn else "", *stamps,
    ]  # fmt: skip


def _asked(extract: Extract) -> dict[str, Question]:
    """The questions that become columns; the village is told by name in columns of its own."""
    return {name: question for name, question in extract.questions.items() if question.kind != "village"}


def _cell(question: Question, value: Any) -> Any:
    if value is None:
        return ""
    if isinstance(value, str) and value.startswith(MASK):
        return value
    if question.kind in NUMBERS and question.fits(value):
        return float(value) if question.kind == "decimal" else value
    return question.show(value, language())


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
    return str(_cell(question, value)) or _("empty")


def to_csv(extract: Extract) -> bytes:
    """UTF-8 with a BOM for Excel; a text that a spreadsheet would run as a formula is quoted."""
    out = io.StringIO(BOM)
    out.seek(0, io.SEEK_END)
    writer = csv.writer(out)
    writer.writerow(headings(extract))
    writer.writerows([harmless(cell) for cell in line] for line in lines(extract))
    return out.getvalue().encode()


def to_xlsx(extract: Extract) -> bytes:
    """A sheet of records with a filter and a frozen heading, and a sheet with the dictionary of its columns."""
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        heading = book.add_format(
            {"bold": True, "bg_color": "#E7EEF4", "border": 1, "text_wrap": True, "valign": "top"}
        )
        _sheet(book.add_worksheet(_("Records")[:31]), heading, headings(extract), lines(extract))
        explained = [line for line in dictionary() if line["survey"] == extract.survey]
        cells = [[line[key] for key in HEADINGS] for line in explained]
        _sheet(book.add_worksheet(_("Dictionary")[:31]), heading, [str(HEADINGS[key]) for key in HEADINGS], cells)
    return out.getvalue()


def _sheet(sheet: Any, style: Any, names: list[str], cells: list[list[Any]]) -> None:
    for column, name in enumerate(names):
        sheet.write_string(0, column, name, style)
    for row, line in enumerate(cells, 1):
        for column, cell in enumerate(line):
            _writer(sheet, cell)(row, column, cell)
    sheet.freeze_panes(1, 1)
    sheet.autofilter(0, 0, max(len(cells), 1), len(names) - 1)
    sheet.set_column(0, len(names) - 1, 20)


def _writer(sheet: Any, cell: Any) -> Callable[..., Any]:
    write: Callable[..., Any] = sheet.write_number if isinstance(cell, int | float) else sheet.write_string
    return write
