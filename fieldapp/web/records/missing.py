"""Households of which one missing answer or ruling decides whether a programme may help them, by what is missing."""

from __future__ import annotations

from typing import NamedTuple, cast

import sqlalchemy as sa
from flask import Blueprint, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import aliased

from fieldapp.db import db
from fieldapp.facts.tables import HouseholdFact, HouseholdProgramme, LackTally
from fieldapp.housing import Lack
from fieldapp.housing.found import LackKind
from fieldapp.people import within_areas
from fieldapp.review import AreaFilter
from fieldapp.surveys import Household
from fieldapp.web import asked, shown
from fieldapp.web.access import my_areas, signed_in
from fieldapp.web.records.criteria import lack_in_words

bp = Blueprint("missing", __name__)

PAGE = 25


class Missing(NamedTuple):
    """One thing that is missing: as it is kept, in words, and of how many households."""

    lack: str
    text: str
    households: int


class MissingLine(NamedTuple):
    """One household: the record where the answer belongs, its name and its village."""

    household: str
    record: str
    name: str
    where: str


@bp.get("/records/missing")
@signed_in("approve")
def page() -> ResponseReturnValue:
    """What is missing, and the households that hang on one of it, by village."""
    areas: AreaFilter = my_areas()
    if commune := asked.query.text("commune"):
        areas = frozenset(shown.villages_in(commune))
    found = _what(areas)
    chosen = asked.query.one_of("lack", [one.lack for one in found]) or (found[0].lack if found else "")
    total = next((one.households for one in found if one.lack == chosen), 0)
    last = max(1, -(-total // PAGE))
    number = asked.query.page(last)
    return render_template(
        "records/missing.html",
        found=found,
        chosen=chosen,
        lines=_lines(chosen, areas, (number - 1) * PAGE) if chosen else [],
        total=total,
        number=number,
        last=last,
        communes=shown.communes_to_choose(),
        page_url=lambda page: url_for("missing.page", **asked.query.kept("commune", "lack"), page=page),
    )


def count(areas: AreaFilter) -> int:
    """How many households hang on one answer or ruling."""
    households = sa.select(sa.func.sum(LackTally.households)).where(LackTally.lack == "")
    return int(db.session.scalar(within_areas(households, LackTally.area, areas)) or 0)


def _what(areas: AreaFilter) -> list[Missing]:
    """What is missing, that of most households first."""
    one = LackTally
    each = sa.select(one.lack, sa.func.sum(one.households)).where(one.lack != "").group_by(one.lack)
    rows = db.session.execute(within_areas(each, one.area, areas))
    found = [Missing(lack, lack_in_words(_read(lack)), int(count)) for lack, count in rows]
    return sorted(found, key=lambda each: (-each.households, each.text))


def _read(lack: str) -> Lack:
    kind, subject, name = lack.split(" ", 2)
    return Lack(cast(LackKind, kind), subject, name)


def _lines(lack: str, areas: AreaFilter, after: int) -> list[MissingLine]:
    one, fact = HouseholdProgramme, HouseholdFact
    other = aliased(one)
    twice = sa.exists().where(other.household == one.household, other.lack == one.lack, other.programme < one.programme)
    query = sa.select(one.household, fact.need, one.area, Household.head_name).where(one.lack == lack, sa.not_(twice))
    query = query.join(fact, fact.household == one.household).join(Household, Household.id == one.household)
    query = within_areas(query, one.area, areas).order_by(one.area, fact.sort_key, one.household)
    of_household = _read(lack).subject == "household"
    return [
        MissingLine(home, home if of_household or not need else need, name or "", shown.place_line(area))
        for home, need, area, name in db.session.execute(query.limit(PAGE).offset(after))
    ]
