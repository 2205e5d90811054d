"""Counts kept beside the facts: a page over a province adds up some thousand numbers instead of reading every row.

What a tally counts is said by a query over all facts, by which :func:`miscounted` judges it and :func:`recount` makes
it anew. Whoever writes facts either knows what they counted as before and what they do now, and tells it; or does so
within :func:`tallied`, which asks the query of them before and after.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

import sqlalchemy as sa

from fieldapp.db import db
from sync.statements import Ready, add, among_texts, many, texts

CountKey: TypeAlias = tuple[str, ...]


class KeptCount:
    """Counts by keys. ``table``: the keys and behind them the counts, of which the first is 0 where there is nothing
    left to count; ``parts``: queries that give its columns, in their order and grouped by the keys, of all facts; none
    gives a group that another gives; ``of``: the column by which facts are told to :func:`tallied`."""

    def __init__(self, table: Any, *parts: sa.Select[Any], of: Any = None) -> None:
        self.table: sa.Table = table
        self._keys = [column.name for column in self.table.primary_key]
        self._all = sa.union_all(*parts)
        self._some = Ready(
            lambda dialect: sa.union_all(*(part.where(among_texts(dialect, of, "some")) for part in parts))
        )

    def of_some(self, facts: Collection[str]) -> dict[CountKey, tuple[int, ...]]:
        """What these facts alone count as."""
        connection = db.session.connection()
        return self._counts(self._some(connection, some=texts(connection, facts)))

    def move(self, facts: Iterable[tuple[CountKey, Sequence[int], int]]) -> None:
        """Each fact with its keys and what it counts as, and whether this is to be added, 1, or taken off, -1."""
        changes: dict[CountKey, list[int]] = defaultdict(lambda: [0] * (len(self.table.columns) - len(self._keys)))
        for key, counts, sign in facts:
            sums = changes[key]
            for place, count in enumerate(counts):
                sums[place] += sign * count
        connection = db.session.connection()
        add(connection, self.table, [(*key, *by) for key, by in sorted(changes.items()) if any(by)])
        if fewer := [key for key, by in changes.items() if by[0] < 0]:
            many(connection, self._emptied(connection.dialect.paramstyle), fewer)

    def _emptied(self, style: str) -> str:
        mark, count = "?" if style == "qmark" else "%s", self.table.columns.values()[len(self._keys)].name
        these = " AND ".join(f'"{name}" = {mark}' for name in self._keys)
        return f'DELETE FROM "{self.table.name}" WHERE {these} AND "{count}" = 0'  # noqa: S608  the names are of our own tables

    def recount(self) -> None:
        """Count everything anew."""
        db.session.execute(sa.delete(self.table))
        db.session.execute(sa.insert(self.table).from_select(self.table.columns.keys(), self._all))

    def miscounted(self) -> list[str]:
        """The counts that are not those of the facts: the name of the table and the keys, with blanks between."""
        kept, real = (self._counts(db.session.execute(query)) for query in (sa.select(self.table), self._all))
        return sorted(" ".join((self.table.name, *key)) for key in {**kept, **real} if kept.get(key) != real.get(key))

    def _counts(self, rows: Iterable[Any]) -> dict[CountKey, tuple[int, ...]]:
        keys = len(self._keys)
        return {tuple(row[:keys]): tuple(map(int, row[keys:])) for row in rows}


@contextmanager
def tallied(tallies: Sequence[KeptCount], facts: Collection[str]) -> Iterator[None]:
    """Whatever is done meanwhile to these facts, and to no others, the counts follow."""
    before = [tally.of_some(facts) for tally in tallies]
    yield
    for tally, was in zip(tallies, before, strict=True):
        off, on = ((key, counts, -1) for key, counts in was.items()), tally.of_some(facts).items()
        tally.move([*off, *((key, counts, 1) for key, counts in on)])


def recount(tallies: Iterable[KeptCount]) -> None:
    """Count everything anew."""
    for tally in tallies:
        tally.recount()


def miscounted(tallies: Iterable[KeptCount]) -> list[str]:
    """The counts that are not those of the facts, as :meth:`KeptCount.miscounted` tells them."""
    return [told for tally in tallies for told in tally.miscounted()]
