"""An instance with the tiny sample, people who are signed in, pages that are checked, a real server, a real browser."""

from __future__ import annotations

import atexit
import gc
import logging
import os
import shutil
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck
from hypothesis import settings as drawing
from playwright.sync_api import Browser, BrowserContext, Playwright, expect, sync_playwright
from playwright.sync_api import Page as BrowserPage
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.serving import BaseWSGIServer, make_server

from fieldapp import create_app, i18n, people, sample
from fieldapp.config import Config
from fieldapp.db import briefly, db, upgrade
from tests import guard
from tests.again import leave_out, pytest_terminal_summary, pytest_testnodedown, so_many
from tests.browser import launch_options
from tests.in_memory import use_memory
from tests.once import folder_of_run, made_once
from tests.pages import Page, check_page
from tests.postgres import Server as Postgres
from tests.postgres import Unavailable, shared
from tests.sparing import (
    addresses_compiled_once,
    certificates_read_once,
    little_is_looked_through,
    pictures_decoded_once,
    quick_hashes,
    statements_compiled_once,
    templates_compiled_once,
    values_taken_as_they_come,
)

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

__all__ = [
    "addresses_compiled_once",
    "certificates_read_once",
    "little_is_looked_through",
    "pictures_decoded_once",
    "pytest_terminal_summary",
    "pytest_testnodedown",
    "quick_hashes",
    "statements_compiled_once",
    "templates_compiled_once",
    "values_taken_as_they_come",
]
PASSWORD = "thu-nghiem-2026"
POLL = 0.02
"""How soon a server of the tests sees that it is to stop, in seconds."""


use_memory()  # before anybody asks for a place of its own
# Hundreds of programs are started, and each worker reads each test: nobody compiles again what another has compiled.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
# How long an example takes to be drawn says how busy the machine is, and nothing of what is tested.
drawing.register_profile(
    "unhurried", deadline=None, max_examples=so_many(25, 100, 100), suppress_health_check=[HealthCheck.too_slow]
)
drawing.load_profile("unhurried")
sys.dont_write_bytecode = False


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What is long begins first: at the end of a run no worker is left with it while the others have nothing to do."""
    leave_out(config, items)
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With ``WHOLE=1`` a run in which anything was skipped has failed: somebody relies on all that the tests say."""
    reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("WHOLE") and reporter and reporter.stats.get("skipped"):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.hookimpl(tryfirst=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """A worker that has told all ends at once: to look through what thousands of tests left, and to take it apart piece
    by piece, took it more than ten seconds, and nobody hears what is found.
    """
    if hasattr(config, "workerinput"):
        gc.freeze()
        atexit.register(os._exit, 0)


class Reader(FlaskClient):
    """A client that reads every answer to its end, as a server would: what an answer holds open is closed then."""

    def open(self, *args: Any, **more: Any) -> Any:
        answer = super().open(*args, **{"buffered": True, **more})
        answer.request.environ["wsgi.input"].close()  # a large form of a test lies in a file of its own
        return answer


@pytest.fixture(scope="session", autouse=True)
def answers_are_read() -> None:
    """A file that nobody closed would be told of in whatever test runs when it is found."""
    Flask.test_client_class = Reader


@pytest.fixture(scope="session", autouse=True)
def quiet_servers() -> None:
    """A line for every request is work for the servers of the tests, and hides what failed."""
    logging.getLogger("werkzeug").setLevel(logging.WARNING)


@pytest.fixture(scope="session", autouse=True)
def watch_writers() -> None:
    """No page, device or command writes in a transaction that was not begun as a writer, or dawdles in one that was."""
    guard.install()


@pytest.fixture(autouse=True)
def writers_only() -> Iterator[None]:
    """Such a write fails the test, also where something catches it."""
    guard.begin_anew()
    yield
    assert not guard.broken, guard.broken


@pytest.fixture(autouse=True)
def vietnamese() -> None:
    """Every test begins in the default language, whatever the one before it spoke."""
    i18n.use(i18n.DEFAULT)


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """The PostgreSQL server of this test run; what needs it is skipped where there can be none."""
    with ExitStack() as held:
        try:
            server = held.enter_context(shared(folder_of_run(tmp_path_factory)))
        except Unavailable as why:
            pytest.skip(str(why))
        yield server


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance with the tiny sample, made once a run; every test works on its own copy."""
    return made_once(tmp_path_factory, "template", lambda folder: make_sample(Config(instance=folder, testing=True)))


@pytest.fixture(scope="session")
def template_on_postgresql(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> tuple[Path, str]:
    """The same, its database on PostgreSQL: its folder, and the name of the database."""

    def make(folder: Path) -> None:
        name = postgres.create()
        make_sample(Config(instance=folder / "instance", database_url=postgres.url(name), testing=True))
        (folder / "database").write_text(name)

    # Where all workers that needed a server had left, the next one starts a new server, which knows no template yet.
    folder = made_once(tmp_path_factory, f"template-{postgres.folder.name}", make)
    return folder / "instance", (folder / "database").read_text()


def make_sample(config: Config) -> None:
    """Make the tiny province."""
    app = create_app(config)
    upgrade(app)
    with app.app_context():
        sample.build("tiny")
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> str:
    """The database of the application where a test is not marked to run on each: SQLite, or what ENGINE says."""
    return str(getattr(request, "param", os.environ.get("ENGINE", "sqlite")))


@pytest.fixture
def config(engine: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Config]:
    """The settings of a fresh copy of the tiny province."""
    instance = tmp_path / "instance"
    if engine == "sqlite":
        yield Config(instance=shutil.copytree(request.getfixturevalue("template"), instance), testing=True)
        return
    server: Postgres = request.getfixturevalue("postgres")
    folder, database = request.getfixturevalue("template_on_postgresql")
    name = server.create(database)
    yield Config(instance=shutil.copytree(folder, instance), database_url=server.url(name), testing=True)
    server.drop(name)


@pytest.fixture
def instance(config: Config) -> Path:
    """The folder of a fresh copy of the tiny province."""
    return config.instance


@pytest.fixture
def app(config: Config) -> Iterator[Flask]:
    """The application over its own copy."""
    made = create_app(config)
    yield made
    with made.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def context(app: Flask) -> Iterator[Flask]:
    """Work inside the application, without HTTP."""
    with app.app_context():
        yield app
        db.session.remove()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """A browser without JavaScript, signed in as nobody."""
    app.config["WTF_CSRF_ENABLED"] = False
    return app.test_client()


@pytest.fixture
def as_(app: Flask) -> Callable[[str], FlaskClient]:
    """A client signed in as lan, binh, quan or dung: checking a password is slow by design, and rarely the point."""
    app.config["WTF_CSRF_ENABLED"] = False
    return lambda username: sit(app, username)


def sit(app: Flask, username: str) -> FlaskClient:
    """A client of this application, signed in."""
    client = app.test_client()
    be(client, username)
    return client


def be(client: FlaskClient, username: str) -> None:
    """Let a browser have a session of this person."""
    with client.application.app_context():
        token = begun(username)
        db.session.remove()
    with client.session_transaction() as session:
        session["_user_id"] = token


def begun(username: str) -> str:
    """The token of a new session of this person."""
    account, now = people.find_account(username).id, datetime.now(UTC)
    return briefly(lambda connection: people.sessions.begin(connection, account, "Firefox, Windows", now))


@pytest.fixture
def page(as_: Callable[[str], FlaskClient], client: FlaskClient) -> Callable[..., Page]:
    """Fetch an address as a person, in a language, and check the page as a page."""

    def fetch(path: str, who: str | None = "binh", lang: str = "vi", status: int = 200) -> Page:
        visitor = as_(who) if who else client
        visitor.set_cookie("lang", lang)
        answer = visitor.get(path, follow_redirects=True)
        assert answer.status_code == status, answer.get_data(as_text=True)[:2000]
        return check_page(answer.get_data(as_text=True), lang)

    return fetch


class Server:
    """A node of its own on the loopback: real HTTP, its own threads. ``kept``: some answer may be kept by a browser and
    shown without asking again, other than a file of the app, whose address names its content.
    """

    app: Flask
    kept = False

    def __init__(self, app: Flask | Entrance, **how: Any) -> None:
        """``how``: ``ssl_context``, for one that speaks TLS."""
        if isinstance(app, Flask):
            self.app = app
        self._server: BaseWSGIServer = make_server("127.0.0.1", 0, app, threaded=True, **how)
        self.port = self._server.server_port
        self.url = f"{'https' if how else 'http'}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(POLL,), daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Answer no more."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def serve() -> Iterator[Callable[..., Server]]:
    """Serve any application over real HTTP until the test ends."""
    running: list[Server] = []

    def start(app: Flask, **how: Any) -> Server:
        running.append(Server(app, **how))
        return running[-1]

    yield start
    for server in running:
        server.stop()


class Entrance:
    """What answers at an address that stays the same from test to test: the application of the test at hand."""

    def __init__(self) -> None:
        self._app: Flask | None = None
        self._inside = 0
        self._turn = threading.Condition()
        self.server = Server(self)

    def lead_to(self, app: Flask | None) -> None:
        """Answer with this application from now on, when every answer of the one before has been given."""
        with self._turn:
            self._app = None
            self._turn.wait_for(lambda: self._inside == 0)
            self._app = app
        if app is not None:
            self.server.app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        with self._turn:
            app = self._app
            self._inside += app is not None
        if app is None:
            return ServiceUnavailable()(environ, start_response)
        try:
            return self._given(app(environ, self._noting(start_response)))
        except BaseException:
            self._leave()
            raise

    def _noting(self, start_response: StartResponse) -> StartResponse:
        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            how = next((value for name, value in headers if name.lower() == "cache-control"), "")
            if not any(each in how for each in ("no-store", "no-cache", "immutable")):
                self.server.kept = True
            return start_response(status, headers, *more)

        return start

    def _given(self, answer: Iterable[bytes]) -> Iterator[bytes]:
        """An answer, which counts as given when it was read, closed or forgotten: the server closes none whose line
        broke at its end."""
        with ExitStack() as after:
            after.callback(self._leave)
            after.callback(getattr(answer, "close", lambda: None))
            yield from answer

    def _leave(self) -> None:
        with self._turn:
            self._inside -= 1
            self._turn.notify_all()


@pytest.fixture(scope="session")
def entrance() -> Iterator[Entrance]:
    """The one address at which the applications of all tests answer: a browser keeps the app that it got there."""
    made = Entrance()
    yield made
    made.server.stop()


@pytest.fixture
def server(app: Flask, entrance: Entrance) -> Iterator[Server]:
    """The application over real HTTP: ``server.url``, ``server.app``."""
    entrance.lead_to(app)
    yield entrance.server
    entrance.lead_to(None)


PATIENCE_MS = 60_000
"""So long is waited for what should be there at once: several tests share few processors."""


@pytest.fixture(scope="session")
def playwright(values_taken_as_they_come: None) -> Iterator[Playwright]:
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """One Chromium for all tests; each takes its own context."""
    opened = playwright.chromium.launch(**launch_options())
    yield opened
    opened.close()


PROFILE: dict[str, Any] = {"locale": "vi-VN", "viewport": {"width": 800, "height": 1280}}


@pytest.fixture
def visit(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """A new profile: ``visit(viewport=..., locale="vi-VN")``; a page error fails the test."""
    opened: list[BrowserContext] = []

    def new(**options: Any) -> BrowserContext:
        context = browser.new_context(**{**PROFILE, **options})
        opened.append(context)
        return context

    yield new
    for context in opened:
        context.close()


@pytest.fixture
def seat(
    visit: Callable[..., BrowserContext], server: Server, as_: Callable[[str], FlaskClient]
) -> Callable[..., BrowserPage]:
    """A browser page of somebody who is signed in already, without the time a form takes: ``seat("binh", **options)``,
    the options those of ``visit``.
    """

    def sit(who: str, **options: Any) -> BrowserPage:
        session = as_(who).get_cookie("session")
        assert session
        context = visit(**options)
        given = {"session": session.value, "lang": "vi"}
        context.add_cookies([{"name": name, "value": value, "url": server.url} for name, value in given.items()])
        return context.new_page()

    return sit
