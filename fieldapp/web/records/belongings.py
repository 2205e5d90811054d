"""What belongs to a household beside its forms: the people who live there, and what else it was given."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import sqlalchemy as sa

from fieldapp.db import Prepared
from fieldapp.i18n import _
from fieldapp.surveys import SURVEYS, Household, HouseholdMember, OtherSupport, questions
from fieldapp.surveys.base import Record
from fieldapp.surveys.question import Question
from fieldapp.web import shown
from fieldapp.web.access import sees

MEMBER = ("name", "relationship", "sex", "birth_year", "ethnic_group", "disability", "in_school", "works")
SUPPORT = ("policy", "year", "quantity", "unit", "amount", "source")
OTHER = "khac"


class BelongingLine(NamedTuple):
    """One record in a table: its id, its cells in the order of the headings, whether its answers are in dispute."""

    id: str
    cells: list[str]
    contested: bool


class Belonging(NamedTuple):
    """A table of records of one survey about a household. ``note``: what does not fit, for a person to look at."""

    survey: str
    title: str
    add: str
    empty: str
    headings: list[str]
    lines: list[BelongingLine]
    note: str


def of_household(record: Record) -> list[Belonging]:
    """The members and the other support of a household; nothing for other records."""
    return [_members(record), _support(record)] if isinstance(record, Household) else []


def _members(household: Household) -> Belonging:
    lines = _lines(household, HouseholdMember, MEMBER)
    said, listed = household.members, len(lines)
    note = ""
    if lines and said is not None and said != listed:
        note = _(
            "People by the household's form: %(said)s; listed here: %(listed)s. Please look which is right.",
            said=said,
            listed=listed,
        )
    nobody = _("Nobody is listed yet. The list is not required.")
    return _table(HouseholdMember, MEMBER, lines, _("Add a member"), nobody, note)


def _support(household: Household) -> Belonging:
    lines = _lines(household, OtherSupport, SUPPORT)
    return _table(OtherSupport, SUPPORT, lines, _("Add other support"), _("No other support is recorded yet."), "")


def _table(
    survey: type[Record], columns: tuple[str, ...], lines: list[BelongingLine], add: str, empty: str, note: str
) -> Belonging:
    headings = [str(questions(survey)[name].short) for name in columns]
    return Belonging(survey.survey, str(survey.plural), add, empty, headings, lines, note)


def _lines(household: Household, survey: type[Record], columns: tuple[str, ...]) -> list[BelongingLine]:
    """In the order in which they were entered."""
    known = questions(survey)
    found = (one for one in _of_household(survey.survey, columns).rows(household=household.id) if sees(one.area))
    return [BelongingLine(one.id, [_cell(one, known[name]) for name in columns], one.contested) for one in found]


@cache
def _of_household(name: str, columns: tuple[str, ...]) -> Prepared:
    """Of each no more than is shown: a record has four times as many columns."""
    survey = SURVEYS[name]
    table = survey.__table__.c
    shown_ones = [table[each] for column in columns for each in (column, f"{column}_other") if each in table]
    query = sa.select(survey.id, survey.area, survey.contested, *shown_ones)
    query = query.where(table.household == sa.bindparam("household"), sa.not_(survey.withdrawn))
    return Prepared(lambda _dialect: query.order_by(survey.created_at, survey.created_stamp))


def _cell(row: Any, question: Question) -> str:
    """An answer; of “another”, which one."""
    value = getattr(row, question.name)
    if value == OTHER and (which := getattr(row, f"{question.name}_other", None)):
        return str(which)
    return shown.answer(question, value)
