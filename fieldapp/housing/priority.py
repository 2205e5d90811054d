"""The order in which households are helped: Circular 01/2022, Article 5."""

from __future__ import annotations

from decimal import Decimal
from typing import TypeAlias

from fieldapp.housing.criteria import POOR_OR_NEAR, is_minority
from fieldapp.housing.structures import Answers, area_per_person, has_own_house

CLASSES = ("a", "b", "c", "d", "dd", "e")
"""In the order of the alphabet of the law: a b c d đ e. Their wording is the code list ``priority_tt01``."""
SUBCLASSES = ("a", "b")
HARDSHIP = {"cao_tuoi_neo_don", "khuyet_tat"}

RankKey: TypeAlias = tuple[int, int, Decimal, int]


def priority_class(household: Answers) -> str | None:
    """The class of Article 5.1, the first that fits; None for a household that is neither poor nor near-poor."""
    standing = household.get("poverty_class")
    circumstances = set(household.get("vulnerable") or ())
    if standing not in POOR_OR_NEAR:
        return None
    fits = {
        "a": standing == "ngheo" and is_minority(household),
        "b": standing == "ngheo" and "nguoi_co_cong" in circumstances,
        "c": "bao_tro_xa_hoi" in circumstances,
        "d": bool(HARDSHIP & circumstances) or bool(household.get("disabled")),
        "dd": household.get("frequent_disaster_area") is True,
        "e": True,
    }
    return next(code for code in CLASSES if fits[code])


def priority_subclass(need: Answers) -> str | None:
    """The sub-class of Article 5.2: ``a`` a house about to collapse or unsafe, ``b`` no house of its own; else None."""
    if has_own_house(need) and need.get("in_danger_of_collapse"):
        return "a"
    return "b" if has_own_house(need) is False else None


def rank_key(household: Answers, need: Answers) -> RankKey:
    """What lists are sorted by: class, sub-class, then the least floor a person, then the most people."""
    main, second = priority_class(household), priority_subclass(need)
    each = area_per_person(household, need)
    floor = Decimal(0) if has_own_house(need) is False else Decimal(9999) if each is None else each
    return (
        CLASSES.index(main) if main else len(CLASSES),
        SUBCLASSES.index(second) if second else len(SUBCLASSES),
        floor,
        -int(household.get("members") or 0),
    )
