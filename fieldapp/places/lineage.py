"""What a place lies in, and what it was before: the keys by which statuses of places are looked up."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import TypeAlias
from weakref import WeakKeyDictionary

from fieldapp.db import db
from fieldapp.places import gazetteer
from fieldapp.places.imports import MAPPING, PLACE_LISTS
from fieldapp.problems import UnknownPlace

Key = tuple[int, str]
"""Vintage and code."""
PlaceMove: TypeAlias = tuple[int, str, int, str]
"""From vintage and code, to vintage and code."""


class Lineage:
    """The places of every vintage, and what became of each commune.

    :param places: vintage, code, and the code of the place above.
    :param moves: communes that went somewhere whole, see :func:`fieldapp.places.gazetteer.onward`.
    :param pieces: whatever went anywhere, whole or in part, in one step or in several.
    """

    def __init__(
        self, places: Iterable[tuple[int, str, str | None]], moves: Iterable[PlaceMove], pieces: Iterable[PlaceMove]
    ) -> None:
        self._above = {(vintage, code): parent for vintage, code, parent in places}
        self._after: dict[Key, list[Key]] = defaultdict(list)
        self._before: dict[Key, list[Key]] = defaultdict(list)
        self._known: dict[str, tuple[str, ...]] = {}
        for from_vintage, from_code, to_vintage, to_code in moves:
            self._after[from_vintage, from_code].append((to_vintage, to_code))
        for from_vintage, from_code, to_vintage, to_code in pieces:
            self._before[to_vintage, to_code].append((from_vintage, from_code))

    def of(self, place: str) -> tuple[str, ...]:
        """What a place (``01930@2023``, or a village's id) lies in, itself included, in every vintage, as keys.

        A commune of 2025 lay in an old district when everything that went into it did.

        :raises UnknownPlace: there is none of this key.
        """
        if place not in self._known:
            self._known[place] = tuple(dict.fromkeys(self._keys(place)))
        return self._known[place]

    def known(self, place: str | None) -> tuple[str, ...]:
        """As ``of``; empty for None, and for a place of which this node has no list."""
        try:
            return self.of(place) if place else ()
        except UnknownPlace:
            return ()

    def _keys(self, place: str) -> Iterator[str]:
        key = _read(place)
        if key not in self._above:
            raise UnknownPlace(code=key[1], vintage=key[0])
        if "." in place:
            yield place
        for one in (key, *self._after.get(key, ())):
            yield from map(written, self._up(one))
        for _vintage, made_of in groupby(sorted(self._before.get(key, ())), key=itemgetter(0)):
            before = [set(self._up(one)) for one in made_of]
            yield from sorted(map(written, set.intersection(*before)))

    def _up(self, key: Key) -> Iterator[Key]:
        while key in self._above:
            yield key
            key = key[0], self._above[key] or ""


def written(key: Key) -> str:
    """The key of a place: ``01930@2023``."""
    return f"{key[1]}@{key[0]}"


def _read(place: str) -> Key:
    if "." in place:
        vintage, code, *_number = place.split(".")
    else:
        code, _at, vintage = place.partition("@")
    if not vintage.isdigit():
        raise UnknownPlace(code=code, vintage=vintage or "?")
    return int(vintage), code


def current() -> Lineage:
    """The lineage by the lists this node holds."""
    lists = gazetteer.current_lists(db.session())
    if lists not in _of_lists:
        places = [(vintage, code, place.parent_code) for (vintage, code), place in lists.everywhere.items()]
        moves, pieces = (
            [(row[0], row[1], row[2], row[3]) for row in db.session.execute(query)]
            for query in (gazetteer.onward(), gazetteer.pieces())
        )
        _of_lists[lists] = Lineage(places, moves, pieces)
    return _of_lists[lists]


_of_lists: WeakKeyDictionary[gazetteer.Lists, Lineage] = WeakKeyDictionary()


@cache
def packaged() -> Lineage:
    """The lineage by the lists that come with the package."""
    places = [
        (vintage, row["code"], row["parent_code"] or None)
        for vintage, path in PLACE_LISTS.items()
        for row in _rows(path)
    ]
    rows = _rows(MAPPING)
    pieces = [(2023, row["old_commune_code"], 2025, row["new_commune_code"]) for row in rows]
    moves = [move for row, move in zip(rows, pieces, strict=True) if row["whole_or_part"] == "whole"]
    return Lineage(places, moves, pieces)


def _rows(path: object) -> list[dict[str, str]]:
    with open(str(path), encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))
