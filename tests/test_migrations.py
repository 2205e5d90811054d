"""The tables are made by migrations alone: up, down, up, and equal to the models."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from alembic import command
from flask import Flask

from fieldapp import create_app
from fieldapp.config import Config
from fieldapp.db import MIGRATIONS, alembic_config, db, upgrade
from fieldapp.facts import keeping
from tests.checks import unlike_the_models
from tests.postgres import AGAIN_ON_POSTGRESQL, Server


@pytest.fixture
def url(engine: str, request: pytest.FixtureRequest) -> str:
    """The address of a database without tables; "" for SQLite within the instance."""
    if engine == "sqlite":
        return ""
    server: Server = request.getfixturevalue("postgres")
    return server.url(server.create())


@pytest.fixture
def empty(tmp_path: Path, url: str) -> Iterator[Flask]:
    app = create_app(Config(instance=tmp_path, database_url=url, testing=True))
    yield app
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


def tables(app: Flask) -> set[str]:
    with app.app_context():
        return set(sa.inspect(db.engine).get_table_names())


def test_the_list_of_all_tables_is_whole_for_whoever_imports_nothing_else(app: Flask) -> None:
    code = "from fieldapp.tables import METADATA; print(*(name for each in METADATA for name in each.tables))"
    known = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert {*known, "alembic_version"} == tables(app)


@AGAIN_ON_POSTGRESQL
def test_every_revision_goes_up_down_and_up_again_and_the_newest_equals_the_models(empty: Flask) -> None:
    upgrade(empty)
    whole = tables(empty)
    with empty.app_context():
        command.downgrade(alembic_config(), "base")
    assert tables(empty) == {"alembic_version"}
    upgrade(empty)
    assert tables(empty) == whole
    assert unlike_the_models(empty) == []


@AGAIN_ON_POSTGRESQL
def test_an_upgrade_counts_the_facts_that_were_there(app: Flask) -> None:
    with app.app_context():
        command.downgrade(alembic_config(), "0034")
    upgrade(app)
    with app.app_context():
        assert keeping.miscounted() == []


def test_revisions_are_numbered_in_order() -> None:
    names = sorted(path.name for path in (MIGRATIONS / "versions").glob("*.py"))
    assert [name[:4] for name in names] == [f"{n:04d}" for n in range(1, len(names) + 1)]
