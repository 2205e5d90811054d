"""The order of priority among households, by Circular 01/2022/TT-BXD, article 5."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from fieldapp import housing
from fieldapp.db import db
from fieldapp.facts.counting import needs_that_count
from fieldapp.i18n import language
from fieldapp.places import lineage
from fieldapp.reference import Rules
from fieldapp.reference.current import current_rules
from fieldapp.surveys import Household, choices
from fieldapp.surveys.housing_need import HousingNeed
from fieldapp.today import today
from sync.statements import among

LAST = "zz"
"""After every key: a household that is not here."""

OF_HOUSEHOLD = (
    Household.id,
    Household.poverty_class,
    Household.vulnerable,
    Household.ethnic_group,
    Household.disabled,
    Household.frequent_disaster_area,
    Household.members,
    Household.birth_date,
    Household.village,
)
OF_NEED = (HousingNeed.has_house, HousingNeed.in_danger_of_collapse, HousingNeed.area_m2)


@dataclass(frozen=True)
class Urgency:
    """The place of a household in the order: a key to sort by, its class and sub-class."""

    key: str = LAST
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
    rules, places, day = current_rules(db.session()), lineage.held(), today()
    return {row.id: _urgency(row._asdict(), needs.get(row.id, {}), rules, places, day) for row in found}


def _urgency(
    household: Mapping[str, Any], need: Mapping[str, Any], rules: Rules, places: lineage.Lineage, day: date
) -> Urgency:
    found = housing.assess(household, need, rules=rules, places=places.known(household["village"]), day=day)
    return Urgency(housing.rank_key(found), found.general.main, found.general.sub)
