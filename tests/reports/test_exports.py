"""Exports: the same records in every format, contested answers flagged, nothing private given away by default."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import openpyxl
import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask

from fieldapp import exports, intake, people
from fieldapp.cli import main
from fieldapp.db import begin_writing, db
from fieldapp.exports import records, spreadsheet
from fieldapp.exports.geojson import to_geojson
from fieldapp.i18n import speaking
from fieldapp.problems import UnknownFormat, UnknownSurvey
from fieldapp.surveys import SURVEYS, questions
from fieldapp.surveys.household import Household
from fieldapp.surveys.housing_need import HousingNeed


def export(survey: str, form: str, exact: bool = False, areas: frozenset[str] | None = None) -> bytes:
    file = io.BytesIO()
    with speaking("vi"):
        exports.export(db.session(), survey, form, file, areas=areas, exact=exact)
    return file.getvalue()


def lines(survey: str = "household", exact: bool = False) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(export(survey, "csv", exact).decode("utf-8-sig"))))


@pytest.fixture
def contested(context: Flask) -> str:
    """A household whose number of people is told as 9 and as 11."""
    record = db.session.scalars(sa.select(Household).where(sa.not_(Household.contested)).limit(1)).one()
    begin_writing()
    account, heads = people.find_account("quan"), record.heads["members"]
    for members in (9, 11):
        intake.save("household", record.id, {"members": members}, account=account, knowing={"members": heads})
    return record.id


@pytest.mark.parametrize("survey", SURVEYS)
def test_every_survey_can_be_taken_away_in_every_format(context: Flask, survey: str, tmp_path: Path) -> None:
    count = db.session.scalar(sa.select(sa.func.count()).select_from(SURVEYS[survey]))
    assert len(lines(survey)) == count
    assert len(json.loads(export(survey, "geojson"))["features"]) == count
    sheet = openpyxl.load_workbook(io.BytesIO(export(survey, "xlsx"))).worksheets[0]
    assert sheet.max_row == count + 1  # type: ignore[operator]
    (tmp_path / "x.db").write_bytes(export(survey, "sqlite"))
    connection = sqlite3.connect(tmp_path / "x.db")
    assert connection.execute(f"SELECT count(*) FROM {survey}").fetchone() == (count,)
    connection.close()


def test_contested_answers_are_flagged_with_every_value_in_every_format(contested: str, tmp_path: Path) -> None:
    told = next(line for line in lines() if line["Bản ghi"] == contested)["Chỗ chưa khớp"]
    assert "9" in told
    assert "11" in told
    feature = next(each for each in json.loads(export("household", "geojson"))["features"] if each["id"] == contested)
    assert feature["properties"]["contested"] == ["members"]
    assert sorted(feature["properties"]["conflicts"]["members"]) == [9, 11]
    (tmp_path / "x.db").write_bytes(export("household", "sqlite"))
    connection = sqlite3.connect(tmp_path / "x.db")
    rows = connection.execute("SELECT question, value FROM conflict WHERE record = ?", [contested]).fetchall()
    connection.close()
    assert sorted(rows) == [("members", "11"), ("members", "9")]


def test_positions_are_rounded_and_sensitive_answers_masked_unless_exact(context: Flask) -> None:
    rounded, exact = (json.loads(export("household", "geojson", exact)) for exact in (False, True))
    assert (rounded["positions"], exact["positions"]) == ("rounded", "exact")
    points = [each["geometry"]["coordinates"] for each in rounded["features"] if each["geometry"]]
    assert points
    assert all(round(axis, 2) == axis for point in points for axis in point)
    assert any(
        round(each["geometry"]["coordinates"][0], 2) != each["geometry"]["coordinates"][0]
        for each in exact["features"]
        if each["geometry"]
    )
    private = [name for name, question in questions("household").items() if question.private]
    for feature in rounded["features"]:
        for name in private:
            value = feature["properties"].get(name)
            assert value is None or isinstance(value, dict) or str(value).startswith("•••"), (name, value)
    numbers = [feature["properties"].get("citizen_id") for feature in exact["features"]]
    assert any(number and number.isdigit() for number in numbers)


def test_a_position_of_a_need_without_one_is_that_of_its_household(context: Flask) -> None:
    features = json.loads(export("progress_visit", "geojson", exact=True))["features"]
    assert any(feature["geometry"] for feature in features)


def test_only_the_villages_asked_for_are_exported(context: Flask) -> None:
    areas = people.areas_of(people.find_account("lan"))
    assert areas
    features = json.loads(export("household", "geojson", areas=areas))["features"]
    assert {feature["properties"]["area"] for feature in features} <= areas


def test_no_answer_becomes_a_formula_in_a_spreadsheet(context: Flask) -> None:
    record = db.session.scalars(sa.select(Household.id).limit(1)).one()
    begin_writing()
    intake.save("household", record, {"remarks": "=1+1"}, account=people.find_account("quan"))
    told = next(line for line in lines() if line["Bản ghi"] == record)
    assert "'=1+1" in told.values()
    book = openpyxl.load_workbook(io.BytesIO(export("household", "xlsx")))
    cells = [cell for row in book.worksheets[0].iter_rows() for cell in row if cell.value == "=1+1"]
    assert [cell.data_type for cell in cells] == ["s"]


def test_no_answer_is_taken_for_markup_of_a_workbook(context: Flask) -> None:
    record = db.session.scalars(sa.select(Household.id).limit(1)).one()
    begin_writing()
    intake.save("household", record, {"remarks": "<r>nhà <b>cũ</r>"}, account=people.find_account("quan"))
    book = openpyxl.load_workbook(io.BytesIO(export("household", "xlsx")))
    assert " <r>nhà <b>cũ</r>" in [cell.value for row in book.worksheets[0] for cell in row]


def test_the_dictionary_explains_every_question_of_every_survey(context: Flask) -> None:
    with speaking("vi"):
        told = exports.dictionary()
    assert {(line["survey"], line["name"]) for line in told} == {
        (survey, name) for survey in SURVEYS for name in questions(survey)
    }
    assert all(line["label"] for line in told)
    poverty = next(line for line in told if line["name"] == "poverty_class")
    assert "ngheo = Hộ nghèo" in poverty["choices"]


def test_what_does_not_exist_is_said(context: Flask) -> None:
    with pytest.raises(UnknownSurvey):
        export("nothing", "csv")
    with pytest.raises(UnknownFormat):
        export("household", "pdf")


def test_where_a_household_elsewhere_lies_is_not_told_with_its_need(context: Flask) -> None:
    """A need may be of one's own area and name a household of another: that one's position is not one's own to see."""
    of_it = Household.id == HousingNeed.household
    placed = sa.select(HousingNeed).join(Household, of_it).where(Household.location.is_not(None)).limit(1)
    need = db.session.scalars(placed).one()
    elsewhere = db.session.scalars(sa.select(Household.area).where(Household.area != need.area).limit(1)).one()
    own = frozenset({need.area or ""})
    begin_writing()
    db.session.execute(sa.update(HousingNeed).where(HousingNeed.id == need.id).values(location=sa.null()))
    assert position_of(need.id, own) is not None
    db.session.execute(sa.update(Household).where(Household.id == need.household).values(area=elsewhere))
    assert position_of(need.id, own) is None
    assert position_of(need.id, own | {elsewhere}) is not None


def position_of(record: str, areas: frozenset[str]) -> dict[str, Any] | None:
    features = json.loads(export("housing_need", "geojson", exact=True, areas=areas))["features"]
    geometry: dict[str, Any] | None = next(each["geometry"] for each in features if each["id"] == record)
    return geometry


def test_records_are_read_while_they_are_written(context: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """A province does not fit into the memory of a small server: the next portion is read when one is written."""
    monkeypatch.setattr(records, "PORTION", 5)
    told: list[tuple[int, int]] = []
    monkeypatch.setattr(exports, "PORTION", 5)
    with speaking("vi"):
        file = io.BytesIO()
        exports.export(
            db.session(), "household", "csv", file, areas=None, exact=False, progress=lambda *so: told.append(so)
        )
    assert told[0][0] == 5
    assert told[-1] == (told[0][1], told[0][1])
    found = records.extract(db.session(), "household", areas=None, exact=True)
    assert isinstance(found.records, Iterator)


ODD: list[Any] = [
    None, True, 1, "1", 1.0, False, 0, "", "ngheo", ["ngheo"], [], {"lat": 1}, "•••", 10**30, "=1", "2026-08-01",
]  # fmt: skip


@pytest.mark.parametrize("form", ["csv", "xlsx", "geojson"])
def test_an_answer_is_drawn_the_same_whatever_stands_above_it(context: Flask, form: str) -> None:
    """What was drawn is remembered, a column at a time: true stands below 1, a list below a code."""
    found = records.extract(db.session(), "household", areas=None, exact=True)
    first = next(found.records)
    odd = [first._replace(answers=dict.fromkeys(first.answers, value)) for value in [*ODD, *reversed(ODD)]]

    def drawn(some: list[records.Exported]) -> list[str]:
        told = replace(found, records=iter(some))
        if form == "geojson":
            file = io.BytesIO()
            to_geojson(told, file)
            return file.getvalue().decode().split("[", 1)[1][:-3].split(",\n")
        lines = spreadsheet.lines(told, spreadsheet.plain) if form == "csv" else spreadsheet.lines(told)
        return [repr(tuple(line)) for line in lines]

    with speaking("vi"):
        assert drawn(odd) == [line for each in odd for line in drawn([each])]


@pytest.mark.parametrize(
    "text", ["NaN", "[1e400]", '"\\ud800"', "-0", str(10**30), '{"a":1,"a":2}', '"\\u0000"', "null", "{}"]
)
def test_what_a_foreign_program_brought_as_json_is_read_as_ever(text: str) -> None:
    assert repr(records.decoded(text)) == repr(json.loads(text))


def test_a_file_that_is_there_stays_until_the_new_one_is_whole(
    app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "households.csv"
    target.write_text("the one of yesterday")

    def breaks(*_words: Any, **_more: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setenv("FIELDAPP_INSTANCE", str(app.config["FIELDAPP"].instance))
    with monkeypatch.context() as patch:
        patch.setattr(exports, "export", breaks)
        assert CliRunner().invoke(main, ["export", "household", "--format", "csv", "--output", str(target)]).exit_code
    assert target.read_text() == "the one of yesterday"
    done = CliRunner().invoke(main, ["export", "household", "--format", "csv", "--output", str(target)])
    assert (done.exit_code, list(tmp_path.glob("*.part"))) == (0, [])
    assert target.read_bytes().startswith(b"\xef\xbb\xbf")
