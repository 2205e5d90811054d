"""The place of a household in the legal order, as text to sort by. The law is asked through one function alone."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa

from fieldapp import housing
from fieldapp.db import db
from fieldapp.facts.counting import that_counts
from fieldapp.housing import order
from fieldapp.places import PlaceImport, lineage
from fieldapp.places.models import Place, PlaceMapping
from fieldapp.reference import Rules
from fieldapp.reference.current import current_rules
from fieldapp.surveys import Household, HousingNeed
from sync.clock import moment_of
from sync.statements import Ready, among_texts, texts

UNKNOWN = "zz"
"""Behind every rank: a household that is not known here yet."""

OF_HOUSEHOLD = (
    Household.poverty_class,
    Household.vulnerable,
    Household.ethnic_group,
    Household.disabled,
    Household.frequent_disaster_area,
    Household.members,
    Household.birth_date,
    Household.village,
)
OF_NEED = (
    HousingNeed.id,
    HousingNeed.visited_on,
    HousingNeed.changed_stamp,
    HousingNeed.has_house,
    HousingNeed.in_danger_of_collapse,
    HousingNeed.area_m2,
)


def ranks_of(households: Collection[str]) -> dict[str, str]:
    """The rank of each of these households, by id, from its answers and the housing survey that counts."""
    if not households:
        return {}
    connection = db.session.connection()
    of_each: dict[str, list[Mapping[str, Any]]] = defaultdict(list)
    for row in _asked(connection, households=texts(connection, households)).mappings():
        of_each[row["home"]].append({**row, "vulnerable": decoded(row["vulnerable"])})
    rules, places = current_rules(db.session()), _lineage()
    return {household: _rank(rows, rules, places) for household, rows in of_each.items()}


def _rank(rows: list[Mapping[str, Any]], rules: Rules, places: lineage.Lineage) -> str:
    """By the day of the visit, or else that of the last change: what follows from a record is the same every day."""
    household, need = rows[0], that_counts(row for row in rows if row["id"]) or {}
    day = housing.visited(need) or moment_of(household["changed"]).date()
    return housing.rank_key(
        housing.assess(household, need, rules=rules, places=places.known(household["village"]), day=day)
    )


def _ask(dialect: sa.Dialect) -> sa.ClauseElement:
    """The answers of households, once for each housing survey about them."""
    about = sa.and_(HousingNeed.household == Household.id, sa.not_(HousingNeed.withdrawn))
    own = (Household.id.label("home"), Household.changed_stamp.label("changed"))
    query = sa.select(*own, *OF_HOUSEHOLD, *OF_NEED).outerjoin(HousingNeed, about)
    return query.where(among_texts(dialect, Household.__table__.c.id, "households"))


def _ask_lists(_dialect: sa.Dialect) -> sa.ClauseElement:
    """What differs as soon as another list of places is in force."""
    counts = (sa.select(sa.func.count()).select_from(model).scalar_subquery() for model in (Place, PlaceMapping))
    return sa.select(sa.func.max(PlaceImport.id), *counts)


_asked, _lists_asked = Ready(_ask), Ready(_ask_lists)
_held: dict[str, tuple[Any, lineage.Lineage]] = {}


def _lineage() -> lineage.Lineage:
    """What lies in what, read again when a list was taken in or taken back."""
    state = tuple(_lists_asked(db.session.connection()).one())
    here = str(db.engine.url)
    if here not in _held or _held[here][0] != state:
        _held[here] = state, lineage.held()
    return _held[here][1]


def decoded(value: Any) -> Any:
    """JSON as a driver gives it: SQLite's as text."""
    return json.loads(value) if isinstance(value, str) else value


def classes_in(rank: str) -> tuple[str | None, str | None]:
    """The class and the sub-class of a rank, as the code lists name them; None where there is none."""
    main, sub = [*rank.split("."), ""][:2]
    return (main if main in order.CLASSES else None, sub if sub in order.SUBCLASSES else None)
