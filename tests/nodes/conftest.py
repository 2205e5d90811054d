"""Two nodes: the province (the tiny sample) and a laptop of a commune, each its own instance, real HTTP between."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
from flask import Flask

from fieldapp import create_app, intake, nodes, people, places
from fieldapp.config import Config
from fieldapp.db import begin_writing, db, upgrade
from fieldapp.people import Account
from fieldapp.surveys import SURVEYS
from tests.conftest import PASSWORD, Server
from tests.nodes.sticks import befriend, write
from tests.once import made_once
from tests.postgres import Server as Postgres


class Node:
    """A node as a test handles it: every step is a transaction of its own."""

    def __init__(self, app: Flask) -> None:
        self.app = app

    @contextmanager
    def inside(self) -> Iterator[None]:
        """Work inside the application; what is left open is committed."""
        with self.app.app_context():
            yield
            db.session.commit()
            db.session.remove()

    def key(self) -> str:
        with self.inside():
            return nodes.own().key

    def edit(self, record: str, answers: dict[str, Any], username: str = "quan", survey: str = "household") -> None:
        with self.inside():
            begin_writing()
            intake.save(survey, record, answers, account=people.find_account(username))

    def row(self, record: str, survey: str = "household") -> Any:
        with self.inside():
            found = db.session.get(SURVEYS[survey], record)
            assert found is not None
            db.session.expunge(found)
            return found

    def households(self) -> list[str]:
        kind = SURVEYS["household"]
        with self.inside():
            return list(db.session.scalars(sa.select(kind.id).order_by(kind.id)))

    def versions(self) -> dict[str, str]:
        """The version of every record: equal versions mean equal heads."""
        with self.inside():
            return {
                id_: version
                for kind in SURVEYS.values()
                for id_, version in db.session.execute(sa.select(kind.id, kind.version))
            }

    def code(self, username: str = "quan") -> str:
        with self.inside():
            return people.enrolment_code(people.find_account(username), datetime.now(UTC))

    def join(self, url: str, code: str) -> str:
        with self.inside():
            return nodes.join(url, code, "tinh").name

    def sync(self, name: str = "tinh") -> Any:
        with self.inside():
            return nodes.exchange(nodes.find(name))


@pytest.fixture
def province(app: Flask) -> Node:
    return Node(app)


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An instance with places and nothing else, made once a run."""
    return made_once(tmp_path_factory, "bare", make_bare)


def make_bare(instance: Path) -> None:
    """Make it."""
    app = create_app(Config(instance=instance, testing=True))
    upgrade(app)
    with app.app_context():
        places.import_packaged()
        db.session.commit()
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def new_node(bare: Path, tmp_path: Path) -> Iterator[Callable[[str], Node]]:
    """Another node, empty but for its places."""
    made: list[Flask] = []

    def make(name: str) -> Node:
        made.append(create_app(Config(instance=shutil.copytree(bare, tmp_path / name), testing=True)))
        return Node(made[-1])

    yield make
    for app in made:
        with app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def laptop(new_node: Callable[[str], Node], province: Node) -> Node:
    """A laptop where the province's administrator and supervisor have the accounts they have there."""
    made = new_node("laptop")
    give_accounts(province, made)
    return made


def give_accounts(province: Node, laptop: Node) -> None:
    """The same people on both: the administrator and the supervisor."""
    with province.inside():
        known = [(each.id, each.username, each.name, each.role) for each in db.session.scalars(sa.select(Account))]
    with laptop.inside():
        for id_, username, name, role in known:
            if username in ("quan", "binh"):
                people.add_account(username, name, role, PASSWORD, [(2023, "06")], id=id_)


class Pair(NamedTuple):
    """The folders of a province and of a laptop that joined it and synced once; ``database``: of the province."""

    province: Path
    laptop: Path
    database: str


@pytest.fixture(scope="session")
def pairs() -> dict[str, Pair]:
    """Those made so far, by the database of the province."""
    return {}


@pytest.fixture
def pair(engine: str, pairs: dict[str, Pair], bare: Path, request: pytest.FixtureRequest) -> Pair:
    """Made once for each database, copied by each test."""
    if engine not in pairs:
        pairs[engine] = make_pair(engine, bare, request)
    return pairs[engine]


def make_pair(engine: str, bare: Path, request: pytest.FixtureRequest) -> Pair:
    """The province has its database where ``engine`` says, the laptop on SQLite."""
    folders: pytest.TempPathFactory = request.getfixturevalue("tmp_path_factory")
    folder = folders.mktemp("pair")
    database, url = "", ""
    if engine == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")
        template, held = request.getfixturevalue("template_on_postgresql")
        database = server.create(held)
        url = server.url(database)
    else:
        template = request.getfixturevalue("template")
    made = Pair(shutil.copytree(template, folder / "province"), shutil.copytree(bare, folder / "laptop"), database)
    join_once(
        Node(create_app(Config(instance=made.province, database_url=url, testing=True))),
        Node(create_app(Config(instance=made.laptop, testing=True))),
    )
    return made


def join_once(province: Node, laptop: Node) -> None:
    """The laptop joins the province, and both are closed again."""
    give_accounts(province, laptop)
    server = Server(province.app)
    laptop.join(server.url, province.code())
    laptop.sync()
    server.stop()
    for node in (province, laptop):
        with node.app.app_context():
            db.session.remove()
            db.engine.dispose()


@pytest.fixture
def config(pair: Pair, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Config]:
    """The settings of a fresh copy of the province that the laptop has joined."""
    instance = shutil.copytree(pair.province, tmp_path / "instance")
    if not pair.database:
        yield Config(instance=instance, testing=True)
        return
    server: Postgres = request.getfixturevalue("postgres")
    name = server.create(pair.database)
    yield Config(instance=instance, database_url=server.url(name), testing=True)
    server.drop(name)


@pytest.fixture
def joined(pair: Pair, tmp_path: Path, server: Server) -> Iterator[Node]:
    """The laptop, joined to the province and synced once."""
    made = Node(create_app(Config(instance=shutil.copytree(pair.laptop, tmp_path / "joined"), testing=True)))
    with made.inside():
        nodes.find("tinh").url = server.url
    yield made
    with made.app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def file(province: Node, laptop: Node, tmp_path: Path) -> Path:
    """All the province holds, for the laptop."""
    befriend(laptop, province)
    write(province, tmp_path / "to-laptop.fab", "laptop")
    return tmp_path / "to-laptop.fab"
