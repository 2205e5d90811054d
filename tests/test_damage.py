"""A database that is damaged: no backup of it replaces a good one, and a server over it acknowledges nothing."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from flask.testing import FlaskClient

from fieldapp import people
from fieldapp.cli import main
from fieldapp.config import Config
from fieldapp.db import db
from fieldapp.instance import damage, last_backup
from tests.pages import check_page

Run = Callable[..., Result]


@pytest.fixture
def run(instance: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """A command, which must end with this status."""
    monkeypatch.setenv("FIELDAPP_INSTANCE", str(instance))
    monkeypatch.delenv("FIELDAPP_DATABASE_URL", raising=False)
    monkeypatch.setenv("FIELDAPP_LANG", "en")
    for name in ("run", "must_be_free"):
        monkeypatch.setattr(f"fieldapp.cli.serve.{name}", lambda *_args: None)

    def invoke(*args: str | Path, status: int = 0) -> Result:
        result = CliRunner().invoke(main, [str(arg) for arg in args])
        assert result.exit_code == status, result.output
        return result

    return invoke


def spoil(instance: Path, table: str) -> None:
    """A disk that lost what lay at the root of a table or an index."""
    with closing(sqlite3.connect(instance / "fieldapp.db")) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        root, size = connection.execute(
            "SELECT rootpage, (SELECT page_size FROM pragma_page_size) FROM sqlite_schema WHERE name = ?", [table]
        ).fetchone()
    with (instance / "fieldapp.db").open("r+b") as file:
        file.seek((root - 1) * size)
        file.write(b"\x55" * size)


def doctor(run: Run, status: int = 0) -> dict[str, Any]:
    told = json.loads(run("doctor", "--format", "json", status=status).stdout)
    return {row["check"]: (row["state"], row["says"]) for row in told}


@pytest.mark.parametrize("table", ["change", "attachment", "an index", "household"])
def test_of_a_damaged_database_no_backup_is_made_and_the_last_one_stays(
    run: Run, instance: Path, tmp_path: Path, table: str
) -> None:
    run("backup", tmp_path / "b.zip")
    before = (tmp_path / "b.zip").read_bytes()
    spoil(instance, _existing(instance, table))
    said = run("backup", tmp_path / "b.zip", status=1)
    assert "The database is damaged" in said.stderr
    assert (tmp_path / "b.zip").read_bytes() == before
    assert [path.name for path in tmp_path.glob("*b.zip*")] == ["b.zip"]


def _existing(instance: Path, name: str) -> str:
    """That table, or the first index of it."""
    with closing(sqlite3.connect(instance / "fieldapp.db")) as connection:
        query = "SELECT name FROM sqlite_schema WHERE name = ? OR (type = 'index' AND tbl_name = 'account')"
        return str(connection.execute(query, [name]).fetchone()[0])


def test_a_backup_that_lost_changes_on_the_way_is_none(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = iter([1_000_000, 999_999])
    monkeypatch.setattr("fieldapp.instance.backup._changes", lambda _connection: next(counts))
    assert "The database is damaged" in run("backup", tmp_path / "b.zip", status=1).stderr
    assert not list(tmp_path.glob("*b.zip*"))


def test_a_backup_that_the_disk_does_not_give_back_replaces_nothing(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("backup", tmp_path / "b.zip")
    before = (tmp_path / "b.zip").read_bytes()
    monkeypatch.setattr("fieldapp.instance.backup.PIECE", 1000)
    real = zipfile.ZipFile.close

    def worn_out(pack: zipfile.ZipFile) -> None:
        real(pack)
        if pack.mode == "w" and (draft := tmp_path / ".b.zip.part").exists():
            data = bytearray(draft.read_bytes())
            data[len(data) // 3] ^= 0xFF
            draft.write_bytes(data)

    monkeypatch.setattr(zipfile.ZipFile, "close", worn_out)
    run("backup", tmp_path / "b.zip", status=1)
    assert (tmp_path / "b.zip").read_bytes() == before


def test_photos_that_are_missing_are_told_and_the_last_backup_that_had_them_is_kept_once(
    run: Run, instance: Path, tmp_path: Path
) -> None:
    run("backup", tmp_path / "b.zip")
    whole = (tmp_path / "b.zip").read_bytes()
    photos = [path for path in (instance / "attachments").rglob("*") if len(path.name) == 64]
    photos[0].unlink()
    photos[1].write_bytes(b"worn out")
    said = run("backup", tmp_path / "b.zip", status=1)
    assert "damaged on this machine, and so not in it: 2." in said.stderr
    [kept] = tmp_path.glob("b-*.zip")
    assert kept.read_bytes() == whole
    assert kept.name in said.stderr
    run("backup", tmp_path / "b.zip", status=1)
    assert list(tmp_path.glob("b-*.zip")) == [kept]
    assert zipfile.ZipFile(tmp_path / "b.zip").testzip() is None


def test_a_backup_never_made_or_of_long_ago_is_not_in_order(
    run: Run, instance: Path, tmp_path: Path, page: Callable[..., Any]
) -> None:
    def light() -> list[str]:
        figures = re.findall(r'<div class="figure ([\w-]+)">(.*?)</div>', page("/", "quan").html, re.S)
        return [tone for tone, says in figures if "Sao lưu" in says]

    assert doctor(run)["backup"][0] == "warning"
    assert light() == ["tone-alert"]
    run("backup", tmp_path / "b.zip")
    assert doctor(run)["backup"][0] == "ok"
    assert light() == ["tone-calm"]
    last_backup.note(instance, datetime.now(UTC) - timedelta(days=8))
    assert doctor(run)["backup"][0] == "warning"
    assert light() == ["tone-alert"]
    run("restore", tmp_path / "b.zip", "--replace")
    assert doctor(run)["backup"][0] == "ok"


# --- a server -------------------------------------------------------------------------------------------------


@pytest.fixture
def token(app: Flask) -> str:
    """What a tablet of Lan comes in with."""
    with app.app_context():
        now = datetime.now(UTC)
        code = people.enrolment_code(people.find_account("lan"), now)
        _device, token = people.enrol(code, "tablet", now)
        db.session.commit()
        db.session.remove()
        return token


def push(client: FlaskClient, token: str) -> Any:
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": "vi"}
    return client.post("/sync/v1/push", json={"changes": []}, headers=headers)


def test_a_server_over_a_damaged_database_says_so_at_every_door_and_acknowledges_nothing(
    run: Run, app: Flask, as_: Callable[[str], FlaskClient], token: str, instance: Path
) -> None:
    assert push(as_("lan"), token).status_code == 200
    visitor = as_("binh")
    with app.app_context():
        db.engine.dispose()
    kept = shutil.copy2(instance / "fieldapp.db", instance.parent / "good")
    spoil(instance, "household_member")
    assert "cannot be read as a database" in run("serve").stderr
    refused = push(visitor, token)
    assert (refused.status_code, refused.get_json()["error"]["code"]) == (503, "database_damaged")
    assert "hư hỏng" in refused.get_json()["error"]["message"]
    for path in ("/", "/records/", "/sign-in", "/reports/"):
        answer = visitor.get(path)
        assert answer.status_code == 503
        assert "hư hỏng" in check_page(answer.get_data(as_text=True), "vi").text
    assert visitor.post("/sign-in", data={"username": "lan", "password": "x"}).status_code == 503
    assert visitor.get("/app/").status_code == 200
    assert doctor(run, status=1)["integrity"][0] == "error"
    with app.app_context():
        db.engine.dispose()
    shutil.copy2(kept, instance / "fieldapp.db")
    run("serve")
    assert push(visitor, token).status_code == 200


def test_damage_that_is_met_while_serving_stops_every_process_of_the_server(
    app: Flask, config: Config, as_: Callable[[str], FlaskClient], token: str, instance: Path
) -> None:
    visitor = as_("binh")
    with app.app_context():
        db.engine.dispose()
    spoil(instance, "household")
    assert visitor.get("/records/").status_code == 503
    with app.app_context():
        assert damage.noted()
    assert push(visitor, token).status_code == 503
