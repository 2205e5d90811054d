"""Everything in one SQLite file, and that Datasette opens it with facets, a map and a search without accents."""

from __future__ import annotations

import asyncio
import io
import json
import sqlite3
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient

from fieldapp import create_app, exports, people
from fieldapp.cli import main
from fieldapp.config import Config
from fieldapp.db import db
from fieldapp.exports.facts import FACTS
from fieldapp.exports.records import MASK
from fieldapp.i18n import speaking
from fieldapp.places import Village
from fieldapp.surveys import SURVEYS, questions
from tests.again import a_walk
from tests.reports.conftest import ODD


def everything(path: Path, *, exact: bool = True, areas: frozenset[str] | None = None) -> Path:
    file = io.BytesIO()
    with speaking("vi"):
        exports.to_everything(db.session(), file, areas=areas, exact=exact)
    path.write_bytes(file.getvalue())
    return path


@pytest.fixture(scope="module")
def files(taken_from: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The file of an administrator, that of who is none, and that of an enumerator's villages."""
    folder = tmp_path_factory.mktemp("everything")
    app = create_app(Config(instance=taken_from, testing=True))
    with app.app_context():
        areas = people.areas_of(people.find_account("lan"))
        made = {
            "fieldapp": everything(folder / "fieldapp.db"),
            "masked": everything(folder / "masked.db", exact=False),
            "lan": everything(folder / "lan.db", areas=areas),
        }
        db.session.remove()
        db.engine.dispose()
    return made


@pytest.fixture
def file(files: dict[str, Path]) -> Iterator[sqlite3.Connection]:
    with reading(files["fieldapp"]) as opened:
        yield opened


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path)) as opened:
        opened.row_factory = sqlite3.Row
        yield opened


def test_every_record_and_every_fact_is_in_the_one_file(file: sqlite3.Connection, world: Flask) -> None:
    for table in [*SURVEYS, *(facts.name for facts in FACTS)]:
        count = db.session.scalar(sa.text(f"SELECT count(*) FROM {table}"))
        assert (table, file.execute(f'SELECT count(*) FROM "{table}"').fetchone()[0]) == (table, count)
    assert file.execute("SELECT count(*) FROM village").fetchone()[0] == db.session.scalar(
        sa.select(sa.func.count(Village.id))
    )


def test_every_foreign_key_holds_and_what_names_nothing_here_is_told_apart(file: sqlite3.Connection) -> None:
    tables = [row["name"] for row in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
    keys = [key for table in tables for key in file.execute(f'PRAGMA foreign_key_list("{table}")')]
    assert {"household", "support_case", "village", "person", "code_roof_material"} <= {key["table"] for key in keys}
    assert file.execute("PRAGMA foreign_key_check").fetchall() == []
    odd = file.execute("SELECT id FROM household WHERE head_name = ?", [ODD]).fetchone()["id"]
    told = file.execute("SELECT in_column, value FROM not_here WHERE in_table = 'household' AND in_row = ?", [odd])
    assert [tuple(row) for row in told] == [("area", "2023.99999.001")]
    assert file.execute("SELECT vi FROM code_sex WHERE code = 'x9'").fetchone()["vi"] == "x9"


def test_numbers_are_numbers_and_days_are_days_in_the_time_of_viet_nam(file: sqlite3.Connection) -> None:
    kinds = {q.kind: (survey, name) for survey in SURVEYS for name, q in questions(survey).items()}
    wanted = {"decimal": "real", "money": "integer", "integer": "integer", "yes_no": "integer", "date": "text"}
    for kind, stored in wanted.items():
        for survey, name in [(s, n) for s in SURVEYS for n, q in questions(s).items() if q.kind == kind]:
            found = file.execute(f'SELECT DISTINCT typeof("{name}") AS kind FROM "{survey}" WHERE "{name}" IS NOT NULL')
            assert {row["kind"] for row in found} <= {stored}, (survey, name)
    assert kinds.keys() >= wanted.keys()
    at = file.execute("SELECT _created_at FROM household").fetchone()[0]
    assert at.endswith("+07:00")
    assert (
        file.execute(
            "SELECT count(*) FROM household WHERE date(visited_on) IS NULL AND visited_on IS NOT NULL"
        ).fetchone()[0]
        == 0
    )


def test_views_say_in_words_what_the_tables_say_in_codes(file: sqlite3.Connection) -> None:
    row = file.execute('SELECT * FROM "Hộ gia đình" WHERE "Thôn" IS NOT NULL').fetchone()
    table = file.execute("SELECT * FROM household WHERE id = ?", [row["Bản ghi"]]).fetchone()
    label = file.execute("SELECT vi FROM code_poverty_class WHERE code = ?", [table["poverty_class"]]).fetchone()["vi"]
    by = file.execute("SELECT name FROM person WHERE id = ?", [table["_author"]]).fetchone()["name"]
    assert {label, by} <= set(row)
    assert table["poverty_class"] not in tuple(row)
    for view in file.execute("SELECT name FROM sqlite_master WHERE type = 'view'"):
        file.execute(f'SELECT * FROM "{view["name"]}"').fetchall()


def search(file: sqlite3.Connection, words: str) -> set[str]:
    asked = " ".join(f'"{word}"' for word in words.split())
    query = (
        "SELECT head_name FROM household WHERE rowid IN (SELECT rowid FROM household_fts WHERE household_fts MATCH ?)"
    )
    return {row["head_name"] for row in file.execute(query, [asked])}


def test_a_name_is_found_with_and_without_its_accents(file: sqlite3.Connection) -> None:
    for words in ("dam thi dao", "Đàm Thị Đào", "đàm dao", "DAM"):
        assert ODD in search(file, words), words
    assert search(file, "ly thi xa") == {"Lý Thị Xa"} == search(file, "Lý Thị Xa")


def test_nothing_sensitive_stands_anywhere_in_the_file_of_who_is_no_administrator(
    world: Flask, files: dict[str, Path]
) -> None:
    """Every sensitive answer is looked for in every cell of every table, the search and facts included."""
    secret: set[str] = set()
    for survey in SURVEYS:
        for name, question in questions(survey).items():
            if question.private and question.kind in ("text", "date"):
                secret |= {v for v in db.session.scalars(sa.text(f"SELECT DISTINCT {name} FROM {survey}")) if v}
    spoken = {text.casefold() for text in secret if len(text) > 4}
    assert len(spoken) > 5
    with reading(files["masked"]) as file:
        open_names = file.execute("SELECT head_name FROM household WHERE head_name IS NOT NULL")
        names = {row["head_name"].casefold() for row in open_names}
        for row in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            for line in file.execute(f'SELECT * FROM "{row["name"]}"'):
                assert [cell for cell in line if str(cell).casefold() in spoken - names] == [], row["name"]
        assert file.execute("SELECT count(*) FROM household WHERE citizen_id LIKE ?", [f"{MASK}%"]).fetchone()[0] > 3
        for table in ("household", "household_fact"):
            ats = [tuple(row) for row in file.execute(f"SELECT lat, lon FROM {table} WHERE lat IS NOT NULL")]
            assert ats
            assert all(round(axis, 2) == axis for at in ats for axis in at)
        tables = {row["name"] for row in file.execute("SELECT name FROM sqlite_master")}
        assert "household_programme" not in tables
        columns = {row["name"] for row in file.execute("PRAGMA table_info(household_fact)")}
        assert not {"minority", "main"} & columns


def test_only_ones_own_villages_and_everybodys_rules_are_in_ones_file(world: Flask, files: dict[str, Path]) -> None:
    areas = people.areas_of(people.find_account("lan"))
    assert areas
    with reading(files["lan"]) as file:
        for table in ("household", "household_fact", "case_fact", "standing"):
            found = {row["area"] for row in file.execute(f"SELECT area FROM {table} WHERE area IS NOT NULL")}
            assert found <= areas, table
        assert file.execute("SELECT count(*) FROM programme").fetchone()[0] > 5
        assert file.execute("PRAGMA foreign_key_check").fetchall() == []


def asked(path: Path, *addresses: str) -> list[Any]:
    """What Datasette answers, each as JSON."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of Datasette's own making
        from datasette.app import Datasette

        async def ask() -> list[Any]:
            with speaking("vi"):
                opened = Datasette([str(path)], metadata=exports.metadata(path.stem))
            await opened.invoke_startup()
            answers = [await opened.client.get(address) for address in addresses]
            for each in opened.databases.values():
                each.close()
            opened.executor.shutdown()
            return [answer.json() for answer in answers]

        return ThreadPoolExecutor().submit(asyncio.run, ask()).result()  # in this thread a browser's loop may run


@a_walk
def test_datasette_opens_it_with_facets_a_map_and_a_search(files: dict[str, Path]) -> None:
    view = quote("Hộ gia đình").replace("%", "~")
    household, found, case, words, about = asked(
        files["fieldapp"],
        "/fieldapp/household.json?_labels=on&_shape=objects",
        "/fieldapp/household.json?_search=dam+thi+dao&_shape=objects",
        "/fieldapp/case_fact.json?_shape=objects",
        f"/fieldapp/{view}.json?_shape=objects",
        "/-/metadata.json",
    )
    assert {"area", "head_sex"} <= household["facet_results"].keys()
    assert {each["label"] for each in household["facet_results"]["head_sex"]["results"]} >= {"Nam"}
    assert all({"lat", "lon"} <= row.keys() for row in household["rows"])
    plugins = about["databases"]["fieldapp"]["tables"]["household"]["plugins"]
    assert plugins["datasette-cluster-map"] == {"latitude_column": "lat", "longitude_column": "lon"}
    assert [row["head_name"] for row in found["rows"]] == [ODD]
    assert case["facet_results"]["state"]["results"]
    assert len(words["rows"]) > 3


def test_the_metadata_speaks_of_tables_and_columns_that_are_there(file: sqlite3.Connection) -> None:
    with speaking("vi"):
        tables = exports.metadata("fieldapp")["databases"]["fieldapp"]["tables"]
    for name, about in tables.items():
        columns = {row["name"] for row in file.execute(f'PRAGMA table_info("{name}")')}
        named = {*about.get("columns", ()), *about.get("facets", ()), *filter(None, [about.get("label_column")])}
        assert columns, name
        assert named <= columns, name


@a_walk
def test_the_file_and_its_metadata_come_from_the_page_and_from_the_command(
    app: Flask, as_: Callable[[str], FlaskClient], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = as_("dung").get("/reports/").get_data(as_text=True)
    assert 'href="/reports/everything.db"' in page
    answer = as_("dung").get("/reports/everything.db")
    assert answer.data.startswith(b"SQLite format 3")
    assert as_("dung").get("/reports/metadata.json").get_json()["databases"].keys() == {"fieldapp"}
    monkeypatch.setenv("FIELDAPP_INSTANCE", str(app.config["FIELDAPP"].instance))
    made, about = tmp_path / "province.db", tmp_path / "metadata.json"
    options = ["--format", "sqlite", "--output", str(made), "--metadata", str(about)]
    assert CliRunner().invoke(main, ["export", *options]).exit_code == 0
    assert json.loads(about.read_text("utf-8"))["databases"].keys() == {"province"}
    with closing(sqlite3.connect(made)) as opened:
        assert opened.execute("SELECT count(*) FROM household").fetchone()[0] > 3
    refused = CliRunner().invoke(main, ["export", "--format", "csv"])
    assert refused.exit_code != 0
    assert "household" in refused.output
