"""Every command as its operator meets it: what it prints, what it leaves, and one sentence for each failure."""

from __future__ import annotations

import errno
import io
import json
import os
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import click
import httpx
import pytest
import sqlalchemy as sa
import sqlite_utils

from fieldapp import cli, create_app, i18n, sample, trouble
from fieldapp.cli import main
from fieldapp.cli.base import application
from fieldapp.config import Config
from fieldapp.db import db
from fieldapp.instance import health
from fieldapp.people import Device
from fieldapp.photos import broken_off
from sync.sealing import SealingKey
from tests import pages
from tests.commands.conftest import Run
from tests.commands.tree import below
from tests.pages import Page
from tests.ports import free_port
from tests.postgres import ON_EACH_DATABASE, Server

Ask = Callable[..., Any]
ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
"""For what is about the file of a database."""
ON_POSTGRESQL = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
Elsewhere = Callable[[], Config]


def commands(group: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in below(group):
        yield (*path, name)
        yield from commands(command, (*path, name))


def refused(run: Run, *args: str | Path, says: str, status: int = 1, typed: str | None = None) -> None:
    result = run(*args, status=status, typed=typed)
    sentence = result.stderr.strip().splitlines()[-1]
    assert re.search(says, sentence), sentence
    assert result.stdout == ""


@pytest.mark.parametrize("path", list(commands(main)), ids=" ".join)
def test_every_command_explains_itself(run: Run, path: tuple[str, ...]) -> None:
    text = run(*path, "--help").stdout
    assert re.search(r"\n  [A-Z].{15,}", text)


# --- failures -------------------------------------------------------------------------------------------------


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


# --- people and tablets ---------------------------------------------------------------------------------------


def test_an_account_gets_a_password_that_works(run: Run, ask: Ask) -> None:
    made = ask("user", "add", "ha", "--role", "supervisor", "--area", "061@2023", "--name", "Ma Thị Hà")
    assert re.fullmatch(r"[0-9a-z]{4}(-[0-9a-z]{4}){2}", made["password"])
    listed = {row["username"]: row for row in ask("user", "list")}
    assert listed["ha"]["areas"] == ["061@2023"]
    assert "password" not in listed["ha"]


def test_a_given_password_is_never_printed(run: Run) -> None:
    out = run("user", "add", "ha", "--role", "leader", "--area", "06@2023", "--password-stdin", typed="bốn từ dễ nhớ\n")
    assert "bốn từ" not in out.output


def test_an_account_can_have_the_id_it_has_elsewhere(ask: Ask) -> None:
    made = ask("user", "add", "ha", "--role", "leader", "--id", "00112233445566ff")
    assert made["id"] == "00112233445566ff"


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("ha", "--role", "minister"), "The roles are"),
        (("lan", "--role", "leader"), "already an account"),
        (("ha", "--role", "leader", "--area", "Ba Bể"), "code@vintage"),
        (("ha", "--role", "leader", "--area", "01930"), "code@vintage"),
        (("ha", "--role", "leader", "--area", "99999@2023"), "No place has the code 99999"),
    ],
)
def test_an_account_that_cannot_be_is_refused_in_a_sentence(run: Run, args: tuple[str, ...], says: str) -> None:
    refused(run, "user", "add", *args, says=says)


def test_an_account_switched_off_is_listed_so(run: Run, ask: Ask) -> None:
    run("user", "disable", "lan")
    assert [row["username"] for row in ask("user", "list") if not row["active"]] == ["lan"]


def test_an_account_is_changed_and_switched_on_again_and_the_last_administrator_stays(run: Run, ask: Ask) -> None:
    run("user", "disable", "lan")
    run("user", "enable", "lan")
    run("user", "change", "lan", "--role", "supervisor", "--area", "01930@2023", "--area", "2023.01924.001")
    run("user", "change", "lan", "--name", "Hoàng Thị Lan Anh")
    [lan] = [row for row in ask("user", "list") if row["username"] == "lan"]
    assert (lan["name"], lan["role"], lan["active"]) == ("Hoàng Thị Lan Anh", "supervisor", True)
    assert lan["areas"] == ["01930@2023", "2023.01924.001"]
    run("user", "change", "lan", "--no-area")
    [lan] = [row for row in ask("user", "list") if row["username"] == "lan"]
    assert lan["areas"] == []
    for words in (("disable", "quan"), ("change", "quan", "--role", "leader")):
        refused = run("user", *words, status=1)
        assert "Triệu Minh Quân is the only administrator" in refused.output


def test_a_new_password_is_made_up_and_shown_once(run: Run) -> None:
    assert re.search(r"[0-9a-z]{4}(-[0-9a-z]{4}){2}", run("user", "password", "lan").stdout)


def test_an_enrolment_code_is_printed_for_programs(ask: Ask) -> None:
    made = ask("tablet", "enrol", "--user", "lan")
    assert made.keys() == {"code", "url", "expires"}
    assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}", made["code"])
    assert made["url"] == "https://nha-o.example.vn/app/"


def test_an_enrolment_code_is_told_to_people_with_the_key_that_the_tablet_shows(run: Run, config: Config) -> None:
    said = run("tablet", "enrol", "--user", "lan").stdout
    kid = SealingKey.load(config.sealing_key).kid
    assert f"{kid[:4]} {kid[4:8]} {kid[8:12]} {kid[12:]}" in said


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


def test_a_tablet_is_switched_off_by_the_start_of_its_id(run: Run, ask: Ask) -> None:
    device = ask("tablet", "list")[0]["id"]
    run("tablet", "revoke", device[:8])
    assert {row["id"]: row["revoked"] for row in ask("tablet", "list")}[device]
    refused(run, "tablet", "revoke", "zz", says="No device")


# --- places ---------------------------------------------------------------------------------------------------


def test_importing_places_again_changes_nothing(ask: Ask) -> None:
    assert ask("place", "import") == {"new": 0, "changed": 0, "same": 117 + 93 + 283}


def test_a_list_of_villages_is_imported(run: Run, ask: Ask, tmp_path: Path) -> None:
    file = tmp_path / "villages.csv"
    file.write_text("commune_code,number,name\n02023,1,Thôn Nà Dạ\n02023,2,Bản Ó\n", encoding="utf-8")
    assert ask("place", "import", file, "--vintage", "2023", "--villages")["new"] == 2
    assert [row["code"] for row in ask("place", "search", "na da")] == ["2023.02023.001"]
    file.write_text("xa,so\n02023,1\n", encoding="utf-8")
    refused(run, "place", "import", file, "--vintage", "2023", "--villages", says="not a list of places")


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


# --- the life of an instance ----------------------------------------------------------------------------------


@ON_EACH_DATABASE
def test_init_can_be_repeated(run: Run, ask: Ask, elsewhere: Elsewhere) -> None:
    elsewhere()
    first = ask("init", "--sample", "tiny")
    assert first["households"] == 32
    assert first["places"] == 8 + 108 + 92
    run("init")
    refused(run, "init", "--sample", "tiny", says="already holds records")


@ON_EACH_DATABASE
def test_doctor_finds_a_healthy_instance_healthy(ask: Ask) -> None:
    states = {row["check"]: row["state"] for row in ask("doctor")}
    assert "error" not in states.values()
    assert states["held"] == "warning"
    assert states["backup"] == "warning", "none was ever made"


def test_doctor_and_the_page_of_the_system_call_every_check_by_a_name(
    run: Run, ask: Ask, page: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    codes = {row["check"] for row in ask("doctor")}
    assert codes == health.NAMES.keys()
    monkeypatch.setenv("FIELDAPP_LANG", "vi")
    said = {cell.strip() for line in run("doctor").stdout.splitlines() for cell in line.split("  ")}
    assert not said & codes
    assert not {pages.words(name) for name in page("/admin/system", who="quan").all(".//dt")} & codes


def test_doctor_says_when_the_key_that_tablets_are_locked_with_is_missing_or_another(run: Run, config: Config) -> None:
    def says(status: int = 0) -> tuple[str, str]:
        rows = json.loads(run("doctor", "--format", "json", status=status).stdout)
        return next((row["state"], row["says"]) for row in rows if row["check"] == "sealing")

    path = config.sealing_key
    assert says()[0] == "warning"
    run("init")
    kid, kept = SealingKey.load(path).kid, path.read_text()
    change_by_hand(config, f"""UPDATE device SET report = '{{"kid": "{kid}"}}', revoked_at = NULL""")
    assert says()[0] == "ok"
    path.unlink()
    assert "Put that file back from a backup" in says(status=1)[1]
    run("init")
    assert "a key that is not in" in says(status=1)[1]
    path.write_text("{}")
    assert "damaged" in says(status=1)[1]
    path.write_text(kept)
    assert says()[0] == "ok"
    change_by_hand(config, """UPDATE device SET report = '{"kid": "0"}', revoked_at = '2026-08-01 00:00:00'""")
    assert says() == ("ok", "0 tablets are locked with it")


@ON_EACH_DATABASE
def test_doctor_fails_where_nothing_is(run: Run, elsewhere: Elsewhere) -> None:
    elsewhere()
    assert "WRONG" in run("doctor", status=1).stdout


@ON_EACH_DATABASE
def test_commands_say_where_nothing_is(run: Run, elsewhere: Elsewhere) -> None:
    elsewhere()
    refused(run, "user", "list", says="'fieldapp init' first")


@ON_EACH_DATABASE
@pytest.mark.parametrize(
    ("revision", "says"),
    [("0000", "made by a newer version"), (None, "brings them up to date")],
    ids=["newer", "older"],
)
def test_tables_of_another_version_are_named_and_not_used(
    run: Run, config: Config, revision: str | None, says: str
) -> None:
    run("user", "list")
    statement = f"UPDATE alembic_version SET version_num = '{revision}'" if revision else "DELETE FROM alembic_version"
    change_by_hand(config, statement)
    refused(run, "user", "list", says=says)
    assert says in run("doctor", status=1).stdout


@ON_EACH_DATABASE
def test_rebuild_finds_a_row_that_was_tampered_with(run: Run, ask: Ask, config: Config) -> None:
    assert ask("rebuild", "--check") == []
    change_by_hand(
        config, "UPDATE household SET members = members + 1 WHERE id = (SELECT id FROM household ORDER BY id LIMIT 1)"
    )
    assert len(json.loads(run("rebuild", "--check", "--format", "json", status=1).stdout)) == 1
    run("rebuild")
    assert ask("rebuild", "--check") == []


def change_by_hand(config: Config, statement: str) -> None:
    with database(config).begin() as connection:
        connection.exec_driver_sql(statement)


def database(config: Config) -> sa.Engine:
    return sa.create_engine(config.database, poolclass=sa.NullPool)


def epoch_of(config: Config) -> str:
    with database(config).connect() as connection:
        return str(connection.exec_driver_sql("SELECT epoch FROM node").scalar_one())


def changes_of(config: Config) -> list[tuple[int, str]]:
    with database(config).connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql("SELECT n, text FROM change ORDER BY n")]


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
    assert "3 parts broke off, 1.8 MB" in told["photos"]
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


@ON_EACH_DATABASE
def test_a_backup_of_the_other_database_is_named_as_such(
    run: Run, engine: str, tmp_path: Path, template: Path, template_on_postgresql: tuple[Path, str], postgres: Server
) -> None:
    folder, name = template_on_postgresql
    sqlite = shutil.copytree(template, tmp_path / "other")
    other = (sqlite, "") if engine == "postgresql" else (folder, postgres.url(name))
    with pytest.MonkeyPatch.context() as there:
        there.setenv("FIELDAPP_INSTANCE", str(other[0]))
        there.setenv("FIELDAPP_DATABASE_URL", other[1])
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


@ON_EACH_DATABASE
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


# --- serving --------------------------------------------------------------------------------------------------


def test_a_port_where_somebody_listens_is_an_error_before_anything_is_made(run: Run, tmp_path: Path) -> None:
    assert "cannot listen" in run("serve", "--host", "192.0.2.1", status=1).stderr
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)  # as a server with several workers listens
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for words in (["serve"], ["demo", "--instance", tmp_path / "demo", "--size", "tiny"]):
            said = run(*words, "--port", port, status=1).stderr
            assert f"Port {port} is taken" in said
            assert "--port" in said
    assert not list((tmp_path / "demo").rglob("*.db"))


def test_the_demo_prints_addresses_and_sign_ins(run: Run, tmp_path: Path) -> None:
    said = run("demo", "--instance", tmp_path / "demo", "--size", "tiny", "--no-serve").stdout
    for username in ("lan", "binh", "quan", "dung"):
        assert username in said
    assert sample.PASSWORD in said
    assert re.search(r"/app/.*[0-9A-Z]{4}-[0-9A-Z]{4}", said)
    database = sqlite_utils.Database(tmp_path / "demo" / "fieldapp.db")
    facts = database["household_fact"]
    count = facts.count
    for name in ("household_fact", "household_programme"):  # as an upgrade leaves them that has other facts
        database[name].delete_where()
    again = run("demo", "--instance", tmp_path / "demo", "--size", "tiny", "--no-serve").stdout
    assert "invented province" not in again
    assert facts.count == count > 0, "what an upgrade leaves to be made is made before anybody looks"


def test_a_demo_of_an_earlier_version_makes_its_facts_again_when_it_is_started(run: Run, tmp_path: Path) -> None:
    words = ("demo", "--instance", tmp_path / "demo", "--size", "tiny", "--no-serve")
    run(*words)
    with closing(sqlite3.connect(tmp_path / "demo" / "fieldapp.db")) as database, database:
        before = database.execute("SELECT COUNT(*) FROM household_fact").fetchone()
        for table in ("household_fact", "household_programme"):  # as a migration empties what is to be made anew
            database.execute(f"DELETE FROM {table}")
    run(*words)
    with closing(sqlite3.connect(tmp_path / "demo" / "fieldapp.db")) as database:
        assert database.execute("SELECT COUNT(*) FROM household_fact").fetchone() == before


def test_the_demo_is_served_over_http_and_ends_when_it_is_told_to_though_lines_are_open(tmp_path: Path) -> None:
    command = shutil.which("fieldapp", path=str(Path(sys.executable).parent))
    assert command
    port = free_port()
    args = [command, "demo", "--instance", str(tmp_path / "demo"), "--size", "tiny", "--port", str(port)]
    with (tmp_path / "out").open("w") as out:
        process = subprocess.Popen(args, stdout=out, stderr=out, env={**os.environ, "FIELDAPP_LANG": "en"})
        try:
            answer = _wait(f"http://127.0.0.1:{port}/sync/v1/hello", process)
            with httpx.Client() as kept_alive:
                kept_alive.get(f"http://127.0.0.1:{port}/sync/v1/hello")
                process.terminate()
                assert process.wait(10) == 0
        finally:
            process.kill()
            process.wait(20)
    assert answer.status_code == 401
    assert answer.json()["proto"] == 1
    assert "[WARNING]" not in (tmp_path / "out").read_text()


def _wait(url: str, process: subprocess.Popen[bytes]) -> httpx.Response:
    for _try in range(150):
        assert process.poll() is None
        try:
            return httpx.get(url)
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError("nobody answered")


def test_where_granian_cannot_run_the_plain_server_serves(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[tuple[str, int]] = []
    monkeypatch.setitem(sys.modules, "granian", None)
    monkeypatch.setattr("werkzeug.serving.run_simple", lambda host, port, _app, **_more: served.append((host, port)))
    run("serve", "--port", "5998")
    assert served == [("127.0.0.1", 5998)]
