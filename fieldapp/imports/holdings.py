"""What is known here of households, looked up by what a list can say of them."""

from __future__ import annotations

import uuid
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.surveys import Household
from fieldapp.surveys.alike import LIKELY, Likeness, Traits, likeness, traits

_SPACE = uuid.UUID("6669656c-6461-5070-8000-6c6973747300")
MOST_ALIKE = 3


def drawn(*parts: object) -> str:
    """The id of what a list says, drawn from what makes it that: two nodes that import one list make one record."""
    return str(uuid.uuid5(_SPACE, "\n".join(map(str, parts))))


class KnownHousehold(NamedTuple):
    """A household that is here, or in an earlier row of the list (``row``)."""

    id: str
    head_name: str
    traits: Traits
    withdrawn: bool
    row: int = 0


class Match(NamedTuple):
    """Who a row is: a household that is here, or why that is to be asked (a code), and whom it may be."""

    known: KnownHousehold | None = None
    why: str = ""
    alike: list[KnownHousehold] = []


class Holdings:
    """All households here, by identity number, by name, and by village and year of birth."""

    def __init__(self) -> None:
        self.by_id: dict[str, KnownHousehold] = {}
        self._by_number: dict[str, list[KnownHousehold]] = defaultdict(list)
        self._by_name: dict[str, list[KnownHousehold]] = defaultdict(list)
        self._by_village: dict[tuple[str, str], list[KnownHousehold]] = defaultdict(list)
        for row in db.session.execute(_query()).mappings():
            self.note(KnownHousehold(row["id"], row["head_name"] or "", traits(dict(row)), row["withdrawn"]))

    def note(self, known: KnownHousehold) -> None:
        """One more, such as an earlier row of the list."""
        self.by_id[known.id] = known
        if known.traits.citizen_id:
            self._by_number[known.traits.citizen_id].append(known)
        for name in known.traits.names:
            self._by_name[name].append(known)
        if known.traits.area and known.traits.year:
            self._by_village[known.traits.area, known.traits.year].append(known)

    def match(self, answers: Mapping[str, Any]) -> Match:
        """Which household these answers are about."""
        one = traits(answers)
        found = self._near(one)
        same = [known for known, how in found if _is_same(one, known, how)]
        if len(same) == 1 and not same[0].row and not same[0].withdrawn:
            return Match(same[0])
        if same:
            why = "twice" if any(known.row for known in same) else "was_withdrawn" if same[0].withdrawn else "several"
            return Match(None, why, same[:MOST_ALIKE])
        asked = sorted((each for each in found if _is_asked(one, *each)), key=lambda each: -each[1].points)
        here = [known for known, _how in asked if not known.withdrawn]
        return Match(None, "alike" if here else "", here[:MOST_ALIKE])

    def has_gone(self, answers: Mapping[str, Any]) -> bool:
        """Whether a household of this name in this village was here and was withdrawn."""
        one = traits(answers)
        same = (known for name in one.names for known in self._by_name.get(name, ()) if known.withdrawn)
        return any({"name", "village"} <= set(likeness(one, known.traits).what) for known in same)

    def _near(self, one: Traits) -> list[tuple[KnownHousehold, Likeness]]:
        near: dict[str, KnownHousehold] = {}
        groups: list[Iterable[KnownHousehold]] = [self._by_number.get(one.citizen_id, ())] if one.citizen_id else []
        groups += [self._by_name.get(name, ()) for name in one.names]
        groups.append(self._by_village.get((one.area, one.year), ()) if one.year else ())
        for group in groups:
            near |= {known.id: known for known in group}
        return [(known, likeness(one, known.traits)) for known in near.values()]


def _query() -> sa.Select[Any]:
    columns = Household.__table__.c
    asked = ("id", "head_name", "other_name", "birth_date", "citizen_id", "village", "location", "withdrawn")
    return sa.select(*(columns[name] for name in asked))


def _is_same(one: Traits, known: KnownHousehold, how: Likeness) -> bool:
    """Whether there is no doubt: one number and one name, or one name, year of birth and village, and no other
    number."""
    what = set(how.what)
    if {"citizen_id", "name"} <= what:
        return "other_year" not in what
    return {"name", "year", "village"} <= what and "other_id" not in what


def _is_asked(one: Traits, known: KnownHousehold, how: Likeness) -> bool:
    """Whether a person is asked: what is alike by the rule of the forms, one number, or one name in one village where
    the list or the record tells no year."""
    what = set(how.what)
    nameless = {"name", "village"} <= what and not {"other_year", "other_id", "year"} & what
    return how.points >= LIKELY or "citizen_id" in what or nameless
