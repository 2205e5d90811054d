"""Which housing survey of a household counts, and how far its house is. Whoever asks either asks here: report, queue,
criteria, form and map. The tablet asks ``twins/counting.js``, held to the same ``tests/cases/counting.json``.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cache
from typing import Any, TypeAlias, TypeVar, get_args

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from fieldapp import housing
from fieldapp.db import Prepared, db
from fieldapp.housing import Stage
from fieldapp.surveys import SURVEYS, HousingNeed, ProgressVisit
from fieldapp.surveys.base import Record
from sync.statements import among_texts

Answers: TypeAlias = Mapping[str, Any]
NeedRow = TypeVar("NeedRow", bound=Answers)

STAGES: tuple[Stage, ...] = get_args(Stage)
OF_NEED = (HousingNeed.id, HousingNeed.household, HousingNeed.visited_on, HousingNeed.changed_stamp)
OF_VISIT = (
    ProgressVisit.household,
    ProgressVisit.need_type,
    ProgressVisit.milestone_new,
    ProgressVisit.milestone_repair,
)


def that_counts(needs: Iterable[NeedRow]) -> NeedRow | None:
    """Of the housing surveys of one household the one that counts: the newest by its date of visit, then by its stamp.

    None of them may be withdrawn. A sheet that was typed in late is as old as the visit it tells of.
    """
    return max(needs, key=_newness, default=None)


def _newness(need: Answers) -> tuple[str, str, str]:
    return (need["visited_on"] or "", need["changed_stamp"], need["id"])


def how_far(visits: Iterable[Answers], need_type: str | None) -> Stage:
    """How far the house of one household is: the furthest milestone that any visit found of the work in question.

    :param need_type: the kind of work that the survey that counts asks for; visits to another work say nothing of this
        one. None where it is not known: then every visit counts.
    """
    asked = housing.work_of(need_type) if need_type else None
    stages = [housing.stage(visit) for visit in visits if is_about(visit, asked)]
    return max((stage for stage in stages if stage), key=STAGES.index, default="not_started")


def is_about(visit: Answers, work: str | None) -> bool:
    """Whether a visit says something of a kind of work, ``new`` or ``repair``; None where it is not known."""
    return work is None or visit["need_type"] is None or housing.work_of(visit["need_type"]) == work


def needs_that_count(
    households: Collection[str] | None = None, columns: Sequence[InstrumentedAttribute[Any]] = ()
) -> dict[str, Answers]:
    """The survey that counts of each of these households (None: of all), by the household's id: ``id``,
    ``visited_on``, ``changed_stamp`` and these columns. A household without any is not among them."""
    found = _by_household(HousingNeed, dict.fromkeys([*OF_NEED, *columns]), households)
    return {household: need for household, needs in found if (need := that_counts(needs))}


def need_of(household: str | None) -> HousingNeed | None:
    """The housing survey of a household that counts."""
    need = needs_that_count([household]).get(household) if household else None
    return db.session.get(HousingNeed, need["id"]) if need else None


def stages(work: Mapping[str, str | None], households: Collection[str] | None = None) -> dict[str, Stage]:
    """How far the house of each of these households is, by id; of one without any visit nothing is said.

    :param work: what the survey that counts of each household asks for.
    """
    found = _by_household(ProgressVisit, dict.fromkeys(OF_VISIT), households)
    return {household: how_far(visits, work.get(household)) for household, visits in found}


def _by_household(
    survey: type[Record], columns: Iterable[InstrumentedAttribute[Any]], households: Collection[str] | None
) -> Iterator[tuple[str, list[Answers]]]:
    """The records of a survey that count, gathered by the household they are about."""
    wanted = _wanted(survey.survey, tuple(columns), whole=households is None)
    rows = wanted.rows() if households is None else wanted.rows(households=households)
    gathered: dict[str, list[Answers]] = defaultdict(list)
    for row in rows:
        gathered[row.household].append(row._asdict())
    yield from gathered.items()


@cache
def _wanted(name: str, columns: Sequence[InstrumentedAttribute[Any]], *, whole: bool) -> Prepared:
    survey = SURVEYS[name]
    about = survey.__table__.c.household
    query = sa.select(*columns).where(sa.not_(survey.withdrawn), about.is_not(None))
    return Prepared(lambda dialect: query if whole else query.where(among_texts(dialect, about, "households")))
