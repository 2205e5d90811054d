"""Counts kept beside the facts: a page over a province adds up some thousand numbers instead of reading every row.

What a tally counts is said by a query over all facts, by which :func:`miscounted` judges it and :func:`recount` makes
it anew. Whoever writes facts either knows what they counted as before and what they do now, and tells it; or does so
within :func:`tallied`, which asks the query of them before and after.
"""

from __future__ import annotations

import operator
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import sqlalchemy as sa

from fieldapp.db import db
from sync.statements import Ready, add, among_texts, many, texts

CountKey: TypeAlias = tuple[str, ...]


class KeptCount:
    """Counts by keys, in one table or in several, of which each leaves some keys out and adds up what they told apart.

    ``tables``: each its keys and behind them the counts, the same in all, of which the first is 0 where there is
    nothing left to count; ``of_all``: queries that give the keys and the counts, grouped by the keys, of all facts;
    none gives a group that another gives; ``keys``: the names of these keys in their order, where they are not those of
    the one table; ``of``: the column by which facts are told to :func:`tallied`.
    """

    def __init__(
        self, *tables: Any, of_all: Sequence[sa.Select[Any]], keys: Sequence[str] = (), of: Any = None
    ) -> None:
        self.tables: tuple[sa.Table, ...] = tables
        names = [*(keys or _keys(tables[0]))]
        self._keys = {table.name: [names.index(name) for name in _keys(table)] for table in tables}
        self._many = len(names)
        self._all = sa.union_all(*of_all)
        self._some = Ready(
            lambda dialect: sa.union_all(*(part.where(among_texts(dialect, of, "some")) for part in of_all))
        )

    def of_some(self, facts: Collection[str]) -> dict[CountKey, tuple[int, ...]]:
        """What these facts alone count as."""
        connection = db.session.connection()
        return _counts(self._some(connection, some=texts(connection, facts)), self._many)

    def move(self, facts: Iterable[tuple[CountKey, Sequence[int], int]]) -> None:
        """Each fact with its keys and what it counts as, and whether this is to be added, 1, or taken off, -1."""
        told = list(facts)
        for table in self.tables:
            own = self._keys[table.name]
            _move(table, ((tuple(key[place] for place in own), counts, sign) for key, counts, sign in told))

    def recount(self) -> None:
        """Count everything anew."""
        for table in self.tables:
            db.session.execute(sa.delete(table))
            db.session.execute(sa.insert(table).from_select(table.columns.keys(), self._added_up(table)))

    def miscounted(self) -> list[str]:
        """The counts that are not those of the facts: the name of the table and the keys, with blanks between."""
        return sorted(told for table in self.tables for told in self._miscounted(table))

    def _miscounted(self, table: sa.Table) -> Iterator[str]:
        queries, keys = (sa.select(table), self._added_up(table)), len(self._keys[table.name])
        kept, real = (_counts(db.session.execute(query), keys) for query in queries)
        yield from (" ".join((table.name, *key)) for key in {**kept, **real} if kept.get(key) != real.get(key))

    def _added_up(self, table: sa.Table) -> sa.Select[Any]:
        """The keys and counts of a table, of all facts."""
        columns = list(self._all.subquery().columns)
        keys = [columns[place] for place in self._keys[table.name]]
        return sa.select(*keys, *map(sa.func.sum, columns[self._many :])).group_by(*keys)


class KeptRows:
    """What a query says of each fact by itself, kept in a table in the order of the columns of the query.

    ``of_all``: the query over all facts; ``of``: its column by which facts are told to :meth:`make`; the table has one
    of the same name.
    """

    def __init__(self, table: sa.Table, of_all: sa.Select[Any], of: sa.Column[Any]) -> None:
        self.table, self._all = table, of_all
        mine = table.c[of.name]
        self._gone = Ready(lambda dialect: sa.delete(table).where(among_texts(dialect, mine, "some")))
        self._made = Ready(lambda dialect: self._filled(of_all.where(among_texts(dialect, of, "some"))))

    def make(self, facts: Collection[str]) -> None:
        """Make the rows of these facts, as they are now."""
        connection = db.session.connection()
        for step in (self._gone, self._made):
            step(connection, some=texts(connection, facts))

    def recount(self) -> None:
        """Make all rows anew."""
        db.session.execute(sa.delete(self.table))
        db.session.execute(self._filled(self._all))

    def miscounted(self) -> list[str]:
        """The rows that are not what the query says: the name of the table and its keys, with blanks between."""
        kept, real = (set(map(tuple, db.session.execute(query))) for query in (sa.select(self.table), self._all))
        keys = len(_keys(self.table))
        return sorted({" ".join((self.table.name, *row[:keys])) for row in kept ^ real})

    def _filled(self, query: sa.Select[Any]) -> sa.Insert:
        return sa.insert(self.table).from_select(self.table.columns.keys(), query)


def _keys(table: sa.Table) -> list[str]:
    return [column.name for column in table.primary_key]


def _move(table: sa.Table, facts: Iterable[tuple[CountKey, Sequence[int], int]]) -> None:
    changes: dict[CountKey, Sequence[int]] = {}
    for key, counts, sign in facts:
        before = changes.get(key)
        by = counts if sign > 0 else [-count for count in counts]
        changes[key] = by if before is None else list(map(operator.add, before, by))
    connection = db.session.connection()
    add(connection, table, [(*key, *by) for key, by in sorted(changes.items()) if any(by)])
    if fewer := [key for key, by in changes.items() if by[0] < 0]:
        many(connection, _emptied(table, connection.dialect.paramstyle), fewer)


def _emptied(table: sa.Table, style: str) -> str:
    keys = _keys(table)
    mark, count = "?" if style == "qmark" else "%s", table.columns.values()[len(keys)].name
    these = " AND ".join(f'"{name}" = {mark}' for name in keys)
    return f'DELETE FROM "{table.name}" WHERE {these} AND "{count}" = 0'  # noqa: S608  the names are of our own tables


def _counts(rows: Iterable[Any], keys: int) -> dict[CountKey, tuple[int, ...]]:
    return {tuple(row[:keys]): tuple(map(int, row[keys:])) for row in rows}


@contextmanager
def tallied(tallies: Sequence[KeptCount], facts: Collection[str]) -> Iterator[None]:
    """Whatever is done meanwhile to these facts, and to no others, the counts follow."""
    before = [tally.of_some(facts) for tally in tallies]
    yield
    for tally, was in zip(tallies, before, strict=True):
        now = tally.of_some(facts)
        off = ((key, counts, -1) for key, counts in was.items() if now.get(key) != counts)
        tally.move([*off, *((key, counts, 1) for key, counts in now.items() if was.get(key) != counts)])


def recount(tallies: Iterable[KeptCount | KeptRows]) -> None:
    """Count everything anew."""
    for tally in tallies:
        tally.recount()


def miscounted(tallies: Iterable[KeptCount | KeptRows]) -> list[str]:
    """What is not as the facts are, as :meth:`KeptCount.miscounted` and :meth:`KeptRows.miscounted` tell it."""
    return [told for tally in tallies for told in tally.miscounted()]
