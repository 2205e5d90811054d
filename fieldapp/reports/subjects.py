"""What reports count: support cases, households, other support; each as rows to select, with what divides them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import sqlalchemy as sa

from fieldapp.facts import figures
from fieldapp.facts.tables import CaseFact, CaseMoney, HouseholdFact
from fieldapp.surveys import Household, OtherSupport

Clause: TypeAlias = sa.ColumnElement[bool]
Expression: TypeAlias = sa.ColumnElement[Any]

FACT: Any = CaseFact.__table__
MONEY: Any = CaseMoney.__table__
HOUSEHOLD: Any = HouseholdFact.__table__
HOME: Any = Household.__table__
OTHER: Any = OtherSupport.__table__


@dataclass(frozen=True, eq=False)
class Subject:
    """Rows that can be counted. ``id``: the record a row leads to; ``household``: the one it is about; ``counted``:
    which of the rows count at all; ``keys``: by what lines are made beside places, by name."""

    page: Literal["case", "record"]
    rows: sa.FromClause
    id: Expression
    household: Expression
    area: Expression
    counted: Clause = field(default_factory=sa.true)
    keys: Mapping[str, Expression] = field(default_factory=dict)


CASES = Subject(
    "case",
    FACT,
    FACT.c.record,
    FACT.c.household,
    FACT.c.area,
    keys={
        "ethnic": FACT.c.ethnic_group,
        "group": FACT.c.target_group,
        "programme": FACT.c.programme,
        "source": MONEY.c.source,
    },
)
HOUSEHOLDS = Subject(
    "record",
    HOUSEHOLD,
    HOUSEHOLD.c.household,
    HOUSEHOLD.c.household,
    HOUSEHOLD.c.area,
    sa.not_(HOUSEHOLD.c.withdrawn),
)
"""Those of which nothing is asked but their facts, which are kept of earlier days too."""
HOMES = Subject(
    "record",
    HOUSEHOLD.join(HOME, HOME.c.id == HOUSEHOLD.c.household),
    HOUSEHOLD.c.household,
    HOUSEHOLD.c.household,
    HOUSEHOLD.c.area,
    sa.not_(HOUSEHOLD.c.withdrawn),
    {"ethnic": HOME.c.ethnic_group, "author": HOME.c.author},
)
GIVEN = Subject("record", OTHER, OTHER.c.id, OTHER.c.household, OTHER.c.area, sa.not_(OTHER.c.withdrawn))


def counts_as(figure: str) -> Clause:
    """Whether a household counts as this (:mod:`fieldapp.facts.figures`)."""
    return figures.count_in(HOUSEHOLD.c, figure) > 0  # type: ignore[no-any-return]
