"""An extract for programs: one SQLite file with the records, what does not agree yet, and the dictionary."""

from __future__ import annotations

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import sqlite_utils

from fieldapp.exports.dictionary import dictionary
from fieldapp.exports.records import PORTION, Exported, Extract
from fieldapp.exports.wordlists import CODE, wordings
from fieldapp.i18n import LANGUAGES
from fieldapp.today import stamp

PLACES = ("village_name", "commune_listed", "district_listed", "commune_today")
"""Columns with the names of places: those of the list the village was first in, and the commune of today."""

WRITTEN = {list, dict}
"""Values that are written as JSON; all others SQLite knows, True as 1."""

TYPES: dict[str, type] = {"integer": int, "money": int, "yes_no": int, "decimal": float}


def to_sqlite(extract: Extract, out: BinaryIO) -> None:
    """Tables ``<survey>``, ``conflict``, ``dictionary`` and ``code``; lists, photos and points are JSON."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.db"
        database = sqlite_utils.Database(path)
        try:
            _fill(database, extract)
        finally:
            database.close()
        with path.open("rb") as made:
            shutil.copyfileobj(made, out)


def _fill(database: sqlite_utils.Database, extract: Extract) -> None:
    """The file is nobody's until it is whole, so nothing of it is made sure on the disk meanwhile."""
    database.execute("PRAGMA synchronous = OFF")
    database.execute("PRAGMA journal_mode = OFF")
    columns = _columns(extract)
    database.table(extract.survey).create(columns, pk="id")
    database.table("conflict").create({"record": str, "question": str, "value": str})
    row = f"INSERT INTO [{extract.survey}] VALUES ({','.join('?' * len(columns))})"  # noqa: S608  the name of a survey
    with database.conn:
        for portion in _portions(extract.records):
            database.conn.executemany(row, [_row(record) for record in portion])
            database.conn.executemany("INSERT INTO conflict VALUES (?, ?, ?)", conflicts_of(portion))
    lines = [line for line in dictionary() if line["survey"] == extract.survey]
    database.table("dictionary").insert_all(lines, pk="name")
    lists = sorted({question.choices for question in extract.questions.values() if question.choices})
    told = {"list": str, CODE: str, **dict.fromkeys(LANGUAGES, str), "retired": int}
    database.table(CODE).create(told, pk=("list", CODE))
    rows = ((name, *row) for name in lists for row in wordings(name))
    with database.conn:
        database.conn.executemany(f"INSERT INTO {CODE} VALUES ({','.join('?' * len(told))})", rows)  # noqa: S608  ours


def _portions(records: Iterator[Exported]) -> Iterator[list[Exported]]:
    while portion := list(islice(records, PORTION)):
        yield portion


def _columns(extract: Extract) -> dict[str, type]:
    fixed: dict[str, type] = dict.fromkeys(("id", "area", *PLACES), str)
    answers = {name: TYPES.get(question.kind, str) for name, question in extract.questions.items()}
    masked = {} if extract.exact else {name: str for name, question in extract.questions.items() if question.private}
    state = {
        "_author": str,
        "_author_name": str,
        "_contested": int,
        "_withdrawn": int,
        "_created_at": str,
        "_changed_at": str,
        "_form_version": int,
    }
    return {**fixed, **answers, **masked, **state}


def _row(record: Exported) -> list[Any]:
    """The cells in the order of :func:`_columns`."""
    return [
        record.id, record.area, *record.where,
        *[as_json(value) if type(value) in WRITTEN else value for value in record.answers.values()],
        record.author, record.by, int(bool(record.conflicts)), int(record.withdrawn),
        stamp(record.created_at), stamp(record.changed_at), record.form_version,
    ]  # fmt: skip


as_json = json.JSONEncoder(ensure_ascii=False, sort_keys=True).encode
"""A list, a photo or a point as a cell holds it."""


def conflicts_of(records: Iterable[Exported]) -> Iterator[tuple[str, str, str]]:
    """Record, question and one of the values, as JSON, of every answer on which two changes differ."""
    return (
        (record.id, question, as_json(value))
        for record in records
        for question, values in record.conflicts.items()
        for value in values
    )
