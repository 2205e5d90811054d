"""Questions that SQLite's own driver answers: what SQLAlchemy does around each takes several times as long as SQLite.

What goes in and comes out is what SQLAlchemy would take and give, records included: a session has one object of each.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapper, Session
from sqlalchemy.orm.attributes import set_committed_value
from sqlalchemy.sql.compiler import SQLCompiler

from sync.statements import Ready

Processor = Callable[[Any], Any]
StraightQuery = sa.Select[*tuple[Any, ...]]

REMEMBERED = 100
"""So many rows that were read last stay at hand until their session ends: a page asks for the same ones again."""


def remember(session: Session, row: Any) -> None:
    """A session itself holds a row no longer than somebody else does, and reads it anew when it is asked for again."""
    session.info.setdefault("read", deque(maxlen=REMEMBERED)).append(row)


class NotStraight(Exception):
    """SQLAlchemy alone knows how to read what a query asks for."""


class Straight:
    """A query of columns, or of one or several kinds of objects, put into words once.

    :raises NotStraight: it asks for something else.
    """

    def __init__(self, query: StraightQuery, dialect: sa.Dialect) -> None:
        self._objects = _objects_of(query)
        if self._objects:
            columns = [column for each in self._objects for column in each.columns]
            query = query.with_only_columns(*columns, maintain_column_froms=True)
        types = [each["type"] for each in query.column_descriptions]
        if not all(isinstance(each, sa.types.TypeEngine) for each in types):
            raise NotStraight()
        told = [each.dialect_impl(dialect).result_processor(dialect, None) for each in types]
        self._told = [(place, process) for place, process in enumerate(told) if process]
        self._given, self._own = _values_of(query, dialect)
        self._ready = Ready(lambda _dialect: query)

    def rows(self, session: Session, values: Mapping[str, Any]) -> list[Any]:
        """All rows that it gives, each with names for its values; of objects each a tuple of them."""
        session.flush()  # what was said to the session alone is seen too
        found = self._ready(session.connection(), **self._as_given(values))
        if self._objects:
            return [self._made(session, self._values(row)) for row in found]
        return [row._make(self._values(row)) for row in found] if self._told else found

    def _made(self, session: Session, values: list[Any]) -> tuple[Any, ...]:
        made, start = [], 0
        for each in self._objects:
            end = start + len(each.columns)
            made.append(each.of(session, values[start:end]))
            start = end
        return tuple(made)

    def _as_given(self, values: Mapping[str, Any]) -> dict[str, Any]:
        given = {**self._own, **values}
        for name, process in self._given.items():
            if given.get(name) is not None:
                given[name] = process(given[name])
        return given

    def _values(self, row: Any) -> list[Any]:
        values = list(row)
        for place, process in self._told:
            if values[place] is not None:
                values[place] = process(values[place])
        return values


def _values_of(query: StraightQuery, dialect: sa.Dialect) -> tuple[dict[str, Processor], dict[str, Any]]:
    """What makes values ready for the driver, by the names of those that need it; and which of these the query has."""
    compiled = query.compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    if any(each.expanding for each in compiled.bind_names):
        raise NotStraight()
    found = {
        name: each.type.dialect_impl(dialect).bind_processor(dialect) for each, name in compiled.bind_names.items()
    }
    needed: dict[str, Processor] = {name: process for name, process in found.items() if process}
    return needed, {name: compiled.params[name] for name in needed if compiled.params[name] is not None}


class Objects:
    """Makes objects of the rows of one table, as a session does."""

    def __init__(self, mapper: Mapper[Any]) -> None:
        self._mapper = mapper
        self._class = mapper.identity_key_from_primary_key(("",))[0]
        self.columns = list(mapper.local_table.columns)
        self._names = [mapper.get_property_by_column(column).key for column in self.columns]
        (self.key,) = (column for column in self.columns if column.primary_key)
        self._id = itemgetter(self.columns.index(self.key))

    def at_hand(self, session: Session, id: Any) -> Any:
        """The object that the session has of this id, which may have expired; None where it has none."""
        return session.identity_map.get(self._key(id))

    def of(self, session: Session, row: Sequence[Any]) -> Any:
        """The object of a row: the one that the session has, which says what it said before unless it has expired."""
        there = self.at_hand(session, self._id(row))
        if there is None:
            return self._new(session, row)
        if expired := expired_in(there):
            for name, value in zip(self._names, row, strict=True):
                if name in expired:
                    set_committed_value(there, name, value)
        return there

    def _new(self, session: Session, row: Sequence[Any]) -> Any:
        """Made and handed over as SQLAlchemy does when it loads one: to make one, to call it loaded and to add it takes
        five times as long."""
        made = self._mapper.class_manager.new_instance()
        vars(made).update(zip(self._names, row, strict=True))
        state = sa.inspect(made)
        state.key, state.session_id = self._key(self._id(row)), session.hash_key
        session.identity_map.add(state)
        remember(session, made)
        return made

    def _key(self, id: Any) -> Any:
        """By which a session finds the object of this id."""
        return self._class, (id,), None


def expired_in(there: Any) -> set[str]:
    """What an object of a session is to read anew before it is told, by the names of its attributes."""
    return sa.inspect(there).expired_attributes  # type: ignore[no-any-return]


def renew(session: Session, there: Any) -> None:
    """Read an object that has expired by the statement that is ready for it, before SQLAlchemy does as it is told."""
    if expired_in(there) and (identity := sa.inspect(there).identity):
        session.get(type(there), identity[0])


@lru_cache(maxsize=256)
def objects(kind: type[Any]) -> Objects | None:
    """For a class of which each object is one row, as it stands; None for any other."""
    mapper = sa.inspect(kind)
    names = {mapper.get_property_by_column(column).key for column in mapper.local_table.columns}
    is_plain = mapper.inherits is None and len(mapper.primary_key) == 1 and names == set(mapper.column_attrs.keys())
    return Objects(mapper) if is_plain and all(each.lazy == "select" for each in mapper.relationships) else None


def _objects_of(query: StraightQuery) -> list[Objects]:
    """Of a query of nothing but objects that can be made here: what makes them, in their order."""
    asked = query.column_descriptions
    if not all(isinstance(each["type"], type) and each["expr"] is each["type"] for each in asked):
        return []
    found = [known for each in asked if (known := objects(each["type"]))]
    return found if len(found) == len(asked) else []
