"""The warning that a new household looks like one already known, by the same rule as on the tablet."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from fieldapp import naming, review, vietnamese
from fieldapp.db import db
from fieldapp.i18n import _, _l
from fieldapp.surveys import Household
from fieldapp.surveys.alike import Likeness, Traits, likely, traits
from fieldapp.web import shown
from fieldapp.web.access import my_areas

WORDS = {
    "citizen_id": _l("the same identity number"),
    "nearly_id": _l("nearly the same identity number"),
    "phone": _l("the same telephone"),
    "name": _l("the same name"),
    "nearly_name": _l("nearly the same name"),
    "year": _l("the same year of birth"),
    "village": _l("the same village"),
    "other_year": _l("another year of birth"),
    "other_id": _l("another identity number"),
}
AGAINST = ("other_year", "other_id")


class Alike(NamedTuple):
    """A household that a new one looks like: what is alike of them, and what speaks against it."""

    id: str
    name: str
    where: str
    born: str
    alike: str
    against: str


def households_like(answers: Mapping[str, Any], without: Collection[str]) -> list[Alike]:
    """The households of the person's area that look like one with these answers, except those told apart already."""
    one = traits(answers)
    found = likely(one, _candidates(one), lambda row: traits(row._asdict()))
    return [_line(row, how) for row, how in found if row.id not in without]


def _candidates(one: Traits) -> list[Any]:
    """Whatever could be alike: one number, one name, one village, or one year of birth."""
    conditions = [Household.search_key.contains(name, autoescape=True) for name in one.names]
    if one.citizen_id:
        conditions.append(Household.citizen_id == one.citizen_id)
    if one.phone:
        conditions.append(Household.phone == one.phone)
    if one.area:
        conditions.append(Household.village == one.area)
    if one.year:
        conditions.append(Household.birth_date.startswith(one.year))
    query = sa.select(
        Household.id, Household.head_name, Household.other_name, Household.birth_date, Household.citizen_id,
        Household.phone, Household.village, Household.location,
    ).where(sa.not_(Household.withdrawn), sa.or_(sa.false(), *conditions))  # fmt: skip
    return list(db.session.execute(review.within(query, Household, my_areas())))


def _line(row: Any, how: Likeness) -> Alike:
    born = (row.birth_date or "")[:4]
    return Alike(
        row.id,
        naming.household(row.head_name),
        shown.place_line(row.village),
        _("born %(year)s", year=born) if born else "",
        _told(how, [word for word in how.what if word not in AGAINST]),
        _told(how, [word for word in how.what if word in AGAINST]),
    )


def _told(how: Likeness, words: Collection[str]) -> str:
    metres = vietnamese.show_integer(round(how.metres or 0))
    near = _("%(metres)s m apart", metres=metres)
    return ", ".join(near if word == "near" else str(WORDS[word]) for word in words)
