"""A database that is away, closed, empty or of another version: a sentence on a terminal, a calm page, no traceback."""

from __future__ import annotations

import os
import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from click.testing import CliRunner
from flask.testing import FlaskClient

from fieldapp import create_app
from fieldapp.cli import main
from fieldapp.config import Config
from fieldapp.db import db
from tests.once import alone, folder_of_run
from tests.pages import check_page
from tests.postgres import USER, Server

GUEST, PASSWORD = f"khach_{os.getpid()}", "mat-khau-dung"


@pytest.fixture(scope="session")
def guarded(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Server:
    """The server with an account that needs its password and owns nothing."""
    access = postgres.folder / "data" / "pg_hba.conf"
    with alone(folder_of_run(tmp_path_factory) / "access.gate"):
        access.write_text(f"host all {GUEST} 127.0.0.1/32 scram-sha-256\n{access.read_text()}")
    with psycopg.connect(postgres.address("postgres"), autocommit=True) as connection:
        connection.execute(f"CREATE ROLE {GUEST} LOGIN PASSWORD '{PASSWORD}'")
        connection.execute("SELECT pg_reload_conf()")
        for _ in range(100):
            rules = connection.execute("SELECT count(*) FROM pg_hba_file_rules WHERE user_name = %s", [[GUEST]])
            if rules.fetchone() == (1,):
                break
            time.sleep(0.01)
    return postgres


@pytest.fixture
def nobody() -> str:
    """The address of a port where nothing listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{taken.getsockname()[1]}"


def said(instance: Path, url: str, *words: str, lang: str = "vi") -> str:
    """The one line a command that cannot work ends with."""
    env = {"FIELDAPP_INSTANCE": str(instance), "FIELDAPP_DATABASE_URL": url, "FIELDAPP_LANG": lang}
    result = CliRunner().invoke(main, words or ("user", "list"), env=env)
    assert result.exit_code == 1, result.output
    assert len(result.output.strip().splitlines()) == 1, result.output
    assert not list(instance.glob("*.log"))
    return result.output


@pytest.mark.parametrize("words", [("user", "list"), ("init",), ("serve",), ("backup", "b.zip")], ids=" ".join)
def test_where_no_postgresql_answers_every_command_says_so(
    tmp_path: Path, nobody: str, words: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("fieldapp.cli.serve.must_be_free", lambda *_args: None)
    sentence = said(tmp_path, f"postgresql://{USER}@{nobody}/nha_o", *words)
    assert f"Không có PostgreSQL nào trả lời tại {nobody}" in sentence
    assert "FIELDAPP_DATABASE_URL" in sentence


@pytest.mark.parametrize("password", ["", ":sai"], ids=["none", "wrong"])
def test_a_wrong_password_is_named_and_never_printed(tmp_path: Path, guarded: Server, password: str) -> None:
    sentence = said(tmp_path, f"postgresql://{GUEST}{password}@127.0.0.1:{guarded.port}/postgres")
    assert f"không cho “{GUEST}” vào" in sentence
    assert "sai" not in sentence.replace("FIELDAPP", "")


def test_an_account_that_does_not_exist_is_named(tmp_path: Path, postgres: Server) -> None:
    assert "không cho “la” vào" in said(tmp_path, f"postgresql://la@127.0.0.1:{postgres.port}/postgres")


def test_a_database_that_does_not_exist_is_named_with_the_command_that_makes_it(
    tmp_path: Path, postgres: Server
) -> None:
    sentence = said(tmp_path, postgres.url("nha_o_tinh"), "init")
    assert f"createdb --owner={USER} nha_o_tinh" in sentence


def test_an_empty_database_is_made_ready_by_init(tmp_path: Path, postgres: Server) -> None:
    assert "fieldapp init" in said(tmp_path, postgres.url(postgres.create()))


def test_an_account_that_may_not_make_tables_is_told_whose_the_database_must_be(
    tmp_path: Path, guarded: Server
) -> None:
    url = f"postgresql://{GUEST}:{PASSWORD}@127.0.0.1:{guarded.port}/{guarded.create()}"
    assert re.search(rf"ALTER DATABASE {USER}_\w+ OWNER TO {GUEST}", said(tmp_path, url, "init"))


@pytest.mark.parametrize("url", ["mysql://x/y", "postgresql", "postgresql://x:y:z/w", "sqlite:///other.db"])
def test_an_address_that_is_none_is_shown_how_one_reads(tmp_path: Path, url: str) -> None:
    assert "postgresql://name:password@server/database" in said(tmp_path, url, lang="en")


def test_a_driver_that_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    assert "pip install" in said(tmp_path, "postgresql://x@127.0.0.1/y", lang="en")


@pytest.fixture
def away(tmp_path: Path, nobody: str) -> Iterator[FlaskClient]:
    """A browser that is signed in at a server whose database went away."""
    yield from browsing(Config(instance=tmp_path, database_url=f"postgresql://{USER}@{nobody}/nha_o", testing=True))


def browsing(config: Config) -> Iterator[FlaskClient]:
    app = create_app(config)
    client = app.test_client()
    with client.session_transaction() as session:
        session["_user_id"] = "0" * 16
    yield client
    with app.app_context():
        db.engine.dispose()


@pytest.mark.parametrize("path", ["/", "/records/", "/sign-in", "/reports/housing-need/file.xlsx"])
def test_without_its_database_every_page_says_so_calmly(away: FlaskClient, path: str) -> None:
    answer = away.get(path)
    assert answer.status_code == 503
    page = check_page(answer.get_data(as_text=True), "vi")
    assert "Máy chủ hiện không kết nối được với cơ sở dữ liệu" in page.text
    assert "127.0.0.1" not in page.html


def test_a_device_takes_a_server_without_its_database_for_no_server(away: FlaskClient) -> None:
    answer = away.get("/sync/v1/hello", headers={"Authorization": "Bearer x", "Accept-Language": "en"})
    assert (answer.status_code, answer.get_json()["error"]["code"]) == (503, "database_away")
    assert "node" not in answer.get_json()


@pytest.mark.parametrize("engine", ["sqlite", "postgresql"])
def test_pages_over_tables_of_another_version_send_the_administrator_to_init(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = ""
    if engine == "postgresql":
        server: Server = request.getfixturevalue("postgres")
        url = server.url(server.create())
    for client in browsing(Config(instance=tmp_path, database_url=url, testing=True)):
        answer = client.get("/")
        assert answer.status_code == 503
        assert "fieldapp init" in check_page(answer.get_data(as_text=True), "vi").text


def test_a_server_that_was_started_again_is_connected_to_again(app_on_server: FlaskClient, postgres: Server) -> None:
    assert app_on_server.get("/sign-in").status_code == 200
    with psycopg.connect(postgres.address("postgres"), autocommit=True) as connection:
        query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
        connection.execute(query, [app_on_server.application.config["FIELDAPP"].database.rpartition("/")[2]])
    assert app_on_server.get("/records/").status_code == 302
    assert app_on_server.get("/sync/v1/hello").status_code == 401


@pytest.fixture
def app_on_server(tmp_path: Path, postgres: Server, template_on_postgresql: tuple[Path, str]) -> Iterator[FlaskClient]:
    url = postgres.url(postgres.create(template_on_postgresql[1]))
    app = create_app(Config(instance=tmp_path, database_url=url, testing=True))
    client = app.test_client()
    client.get("/sync/v1/hello")
    yield client
    with app.app_context():
        db.engine.dispose()
