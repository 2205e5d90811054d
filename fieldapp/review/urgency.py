"""The order of priority among households, by Circular 01/2022/TT-BXD, article 5."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from fieldapp import housing
from fieldapp.db import db
from fieldapp.housing import RankKey
from fieldapp.i18n import language
from fieldapp.surveys import Household, choices
from fieldapp.surveys.housing_need import HousingNeed

LAST: RankKey = (len(housing.CLASSES) + 1, 0, Decimal(0), 0)
AT_ONCE = 500

OF_HOUSEHOLD = (
    Household.id,
    Household.poverty_class,
    Household.vulnerable,
    Household.ethnic_group,
    Household.disabled,
    Household.frequent_disaster_area,
    Household.members,
)
OF_NEED = (HousingNeed.household, HousingNeed.has_house, HousingNeed.in_danger_of_collapse, HousingNeed.area_m2)


@dataclass(frozen=True)
class Urgency:
    """The place of a household in the order: a key to sort by, its class and sub-class."""

    key: RankKey = LAST
    main: str | None = None
    sub: str | None = None

    @property
    def letter(self) -> str:
        """The class as the circular letters it: a, b, c, d, đ, e; empty for a household that is not poor."""
        return "đ" if self.main == "dd" else self.main or ""

    @property
    def reason(self) -> str:
        """Why it stands there, in the language of the moment."""
        lists = (("priority_tt01", self.main), ("priority2_tt01", self.sub))
        return "; ".join(choices.label(name, code, language()) for name, code in lists if code)


def urgencies(households: Collection[str]) -> dict[str, Urgency]:
    """The urgency of each of these households, by id, from its answers and its newest housing survey."""
    found: dict[str, Urgency] = {}
    for some in _chunks(sorted(households)):
        needs = _newest_needs(some)
        for row in db.session.execute(sa.select(*OF_HOUSEHOLD).where(Household.id.in_(some))):
            household = row._asdict()
            found[row.id] = _urgency(household, needs.get(row.id, {}))
    return found


def _urgency(household: Mapping[str, Any], need: Mapping[str, Any]) -> Urgency:
    main, sub = housing.priority_class(household), housing.priority_subclass(need)
    return Urgency(housing.rank_key(household, need), main, sub)


def _newest_needs(households: list[str]) -> dict[str, Mapping[str, Any]]:
    wanted = HousingNeed.household.in_(households), sa.not_(HousingNeed.withdrawn)
    query = sa.select(*OF_NEED).where(*wanted).order_by(HousingNeed.created_stamp)
    return {row.household: row._asdict() for row in db.session.execute(query)}


def _chunks(ids: list[str]) -> Iterator[list[str]]:
    return (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))
