"""``fieldapp law try``: cases in a file, without an instance and with one, and files that are none."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fieldapp.reference import default_rules
from tests.commands.conftest import Run
from tests.housing.test_law_cases import CASES, everything

SOME = [case for case in CASES if "rules" not in case]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Every case that needs no other rules than the shipped ones."""
    path = tmp_path / "cases.json"
    path.write_text(json.dumps(SOME, ensure_ascii=False), encoding="utf-8")
    return path


def test_the_command_says_what_the_law_says_of_every_case(ask: Callable[..., Any], file: Path) -> None:
    said = {found.pop("case"): found for found in ask("law", "try", file)}
    assert said == {case["case"]: json.loads(json.dumps(everything()[case["case"]])) for case in SOME}


def test_the_readme_names_a_file_of_cases_that_the_command_reads(ask: Callable[..., Any]) -> None:
    root = Path(__file__).parents[2]
    [named] = re.findall(r"`fieldapp law try (\S+)`", (root / "README.md").read_text(encoding="utf-8"))
    assert [found["class"]["main"] for found in ask("law", "try", root / named)] == ["a", "a"]


def test_the_law_is_tried_where_no_instance_was_made_and_none_is_made_by_it(
    ask: Callable[..., Any], elsewhere: Callable[[], Any], file: Path
) -> None:
    config = elsewhere()
    assert [found["case"] for found in ask("law", "try", file)] == [case["case"] for case in SOME]
    assert not config.instance.exists()


def test_an_answer_for_a_program_has_the_agreed_shape(ask: Callable[..., Any], file: Path) -> None:
    first = ask("law", "try", file)[0]
    assert {"case", "difficulty", "class", "programmes"} <= set(first)
    assert set(first["class"]) == {"main", "sub", "order"}
    for programme in first["programmes"].values():
        assert {"state", "eligible", "criteria", "norm"} <= set(programme)
        assert set(programme["norm"]) == {"new_build", "repair", "relocation", "meaning"}
        assert all({"code", "met", "basis"} <= set(one) for one in programme["criteria"])


def test_people_get_each_case_and_a_line_a_programme(run: Run, file: Path) -> None:
    first, *others = run("law", "try", file).stdout.split("\n\n")
    lines = first.splitlines()
    assert lines[0].split()[-1] == "plain"
    assert len(others) == len(SOME) - 1
    assert len(lines) == 4 + len(default_rules().programmes)
    assert "40.000.000 đồng" in lines[4]


def test_people_read_words_where_programs_read_codes(run: Run, ask: Callable[..., Any], file: Path) -> None:
    told = set(re.findall(r"\w+", re.sub(r"(?m)^Case .*$", "", run("law", "try", file).stdout)))
    codes = {"no_house", "not_yet", "not_known", "None", "True", "False"}
    codes |= {code for found in ask("law", "try", file) for code in found["programmes"]}
    assert codes & told == set()


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("{", "is no JSON list of cases"),
        ('{"case": "x"}', "is no JSON list of cases"),
        ("[1]", "is no JSON list of cases"),
        ('[{"case": "x", "household": {}, "need": {}}]', "Case “x”: “on”"),
        ('[{"case": "x", "on": "2025-02-30", "household": {}, "need": {}}]', "Case “x”: “on”"),
        ('[{"on": "2025-02-28", "need": {}}]', "Case “1”: “household”"),
        ('[{"case": "x", "on": "2025-02-28", "household": {"members": "four"}, "need": {}}]', "“members”"),
        ('[{"case": "x", "on": "2025-02-28", "household": {}, "need": {"area_m2": "big"}}]', "“area_m2”"),
        ('[{"case": "x", "on": "2025-02-28", "place": "999@2023", "household": {}, "need": {}}]', "999"),
        ('[{"case": "x", "on": "2025-02-28", "place": "nowhere", "household": {}, "need": {}}]', "nowhere"),
    ],
)
def test_what_is_no_case_gets_one_sentence(run: Run, tmp_path: Path, content: str, sentence: str) -> None:
    path = tmp_path / "bad.json"
    path.write_text(content, encoding="utf-8")
    assert sentence in run("law", "try", path, status=1).output


def test_what_a_later_form_asks_is_passed_over(ask: Callable[..., Any], tmp_path: Path) -> None:
    path = tmp_path / "later.json"
    case = {"case": "x", "on": "2025-03-01", "household": {"telescope": 3}, "need": {}}
    path.write_text(json.dumps([case]), encoding="utf-8")
    assert ask("law", "try", path)[0]["class"]["main"] is None
