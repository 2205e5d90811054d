"""Which places are the lines of a report, and which villages stand in each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import NamedTuple

from sqlalchemy.orm import Session

from fieldapp.i18n import _
from fieldapp.places import Gazetteer, Place

BY = ("district", "commune", "village")


class ReportLine(NamedTuple):
    """A line of a report: a place, and the villages counted in it."""

    code: str
    name: str
    villages: frozenset[str]


@dataclass(frozen=True)
class PlaceGroup:
    """Lines that share a subtotal; ``name`` is empty where they stand alone."""

    code: str
    name: str
    lines: tuple[ReportLine, ...]


class Geography:
    """Villages and what contains them, in one vintage. Small enough (1,300 villages) to hold whole."""

    def __init__(self, session: Session, vintage: int) -> None:
        self.vintage = vintage
        self._gazetteer = Gazetteer(session, vintage)
        everywhere = self._gazetteer.everywhere.values()
        self.places: dict[str, Place] = {place.code: place for place in everywhere if place.vintage == vintage}
        self.villages = self._gazetteer.villages

    def commune(self, village: str) -> Place | None:
        """The commune of a village in this vintage; ``None`` for a village that is unknown or cannot be placed."""
        found = self._gazetteer.placed.get(village)
        return found[0] if found else None

    def district(self, village: str) -> Place | None:
        """The district of a village in this vintage, where the vintage has districts."""
        found = self._gazetteer.placed.get(village)
        return found[1] if found else None

    def above(self, villages: Collection[str]) -> set[Place]:
        """The communes and districts of these villages."""
        placed = self._gazetteer.placed
        pairs = {placed[village] for village in villages if village in placed}
        return {place for pair in pairs for place in pair if place}

    @property
    def province(self) -> Place | None:
        """The province of the vintage."""
        return next((place for place in self.places.values() if place.is_province), None)

    def placed(self, villages: Collection[str]) -> frozenset[str]:
        """Those of these villages that the vintage can place."""
        return frozenset(village for village in villages if village in self._gazetteer.placed)

    def sections(self, by: str, villages: Collection[str]) -> tuple[PlaceGroup, ...]:
        """The lines of a report over these villages, in the order of the official codes.

        ``by``: one of :data:`BY`; anything else stands for communes. Districts stand alone; communes stand under their
        district (2023) or alone (2025); villages under their commune.
        Villages which the vintage cannot place come last, on a line of their own: nothing is left out of a total.
        """
        asked = frozenset(villages)
        placed = [village for village in self._gazetteer.placed if village in asked]
        lost = asked.difference(placed)
        sections = _SECTIONS.get(by, Geography._by_commune)(self, placed)
        if not lost:
            return sections
        unplaced = ReportLine("", _("Village not known in this list of places"), lost)
        grouped = any(section.name for section in sections)
        return (*sections, PlaceGroup("", _("Not placed") if grouped else "", (unplaced,)))

    def _by_district(self, villages: Iterable[str]) -> tuple[PlaceGroup, ...]:
        return (PlaceGroup("", "", self._lines(villages, self.district)),)

    def _by_commune(self, villages: Iterable[str]) -> tuple[PlaceGroup, ...]:
        return tuple(
            PlaceGroup(*_code_and_name(district), self._lines(run, self.commune))
            for district, run in groupby(villages, key=self.district)
        )

    def _by_village(self, villages: Iterable[str]) -> tuple[PlaceGroup, ...]:
        return tuple(
            PlaceGroup(commune.code, commune.name, tuple(self._village_lines(list(run))))
            for commune, run in groupby(villages, key=self.commune)
            if commune
        )

    def _village_lines(self, run: list[str]) -> Iterator[ReportLine]:
        """Of the villages of one commune; where merged communes each had one of a name, with the commune that it was
        first listed in."""
        names = [self.villages[village].name for village in run]
        often, apart = Counter(names), _("%(place)s (before: %(commune)s)")
        for village, name in zip(run, names, strict=True):
            told = name if often[name] == 1 else apart % {"place": name, "commune": self._first_commune(village)}
            yield ReportLine(village, told, frozenset((village,)))

    def _first_commune(self, village: str) -> str:
        found = self.villages[village]
        return self._gazetteer.everywhere[found.vintage, found.commune_code].name

    def _lines(self, villages: Iterable[str], find: Callable[[str], Place | None]) -> tuple[ReportLine, ...]:
        return tuple(
            ReportLine(place.code, place.name, frozenset(run)) for place, run in groupby(villages, key=find) if place
        )


_SECTIONS = {"district": Geography._by_district, "commune": Geography._by_commune, "village": Geography._by_village}


def _code_and_name(place: Place | None) -> tuple[str, str]:
    return (place.code, place.name) if place else ("", "")
