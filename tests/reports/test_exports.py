"""Exports: the same records in every format, contested answers flagged, nothing private given away by default."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa
from flask import Flask

from fieldapp import exports, intake, people
from fieldapp.db import begin_writing, db
from fieldapp.i18n import speaking
from fieldapp.problems import UnknownFormat, UnknownSurvey
from fieldapp.surveys import SURVEYS, questions
from fieldapp.surveys.household import Household


def export(survey: str, form: str, exact: bool = False, areas: frozenset[str] | None = None) -> bytes:
    with speaking("vi"):
        return exports.export(db.session(), survey, form, areas=areas, exact=exact)


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
