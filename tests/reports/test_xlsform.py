"""The questionnaires as an XLSForm: pyxform takes it, and what the questions say is in it."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import openpyxl
import pytest
from click.testing import CliRunner
from flask import Flask

from fieldapp.cli import main
from fieldapp.i18n import speaking
from fieldapp.surveys import choices, listed, questions


@pytest.fixture
def form(app: Flask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("FIELDAPP_INSTANCE", str(app.config["FIELDAPP"].instance))
    path = tmp_path / "fieldapp.xlsx"
    done = CliRunner().invoke(main, ["dictionary", "--format", "xlsform", "--output", str(path)])
    assert done.exit_code == 0, done.output
    return path


def sheet(form: Path, name: str) -> list[dict[str, Any]]:
    head, *rows = openpyxl.load_workbook(form)[name].iter_rows(values_only=True)
    return [dict(zip(map(str, head), row, strict=True)) for row in rows]


def test_pyxform_makes_a_form_of_it_without_a_warning(form: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of its own making
        from pyxform.xls2xform import convert

        made = convert(str(form), validate=False)
    assert made.warnings == []
    tags = [element.tag.rpartition("}")[2] for element in ET.fromstring(made.xform).iter()]
    assert tags.count("repeat") == len(listed()) - 1
    spoken = {element.get("lang") for element in ET.fromstring(made.xform).iter()}
    assert {"Tiếng Việt (vi)", "English (en)"} <= spoken


def test_every_question_is_in_it_with_its_words_its_choices_and_its_conditions(form: Path) -> None:
    lines = {line["name"]: line for line in sheet(form, "survey") if line["name"]}
    for survey in listed():
        for name, question in questions(survey).items():
            if question.kind in ("ids", "pins") or (question.kind == "reference" and question.of == "household"):
                continue
            line = lines.get(name) or lines[f"{survey.survey}_{name}"]
            line = lines.get(f"{survey.survey}_{name}", line)
            for language, column in (("vi", "label::Tiếng Việt (vi)"), ("en", "label::English (en)")):
                with speaking(language):
                    assert line[column] == str(question.label)
            assert (line["required"] == "yes") == question.required
            assert bool(line["relevant"]) == (question.asked_if is not None)
            if question.choices:
                assert line["type"].split()[1] == question.choices
            if any(rule.word in ("min", "max", "longest") and rule.level == "error" for rule in question.rules):
                assert line["constraint"], name


def test_the_choices_are_those_that_can_be_chosen(form: Path) -> None:
    offered: dict[str, list[str]] = {}
    for line in sheet(form, "choices"):
        offered.setdefault(line["list_name"], []).append(str(line["name"]))
    for name, codes in offered.items():
        assert codes == [choice.code for choice in choices.offered(name)]


def test_what_a_form_asks_and_allows_is_said_in_its_own_language(form: Path) -> None:
    lines = {line["name"]: line for line in sheet(form, "survey") if line["name"]}
    assert lines["citizen_id"]["relevant"] == "(selected(${id_document}, 'cccd') or selected(${id_document}, 'cmnd'))"
    assert ". <= ${members}" in lines["women"]["constraint"]
    assert lines["women"]["constraint_message::Tiếng Việt (vi)"]
    assert "not(selected(., 'khong') and count-selected(.) > 1)" in lines["vulnerable"]["constraint"]
