"""The place of an office: the villages that those of a commune, a district or the province answer for on a day."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from fieldapp.db import db
from fieldapp.places.gazetteer import Gazetteer, current_lists

EVERYTHING = "*"
"""Stands for every village of a province, also those that are on no list yet: only who has all of it holds it."""
MERGED = (7, 1)
"""Month and day on which the list of a year begins to hold: communes were merged on 1/7/2025."""


def vintage_on(known: Iterable[int], day: date) -> int:
    """The list of places that held on a day: the newest that had begun by then."""
    vintages = sorted(set(known))
    begun = [one for one in vintages if date(one, *MERGED) <= day]
    return begun[-1] if begun else min(vintages, default=day.year)


def answered_for(level: str, village: str, day: date) -> frozenset[str]:
    """The villages that the office of a level (``commune``, ``district``, ``province``) over a village answered for on
    a day, by their ids; of any other level the village alone.

    A district after the districts is nobody's but of whoever has the whole province.
    """
    if level == "province":
        return frozenset({EVERYTHING})
    if level not in ("commune", "district"):
        return frozenset({village})
    vintages = {vintage for vintage, _code in current_lists(db.session()).everywhere}
    here = Gazetteer(db.session(), vintage_on(vintages, day))
    if level == "commune":
        return here.inside(here.known(village)) or frozenset({village})
    return here.inside(here.above(here.known(village))) or frozenset({EVERYTHING})
