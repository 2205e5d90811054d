"""The data of an instance move whole or not at all, and nobody works in the database of before unasked."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from fieldapp.config import Config
from fieldapp.instance import far_side, move
from fieldapp.instance.at_work import at_work
from fieldapp.tables import METADATA
from tests.again import a_walk
from tests.commands.asked import (
    ON_SQLITE,
    Ask,
    change_by_hand,
    changes_of,
    database,
    epoch_of,
    refused,
)
from tests.commands.conftest import Run
from tests.postgres import Server

pytestmark = ON_SQLITE
SETTING = "FIELDAPP_DATABASE_URL"
TABLES = [table for metadata in METADATA for table in metadata.sorted_tables]


@pytest.fixture
def target(postgres: Server, config: Config) -> Iterator[Config]:
    """The same folder with an empty database on PostgreSQL."""
    name = postgres.create()
    yield replace(config, database_url=postgres.url(name))
    postgres.drop(name)


@pytest.fixture
def there(target: Config, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Commands from here on are about the database that was moved to."""
    return lambda: monkeypatch.setenv(SETTING, target.database_url)


def whole(config: Config) -> dict[str, list[tuple[object, ...]]]:
    """All rows of all tables, in an order of their own; JSON as its text, so that none and ``null`` are two things."""
    with closing(database(config).connect()) as connection:
        return {table.name: sorted(map(tuple, connection.execute(_all_of(table))), key=repr) for table in TABLES}


def _all_of(table: sa.Table) -> sa.Select[*tuple[object, ...]]:
    columns = [sa.cast(each, sa.Text) if isinstance(each.type, sa.JSON) else each for each in table.columns]
    return sa.select(*columns)


def is_empty(config: Config) -> bool:
    engine = database(config)
    return sa.inspect(engine).get_table_names() == []


def test_all_rows_of_all_tables_are_the_same_in_the_other_database(
    run: Run, config: Config, target: Config, there: Callable[[], None]
) -> None:
    nothing = "SELECT min(id) FROM housing_need WHERE photo_inside IS NULL OR photo_inside = 'null'"
    change_by_hand(config, f"UPDATE housing_need SET photo_inside = NULL WHERE id = ({nothing})")
    change_by_hand(config, f"UPDATE housing_need SET photo_front = 'null' WHERE id = ({nothing})")
    before, file = whole(config), (config.instance / "fieldapp.db").read_bytes()
    said = run("move-database", target.database_url).stdout
    assert whole(target) == before
    assert all(before[name] for name in ("change", "household", "account_grant", "batch", "snapshot", "village"))
    assert (config.instance / "fieldapp.db").read_bytes() == file
    assert str(config.instance / "fieldapp.db") in said
    assert said.rstrip().endswith(f"{SETTING}={target.database_url.replace('+psycopg', '')}")
    there()
    run("rebuild", "--check")
    run("doctor")


@a_walk
def test_what_it_says_is_there_for_programs(ask: Ask, config: Config, target: Config) -> None:
    told = ask("move-database", target.database_url)
    assert told["changes"] == len(changes_of(target)) == len(changes_of(config))
    assert told["rows"] == sum(map(len, whole(target).values()))
    assert told["tables"] == len(TABLES)
    assert told["kept"] == str(config.instance / "fieldapp.db")
    assert len(told["digest"]) == 32


@a_walk
def test_the_node_keeps_its_epoch_and_goes_on_counting(
    run: Run, config: Config, target: Config, there: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fieldapp.cli.serve.run", lambda *_args: None)
    run("serve", "--port", "5996")
    run("move-database", target.database_url)
    there()
    run("serve", "--port", "5996")
    assert epoch_of(target) == epoch_of(config)
    for table in TABLES:
        if (number := table.autoincrement_column) is not None:
            _one_more(target, table, number)
    run("user", "add", "ha", "--role", "leader")
    assert len(changes_of(target)) >= len(changes_of(config))


def _one_more(config: Config, table: sa.Table, number: sa.Column[int]) -> None:
    """The number of a new row is the one after the greatest."""
    with database(config).connect() as connection:
        greatest = connection.execute(sa.select(sa.func.coalesce(sa.func.max(number), 0))).scalar_one()
        sequence = connection.execute(sa.select(sa.func.pg_get_serial_sequence(table.name, number.name))).scalar_one()
        assert connection.exec_driver_sql(f"SELECT nextval('{sequence}')").scalar_one() == greatest + 1, table.name


@a_walk
def test_the_database_of_before_is_worked_in_by_nobody_until_somebody_says_so(
    run: Run, config: Config, target: Config, tmp_path: Path
) -> None:
    before = epoch_of(config)
    run("move-database", target.database_url)
    for words in (["serve"], ["init"], ["user", "list"], ["rebuild"], ["backup", str(tmp_path / "b.zip")]):
        refused(run, *words, says=f"moved from .*fieldapp.db to postgresql://.*set {SETTING}=postgresql://")
    refused(run, "move-database", target.database_url, says="were moved")
    assert "were moved" in run("doctor", status=1).stdout
    run("init", "--here")
    run("user", "list")
    assert epoch_of(config) != before
    assert epoch_of(target) == before
    run("rebuild", "--check")


@a_walk
def test_where_the_database_of_before_was_gone_on_with_the_other_one_is_told_from_it(
    run: Run, config: Config, target: Config, there: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fieldapp.cli.serve.run", lambda *_args: None)
    run("move-database", target.database_url)
    run("init", "--here")
    run("serve", "--port", "5996")
    there()
    run("serve", "--port", "5996")
    assert epoch_of(config) != epoch_of(target)


@a_walk
def test_data_move_back_into_the_file_once_it_is_out_of_the_way(
    run: Run, config: Config, target: Config, there: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    before, file = whole(config), config.instance / "fieldapp.db"
    run("move-database", target.database_url)
    there()
    refused(run, "move-database", "sqlite", says=f"data already in {file}")
    for each in config.instance.glob("fieldapp.db*"):
        each.rename(each.with_name(f"old-{each.name}"))
    said = run("move-database", "sqlite").stdout
    assert f"{SETTING}=\n" in said
    assert whole(config) == before
    assert file.stat().st_mode & 0o077 == 0
    refused(run, "user", "list", says="were moved from postgresql://")
    monkeypatch.setenv(SETTING, "")
    run("rebuild", "--check")
    assert not list(config.instance.glob("*.part"))


def test_a_database_that_is_not_empty_is_left_as_it_is(run: Run, target: Config, config: Config) -> None:
    change_by_hand(target, "CREATE TABLE theirs (n int)")
    refused(run, "move-database", target.database_url, says="data already in .* nothing was moved")
    assert sa.inspect(database(target)).get_table_names() == ["theirs"]
    run("user", "list")


@pytest.mark.parametrize("url", ["mysql://a@b/c", "xin chào", "postgresql://a@b:x/c", "sqlite:///x.db", "1"])
def test_what_is_no_address_is_refused_in_one_sentence(run: Run, url: str) -> None:
    refused(run, "move-database", url, says="no address that data can be moved to")
    run("user", "list")


def test_a_database_that_is_away_is_named_without_its_password(run: Run) -> None:
    refused(
        run, "move-database", "postgresql://ai:bi-mat@127.0.0.1:1/nha_o", says="No PostgreSQL answers at 127.0.0.1:1"
    )
    assert "bi-mat" not in run("move-database", "postgresql://ai:bi-mat@127.0.0.1:1/nha_o", status=1).output
    run("user", "list")


@a_walk
def test_a_password_is_never_printed(run: Run, target: Config) -> None:
    url = target.database_url.replace("mau@", "mau:bi-mat@")
    for address in (url, f"{target.database_url}?password=bi-mat"):
        run("move-database", address)
        result = run("user", "list", status=1)
        assert "bi-mat" not in result.output
        assert "***" in result.output
        run("init", "--here")
        change_by_hand(target, "DROP SCHEMA public CASCADE")
        change_by_hand(target, "CREATE SCHEMA public")


def test_nothing_moves_while_a_server_is_at_work(run: Run, config: Config, target: Config) -> None:
    with at_work(config.instance, "server", "serve"):
        refused(run, "move-database", target.database_url, says="“fieldapp serve” .* is at work")
    assert is_empty(target)


@a_walk
def test_nothing_moves_out_of_a_database_that_others_are_connected_to(
    run: Run, config: Config, target: Config, there: Callable[[], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    run("move-database", target.database_url)
    there()
    (config.instance / "fieldapp.db").unlink()
    monkeypatch.setattr(move, "PATIENCE", 2)
    with database(target).connect() as other:
        other.exec_driver_sql("SELECT 1")
        refused(run, "move-database", "sqlite", says="Others are connected")
    monkeypatch.setattr(move, "PATIENCE", 600)
    run("move-database", "sqlite")


@a_walk
def test_a_move_that_is_killed_at_its_end_leaves_the_other_database_empty(
    run: Run, config: Config, target: Config
) -> None:
    code = (
        "import os, signal; from fieldapp.cli import main; from fieldapp.instance import far_side; "
        "far_side.FarSide.finish = lambda _self: os.kill(os.getpid(), signal.SIGKILL); "
        f"main(['move-database', {target.database_url!r}])"
    )
    killed = subprocess.run([sys.executable, "-c", code], env=dict(os.environ), check=False)
    assert killed.returncode == -signal.SIGKILL
    assert is_empty(target)
    run("user", "list")
    run("move-database", target.database_url)
    assert len(changes_of(target)) == len(changes_of(config))


@a_walk
def test_a_full_disk_there_leaves_nothing_there_and_everything_here(
    run: Run, target: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = far_side.FarPostgres._put

    def full(far: far_side.FarPostgres, table: sa.Table, rows: list[tuple[object, ...]]) -> None:
        if table.name == "household":
            with far._told_as_others("COPY"):
                raise psycopg.errors.DiskFull("could not extend file")
        put(far, table, rows)

    monkeypatch.setattr(far_side.FarPostgres, "_put", full)
    refused(run, "move-database", target.database_url, says="no room left on the disk of postgresql://")
    assert is_empty(target)
    run("user", "list")


@a_walk
def test_what_the_other_database_does_not_take_is_told_with_its_table(run: Run, config: Config, target: Config) -> None:
    change_by_hand(config, f"UPDATE account SET name = '{'x' * 500}' WHERE username = 'lan'")
    refused(run, "move-database", target.database_url, says="does not take a row of the table account .*too long")
    assert is_empty(target)


@a_walk
def test_what_is_not_the_same_when_it_is_read_again_is_taken_back(
    run: Run, config: Config, target: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    put = far_side.FarPostgres._put

    def badly(far: far_side.FarPostgres, table: sa.Table, rows: list[tuple[object, ...]]) -> None:
        put(far, table, rows)
        if table.name == "change":
            far.connection.exec_driver_sql("UPDATE change SET text = text || ' ' WHERE n = 7")

    monkeypatch.setattr(far_side.FarPostgres, "_put", badly)
    refused(run, "move-database", target.database_url, says="table change .* was not the same")
    assert is_empty(target)


@a_walk
def test_a_backup_of_the_new_place_tells_nobody_that_it_was_moved(
    run: Run, target: Config, there: Callable[[], None], tmp_path: Path
) -> None:
    run("move-database", target.database_url)
    there()
    run("backup", tmp_path / "b.zip")
    assert "moved" not in zipfile.ZipFile(tmp_path / "b.zip").namelist()
