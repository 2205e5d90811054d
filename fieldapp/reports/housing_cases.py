"""The households of a report as cases: what the report needs to know of each, read from the tables of the surveys."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias, cast, get_args

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fieldapp import housing, review
from fieldapp.housing import Difficulty, Stage
from fieldapp.housing.progress import Work
from fieldapp.surveys import questions
from fieldapp.surveys.base import Record
from fieldapp.surveys.household import Household
from fieldapp.surveys.housing_need import HousingNeed
from fieldapp.surveys.progress_visit import ProgressVisit

Row: TypeAlias = Mapping[str, Any]
STAGES: tuple[Stage, ...] = get_args(Stage)
LIGHT = ("one_of", "yes_no", "integer", "decimal", "date", "reference")
"""Kinds of answers that the law looks at; lists, texts, photos and points would double the time to read a province."""


@dataclass(frozen=True)
class Case:
    """What a report needs to know of one household."""

    village: str
    poverty_class: str | None
    difficulty: Difficulty | None
    """``None``: its house was not surveyed, or the survey does not say enough."""
    need: Work | None
    approved: bool
    stage: Stage
    contested: bool = False
    unclear: bool = False
    """Surveyed, but the survey does not say enough to tell the difficulty."""


def cases(session: Session, villages: frozenset[str] | None) -> Iterator[Case]:
    """One case a household of these villages; of all for ``None``, also those whose village is not known yet."""
    approved = review.approved(HousingNeed)
    needs, stages = _newest_needs(session), _stages(session)
    for household in _rows(session, _answers(Household)):
        if villages is None or household["area"] in villages:
            stage = stages.get(household["id"], "not_started")
            yield _case(household, needs.get(household["id"]), stage, approved)


def _rows(session: Session, query: sa.Executable) -> Iterator[Row]:
    return cast(Iterator[Row], iter(session.execute(query).mappings()))


def _answers(survey: type[Record]) -> sa.Select[Any]:
    """The records of a survey that were not withdrawn, with the answers that figures follow from."""
    columns = survey.__table__.columns
    light = (columns[name] for name, question in questions(survey).items() if question.kind in LIGHT)
    return sa.select(columns.id, columns.area, columns.contested, *light).where(sa.not_(columns.withdrawn))


def _newest_needs(session: Session) -> dict[str, Row]:
    """The housing survey that counts for each household: the newest by its date of visit, then by its stamp."""
    order = (sa.func.coalesce(HousingNeed.visited_on, ""), HousingNeed.created_stamp, HousingNeed.id)
    query = _answers(HousingNeed).where(HousingNeed.household.is_not(None)).order_by(*order)
    return {row["household"]: row for row in _rows(session, query)}


def _stages(session: Session) -> dict[str, Stage]:
    """How far each household got, by the furthest milestone of its visits."""
    visit = ProgressVisit
    wanted = (visit.household, visit.need_type, visit.milestone_new, visit.milestone_repair)
    query = sa.select(*wanted).where(sa.not_(visit.withdrawn), visit.household.is_not(None))
    found: dict[str, Stage] = {}
    for row in _rows(session, query):
        household, stage = row["household"], housing.stage(row) or "not_started"
        found[household] = max(stage, found.get(household, "not_started"), key=STAGES.index)
    return found


def _case(household: Row, need: Row | None, stage: Stage, approved: Collection[str]) -> Case:
    difficulty = housing.difficulty(household, need) if need else None
    return Case(
        village=household["area"] or "",
        poverty_class=household["poverty_class"],
        difficulty=difficulty,
        need=_need(need) if need else None,
        approved=need is not None and need["id"] in approved,
        stage=stage,
        contested=household["contested"] or (need is not None and need["contested"]),
        unclear=need is not None and difficulty is None,
    )


def _need(need: Row) -> Work | None:
    """What the household asks for; nothing when it refuses the support, or was not asked."""
    return housing.work_of(need["need_type"]) if need["need_type"] and not need["refuses"] else None
