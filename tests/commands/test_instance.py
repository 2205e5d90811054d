"""An instance is made, examined and told of by command, on SQLite and on PostgreSQL."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from fieldapp.config import Config
from fieldapp.instance import health
from sync.sealing import SealingKey
from tests import pages
from tests.commands.asked import (
    Ask,
    Elsewhere,
    change_by_hand,
    refused,
)
from tests.commands.conftest import Run
from tests.pages import Page
from tests.postgres import AGAIN_ON_POSTGRESQL


@AGAIN_ON_POSTGRESQL
def test_init_can_be_repeated(run: Run, ask: Ask, elsewhere: Elsewhere) -> None:
    elsewhere()
    first = ask("init", "--sample", "tiny")
    assert first["households"] == 32
    assert first["places"] == 8 + 108 + 92
    run("init")
    refused(run, "init", "--sample", "tiny", says="already holds records")


def test_a_server_plans_every_statement_as_it_was_tried_whoever_told_sqlite_how_much_there_is(
    run: Run, config: Config, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(sqlite3.connect(config.instance / "fieldapp.db")) as database:
        database.execute("ANALYZE")
        monkeypatch.setattr("fieldapp.cli.serve.run", lambda *_args: None)
        run("serve", "--port", "5996")
        assert database.execute("SELECT name FROM sqlite_master WHERE name LIKE 'sqlite_stat%'").fetchall() == []


@AGAIN_ON_POSTGRESQL
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
    assert says() == ("ok", "Tablets that are locked with it: 0")


@AGAIN_ON_POSTGRESQL
def test_doctor_fails_where_nothing_is(run: Run, elsewhere: Elsewhere) -> None:
    elsewhere()
    assert "WRONG" in run("doctor", status=1).stdout


@AGAIN_ON_POSTGRESQL
def test_commands_say_where_nothing_is(run: Run, elsewhere: Elsewhere) -> None:
    elsewhere()
    refused(run, "user", "list", says="'fieldapp init' first")


@AGAIN_ON_POSTGRESQL
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


@AGAIN_ON_POSTGRESQL
def test_rebuild_finds_a_row_that_was_tampered_with(run: Run, ask: Ask, config: Config) -> None:
    assert ask("rebuild", "--check") == []
    change_by_hand(
        config, "UPDATE household SET members = members + 1 WHERE id = (SELECT id FROM household ORDER BY id LIMIT 1)"
    )
    assert len(json.loads(run("rebuild", "--check", "--format", "json", status=1).stdout)) == 1
    run("rebuild")
    assert ask("rebuild", "--check") == []
