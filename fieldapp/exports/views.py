"""The views of the file of everything: each table once more, its columns and codes in the words of the form."""

from __future__ import annotations

from collections.abc import Iterable

from fieldapp.exports.facts import FactColumn, FactTable
from fieldapp.exports.records import Extract
from fieldapp.exports.wordlists import CODE
from fieldapp.i18n import _, language
from fieldapp.surveys import SURVEYS, choices, questions
from fieldapp.surveys.question import Question

Shown = tuple[str, str]
"""A heading and the SQL that gives what stands below it, of a row ``t``."""


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"{}"'.format(name.replace('"', '""'))


def survey_view(extract: Extract) -> tuple[str, str, str]:
    """The view of a survey: its name, its table, its SQL."""
    asked = (_answer(question) for question in extract.questions.values() if question.kind != "village")
    state = [
        (_("Latitude"), "t.lat"),
        (_("Longitude"), "t.lon"),
        (_("Entered by"), "(SELECT name FROM person WHERE id = t._author)"),
        (_("Do not agree yet"), _yes_no("t._contested")),
        (_("Withdrawn"), _yes_no("t._withdrawn")),
        (_("Created"), "t._created_at"),
        (_("Changed"), "t._changed_at"),
    ]
    columns = [(_("Record"), "t.id"), *_places(), *asked, *state]
    return extract.title, extract.survey, _select(extract.survey, columns)


def fact_view(table: FactTable, *, exact: bool) -> tuple[str, str, str]:
    """The view of a table of facts: its name, its table, its SQL."""
    columns = [_fact(column) for column in table.columns if exact or not column.private]
    return str(table.title), table.name, _select(table.name, columns)


def _places() -> list[Shown]:
    village, place = "FROM village v WHERE v.id = t.area", "FROM village v JOIN place p ON p.id ="
    above = f"(SELECT d.name {place} v.commune JOIN place d ON d.id = p.parent WHERE v.id = t.area)"
    return [
        (_("Village"), f"(SELECT v.name {village})"),
        (_("Commune (2023)"), f"(SELECT p.name {place} v.commune WHERE v.id = t.area)"),
        (_("District (2023)"), above),
        (_("Commune (today)"), f"(SELECT p.name {place} v.commune_today WHERE v.id = t.area)"),
    ]


def _answer(question: Question) -> Shown:
    cell, unit = f"t.{quoted(question.name)}", question.unit_in(language())
    heading = f"{question.short} ({unit})" if unit and question.kind != "photo" else str(question.short)
    return heading, _in_words(question, cell)


def _in_words(question: Question, cell: str) -> str:
    if question.kind == "one_of":
        return _word(str(question.choices), cell)
    if question.kind == "many_of":
        return _words(str(question.choices), cell)
    if question.kind == "yes_no":
        return _yes_no(cell)
    if question.kind == "reference" and question.of:
        return _name(question.of, cell)
    return cell


def _fact(column: FactColumn) -> Shown:
    cell = f"t.{quoted(column.name)}"
    heading = f"{column.label} ({column.unit})" if column.unit else str(column.label)
    if column.words:
        return heading, _word(column.words, cell)
    if column.type == "yes_no":
        return heading, _yes_no(cell)
    return heading, _name(column.of, cell) if column.of else cell


def _word(name: str, cell: str) -> str:
    return f"(SELECT {language()} FROM {quoted(f'code_{name}')} WHERE {CODE} = {cell})"


def _words(name: str, cell: str) -> str:
    """Several codes in words; what is masked is no list."""
    said = f"coalesce((SELECT {language()} FROM {quoted(f'code_{name}')} WHERE {CODE} = each.value), each.value)"
    together = f"SELECT group_concat({said}, '; ') FROM json_each({cell}) each"
    return f"CASE WHEN json_valid({cell}) THEN ({together}) ELSE {cell} END"


def _yes_no(cell: str) -> str:
    yes, no = (choices.label("yes_no", code, language()).replace("'", "''") for code in ("yes", "no"))
    return f"CASE {cell} WHEN 1 THEN '{yes}' WHEN 0 THEN '{no}' ELSE {cell} END"


def _name(table: str, cell: str) -> str:
    """What a row of another table is called; its id where nothing names it."""
    if table in ("village", "person", "place"):
        return f"(SELECT name FROM {table} WHERE id = {cell})"
    named = next((name for name in SURVEYS[table].named_by if questions(table)[name].kind == "text"), None)
    return f"(SELECT coalesce({quoted(named)}, id) FROM {quoted(table)} WHERE id = {cell})" if named else cell


def _select(table: str, columns: Iterable[Shown]) -> str:
    """Headings that come twice are told apart by a number: each is the name of a column."""
    met: dict[str, int] = {}
    said = []
    for heading, sql in columns:
        met[heading.casefold()] = time = met.get(heading.casefold(), 0) + 1
        said.append(f"{sql} AS {quoted(heading if time == 1 else f'{heading} ({time})')}")
    return f"SELECT {', '.join(said)} FROM {quoted(table)} t"
