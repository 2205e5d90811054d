"""What follows from records and is kept beside them: handed in by those who know what it is, told of every change."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Protocol

from sync import State
from sync.journal import Journal


class Facts(Protocol):
    """A table of facts, as intake knows it. The caller commits."""

    def refresh(
        self, journal: Journal, states: Mapping[str, State], gone: Collection[str], moved: Collection[str]
    ) -> None:
        """Make again what follows from these records, whose rows are written; ``gone``: those that are no more;
        ``moved``: others that lie elsewhere since."""

    def make(self, records: Collection[str]) -> None:
        """Make the facts of these records."""

    def differing(self, records: Collection[str]) -> list[str]:
        """Of these records those whose facts are not what follows from them."""

    def rules_changed(self) -> None:
        """A rule has changed: what follows from it is worked out again by and by."""

    def all_made(self) -> None:
        """The facts of all records have just been made."""

    def is_empty(self) -> bool:
        """Whether none was made yet."""


KEPT: list[Facts] = []


def keep(facts: Facts) -> None:
    """Let a table of facts be told of every change from now on."""
    if facts not in KEPT:
        KEPT.append(facts)
