"""Every command as its operator meets it: what it prints, what it leaves, and one sentence for each failure."""

from __future__ import annotations

import errno
import os
import re
from datetime import datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

from fieldapp import cli, i18n, trouble
from fieldapp.cli import main
from fieldapp.cli.base import application
from fieldapp.config import Config
from fieldapp.db import db
from fieldapp.people import Device
from tests.commands.asked import (
    ON_SQLITE,
    Ask,
    commands,
    refused,
)
from tests.commands.conftest import Run


@pytest.mark.parametrize("path", list(commands(main)), ids=" ".join)
def test_every_command_explains_itself(run: Run, path: tuple[str, ...]) -> None:
    text = run(*path, "--help").stdout
    assert re.search(r"\n  [A-Z].{15,}", text)


@ON_SQLITE
def test_an_instance_that_was_never_made_is_named(run: Run, tmp_path: Path) -> None:
    refused(run, "--instance", tmp_path / "none", "user", "list", says="fieldapp init")
    assert not (tmp_path / "none").exists()


@ON_SQLITE
def test_a_database_that_is_none_ends_in_one_sentence(run: Run, instance: Path) -> None:
    (instance / "fieldapp.db").write_bytes(b"no database, but long enough to be looked at " * 50)
    refused(run, "user", "list", says=r"fieldapp\.db cannot be read as a database. Put your last backup in place")


def test_what_nobody_foresaw_goes_to_the_log(run: Run, instance: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("fieldapp.people.find_account", lambda _name: 1 / 0)
    refused(run, "tablet", "enrol", "--user", "lan", says="fieldapp.log")
    assert "ZeroDivisionError" in (instance / "fieldapp.log").read_text()


def test_the_terminal_is_spoken_to_in_its_language(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("FIELDAPP_LANG")
    monkeypatch.setenv("LC_ALL", "en_US.UTF-8")
    refused(run, "tablet", "enrol", "--user", "ai", says="There is no account named ai")
    monkeypatch.setenv("LC_ALL", "vi_VN.UTF-8")
    refused(run, "tablet", "enrol", "--user", "ai", says="Không có tài khoản")


def test_a_command_tells_moments_in_the_time_of_viet_nam(run: Run, ask: Ask, config: Config) -> None:
    with application(config):
        db.session.execute(sa.update(Device).values(last_seen_at=datetime(2026, 7, 31, 18, 30)))
        db.session.commit()
    assert "01/08/2026 01:30" in run("tablet", "list").stdout
    assert {row["last_seen"] for row in ask("tablet", "list")} == {"2026-08-01T01:30:00+07:00"}


def test_what_the_system_says_of_a_file_is_told_in_the_language_of_the_person(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FIELDAPP_LANG", "vi")
    for number in (errno.ENOENT, errno.EACCES, errno.EROFS, errno.EIO, errno.EISDIR, errno.EADDRNOTAVAIL):
        with i18n.speaking("vi"):
            assert trouble.why(OSError(number, os.strerror(number))) != os.strerror(number)
    said = run("demo", "--instance", tmp_path / "x", "--host", "203.0.113.7", status=1).stderr
    assert "Cannot assign" not in said


def test_no_command_writes_a_moment_by_itself() -> None:
    own = re.compile(r"UTC\)\"|[.](isoformat|strftime|ctime)\(|:%[YdHMm]")
    found = {file.name: own.findall(file.read_text("utf-8")) for file in Path(cli.__file__).parent.glob("*.py")}
    assert {name for name, each in found.items() if each} == set()
