"""A province: a server, laptops of communes, and tablets, each with its own database, disk and clock.

Chance and time are made here too, so that the same steps give the same changes, to the letter.
"""

from __future__ import annotations

import pickle
import random
import shutil
import sqlite3
import tempfile
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from datetime import UTC, datetime, tzinfo
from functools import cache, cached_property
from pathlib import Path
from typing import Any
from unittest.mock import patch

import httpx
import sqlalchemy as sa
from flask import Flask, current_app

import sync.change
import sync.clock
from fieldapp import create_app, intake, nodes, people, places
from fieldapp.batches import files
from fieldapp.config import Config
from fieldapp.db import begin_writing, db, upgrade
from fieldapp.places import Place, Village
from fieldapp.places.models import PlaceListVersion, PlaceMapping
from fieldapp.surveys import SURVEYS
from fieldapp.tables import METADATA
from fieldapp.web.sync_api import base, download
from sync.change import Change, read_back
from sync.entries import Page
from sync.fold import State
from sync.tables import FOLDED, change, node
from tests.conftest import PASSWORD, Server
from tests.sync.machine.line import Line, installed
from tests.sync.machine.lives import Noted

START = 1_790_000_000_000
LAPTOPS = ("laptop", "second")
COMMUNES = ("01858", "01864", "01930")
MERGED = "01864"  # the commune of 2025 in which the first two of these are one
NORTH, SOUTH, FAR = (f"2023.{code}.001" for code in COMMUNES)
PEOPLE = {
    "an": ("enumerator", [(2023, COMMUNES[0])]),
    "bao": ("enumerator", [(2023, COMMUNES[1])]),
    "chi": ("enumerator", [(2023, COMMUNES[0]), (2023, COMMUNES[1])]),
    "binh": ("supervisor", [(2023, "06")]),
    "quan": ("admin", [(2023, "06")]),
}
NEVER_CHANGING = {model.__tablename__ for model in (Place, PlaceMapping, Village, PlaceListVersion)}  # type: ignore[attr-defined]


class Time:
    """What ``time`` is to the engine: every node has its own idea of it."""

    def __init__(self) -> None:
        self.millis = START
        self.skew: dict[str, int] = {}

    def of(self, name: str) -> int:
        return self.millis + self.skew.get(name, 0)

    def time_ns(self) -> int:
        return self.of(current_app.extensions["site"]) * 1_000_000

    def now(self, zone: tzinfo) -> datetime:
        """What a node tells its tablets."""
        return datetime.fromtimestamp(self.of(current_app.extensions["site"]) / 1000, zone)


class Dice:
    """Ids, drawn so that a history can be told again."""

    def __init__(self) -> None:
        self.throw(0)

    def throw(self, seed: int) -> None:
        self.random = random.Random(seed)

    def token_hex(self, bytes: int = 32) -> str:
        return self.random.randbytes(bytes).hex()

    def urandom(self, bytes: int) -> bytes:
        return self.random.randbytes(bytes)


@cache
def tables() -> bytes:
    """The database of a node to which nothing has happened, not even that it has a name: all migrations take long."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Config(instance=Path(folder), testing=True))
        upgrade(app)
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        file = Path(folder) / "fieldapp.db"
        with closing(sqlite3.connect(file, isolation_level=None)) as database:
            database.execute("DELETE FROM node")
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return file.read_bytes()


class Site:
    """A server or a laptop: the whole application, served over HTTP."""

    def __init__(self, name: str, config: Config) -> None:
        self.name, self.stick = name, config.instance.parent / f"{name}.fab"
        self.app: Flask = create_app(config)
        self.app.extensions["site"] = name
        if config.on_sqlite:
            (config.instance / "fieldapp.db").write_bytes(tables())
        upgrade(self.app)
        with self.inside():
            if db.engine.dialect.name == "sqlite":
                sa.event.listen(db.engine, "connect", _carelessly)
                db.session.remove()
                db.engine.dispose()
        self.server = Server(self.app)
        self.url = self.server.url

    @contextmanager
    def inside(self) -> Iterator[None]:
        """A transaction of this node, as a writer."""
        with self.app.app_context():
            begin_writing()
            try:
                yield
                db.session.commit()
            finally:
                db.session.remove()

    @contextmanager
    def reading(self) -> Iterator[None]:
        with self.app.app_context():
            try:
                yield
            finally:
                db.session.remove()

    def close(self) -> None:
        self.server.stop()
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()

    # --- backups ------------------------------------------------------------------------------------------------

    def image(self) -> bytes:
        """All that is in the database."""
        with self.app.app_context():
            if db.engine.dialect.name != "sqlite":
                return _rows_of(db.session.connection())
            with closing(sqlite3.connect(self._file)) as database:
                database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            return self._file.read_bytes()

    def put_back(self, image: bytes) -> None:
        """The database as it was, under an application that has only just begun."""
        self.app.extensions.pop(download.__name__, None)  # no page of it is at hand of what happened after that day
        with self.app.app_context():
            if db.engine.dialect.name != "sqlite":
                _fill(db.session.connection(), image)
                db.session.commit()
                db.session.remove()
                return
            db.engine.dispose()
            for name in ("-wal", "-shm"):
                Path(f"{self._file}{name}").unlink(missing_ok=True)
            self._file.write_bytes(image)

    @property
    def _file(self) -> Path:
        return Path(str(db.engine.url.database))

    def restore(self, image: bytes) -> None:
        """What ``fieldapp restore`` does: the database of an earlier day, and a new epoch."""
        self.put_back(image)
        with self.inside():
            intake.journal().new_epoch()

    # --- what people do -----------------------------------------------------------------------------------------

    def save(self, survey: str, record: str, answers: dict[str, Any], who: str = "quan") -> intake.Receipt:
        with self.inside():
            return intake.save(survey, record, answers, account=people.find_account(who))

    def rule(self, about: list[str], verdict: str) -> None:
        with self.inside():
            intake.rule(about, verdict, account=people.find_account("quan"))

    def take(
        self,
        texts: list[str],
        ahead: Collection[str] = (),
        held: Mapping[str, str] | None = None,
        source: Site | None = None,
    ) -> intake.Receipt:
        """Changes come in on a stick, from a node that tells which of them it holds and which are ahead of time."""
        with self.inside():
            return intake.receive(texts, kind="file", from_node=source and source.node, ahead=ahead, held=held)

    def export(self, to: Site, part: float) -> Path:
        """A batch file for another node, of what came after a part of the journal."""
        with self.inside():
            files.export(self.stick, nodes.find(to.name), since=int(intake.journal().position(None) * part))
        return self.stick

    def take_file(self, file: Path) -> None:
        """Import a batch file."""
        with self.app.app_context():
            try:
                files.take_in(file)
            finally:
                db.session.remove()

    def exchange(self) -> None:
        """With the province."""
        with self.app.app_context():
            try:
                nodes.exchange(nodes.find("server"))
            finally:
                db.session.remove()

    def code(self, username: str) -> str:
        """A one-time code for a device."""
        with self.inside():
            return people.enrolment_code(people.find_account(username), datetime.now(UTC))

    def grant(self, username: str, grants: list[tuple[int, str]]) -> None:
        """Change what a person may see."""
        with self.inside():
            account = people.find_account(username)
            account.grants = [people.Grant(vintage=vintage, code=code) for vintage, code in grants]

    def revoke(self, device: str) -> None:
        with self.inside():
            people.revoke(people.find_device(device), datetime.now(UTC))

    # --- what there is ------------------------------------------------------------------------------------------

    @property
    def key(self) -> str:
        """What other nodes know it by."""
        with self.inside():
            return nodes.public_key()

    @cached_property
    def node(self) -> str:
        with self.inside():
            return intake.journal().identity().node

    def _asked(self, *columns: Any, where: Any = True) -> list[Any]:
        with self.reading():
            return list(db.session.execute(sa.select(*columns).where(where).order_by(change.c.n)))

    def ids(self) -> set[str]:
        """The changes here."""
        return {id for (id,) in self._asked(change.c.id)}

    def changes(self) -> dict[str, Change]:
        """The same, whole."""
        return {id: read_back(id, text) for id, text in self._asked(change.c.id, change.c.text)}

    def counted(self, record: str | None = None) -> frozenset[str]:
        """The changes that count."""
        where = FOLDED if record is None else sa.and_(FOLDED, change.c.record == record)
        return frozenset(id for (id,) in self._asked(change.c.id, where=where))

    def marks(self) -> frozenset[str]:
        """The changes with stamps too far ahead."""
        return frozenset(id for (id,) in self._asked(change.c.id, where=change.c.ahead))

    def ruled(self, verdict: str) -> frozenset[str]:
        """The changes about which an administrator has said so."""
        return frozenset(id for (id,) in self._asked(change.c.id, where=change.c.ruled == verdict))

    def why_held(self) -> dict[str, str]:
        """What waits for an administrator, and why."""
        with self.reading():
            return {entry.change.id: entry.held or "" for entry in intake.journal().held()}

    def held(self) -> list[str]:
        """The same, in order of arrival."""
        return list(self.why_held())

    def everything(self) -> Page:
        """The journal on one page."""
        with self.reading():
            return intake.journal().feed(None, 0, 10**6)

    def batches(self) -> list[int]:
        """Those that brought something from elsewhere, the latest first."""
        with self.reading():
            found = intake.journal().batches(8, kinds=["wire", "node", "file"])
            return [each.id for each in found if set(each.counts) - {"duplicate"}]

    def changes_of_batch(self, number: int) -> list[str]:
        with self.reading():
            return intake.journal().changes_of_batch(number)

    def clock(self) -> str:
        """The greatest stamp this node has given or followed."""
        with self.reading():
            return str(db.session.scalar(sa.select(node.c.stamp)) or "0" * 12)

    def states(self) -> dict[str, State]:
        with self.reading():
            here = intake.journal()
            return here.states([record for record, _ in here.all_records()])

    def areas(self) -> dict[str, str]:
        """Where the journal says each record is."""
        with self.reading():
            here = intake.journal()
            return here.areas_of([record for record, _ in here.all_records()])

    def rows(self) -> dict[str, str]:
        """The area of each record that has a row."""
        with self.reading():
            return {
                id: area or ""
                for model in SURVEYS.values()
                for id, area in db.session.execute(sa.select(model.id, model.area))
            }

    def rebuilt(self) -> list[str]:
        """The records of which the rows differ from the journal: ``fieldapp rebuild --check``."""
        with self.reading():
            return intake.rebuild(check=True)

    def unsettled(self) -> list[str]:
        """The records of which nothing is kept for first downloads."""
        with self.reading():
            return list(intake.journal().unsettled(10**6))


def _carelessly(connection: Any, _: Any) -> None:
    connection.execute("PRAGMA synchronous=OFF")


def _tables() -> list[sa.Table]:
    return [t for metadata in METADATA for t in metadata.sorted_tables if t.name not in NEVER_CHANGING]


def _rows_of(connection: sa.Connection) -> bytes:
    read = {table.name: [dict(row) for row in connection.execute(sa.select(table)).mappings()] for table in _tables()}
    return pickle.dumps(read)


def _fill(connection: sa.Connection, image: bytes) -> None:
    told = pickle.loads(image)
    for table in reversed(_tables()):
        connection.execute(table.delete())
    for table in _tables():
        if told[table.name]:
            connection.execute(table.insert(), told[table.name])
    connection.exec_driver_sql("SELECT setval('batch_id_seq', (SELECT coalesce(max(id), 0) + 1 FROM batch), false)")


class World:
    """The province of one test run: made once, put back to its first day for every history."""

    def __init__(self, folder: Path, database_url: str = "") -> None:
        self.time, self.dice, self.line = Time(), Dice(), Line()
        self._stack = ExitStack()
        self._stack.enter_context(installed(self.line))
        self._stack.enter_context(patch.object(sync.clock, "time", self.time))
        self._stack.enter_context(patch.object(base, "datetime", self.time))
        self._stack.enter_context(patch("secrets.token_hex", self.dice.token_hex))
        self._stack.enter_context(patch.object(sync.change.os, "urandom", self.dice.urandom))
        self.client = self._stack.enter_context(httpx.Client(timeout=30))
        self.server = self._made("server", Config(folder / "server", database_url, testing=True))
        self._settle_in(self.server, PEOPLE)
        self.laptops = [self._made(name, Config(folder / name, testing=True)) for name in LAPTOPS]
        for laptop in self.laptops:
            self._join(laptop)
        self._know_each_other()
        self.tablets = [self.enrolled(name, self.tablet(name)) for name in ("an", "bao", "chi")]
        self._images = {site: site.image() for site in self.sites}
        self._disks = {tablet.name: tablet.store.rows for tablet in self.tablets}

    def _made(self, name: str, config: Config) -> Site:
        site = Site(name, config)
        self._stack.callback(site.close)
        return site

    @property
    def sites(self) -> list[Site]:
        return [self.server, *self.laptops]

    @property
    def laptop(self) -> Site:
        """The first of them."""
        return self.laptops[0]

    def site(self, name: str) -> Site:
        return next(site for site in self.sites if site.name == name)

    def close(self) -> None:
        self._stack.close()

    def begin(self) -> None:
        """The first day again."""
        self.time.millis, self.time.skew = START, {}
        self.line.fault = ""
        self.dice.throw(1)  # not what the first day was drawn from
        for site, image in self._images.items():
            site.put_back(image)
        self.tablets = [self.tablet(name) for name in self._disks]
        for tablet in self.tablets:
            tablet.store.rows = self._disks[tablet.name]

    def tablet(self, name: str) -> Noted:
        """A new tablet, empty."""
        return Noted(name, self.server.url, lambda: self.time.of(name), self.server.counted, self.client)

    def enrolled(self, username: str, tablet: Noted) -> Noted:
        """A tablet is connected with a one-time code of a person."""
        tablet.enrol(self.server.code(username))
        return tablet

    def _settle_in(self, site: Site, who: dict[str, tuple[str, list[tuple[int, str]]]]) -> None:
        with site.inside():
            places.import_packaged()
            places.import_villages((2023, code, 1, "Nà Lài") for code in COMMUNES)
            for username, (role, grants) in who.items():
                people.add_account(username, username.title(), role, PASSWORD, grants)

    def _join(self, laptop: Site) -> None:
        with self.server.inside():
            ids = {name: people.find_account(name).id for name in PEOPLE}
        with laptop.inside():
            places.import_packaged()
            places.import_villages((2023, code, 1, "Nà Lài") for code in COMMUNES)
            for name in ("binh", "quan"):
                people.add_account(name, name.title(), PEOPLE[name][0], PASSWORD, PEOPLE[name][1], id=ids[name])
        code = self.server.code("quan")
        with laptop.inside():
            nodes.join(self.server.url, code, "server")
        laptop.exchange()

    def _know_each_other(self) -> None:
        """Everybody takes files from everybody."""
        keys = {site.name: site.key for site in self.sites}
        for site in self.sites:
            with site.inside():
                for name in keys.keys() - {site.name}:
                    nodes.trust(name, keys[name])


@contextmanager
def province(folder: Path, database_url: str = "") -> Iterator[World]:
    """A world for as long as a test needs one."""
    folder.mkdir(parents=True, exist_ok=True)
    tables()  # before chance and time are taken in hand
    made = World(folder, database_url)
    try:
        yield made
    finally:
        made.close()
        shutil.rmtree(folder, ignore_errors=True)
