"""The order of priority among households, by Circular 01/2022/TT-BXD, article 5."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from fieldapp import housing
from fieldapp.db import db
from fieldapp.facts.counting import needs_that_count
from fieldapp.housing import RankKey
from fieldapp.i18n import language
from fieldapp.surveys import Household, choices
from fieldapp.surveys.housing_need import HousingNeed
from sync.tables import among

LAST: RankKey = (len(housing.CLASSES) + 1, 0, Decimal(0), 0)

OF_HOUSEHOLD = (
    Household.id,
    Household.poverty_class,
    Household.vulnerable,
    Household.ethnic_group,
    Household.disabled,
    Household.frequent_disaster_area,
    Household.members,
)
OF_NEED = (HousingNeed.has_house, HousingNeed.in_danger_of_collapse, HousingNeed.area_m2)


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
    """The urgency of each of these households, by id, from its answers and the housing survey that counts."""
    needs = needs_that_count(households, OF_NEED)
    some = among(db.session.connection(), Household.__table__.c.id, households)
    found = db.session.execute(sa.select(*OF_HOUSEHOLD).where(some))
    return {row.id: _urgency(row._asdict(), needs.get(row.id, {})) for row in found}


def _urgency(household: Mapping[str, Any], need: Mapping[str, Any]) -> Urgency:
    main, sub = housing.priority_class(household), housing.priority_subclass(need)
    return Urgency(housing.rank_key(household, need), main, sub)
