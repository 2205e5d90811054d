"""The database: SQLite with care, or PostgreSQL."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import cache, lru_cache, partial
from pathlib import Path
from typing import Any, TypeVar, cast

import sqlalchemy as sa
from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy.pool import ConnectionPoolEntry

from fieldapp import packaged, trouble
from fieldapp.instance import at_work
from fieldapp.problems import BadDatabaseAddress, DatabaseBusy, NewerTables, NoDriver, OldTables
from fieldapp.straight import NotStraight, Straight, expired_in, objects, remember
from fieldapp.surveys.base import Base
from fieldapp.turns import Queue, TooLong, Turnstile
from sync.journal import Journal
from sync.statements import goes_straight, straight, texts

T = TypeVar("T")

MIGRATIONS = packaged.folder("migrations")


class AtHand(Session):
    """A session whose connection is at hand while its transaction lasts: a push asks for it twenty times, and each time
    SQLAlchemy would look up anew which engine it is of."""

    def connection(self, bind_arguments: Any = None, execution_options: Any = None) -> sa.Connection:
        """As SQLAlchemy gives it."""
        transaction = self.get_transaction()
        known, connection = cast("tuple[Any, sa.Connection]", self.info.get("at hand", (None, None)))
        asks_more = bind_arguments is not None or execution_options is not None
        if transaction is None or known is not transaction or not transaction.is_active or asks_more:
            connection = super().connection(bind_arguments, execution_options)
            self.info["at hand"] = self.get_transaction(), connection
        return connection

    def get(self, entity: Any, ident: Any, *more: Any, **how: Any) -> Any:
        """As SQLAlchemy gives it."""
        is_plain = isinstance(entity, type) and isinstance(ident, str) and not more and not any(how.values())
        known = objects(entity) if is_plain else None
        if known is None or not goes_straight(self.connection()):
            return super().get(entity, ident, *more, **how)
        there = known.at_hand(self, ident)
        return there if there is not None and not expired_in(there) else _by_id(entity).scalar(id=ident)


db = SQLAlchemy(model_class=Base, session_options={"class_": AtHand})
migrate = Migrate(directory=str(MIGRATIONS), render_as_batch=True)


def init_app(app: Flask) -> None:
    """Attach the database to the app, and give every SQLite connection its pragmas.

    :raises BadDatabaseAddress, NoDriver: ``FIELDAPP_DATABASE_URL`` cannot be used.
    """
    try:
        db.init_app(app)
    except (sa.exc.ArgumentError, ValueError):
        raise BadDatabaseAddress() from None
    except ModuleNotFoundError:
        raise NoDriver() from None
    migrate.init_app(app, db)
    with app.app_context():
        if db.engine.dialect.name == "sqlite":
            sa.event.listen(db.engine, "connect", _careful)
            queue = Queue(Turnstile(Path(str(db.engine.url.database)).parent / at_work.FOLDER))
            sa.event.listen(db.engine, "begin", partial(_begin, queue))
            for end in ("checkin", "close", "invalidate"):
                sa.event.listen(db.engine, end, partial(_leave, queue))
        else:
            sa.event.listen(db.engine, "connect", _planned)


PATIENCE_MS = 20_000
"""So long a writer waits for its turn; whoever writes something that can be left out waits less."""
TRIES = 4
_HAS_THE_TURN = "has the turn to write"

_CACHE = "cache_size=-32000"
"""32 MB of pages for each connection, as far as they are used: the indexes of a journal are met at random."""


def _careful(connection: sqlite3.Connection, _record: Any) -> None:
    # The driver's own transactions start late and split statements; SQLAlchemy begins them itself below.
    connection.isolation_level = None
    waits = f"busy_timeout={PATIENCE_MS}"
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", waits, _CACHE):
        connection.execute(f"PRAGMA {pragma}")


_PLANS = {"random_page_cost": "1.1", "max_parallel_workers_per_gather": "0"}
"""How PostgreSQL weighs a plan: what lies in memory or on a drive without a head is as near at random as in a row, and
the villages of a few communes are found by an index, not by a walk through all. A page has one processor: those of a
small machine serve others meanwhile."""


def _planned(connection: Any, _record: Any) -> None:
    for name, value in _PLANS.items():
        connection.execute("SELECT set_config(%s, %s, false)", (name, value))
    connection.commit()


def _begin(queue: Queue, connection: sa.Connection) -> None:
    how = connection.get_execution_options()
    if how.get("writes", False):
        _enter(queue, connection, how.get("patience_ms", PATIENCE_MS))
        connection.exec_driver_sql("BEGIN IMMEDIATE")  # which may be refused, and SQLAlchemy tells of that
    else:
        straight(connection, "BEGIN")


def _enter(queue: Queue, connection: sa.Connection, patience_ms: int) -> None:
    """Wait in the queue, if this connection has not done so; it leaves when it goes back to its pool."""
    if connection.info.get(_HAS_THE_TURN):
        return
    try:
        queue.enter(patience_ms / 1000)
    except TooLong:
        raise sa.exc.OperationalError("BEGIN IMMEDIATE", None, sqlite3.OperationalError("database is locked")) from None
    connection.info[_HAS_THE_TURN] = True


def _leave(queue: Queue, _connection: Any, record: ConnectionPoolEntry, *_why: Any) -> None:
    if record.info.pop(_HAS_THE_TURN, False):
        queue.leave()


class Prepared:
    """A question to the session that is put together once for each database: to put one together, and to find the words
    that it was put into before, takes SQLAlchemy longer than to ask it. From its second time on SQLite's own driver is
    asked.

    ``make`` builds it for a dialect, its values named by ``bindparam``; where it has
    :func:`sync.statements.among_texts`, its value is a collection of texts.
    """

    def __init__(self, make: Callable[[sa.Dialect], sa.Select[*tuple[Any, ...]]]) -> None:
        self._make = make
        self._made: dict[str, sa.Select[*tuple[Any, ...]]] = {}
        self._straight: Straight | None = None
        self._is_straight = True

    def rows(self, **values: Any) -> list[Any]:
        """All rows that it gives."""
        session = db.session()
        connection = session.connection()
        told = {name: texts(connection, each) if _are_several(each) else each for name, each in values.items()}
        if self._straight is not None and goes_straight(connection):
            return self._straight.rows(session, told)
        return list(session.execute(self._question(connection), told))

    def scalars(self, **values: Any) -> list[Any]:
        """The first value of each row: a record, where one was asked for."""
        return [row[0] for row in self.rows(**values)]

    def scalar(self, **values: Any) -> Any:
        """That of the first row; None where there is none."""
        found = self.rows(**values)
        return found[0][0] if found else None

    def _question(self, connection: sa.Connection) -> sa.Select[*tuple[Any, ...]]:
        made = self._made.get(connection.dialect.name)
        if made is None:
            made = self._made[connection.dialect.name] = self._make(connection.dialect)
        elif self._is_straight and goes_straight(connection):
            self._straighten(made, connection.dialect)
        return made

    def _straighten(self, made: sa.Select[*tuple[Any, ...]], dialect: sa.Dialect) -> None:
        try:
            self._straight = Straight(made, dialect)
        except NotStraight:
            self._is_straight = False


@lru_cache(maxsize=256)
def _by_id(kind: Any) -> Prepared:
    """One object of a kind that :func:`fieldapp.straight.objects` knows."""
    known = objects(kind)
    assert known is not None, kind
    return Prepared(lambda _dialect: sa.select(kind).where(known.key == sa.bindparam("id")))


def _are_several(value: Any) -> bool:
    return isinstance(value, Collection) and not isinstance(value, str | bytes)


sa.event.listen(db.session, "loaded_as_persistent", remember)


def begin_writing(*, again: bool = True) -> None:
    """Take the one writer's place before reading what the write depends on.

    A transaction that reads first and writes later can be refused half way by SQLite when another writer came
    between, and in PostgreSQL decides by what is true no more; one that begins as a writer waits its turn instead.

    :param again: begin a new transaction also where one was begun as a writer already; what it did is then undone.
    """
    if not again and _is_writing():
        return
    if db.session().in_transaction():
        db.session.rollback()
    connection = db.session.connection(execution_options={"writes": True})
    Journal(connection).claim()


def _is_writing() -> bool:
    session = db.session()
    return session.in_transaction() and bool(session.connection().get_execution_options().get("writes"))


def briefly(work: Callable[[sa.Connection], T], patience_ms: int = PATIENCE_MS) -> T:
    """A short piece of writing in a transaction of its own, done again where others who wrote meanwhile stopped it.

    It sees and commits nothing of the session; a session that writes already must not ask for it. ``work`` may be
    called several times, and must be quick: everybody else who writes waits for it.

    :param patience_ms: how long to wait for its turn each time; one that is shorter than usual is not tried again.
    :raises sqlalchemy.exc.DBAPIError: it could not be written.
    """
    left = TRIES if patience_ms == PATIENCE_MS else 1
    while True:
        try:
            with _writer(patience_ms) as connection:
                return work(connection)
        except sa.exc.DBAPIError as error:
            left -= 1
            if not left or not is_busy(error):
                raise
            time.sleep(random.uniform(0.01, 0.05))  # noqa: S311  so that those who met do not meet again


def is_busy(error: sa.exc.DBAPIError) -> bool:
    """Whether only other work was in the way."""
    return isinstance(trouble.of_database(error, db.engine.url), DatabaseBusy)


@contextmanager
def _writer(patience_ms: int) -> Iterator[sa.Connection]:
    """A connection of its own, in a transaction begun as a writer and committed at the end."""
    with db.engine.connect().execution_options(writes=True, patience_ms=patience_ms) as connection:
        if connection.dialect.name == "postgresql":
            with connection.begin():
                connection.exec_driver_sql(f"SET LOCAL lock_timeout = {patience_ms}")
                yield connection
            return
        driver: Any = connection.connection.dbapi_connection
        driver.execute(f"PRAGMA busy_timeout={patience_ms}")
        try:
            with connection.begin():
                yield connection
        finally:
            driver.execute(f"PRAGMA busy_timeout={PATIENCE_MS}")


def upgrade(app: Flask, revision: str = "head") -> None:
    """Bring the database to a revision (the newest by default); at the newest, this node has its ids.

    :raises NewerTables: it is at one that this version does not know.
    """
    with app.app_context():
        _known_revision()
        command.upgrade(alembic_config(), revision)
        if revision == "head":
            briefly(lambda connection: Journal(connection).identity())  # those who only ask need draw none


def forget_statistics() -> None:
    """Take from SQLite what ``ANALYZE`` told it, which some tool or person ran. Without it the plan of a statement is
    the same at every size, and that is how each was tried: with it, it walks through a table for what few rows name."""
    inspector = sa.inspect(db.engine)
    if db.engine.dialect.name == "sqlite" and inspector.has_table(_STATISTICS):
        briefly(lambda connection: connection.exec_driver_sql(f"DROP TABLE {_STATISTICS}"))


_STATISTICS = "sqlite_stat1"


def check_tables() -> None:
    """See that the tables are those of this version.

    :raises OldTables, NewerTables: they are not; migrations bring old ones up to date.
    """
    if _known_revision() != _migrations().get_current_head():
        raise OldTables()


def _known_revision() -> str | None:
    revision = MigrationContext.configure(db.session.connection()).get_current_revision()
    db.session.rollback()
    if revision is not None and revision not in {each.revision for each in _migrations().walk_revisions()}:
        raise NewerTables()
    return revision


@cache
def _migrations() -> ScriptDirectory:
    """All of this version, read once a process: to read them takes as long as all else that a small command does."""
    return ScriptDirectory(str(MIGRATIONS))


def alembic_config() -> AlembicConfig:
    """Alembic's settings, usable wherever there is an application context."""
    config: AlembicConfig = migrate.get_config()
    return config
