"""What follows from records and is kept beside them: handed in by those who know what it is, told of every change."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from itertools import groupby
from typing import Protocol

from sync import State
from sync.journal import Journal


class FactKeeper(Protocol):
    """A table of facts, as intake knows it. The caller commits."""

    def touched(
        self,
        journal: Journal,
        states: Mapping[str, State],
        gone: Collection[str],
        moved: Collection[str],
        merged: Mapping[str, str],
    ) -> dict[str, str]:
        """Of which records the facts follow from these ones, whose rows are written: each with the household it is made
        together with, a household with itself; "" where that is not known. ``gone``: those that are no more; ``moved``:
        others that lie elsewhere since; ``merged``: those among these and among the households they name that are a
        part of another one, each with that one."""

    def make(self, touched: Mapping[str, str]) -> None:
        """Work out and write the facts of these records, given as ``touched`` returns them."""

    def differing(self, records: Collection[str]) -> list[str]:
        """Of these records those whose facts are not what follows from them."""

    def miscounted(self) -> list[str]:
        """What is counted of all facts together and is not what they add up to: each by a name of its own."""

    def rules_changed(self) -> None:
        """A rule has changed: what follows from it is worked out again by and by."""

    def all_made(self) -> None:
        """The facts of all records have just been made."""

    def is_empty(self) -> bool:
        """Whether none was made yet."""


KEPT: list[FactKeeper] = []


class Following:
    """What is to be made again, gathered while records are folded: a household once, however its records came."""

    def __init__(self) -> None:
        self._touched: list[dict[str, str]] = [{} for _facts in KEPT]

    def gather(
        self,
        journal: Journal,
        states: Mapping[str, State],
        gone: Collection[str],
        moved: Collection[str],
        merged: Mapping[str, str],
    ) -> None:
        """What follows from these records too, see :meth:`Facts.touched`."""
        for known, facts in zip(self._touched, KEPT, strict=True):
            for record, household in facts.touched(journal, states, gone, moved, merged).items():
                known[record] = household or known.get(record, "")

    def make(self, most: int) -> None:
        """Make all of it, about so many records at a time: what is about one household lies together."""
        for touched, facts in zip(self._touched, KEPT, strict=True):
            for some in portions(touched, most):
                facts.make(some)


def portions(touched: Mapping[str, str], most: int) -> Iterator[dict[str, str]]:
    """The same, at least so many at a time but for the last, and what is about one household never in two of them."""
    some: dict[str, str] = {}
    together = sorted(touched.items(), key=_household)
    for _id, about_one in groupby(together, key=_household):
        some |= about_one
        if len(some) >= most:
            yield some
            some = {}
    if some:
        yield some


def _household(one: tuple[str, str]) -> str:
    record, household = one
    return household or record


def keep(facts: FactKeeper) -> None:
    """Register a table of facts: it is told of every change from now on."""
    if facts not in KEPT:
        KEPT.append(facts)
