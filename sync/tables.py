"""The tables of the journal, and how rows are put into them. Outside of ``sync`` nobody knows them: see ``journal``."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_LOCK = 0x66_6F_6C_64
_Number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def _bytewise(length: int) -> sa.String:
    """Text that is compared as bytes in both databases, so that the greatest stamp is the same everywhere."""
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


node = sa.Table(
    "node",
    metadata,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("node", sa.String(16), nullable=False),
    sa.Column("epoch", sa.String(16), nullable=False),
    sa.Column("device", sa.String(16), nullable=False),
    sa.Column("stamp", _bytewise(36)),
)

chain = sa.Table(
    "chain",
    metadata,
    sa.Column("device", sa.String(16), primary_key=True),
    sa.Column("acked", _Number, nullable=False, default=0),
    sa.Column("top", _Number, nullable=False, default=0),
    sa.Column("seq", _Number, nullable=False, default=0),
    sa.Column("prev", sa.String(32)),
)

batch = sa.Table(
    "batch",
    metadata,
    sa.Column("id", _Number, primary_key=True, autoincrement=True),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("device", sa.String(16)),
    sa.Column("author", sa.String(64)),
    sa.Column("from_node", sa.String(16)),
    sa.Column("file_hash", sa.String(64)),
    sa.Column("received_at", sa.BigInteger, nullable=False),
    sa.Column("first", _Number),
    sa.Column("last", _Number),
    sa.Column("counts", sa.JSON, nullable=False),
)

change = sa.Table(
    "change",
    metadata,
    sa.Column("n", _Number, primary_key=True, autoincrement=False),
    sa.Column("id", _bytewise(32), nullable=False, unique=True),
    sa.Column("record", _bytewise(36), nullable=False, index=True),
    sa.Column("device", sa.String(16), nullable=False),
    sa.Column("seq", _Number, nullable=False),
    sa.Column("prev", sa.String(32)),
    sa.Column("stamp", _bytewise(36), nullable=False),
    sa.Column("batch", _Number, nullable=False),
    sa.Column("held", sa.String(64)),
    sa.Column("ruled", sa.String(16)),
    sa.Column("excluded", sa.Boolean, nullable=False),
    sa.Column("ahead", sa.Boolean, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Index(None, "device", "seq"),
)
_held = change.c.held.is_not(None)
sa.Index("ix_change_held", change.c.n, sqlite_where=_held, postgresql_where=_held)

batch_entry = sa.Table(
    "batch_entry",
    metadata,
    sa.Column("batch", _Number, primary_key=True, autoincrement=False),
    sa.Column("i", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("id", sa.String(32), nullable=False),
    sa.Column("verdict", sa.String(16), nullable=False),
    sa.Column("reason", sa.String(64)),
)

quarantine = sa.Table(
    "quarantine",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("batch", _Number, nullable=False),
    sa.Column("reason", sa.String(64), nullable=False),
    sa.Column("bytes", sa.LargeBinary, nullable=False),
)

record_area = sa.Table(
    "record_area",
    metadata,
    sa.Column("record", _bytewise(36), primary_key=True),
    sa.Column("survey", sa.String(64), nullable=False),
    sa.Column("area", sa.String(64), nullable=False),
    sa.Column("since", _Number, nullable=False),
    sa.Index(None, "area", "record"),
)

snapshot = sa.Table(
    "snapshot",
    metadata,
    sa.Column("record", _bytewise(36), primary_key=True),
    sa.Column("text", sa.LargeBinary, nullable=False),
)

feed = sa.Table(
    "feed",
    metadata,
    sa.Column("pos", _Number, primary_key=True, autoincrement=False),
    sa.Column("area", sa.String(64), nullable=False),
    sa.Column("n", _Number),
    sa.Column("evicted", _bytewise(36)),
    sa.Index(None, "area", "pos"),
)

ruling = sa.Table(
    "ruling",
    metadata,
    sa.Column("about", _bytewise(32), primary_key=True),
    sa.Column("ruling", _bytewise(32), primary_key=True, index=True),
    sa.Column("verdict", sa.String(16), nullable=False),
)

peer_cursor = sa.Table(
    "peer_cursor",
    metadata,
    sa.Column("node", sa.String(16), primary_key=True),
    sa.Column("epoch", sa.String(16), nullable=False),
    sa.Column("pulled", _Number, nullable=False),
    sa.Column("pushed", _Number, nullable=False),
    sa.Column("everything_until", _Number, nullable=False),
)

FOLDED = sa.and_(
    change.c.excluded.is_(sa.false()),
    sa.or_(change.c.ruled == "release", sa.and_(change.c.held.is_(None), change.c.ruled.is_(None))),
)
"""Which changes count: not excluded, and either released by a ruling or neither held nor refused."""


CLAIMED = "claimed"
"""The execution option of a connection whose transaction began by taking the one writer's place."""


def lock(connection: sa.Connection) -> None:
    """Let one writer at a time give positions, seqs and stamps, until its transaction ends.

    Without this a position can be given before, and become visible after, a greater one, and a puller that has read
    the greater one never sees it. What is read after this is what the writer before has committed: PostgreSQL must run
    at its default, READ COMMITTED, where each statement sees that. Nothing is left to do where it is ``CLAIMED``.
    """
    if connection.get_execution_options().get(CLAIMED):
        return
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    else:
        connection.execute(node.update().values(id=node.c.id))


def claim(connection: sa.Connection) -> None:
    """Take the one writer's place at the beginning of a transaction, which on SQLite was begun as IMMEDIATE."""
    if connection.dialect.name == "postgresql":
        lock(connection)
    connection.execution_options(**{CLAIMED: True})


def upsert(dialect: sa.Dialect, table: sa.Table) -> Any:
    """An insert that can say what to do where the row is there already."""
    return postgresql.insert(table) if dialect.name == "postgresql" else sqlite.insert(table)


def greatest(connection: sa.Connection, column: sa.ColumnElement[Any]) -> int:
    """The greatest number in a column, 0 if there is none."""
    return connection.execute(sa.select(sa.func.coalesce(sa.func.max(column), 0))).scalar_one()  # type: ignore[no-any-return]
