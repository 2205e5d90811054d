"""The households of a report as cases: what the report needs to know of each, read from the tables of the surveys."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fieldapp import review
from fieldapp.surveys.household import Household
from fieldapp.surveys.housing_need import HousingNeed
from fieldapp.surveys.progress_visit import ProgressVisit

Difficulty = Literal["area", "quality", "both", "none"]
Need = Literal["new", "repair"]
Stage = Literal["not_started", "building", "complete"]

NEEDS: dict[str | None, Need] = {"xay_moi": "new", "di_chuyen": "new", "sua_chua": "repair"}
COMPLETE: dict[str, str] = {"milestone_new": "5", "milestone_repair": "3"}
STAGES: tuple[Stage, ...] = ("not_started", "building", "complete")


@dataclass(frozen=True)
class Case:
    """What a report needs to know of one household."""

    village: str
    poverty_class: str | None
    difficulty: Difficulty | None
    """``None``: its house was not surveyed."""
    need: Need | None
    approved: bool
    stage: Stage
    contested: bool = False


def cases(session: Session, villages: frozenset[str] | None, today: date) -> Iterator[Case]:
    """One case a household of these villages; of all for ``None``, also those whose village is not known yet."""
    approved = review.approved(HousingNeed)
    needs, stages = _newest_needs(session), _stages(session)
    wanted = sa.select(Household).where(sa.not_(Household.withdrawn))
    for household in session.scalars(wanted):
        if villages is None or household.area in villages:
            stage = stages.get(household.id, "not_started")
            yield _case(household, needs.get(household.id), stage, approved, today)


def _newest_needs(session: Session) -> dict[str, HousingNeed]:
    """The housing survey that counts for each household: the newest by its date of visit, then by its stamp."""
    query = sa.select(HousingNeed).where(sa.not_(HousingNeed.withdrawn), HousingNeed.household.is_not(None))
    order = query.order_by(sa.func.coalesce(HousingNeed.visited_on, ""), HousingNeed.created_stamp, HousingNeed.id)
    return {str(need.household): need for need in session.scalars(order)}


def _stages(session: Session) -> dict[str, Stage]:
    """How far each household got, by the furthest milestone of its visits."""
    visit = ProgressVisit
    query = sa.select(visit.household, visit.milestone_new, visit.milestone_repair)
    found: dict[str, Stage] = {}
    counted = query.where(sa.not_(visit.withdrawn), visit.household.is_not(None))
    for household, new, repair in session.execute(counted):
        stage = stage_of({"milestone_new": new, "milestone_repair": repair})
        found[str(household)] = max(stage, found.get(str(household), "not_started"), key=STAGES.index)
    return found


def stage_of(milestones: Mapping[str, str | None]) -> Stage:
    """Not started, building or complete, by the milestones of one visit."""
    if any(milestones[name] == last for name, last in COMPLETE.items()):
        return "complete"
    return "building" if any(value not in (None, "0") for value in milestones.values()) else "not_started"


def _case(household: Household, need: HousingNeed | None, stage: Stage, approved: Collection[str], today: date) -> Case:
    return Case(
        village=household.area or "",
        poverty_class=household.poverty_class,
        difficulty=_difficulty(household, need, today) if need else None,
        need=_need(need) if need else None,
        approved=need is not None and need.id in approved,
        stage=stage,
        contested=household.contested or (need is not None and need.contested),
    )


def _need(need: HousingNeed) -> Need | None:
    """What the household asks for; nothing when it refuses the support."""
    return None if need.refuses else NEEDS.get(need.need_type)


def _difficulty(household: Any, need: Any, today: date) -> Difficulty:
    small = bool(need.area_m2 and household.members and float(need.area_m2) / household.members < 8)
    poor = need.has_house != "nha_rieng" or need.roof_condition == "hu_hong"
    return "both" if small and poor else "area" if small else "quality" if poor else "none"
