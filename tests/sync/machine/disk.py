"""The disk of a tablet: what is on it changes only in whole transactions, and one that dies keeps those complete."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

Row = dict[str, Any]
Rows = dict[str, dict[str, Row]]

STORES = ("meta", "changes", "drafts", "pulled", "records", "cursors")
KEYS = {"meta": "name", "cursors": "area"}
"""What the rows of a store are known by, where it is not their ``id``."""


class Died(Exception):
    """The tablet lost its power before a transaction was complete."""


class Store:
    """The disk. ``fuse``: after so many transactions the power fails, before the next is complete."""

    def __init__(self) -> None:
        self.rows: Rows = {name: {} for name in STORES}
        self.fuse: int | None = None

    def write(self, work: Callable[[Rows], None]) -> None:
        """All of it or nothing. Rows are replaced, never altered."""
        changed = {name: dict(rows) for name, rows in self.rows.items()}
        work(changed)
        if self.fuse is not None:
            if self.fuse == 0:
                self.fuse = None
                raise Died
            self.fuse -= 1
        self.rows = changed

    def known(self, name: str, otherwise: Any = None) -> Any:
        return self.rows["meta"].get(name, {}).get("value", otherwise)

    def all(self, name: str, record: str | None = None) -> list[Row]:
        """The rows of a store, or those of one record."""
        return [row for row in self.rows[name].values() if record in (None, row.get("record"))]


def put(rows: Rows, name: str, each: Iterable[Row]) -> None:
    """Write rows into a store, each over the one before."""
    rows[name].update({row[KEYS.get(name, "id")]: row for row in each})


def drop(rows: Rows, name: str, ids: Iterable[str]) -> None:
    for id in ids:
        rows[name].pop(id, None)
