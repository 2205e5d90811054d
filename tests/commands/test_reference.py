"""``fieldapp reference``: the rules as a file."""

from __future__ import annotations

import json
from pathlib import Path

from tests.commands.conftest import Run


def test_the_rules_are_carried_in_a_file_and_taken_in_once(run: Run, tmp_path: Path) -> None:
    run("init")
    file = tmp_path / "rules.json"
    run("reference", "export", file)
    told = json.loads(file.read_text(encoding="utf-8"))
    seat = next(one for one in told["office"] if one["code"] == "so_xay_dung")
    seat["seat"] = "Sông Công"
    told["programme"].append(
        {"code": "nha_2027", "name": "Nhà ở 2027", "opens_on": "2027-01-01", "own_order": "general"}
    )
    told["programme_criterion"].append({"programme": "nha_2027", "part": 1, "criterion": "poor"})
    file.write_text(json.dumps(told), encoding="utf-8")
    counts = [
        json.loads(run("reference", "import", file, "--user", "quan", "--format", "json", *more).output)
        for more in (["--dry-run"], [], [])
    ]
    rules = sum(map(len, told.values()))
    assert [(one["new"], one["changed"], one["same"]) for one in counts] == [
        (2, 1, rules - 3), (2, 1, rules - 3), (0, 0, rules),
    ]  # fmt: skip
    again = json.loads(run("reference", "export").output)
    assert seat in again["office"]
    assert "nha_2027" in [one["programme"] for one in again["programme_criterion"]]


def test_a_file_that_is_none_or_a_person_who_may_not_is_told_so_and_changes_nothing(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "rules.json"
    for text in (
        "{",
        "[]",
        '{"household": []}',
        '{"office": 3}',
        '{"office": [{"colour": "red"}]}',
        '{"office": [{"level": "x"}]}',
    ):
        file.write_text(text)
        assert "Nothing was changed" in run("reference", "import", file, "--user", "quan", status=1).output
    file.write_text('{"office": []}')
    assert "role" in run("reference", "import", file, "--user", "binh", status=1).output
