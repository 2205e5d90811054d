"""The law of housing support, pure: what follows from the answers of a survey. Computed, never typed.

Everything here takes the canonical answers of a household and of a housing need, as mappings, and a day where the law
depends on one. Nothing here knows a database, a page or a person's rights.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from fieldapp.housing.criteria import (
    Criterion,
    Difficulty,
    Verdict,
    difficulty,
    is_worn_out,
    lacks_area,
    lacks_quality,
    law_on,
    verdicts,
    visited,
)
from fieldapp.housing.money import RuleSet, Tranche, in_force, norms, rule_sets, tranches
from fieldapp.housing.priority import CLASSES, RankKey, priority_class, priority_subclass, rank_key
from fieldapp.housing.progress import LAST, Stage, is_as_required, milestone_of, stage, work_of
from fieldapp.housing.structures import Answers, Parts, area_per_person, house_type_gso, parts, parts_nd07

__all__ = [
    "CLASSES",
    "LAST",
    "Assessment",
    "Criterion",
    "Difficulty",
    "Parts",
    "RankKey",
    "RuleSet",
    "Stage",
    "Tranche",
    "Verdict",
    "area_per_person",
    "assess",
    "difficulty",
    "house_type_gso",
    "in_force",
    "is_as_required",
    "is_worn_out",
    "lacks_area",
    "lacks_quality",
    "law_on",
    "milestone_of",
    "norms",
    "parts",
    "parts_nd07",
    "priority_class",
    "priority_subclass",
    "rank_key",
    "rule_sets",
    "stage",
    "tranches",
    "verdicts",
    "visited",
    "work_of",
]


@dataclass(frozen=True)
class Assessment:
    """Everything the law says of one household and its house, on the day of the visit."""

    parts_tt01: Parts
    parts_qd55: Parts
    parts_nd07: Parts
    house_type_gso: str | None
    area_per_person: Decimal | None
    difficulty: Difficulty | None
    verdicts: tuple[Verdict, ...]
    priority_class: str | None
    priority_subclass: str | None
    rank_key: RankKey
    norms: Mapping[str, int]


def assess(household: Answers, need: Answers, *, day: date | None = None, both_needed: bool = True) -> Assessment:
    """Apply the law to one household and its housing need.

    :param day: the day whose rules apply; by default the day of the visit.
    :param both_needed: whether Circular 01/2022 asks for poor quality *and* little area, or for either.
    """
    on = day or visited(need)
    return Assessment(
        parts_tt01=parts(need, "tt01"),
        parts_qd55=parts(need, "qd55"),
        parts_nd07=parts_nd07(need),
        house_type_gso=house_type_gso(need),
        area_per_person=area_per_person(household, need),
        difficulty=difficulty(household, need, on),
        verdicts=verdicts(household, need, both_needed=both_needed),
        priority_class=priority_class(household),
        priority_subclass=priority_subclass(need),
        rank_key=rank_key(household, need),
        norms=norms(need["need_type"], on) if need.get("need_type") else {},
    )
