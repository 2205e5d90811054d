"""Names as people type them, looked for in what is kept beside the records, whose rows are narrow."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.facts.tables import HouseholdFact


def spoken(text: Any, words: Collection[str]) -> list[sa.ColumnElement[bool]]:
    """Whether each of these words is in it, as :func:`fieldapp.vietnamese.sought` gives them."""
    places: Callable[..., Any] = sa.func.strpos if db.engine.dialect.name == "postgresql" else sa.func.instr
    return [places(text, word) > 0 for word in words]


def names_hold(words: Collection[str]) -> list[sa.ColumnElement[bool]]:
    """Whether the name of a household holds each of these words."""
    return spoken(sa.literal(" ").concat(HouseholdFact.search_key), words)


def households_spoken_of(words: Collection[str]) -> sa.Select[str]:
    """The ids of the households whose names hold all of these words."""
    return sa.select(HouseholdFact.household).where(*names_hold(words))


def unindexed(column: Any) -> Any:
    """The same text, in a way that no index answers: where nearly every row fits, to walk in order is quicker than to
    gather all and sort them."""
    return column.concat("")
