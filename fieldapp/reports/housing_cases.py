"""The households of a report as cases: what the report needs to know of each, read from the tables of the surveys."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fieldapp import housing, review
from fieldapp.facts import counting
from fieldapp.housing import Difficulty, Stage
from fieldapp.housing.progress import Work
from fieldapp.reference import Rules
from fieldapp.reference.current import current_rules
from fieldapp.surveys import questions
from fieldapp.surveys.base import Record
from fieldapp.surveys.household import Household
from fieldapp.surveys.housing_need import HousingNeed

Row: TypeAlias = Mapping[str, Any]
LIGHT = ("one_of", "yes_no", "integer", "decimal", "date", "reference")
"""Kinds of answers that the law looks at; lists, texts, photos and points would double the time to read a province."""


@dataclass(frozen=True)
class Case:
    """What a report needs to know of one household."""

    id: str
    village: str
    poverty_class: str | None
    difficulty: str | None
    """``no_house``, ``area``, ``quality``, ``both`` or ``none``; ``None``: its house was not surveyed, or the survey
    does not say enough."""
    need: Work | None
    approved: bool
    stage: Stage
    contested: bool = False
    unclear: bool = False
    """Surveyed, but the survey does not say enough to tell the difficulty."""
    refused: bool = False
    """A supervisor refused the survey as it stands: what it asks for is no need."""


def cases(session: Session, villages: frozenset[str] | None) -> Iterator[Case]:
    """One case a household of these villages; of all for ``None``, also those whose village is not known yet."""
    approved, refused = (review.decided(status, HousingNeed) for status in ("approved", "refused"))
    needs = counting.needs_that_count(columns=_light(HousingNeed))
    stages = counting.stages({household: need["need_type"] for household, need in needs.items()})
    rules = current_rules(session)
    query = sa.select(*_light(Household)).where(sa.not_(Household.withdrawn))
    for household in session.execute(query).mappings():
        if villages is None or household["area"] in villages:
            stage = stages.get(household["id"], "not_started")
            case = _case({**household}, needs.get(household["id"]), stage, approved, rules)
            yield replace(case, need=None, refused=True) if needs.get(case.id, {}).get("id") in refused else case


def _light(survey: type[Record]) -> list[Any]:
    """The columns of a survey that figures follow from."""
    wanted = (name for name, question in questions(survey).items() if question.kind in LIGHT)
    return [survey.id, survey.area, survey.contested, *(getattr(survey, name) for name in wanted)]


def _case(household: Row, need: Row | None, stage: Stage, approved: Collection[str], rules: Rules) -> Case:
    difficulty = kind_of(housing.assess(household, need, rules=rules).difficulty) if need else None
    return Case(
        id=household["id"],
        village=household["area"] or "",
        poverty_class=household["poverty_class"],
        difficulty=difficulty,
        need=_need(need) if need else None,
        approved=need is not None and need["id"] in approved,
        stage=stage,
        contested=household["contested"] or (need is not None and need["contested"]),
        unclear=need is not None and difficulty is None,
    )


def kind_of(found: Difficulty) -> str | None:
    """The one column a household is counted in; what is met counts, whatever else is not known."""
    if len(found.met) == 2:
        return "both"
    return found.met[0] if found.met else None if found.open else "none"


def _need(need: Row) -> Work | None:
    """What the household asks for; nothing when it refuses the support, wants nothing, or was not asked."""
    wanted = need["need_type"]
    return housing.work_of(wanted) if wanted not in (None, "khong") and not need["refuses"] else None
