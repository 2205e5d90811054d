"""Names as people type them, looked for in what is kept beside the records, whose rows are narrow."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Any, cast

import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.facts.tables import HouseholdFact
from sync.statements import among


def spoken(text: Any, words: Collection[str]) -> list[sa.ColumnElement[bool]]:
    """Whether each of these words is in it, as :func:`fieldapp.vietnamese.sought` gives them."""
    places: Callable[..., Any] = sa.func.strpos if db.engine.dialect.name == "postgresql" else sa.func.instr
    return [places(text, word) > 0 for word in words]


def names_hold(words: Collection[str]) -> list[sa.ColumnElement[bool]]:
    """Whether the name of a household holds each of these words."""
    return spoken(sa.literal(" ").concat(HouseholdFact.search_key), words)


def households_spoken_of(words: Sequence[str]) -> list[str]:
    """The ids of the households whose names hold all of these words: looked for once in a transaction that only reads,
    by a walk through the names alone, however often a page asks about them."""
    session = db.session()
    connection = session.connection()  # a transaction has begun
    asked, known = (session.get_transaction(), tuple(words)), session.info.get("spoken of")
    if known is None or known[0] != asked or connection.get_execution_options().get("writes"):
        found = session.scalars(sa.select(HouseholdFact.household).where(*names_hold(words)))
        known = session.info["spoken of"] = asked, list(found)
    return cast(list[str], known[1])


def named(column: Any, words: Sequence[str]) -> sa.ColumnElement[bool]:
    """Whether this is the id of a household whose name holds all of these words."""
    return among(db.session.connection(), column, households_spoken_of(words))


def unindexed(column: Any) -> Any:
    """The same text, in a way that no index answers: where nearly every row fits, to walk in order is quicker than to
    gather all and sort them."""
    return column.concat("")


def unindexed_moment(column: Any) -> Any:
    """The same moment, or the same yes or no, in a way that no index answers."""
    return sa.func.coalesce(column, column)


def usual(column: Any) -> Any:
    """A column of which nearly every row fits, in a query that walks in order: SQLite is kept from its index.
    PostgreSQL knows of each value how often it is there; of what it cannot know it takes the rows for few, and gathers
    and sorts them all."""
    return column if db.engine.dialect.name == "postgresql" else unindexed(column)
