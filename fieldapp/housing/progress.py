"""How far a house is: milestones to stages, and whether a finished house is what the law asks for."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Literal, TypeAlias

from fieldapp.reference import RulesOn

Work: TypeAlias = Literal["new", "repair"]
Stage: TypeAlias = Literal["not_started", "building", "complete"]

MILESTONES: dict[Work, str] = {"new": "milestone_new", "repair": "milestone_repair"}
HALF_DONE: dict[Work, str] = {"new": "2", "repair": "2"}
"""Foundation complete; 30 % of the volume done: the first payment (Circular 55/2023, Article 75)."""
LAST: dict[Work, str] = {"new": "5", "repair": "3"}
"""Complete, accepted, in use: the second payment."""


def work_of(need_type: str) -> Work:
    """Moving elsewhere is building anew."""
    return "repair" if need_type == "sua_chua" else "new"


def milestone_of(visit: Mapping[str, Any]) -> str | None:
    """The milestone a progress visit found, by its kind of work."""
    need_type = visit.get("need_type")
    if need_type is None:
        return visit.get("milestone_new") or visit.get("milestone_repair")
    found: str | None = visit.get(MILESTONES[work_of(need_type)])
    return found


def stage(visit: Mapping[str, Any]) -> Stage | None:
    """Not started, building or complete; None when the visit does not say."""
    milestone = milestone_of(visit)
    if milestone is None:
        return None
    if milestone == "0":
        return "not_started"
    repair = visit.get("need_type") == "sua_chua" or visit.get("milestone_new") is None
    return "complete" if milestone == LAST["repair" if repair else "new"] else "building"


HARD = ("floor_hard", "frame_hard", "roof_hard")


def is_as_required(
    visit: Mapping[str, Any], rules: RulesOn, *, order: str = "general", members: int | None = None
) -> bool | None:
    """Whether a finished house is what its programme asks for; None when the visit does not say enough.

    - ``general`` (Circular 01/2022, Article 4): 30 m², three hard structures, 20 years of life
    - ``merit`` (Decree 131/2021, Article 102.3): the same, 24 m² for somebody alone; a repair needs hard walls and roof
      and 10 years of life, and no area
    """
    repair = order == "merit" and visit.get("need_type") == "sua_chua"
    met = [visit.get(name) for name in (HARD[1:] if repair else HARD)]
    if repair:
        met.append(True if visit.get("lasts_20_years") else visit.get("lasts_10_years"))
    else:
        met += [_is_large(visit, rules, order, members), visit.get("lasts_20_years")]
    if any(one is False for one in met):
        return False
    return None if any(one is None for one in met) else True


def _is_large(visit: Mapping[str, Any], rules: RulesOn, order: str, members: int | None) -> bool | None:
    area = visit.get("finished_area_m2")
    least = rules.number("finished_area" if order == "general" else "merit_area")
    alone = rules.number("merit_area_alone") if order == "merit" and members in (None, 1) else None
    if area is None or least is None:
        return None
    if Decimal(area) >= least:
        return True
    below = alone is None or Decimal(area) < alone
    return False if below else True if members == 1 else None
