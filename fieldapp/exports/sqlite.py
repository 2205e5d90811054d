"""An extract for programs: one SQLite file with the records, what does not agree yet, and the dictionary."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import sqlite_utils

from fieldapp.exports.dictionary import dictionary
from fieldapp.exports.records import Exported, Extract

PLACES = ("village_name", "commune_listed", "district_listed", "commune_today")
"""Columns with the names of places: those of the list the village was first in, and the commune of today."""

TYPES: dict[str, type] = {"integer": int, "money": int, "yes_no": int}


def to_sqlite(extract: Extract) -> bytes:
    """Tables ``<survey>``, ``conflict`` and ``dictionary``; lists, photos and points are JSON."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.db"
        database = sqlite_utils.Database(path)
        try:
            _fill(database, extract)
        finally:
            database.close()
        return path.read_bytes()


def _fill(database: sqlite_utils.Database, extract: Extract) -> None:
    records = database.table(extract.survey)
    records.create(_columns(extract), pk="id")
    records.insert_all(_row(record) for record in extract.records)
    conflicts = database.table("conflict")
    conflicts.create({"record": str, "question": str, "value": str})
    conflicts.insert_all(
        {"record": record.id, "question": question, "value": _json(value)}
        for record in extract.records
        for question, values in record.conflicts.items()
        for value in values
    )
    lines = [line for line in dictionary() if line["survey"] == extract.survey]
    database.table("dictionary").insert_all(lines, pk="name")
    database.vacuum()


def _columns(extract: Extract) -> dict[str, type]:
    fixed: dict[str, type] = dict.fromkeys(("id", "area", *PLACES), str)
    answers = {name: TYPES.get(question.kind, str) for name, question in extract.questions.items()}
    masked = {} if extract.exact else {name: str for name, question in extract.questions.items() if question.private}
    state = {"_contested": int, "_withdrawn": int, "_created_at": str, "_changed_at": str, "_form_version": int}
    return {**fixed, **answers, **masked, **state}


def _row(record: Exported) -> dict[str, Any]:
    where = record.where
    return {
        "id": record.id, "area": record.area,
        **dict(zip(PLACES, (where.village, where.commune, where.district, where.commune_today), strict=True)),
        **{name: _plain(value) for name, value in record.answers.items()},
        "_contested": int(bool(record.conflicts)), "_withdrawn": int(record.withdrawn),
        "_created_at": record.created_at.isoformat(), "_changed_at": record.changed_at.isoformat(),
        "_form_version": record.form_version,
    }  # fmt: skip


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return int(value)
    return _json(value) if isinstance(value, list | dict) else value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
