"""Every format of every export, held against the same records; and that whatever is taken out is written down."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from fieldapp import exports, people
from fieldapp.cli import main
from fieldapp.db import db
from fieldapp.exports.records import MASK, masked
from fieldapp.i18n import speaking
from fieldapp.people import Account
from fieldapp.reports.plain import harmless
from fieldapp.surveys import SURVEYS, questions
from fieldapp.surveys.choices import label
from fieldapp.surveys.question import Question
from fieldapp.taken_out import TakenOut
from tests.pages import Page

AHEAD = timedelta(hours=7)
Row = dict[str, Any]


def written(survey: str, form: str, *, exact: bool) -> bytes:
    file = io.BytesIO()
    with speaking("vi"):
        exports.export(db.session(), survey, form, file, areas=None, exact=exact)
    return file.getvalue()


@pytest.mark.parametrize("survey", SURVEYS)
def test_every_format_says_of_every_record_what_the_record_says(world: Flask, survey: str, tmp_path: Path) -> None:
    """Codes and their words, days as days, numbers as numbers, moments in Việt Nam's time, who entered it, masks."""
    records = {row.id: row for row in db.session.scalars(sa.select(SURVEYS[survey]))}
    names = {account.id: account.name for account in db.session.scalars(sa.select(Account))}
    for exact in (True, False):
        for told in (_csv, _xlsx, _geojson, _sqlite):
            rows = dict(told(survey, exact, tmp_path))
            assert rows.keys() == records.keys(), (survey, told.__name__)
            for id, row in rows.items():
                record = records[id]
                _held_against(record, row, questions(survey), exact)
                assert row["by"] == names.get(record.author, record.author)
                for name in ("created_at", "changed_at"):
                    assert row[name] == (getattr(record, name) + AHEAD).replace(microsecond=0)


def _held_against(record: Any, row: Row, asked: dict[str, Question], exact: bool) -> None:
    for name, question in asked.items():
        value, told, words = getattr(record, name), row["answers"].get(name), row["words"].get(name)
        if question.kind in ("village", "point", "photo", "ids", "pins", "reference"):
            continue
        if value is None:
            assert told in (None, ""), name
        elif question.private and not exact:
            assert str(told).startswith(MASK), (name, told)
            assert told in (masked(value), harmless(masked(value)))
        else:
            _is_told(question, value, told, words)


def _is_told(question: Question, value: Any, told: Any, words: Any) -> None:
    """An answer in the shape of its kind; ``words``: what the format says beside a code."""
    if question.kind in ("one_of", "many_of"):
        codes = value if isinstance(value, list) else [value]
        assert told == codes, question.name
        assert words == "; ".join(label(str(question.choices), code, "vi") for code in codes)
    elif question.kind == "decimal":
        assert float(told) == float(value)
    elif question.kind == "date":
        assert told == (date.fromisoformat(value) if len(value) == 10 else value), question.name
    elif question.kind in ("integer", "money", "yes_no"):
        assert told == value, question.name
    else:
        assert told in (value, harmless(value)) or str(told).replace(" ", "") == value, question.name


def _day(text: Any) -> Any:
    """A day as programs write it; anything else as it is."""
    try:
        return date.fromisoformat(text) if isinstance(text, str) and len(text) == 10 else text
    except ValueError:
        return text


def _cells(survey: str, lines: list[list[Any]], shown: Callable[[Any], Any]) -> Iterator[tuple[str, Row]]:
    """The rows of a sheet: places of columns follow from the questions, headings say them to people."""
    with speaking("vi"):
        asked = [question for question in questions(survey).values() if question.kind != "village"]
    for line in lines[1:]:
        cells, answers, words = [shown(cell) for cell in line], {}, {}
        at = 5
        for question in asked:
            answers[question.name] = _read(question, cells[at])
            if question.kind in ("one_of", "many_of"):
                words[question.name], code = cells[at], cells[at + 1]
                answers[question.name] = code if str(code).startswith(MASK) else str(code).split("; ") if code else None
                at += 1
            at += 1
        by, _conflicts, _withdrawn, created, changed = cells[at:]
        yield cells[0], {"answers": answers, "words": words, "by": by, "created_at": created, "changed_at": changed}


def _read(question: Question, cell: Any) -> Any:
    if question.kind == "yes_no" and cell in ("Có", "Không"):
        return cell == "Có"
    if question.kind in ("integer", "money") and str(cell).lstrip("-").isdigit():
        return int(cell)
    if question.kind == "date":
        return cell.date() if isinstance(cell, datetime) else _day(cell)
    return cell


def _csv(survey: str, exact: bool, _folder: Path) -> Iterator[tuple[str, Row]]:
    lines = list(csv.reader(io.StringIO(written(survey, "csv", exact=exact).decode("utf-8-sig"))))
    for id, row in _cells(survey, lines, lambda cell: cell):
        yield id, {**row, **{name: datetime.fromisoformat(row[name]) for name in ("created_at", "changed_at")}}


def _xlsx(survey: str, exact: bool, _folder: Path) -> Iterator[tuple[str, Row]]:
    sheet = openpyxl.load_workbook(io.BytesIO(written(survey, "xlsx", exact=exact)), read_only=True).worksheets[0]
    lines = [list(line) for line in sheet.iter_rows(values_only=True)]
    yield from _cells(survey, lines, lambda cell: cell)


def _moment(text: str) -> datetime:
    assert text.endswith("+07:00")
    return datetime.fromisoformat(text).replace(tzinfo=None)


def _geojson(survey: str, exact: bool, _folder: Path) -> Iterator[tuple[str, Row]]:
    asked = questions(survey)
    for feature in json.loads(written(survey, "geojson", exact=exact))["features"]:
        told = feature["properties"]
        answers = {name: _typed(question, told.get(name)) for name, question in asked.items()}
        at = {name: _moment(told[name]) for name in ("created_at", "changed_at")}
        yield feature["id"], {"answers": answers, "words": told["labels"], "by": told["author_name"], **at}


def _typed(question: Question, value: Any) -> Any:
    if question.kind == "one_of" and value is not None and not str(value).startswith(MASK):
        return [value]
    return _day(value) if question.kind == "date" else value


def _sqlite(survey: str, exact: bool, folder: Path) -> Iterator[tuple[str, Row]]:
    path = folder / f"{survey}-{exact}.db"
    path.write_bytes(written(survey, "sqlite", exact=exact))
    asked = questions(survey)
    with closing(sqlite3.connect(path)) as file:
        file.row_factory = sqlite3.Row
        known = {(row["list"], row["code"]): row["vi"] for row in file.execute("SELECT * FROM code")}
        for row in file.execute(f'SELECT * FROM "{survey}"'):
            answers = {name: _stored(question, row[name]) for name, question in asked.items()}
            words = {
                name: "; ".join(known.get((question.choices, code), code) for code in answers[name])
                for name, question in asked.items()
                if isinstance(answers[name], list)
            }
            at = {name: _moment(row[f"_{name}"]) for name in ("created_at", "changed_at")}
            yield row["id"], {"answers": answers, "words": words, "by": row["_author_name"], **at}


def _stored(question: Question, value: Any) -> Any:
    if value is None or str(value).startswith(MASK):
        return value
    if question.kind == "many_of":
        return json.loads(value)
    return bool(value) if question.kind == "yes_no" else _typed(question, value)


def test_who_decided_stands_in_every_format_of_the_decisions(world: Flask, tmp_path: Path) -> None:
    deciders = {row["by"] for told in (_csv, _xlsx, _geojson, _sqlite) for _id, row in told("decision", True, tmp_path)}
    assert people.find_account("binh").name in deciders


TAKEN = [
    ("dung", "/reports/records/household.csv", "household", "csv", False),
    ("quan", "/reports/records/household.xlsx", "household", "xlsx", True),
    ("dung", "/reports/everything.db", "everything", "db", False),
    ("dung", "/reports/housing-need/file.csv", "report:housing-need", "csv", False),
    ("dung", "/reports/housing-need/file.pdf", "report:housing-need", "pdf", False),
]


def test_whatever_is_taken_away_is_written_down_with_who_what_when_and_how_many(
    app: Flask, as_: Callable[[str], FlaskClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    for who, path, *_told in TAKEN:
        assert as_(who).get(path).status_code == 200
    monkeypatch.setenv("FIELDAPP_INSTANCE", str(app.config["FIELDAPP"].instance))
    assert CliRunner().invoke(main, ["export", "household", "--format", "csv"]).exit_code == 0
    assert CliRunner().invoke(main, ["report", "housing-need"]).exit_code == 0
    with app.app_context():
        told = list(db.session.scalars(sa.select(TakenOut).order_by(TakenOut.id)))
        names = {account.username: account.name for account in db.session.scalars(sa.select(Account))}
        count = db.session.scalar(sa.select(sa.func.count()).select_from(SURVEYS["household"]))
        assert [(row.who, row.what, row.form, row.exact) for row in told[:-2]] == [
            (names[who], what, form, exact) for who, _path, what, form, exact in TAKEN
        ]
        assert [(row.what, row.account_id) for row in told[-2:]] == [("household", None), ("report:housing-need", None)]
        assert told[1].rows == told[-2].rows == count
        assert all(abs(datetime.now(UTC).replace(tzinfo=None) - row.at) < timedelta(hours=1) for row in told)
        db.session.remove()


def test_administrators_and_nobody_else_see_the_log_and_narrow_it(
    app: Flask, as_: Callable[[str], FlaskClient], page: Callable[..., Page]
) -> None:
    assert "Chưa có gì được lấy ra" in page("/admin/taken", who="quan").text
    as_("dung").get("/reports/records/household.csv")
    as_("quan").get("/reports/records/housing_need.csv")
    with app.app_context():
        dung, quan = (people.find_account(who).name for who in ("dung", "quan"))
        db.session.remove()
    log = page("/admin/taken", who="quan").text
    assert "Hộ gia đình" in log
    assert "Phiếu khảo sát nhà ở" in log
    assert "Không che gì" in log
    hers = page(f"/admin/taken?who={dung}&kind=files", who="quan").find(".//main")
    assert "Hộ gia đình" in "".join(hers.itertext())
    assert ["".join(row.itertext()).strip() for row in hers.iter("h2")] == ["Hộ gia đình"]
    assert "Không tìm thấy" in page(f"/admin/taken?who={quan}&until=01/01/2020", who="quan").text
    for who in ("lan", "binh", "dung"):
        assert as_(who).get("/admin/taken").status_code == 403
