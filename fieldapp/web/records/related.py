"""The other records about the household of a record, and the surveys that can be filled in about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import NamedTuple

import sqlalchemy as sa

from fieldapp import review
from fieldapp.db import Prepared
from fieldapp.review import Status
from fieldapp.surveys import SURVEYS, questions
from fieldapp.surveys.base import Record
from fieldapp.today import clock
from fieldapp.web import shown
from fieldapp.web.access import sees


class Related(NamedTuple):
    """Another record about the same household; ``beside``: the one of the same survey it can be compared with."""

    id: str
    survey: str
    text: str
    status: Status
    beside: str | None = None


def others_of(record: Record) -> list[Record]:
    """The household and the other records about it."""
    about = shown.household_id(record)
    found: list[Record] = []
    for survey in SURVEYS.values():
        if about and survey.reviewed and hasattr(survey, "household"):
            found += (one for one in _about_household(survey.survey).scalars(household=about) if sees(one.area))
    household = shown.household_of(record)
    return [one for one in ([household] if household else []) + found if one.id != record.id]


@cache
def _about_household(name: str) -> Prepared:
    """The records of a survey about a household, in the order in which they were made."""
    survey = SURVEYS[name]
    about = survey.__table__.c.household == sa.bindparam("household")
    return Prepared(lambda _dialect: sa.select(survey).where(about).order_by(survey.created_at, survey.created_stamp))


def related_to(record: Record, others: Sequence[Record], statuses: Mapping[str, Status]) -> list[Related]:
    """Each with the record of its survey that stands before it, this one first of all."""
    before = {record.survey: record.id} if record.survey != "household" else {}
    found = []
    for one in others:
        found.append(Related(one.id, str(one.title), when_of(one), statuses[one.id], before.get(one.survey)))
        if one.survey != record.survey and one.survey != "household":
            before[one.survey] = one.id
    return found


def addable_to(record: Record) -> list[tuple[str, str]]:
    """The surveys that can be filled about this household: name and title."""
    if record.survey != "household" or record.withdrawn:
        return []
    return [(survey.survey, str(survey.title)) for survey in review.reviewed() if "household" in questions(survey)]


def when_of(record: Record) -> str:
    """The day of the visit that a record tells of, or else when it was made."""
    visited = questions(type(record)).get("visited_on")
    value = getattr(record, "visited_on", None)
    return shown.answer(visited, value) if visited and value else clock(record.created_at)
