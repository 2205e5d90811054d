"""Official lists by command: taken once, asked about, undone."""

from __future__ import annotations

from pathlib import Path

from tests.commands.asked import (
    Ask,
    refused,
)
from tests.commands.conftest import Run


def test_importing_places_again_changes_nothing(ask: Ask) -> None:
    assert ask("place", "import") == {"new": 0, "changed": 0, "same": 117 + 93 + 283}


def test_a_list_of_villages_is_imported(run: Run, ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "villages.csv"
    file.write_text("commune_code,number,name\n02023,1,Thôn Nà Dạ\n02023,2,Bản Ó\n", encoding="utf-8")
    assert ask("place", "import", file, "--vintage", "2023", "--villages")["new"] == 2
    assert [row["code"] for row in ask("place", "search", "na da")] == ["2023.02023.001"]
    file.write_text("xa,so\n02023,1\n", encoding="utf-8")
    refused(
        run, "place", "import", file, "--vintage", "2023", "--villages", says="has the headings of .Villages of a year"
    )


def test_a_list_without_its_year_is_asked_for_it(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "list.csv"
    file.write_text("code,name,level,parent_code\n", encoding="utf-8")
    refused(run, "place", "import", file, says="--vintage", status=2)


def test_a_reorganisation_is_tried_asked_about_taken_and_undone(run: Run, ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "mapping.csv"
    head = "old_commune_code,new_commune_code,whole_or_part\n"
    file.write_text(f"{head}01930,09999,whole\n", encoding="utf-8")
    refused(run, "place", "reorganise", file, "--date", "2025-07-01", says="line 2: no commune of 2025")
    file.write_text(f"{head}01834,01843,whole\n", encoding="utf-8")
    dry = ask("place", "reorganise", file, "--date", "2025-07-01", "--dry-run")
    assert (dry["new"], dry["same"], len(dry["questions"])) == (1, 0, 1)
    refused(run, "place", "reorganise", file, "--date", "2025-07-01", says="--yes")
    done = ask("place", "reorganise", file, "--date", "2025-07-01", "--yes")
    assert [row["number"] for row in ask("place", "imports")] == [done["number"]]
    run("place", "undo", done["number"])
    assert ask("place", "imports") == []
    refused(run, "place", "undo", done["number"], says="undone already")
