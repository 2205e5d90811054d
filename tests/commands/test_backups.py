"""A backup is whole, private and told from any other file; a restore replaces nothing unasked."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fieldapp import create_app
from fieldapp.config import Config
from fieldapp.photos import broken_off
from sync.sealing import SealingKey
from tests.commands.asked import (
    ON_POSTGRESQL,
    ON_SQLITE,
    Elsewhere,
    changes_of,
    database,
    epoch_of,
    refused,
)
from tests.commands.conftest import Run
from tests.postgres import AGAIN_ON_POSTGRESQL, ON_EACH_DATABASE, Server


@ON_EACH_DATABASE
def test_a_restored_instance_is_whole_and_has_a_new_epoch(
    run: Run, config: Config, elsewhere: Elsewhere, tmp_path: Path
) -> None:
    run("init")
    run("backup", tmp_path / "backup.zip")
    there = elsewhere()
    run("restore", tmp_path / "backup.zip")
    run("rebuild", "--check")
    run("init")
    assert epoch_of(there) != epoch_of(config)
    assert changes_of(there) == changes_of(config)
    photos = [path.name for path in (config.instance / "attachments").rglob("*") if path.is_file()]
    assert photos
    assert {path.name for path in (there.instance / "attachments").rglob("*")} >= set(photos)
    assert not list(there.instance.glob("*.dump"))
    assert SealingKey.load(there.sealing_key).kid == SealingKey.load(config.sealing_key).kid
    assert sys.platform == "win32" or there.sealing_key.stat().st_mode & 0o777 == 0o600


@ON_SQLITE
def test_parts_of_photos_that_nobody_goes_on_with_are_told_and_swept_and_never_backed_up(
    run: Run, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fieldapp.cli.serve.run", lambda *_args: None)
    with create_app(config).app_context():
        for name in ("left", "gone on", "new"):
            broken_off.take(name, "ab" * 32, 0, io.BytesIO(b"x" * 600_000), start=0, length=900_000)
        folder = config.instance / "attachments" / "arriving"
        long_ago = time.time() - (broken_off.ABANDONED_DAYS + 1) * 86400
        for name in ("left", "gone on"):
            [file] = (folder / name).iterdir()
            os.utime(file, (long_ago, long_ago))
        broken_off.take("gone on", "ab" * 32, 0, io.BytesIO(b"x"), start=600_000, length=300_000)
    told = {check["check"]: check["says"] for check in json.loads(run("doctor", "--format", "json").stdout)}
    assert "parts that broke off: 3, 1.8 MB" in told["photos"]
    monkeypatch.setenv("FIELDAPP_LANG", "vi")
    assert "1,8 MB" in run("doctor").stdout

    run("backup", tmp_path / "backup.zip")
    assert not [name for name in zipfile.ZipFile(tmp_path / "backup.zip").namelist() if "arriving" in name]
    run("serve", "--port", "5997")
    assert sorted(file.parent.name for file in folder.glob("*/*")) == ["gone on", "new"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")
def test_a_backup_can_be_read_by_its_owner_only(run: Run, tmp_path: Path) -> None:
    run("backup", tmp_path / "backup.zip")
    assert (tmp_path / "backup.zip").stat().st_mode & 0o777 == 0o600


@ON_SQLITE
def test_a_restore_replaces_nothing_unasked(run: Run, instance: Path, tmp_path: Path) -> None:
    run("backup", tmp_path / "backup.zip")
    refused(run, "restore", tmp_path / "backup.zip", says="--replace")
    run("restore", tmp_path / "backup.zip", "--replace")
    [kept] = instance.parent.glob("instance-*")
    assert (kept / "fieldapp.db").exists()


@ON_SQLITE
@pytest.mark.parametrize("brings", [True, False], ids=["it brings one", "of before there were keys"])
def test_a_restore_keeps_the_key_that_tablets_are_locked_with_unless_it_brings_one(
    run: Run, config: Config, tmp_path: Path, brings: bool
) -> None:
    brought, here = SealingKey.generate(), SealingKey.generate()
    if brings:
        brought.save(config.sealing_key)
    run("backup", tmp_path / "backup.zip")
    config.sealing_key.unlink(missing_ok=True)
    here.save(config.sealing_key)
    run("restore", tmp_path / "backup.zip", "--replace")
    assert SealingKey.load(config.sealing_key).kid == (brought if brings else here).kid


@ON_POSTGRESQL
def test_a_restore_over_a_database_keeps_what_was_there_in_a_schema_beside_it(
    run: Run, config: Config, tmp_path: Path
) -> None:
    run("backup", tmp_path / "backup.zip")
    run("user", "add", "ha", "--role", "leader")
    refused(run, "restore", tmp_path / "backup.zip", says="--replace")
    run("restore", tmp_path / "backup.zip", "--replace")
    assert "ha " not in run("user", "list").stdout
    with database(config).connect() as connection:
        [kept] = connection.exec_driver_sql("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'before%%'").scalars()
        people = connection.exec_driver_sql(f"SELECT username FROM {kept}.account").scalars().all()
    assert "ha" in people
    run("backup", tmp_path / "again.zip")


@ON_POSTGRESQL
def test_a_restore_that_fails_half_way_changes_nothing(
    run: Run, config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("backup", tmp_path / "backup.zip")
    before = run("user", "list").stdout
    monkeypatch.setattr("fieldapp.instance.dump.LAST", "SELECT count(*) FROM no_such_table;")
    refused(run, "restore", tmp_path / "backup.zip", "--replace", says="psql could not do it.*no_such_table")
    assert run("user", "list").stdout == before
    assert (config.instance / "attachments").is_dir()


@ON_POSTGRESQL
@pytest.mark.parametrize("words", [("backup", "b.zip"), ("restore", "b.zip", "--replace")], ids=" ".join)
def test_without_the_programs_of_postgresql_the_one_that_is_missing_is_named(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(tmp_path)
    run("backup", "b.zip")
    monkeypatch.setattr("fieldapp.instance.dump.PACKAGED", tmp_path / "nowhere")
    monkeypatch.setenv("PATH", "")
    refused(run, *words, says="apt install postgresql-client")
    states = {row["check"]: row for row in json.loads(run("doctor", "--format", "json").stdout)}
    assert states["backup"]["state"] == "warning"
    assert "apt install postgresql-client" in states["backup"]["says"]


@AGAIN_ON_POSTGRESQL
def test_a_backup_of_the_other_database_is_named_as_such(
    run: Run, engine: str, tmp_path: Path, template: Path, template_on_postgresql: tuple[Path, str], postgres: Server
) -> None:
    folder, name = template_on_postgresql
    one, url = (template, "") if engine == "postgresql" else (folder, postgres.url(name))
    with pytest.MonkeyPatch.context() as there:
        there.setenv("FIELDAPP_INSTANCE", str(shutil.copytree(one, tmp_path / "other")))
        there.setenv("FIELDAPP_DATABASE_URL", url)
        run("backup", tmp_path / "b.zip")
    refused(run, "restore", tmp_path / "b.zip", "--replace", says="a backup of a node on")


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _spoil(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 3] ^= 0xFF
    path.write_bytes(bytes(data))


def _something_else(path: Path) -> None:
    path.write_text("Báo cáo tháng 8")


def _another_zip(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as pack:
        pack.writestr("../evil", "x")
        pack.writestr("manifest.json", '{"format": "fieldapp-backup/1", "files": 1}')


@AGAIN_ON_POSTGRESQL
@pytest.mark.parametrize("damage", [_truncate, _spoil, _something_else, _another_zip])
def test_a_damaged_backup_is_refused_and_changes_nothing(
    run: Run, config: Config, tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    run("backup", tmp_path / "backup.zip")
    before = epoch_of(config), changes_of(config)
    damage(tmp_path / "backup.zip")
    refused(run, "restore", tmp_path / "backup.zip", "--replace", says="not a whole backup")
    assert (epoch_of(config), changes_of(config)) == before
    assert not (tmp_path / "evil").exists()


@ON_EACH_DATABASE
def test_a_database_put_back_by_hand_gets_a_new_epoch(
    run: Run, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fieldapp.cli.serve.run", lambda *_args: None)
    run("serve", "--port", "5999")
    old = epoch_of(config)
    (config.instance / "epoch").write_text(f"{old} 999999\n")
    run("serve", "--port", "5999")
    assert epoch_of(config) != old
    again = epoch_of(config)
    run("serve", "--port", "5999")
    assert epoch_of(config) == again


@ON_SQLITE
@pytest.mark.parametrize("why", [errno.EROFS, errno.EACCES, errno.EIO])
def test_a_backup_that_cannot_be_written_names_the_file_that_was_asked_for(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: int
) -> None:
    mkdir = Path.mkdir

    def refuse(path: Path, *more: Any, **named: Any) -> None:
        if path.parent.name == "usb":
            raise OSError(why, os.strerror(why), str(path))
        mkdir(path, *more, **named)

    target = tmp_path / "usb" / "sao-luu.zip"
    target.parent.mkdir()
    monkeypatch.setattr(Path, "mkdir", refuse)
    refused(run, "backup", target, says=f"{target} could not be written")
    refused(run, "backup", target, says="Nothing was changed")
