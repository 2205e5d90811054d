"""The whole application on PostgreSQL: made by its settings alone, pages that answer, many who send at once."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from fieldapp import create_app, intake, people
from fieldapp.cli import main
from fieldapp.config import Config
from fieldapp.db import db
from fieldapp.surveys import SURVEYS
from fieldapp.surveys.household import Household
from tests.conftest import PASSWORD
from tests.pages import check_page
from tests.postgres import ON_EACH_DATABASE, Server
from tests.wire_client import Tablet

PAGES = {
    "binh": ["/", "/review", "/records/", "/records/?q=hoang", "/records/new/household", "/map"],
    "quan": ["/", "/admin/", "/admin/batches/1", "/admin/devices", "/admin/people", "/admin/held", "/admin/system"],
    "dung": ["/", "/reports/", "/reports/housing-need", "/reports/housing-need?by=village&vintage=2025"],
}
FILES = ["/reports/housing-need/file.xlsx", "/reports/records/household.csv", "/app/", "/sync/v1/forms"]
TABLETS, PUSHES, HOUSEHOLDS = 6, 3, 5


@pytest.fixture
def own(tmp_path: Path, postgres: Server, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for an instance; its settings name an empty database."""
    monkeypatch.setenv("FIELDAPP_INSTANCE", str(tmp_path))
    monkeypatch.setenv("FIELDAPP_DATABASE_URL", postgres.url(postgres.create()))
    monkeypatch.setenv("FIELDAPP_LANG", "en")
    return tmp_path


def run(*words: str, status: int = 0) -> str:
    result = CliRunner().invoke(main, words)
    assert result.exit_code == status, result.output
    return result.output


def test_the_settings_alone_make_an_instance_on_postgresql_and_serve_it(own: Path) -> None:
    assert '"households": ' in run("init", "--sample", "tiny", "--format", "json")
    run("init")
    assert "postgresql" in run("doctor")
    run("rebuild", "--check")
    with served() as app:
        for username, paths in PAGES.items():
            visit(app.test_client(), username, paths)
    assert not list(own.glob("*.db"))


@contextmanager
def served() -> Iterator[Flask]:
    """The application that the settings name."""
    app = create_app(Config.from_env())
    app.config["WTF_CSRF_ENABLED"] = False
    try:
        yield app
    finally:
        with app.app_context():
            db.engine.dispose()


def visit(client: FlaskClient, username: str, paths: list[str]) -> None:
    client.post("/sign-in", data={"username": username, "password": PASSWORD})
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 200, (path, answer.get_data(as_text=True)[:2000])
        check_page(answer.get_data(as_text=True), "vi")
    for path in FILES if username == "dung" else ():
        with client.get(path) as file:
            assert file.status_code == 200, path


@ON_EACH_DATABASE
def test_lists_are_in_the_order_of_names_whatever_the_database_sorts_by(context: Flask) -> None:
    rows = db.session.execute(sa.select(Household.sort_key).order_by(Household.sort_key)).scalars().all()
    assert rows == sorted(rows, key=str.encode)


@pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
def test_keys_and_stamps_of_records_compare_as_bytes(context: Flask) -> None:
    collations = {
        (table, column["name"]): getattr(column["type"], "collation", None)
        for table in SURVEYS
        for column in sa.inspect(db.engine).get_columns(table)
        if column["name"] in ("created_stamp", "changed_stamp", "sort_key")
    }
    assert set(collations.values()) == {"C"}
    assert len(collations) == 3 * len(SURVEYS)


@ON_EACH_DATABASE
def test_many_tablets_send_at_once_and_every_row_is_what_the_journal_says(app: Flask) -> None:
    with app.app_context():
        lan, now = people.by_username("lan"), datetime.now(UTC)
        assert lan is not None
        codes = [people.enrolment_code(lan, now) for _ in range(TABLETS)]
        db.session.commit()
        before = households()
    tablets = [Tablet(app.test_client(), code) for code in codes]
    with ThreadPoolExecutor(TABLETS) as pool:
        verdicts = list(pool.map(send, tablets))
    assert verdicts == [["stored"] * PUSHES * HOUSEHOLDS] * TABLETS
    with app.app_context():
        assert households() == before + TABLETS * PUSHES * HOUSEHOLDS
        assert intake.rebuild(check=True) == []


def households() -> int:
    return db.session.execute(sa.select(sa.func.count()).select_from(Household)).scalar_one()


def send(tablet: Tablet) -> list[str]:
    """The verdicts on what a tablet sends."""
    pushes = [[tablet.household() for _ in range(HOUSEHOLDS)] for _ in range(PUSHES)]
    return [result["verdict"] for texts in pushes for result in tablet.push(*texts)]
