"""A folder that was copied to another laptop: both copies are used, nothing is lost and nobody is taken for another."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from fieldapp import intake, people
from fieldapp.cli import main
from fieldapp.cli.base import application
from fieldapp.config import Config
from fieldapp.db import begin_writing, db
from tests.again import a_walk
from tests.nodes.conftest import Node

Run = Callable[..., Result]
SAYS = "copied or moved"


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """``run(folder, "sync", "tinh")``: as an operator types it."""
    monkeypatch.setenv("FIELDAPP_LANG", "en")
    monkeypatch.delenv("FIELDAPP_DATABASE_URL", raising=False)

    def invoke(folder: Path, *args: str | Path) -> Result:
        monkeypatch.setenv("FIELDAPP_INSTANCE", str(folder))
        result = CliRunner().invoke(main, [str(arg) for arg in args])
        assert result.exit_code == 0, result.output
        return result

    return invoke


def write(folder: Path, record: str, members: int) -> None:
    """Somebody works on the laptop with this folder."""
    with application(Config(instance=folder)):
        begin_writing()
        intake.save("household", record, {"members": members}, account=people.find_account("quan"))
        db.session.commit()


def own(run: Run, folder: Path) -> dict[str, str]:
    return dict(json.loads(run(folder, "node", "show").stdout))


@pytest.fixture
def laptop(joined: Node, run: Run) -> Path:
    folder = Path(joined.app.instance_path)
    assert SAYS not in run(folder, "node", "show").stderr
    return folder


@a_walk
def test_two_copies_of_a_laptop_are_both_worked_on_and_nothing_is_lost_or_held(
    laptop: Path, run: Run, province: Node, tmp_path: Path
) -> None:
    first, second, third = province.households()[:3]
    write(laptop, first, 7)
    copy = shutil.copytree(laptop, tmp_path / "copy")
    write(laptop, second, 8)
    write(copy, third, 9)
    for folder in (laptop, copy, laptop, copy):
        run(folder, "sync", "tinh")
    assert [province.row(record).members for record in (first, second, third)] == [7, 8, 9]
    with province.inside():
        assert [entry.held for entry in intake.journal().held() if entry.held == "fork"] == []
        devices = {entry.change.device for each in (second, third) for entry in intake.journal().history(each)[-1:]}
    assert len(devices) == 2
    for folder in (laptop, copy):
        with application(Config(instance=folder)):
            versions = {record: intake.versions(None)[record] for record in (first, second, third)}
        with province.inside():
            assert versions == {record: intake.versions(None)[record] for record in (first, second, third)}


def test_the_copy_says_once_that_it_is_one_and_the_original_goes_on_as_it_was(
    laptop: Path, run: Run, tmp_path: Path
) -> None:
    before = own(run, laptop)
    copy = shutil.copytree(laptop, tmp_path / "copy")
    assert SAYS in run(copy, "sync", "status").stderr
    assert SAYS not in run(copy, "sync", "status").stderr
    assert own(run, copy)["epoch"] != before["epoch"]
    assert own(run, laptop) == before


def test_a_folder_on_another_machine_is_a_copy_wherever_it_lies(
    laptop: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = own(run, laptop)
    monkeypatch.setattr("fieldapp.instance.copies._machine", lambda: "another laptop")
    assert SAYS in run(laptop, "node", "show").stderr
    assert own(run, laptop)["epoch"] != before["epoch"]


def test_a_database_copied_back_into_its_place_is_no_copy_of_the_folder(laptop: Path, run: Run) -> None:
    content = (laptop / "fieldapp.db").read_bytes()
    (laptop / "fieldapp.db").unlink()
    (laptop / "fieldapp.db").write_bytes(content)
    assert SAYS not in run(laptop, "node", "show").stderr


def test_a_backup_put_in_place_elsewhere_takes_one_new_epoch_and_is_no_copy(
    laptop: Path, run: Run, tmp_path: Path
) -> None:
    run(laptop, "backup", tmp_path / "a.zip")
    restored = tmp_path / "restored"
    told = run(restored, "restore", tmp_path / "a.zip")
    assert SAYS not in told.stderr
    assert own(run, restored)["epoch"] in told.stdout
    assert SAYS not in run(restored, "sync", "status").stderr
