"""The place of a household in the legal order, as text to sort by, and the places that decide about it."""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.housing import order
from fieldapp.places import lineage
from fieldapp.places.models import Place, PlaceListVersion, PlaceMapping
from fieldapp.reference.current import Rulebook
from sync.statements import Ready

UNKNOWN = "zz"
"""Behind every rank: a household that is not known here yet."""


def _ask(_dialect: sa.Dialect) -> sa.ClauseElement:
    """The versions of the rules, and of the tables that say what lies in what."""
    lists = (
        sa.select(PlaceListVersion.version).where(PlaceListVersion.of == model.__tablename__).scalar_subquery()
        for model in (Place, PlaceMapping)
    )
    return sa.select(sa.select(Rulebook.version).scalar_subquery(), *lists)


_asked = Ready(_ask)
_held: dict[str, tuple[Any, lineage.Lineage]] = {}


def in_force() -> tuple[str, tuple[str, ...]]:
    """The version of the rules, "" where there are none; and the versions of the lists of places, which are others
    whenever a list was taken in or taken back."""
    version, *lists = _asked(db.session.connection()).one()
    return version or "", tuple(each or "" for each in lists)


def lineage_here(lists: tuple[str, ...] | None = None) -> lineage.Lineage:
    """What lies in what, read again when a list was taken in or taken back.

    :param lists: as :func:`in_force` tells at this moment, where that is known.
    """
    here = str(db.engine.url)
    lists = lists or in_force()[1]
    if here not in _held or _held[here][0] != lists:
        _held[here] = lists, lineage.current()
    return _held[here][1]


_read = msgspec.json.Decoder().decode


def decoded(value: Any) -> Any:
    """JSON as a driver gives it: SQLite's as text."""
    return _read(value) if isinstance(value, str) else value


def classes_in(rank: str) -> tuple[str | None, str | None]:
    """The class and the sub-class of a rank, as the code lists name them; None where there is none."""
    main, sub = [*rank.split("."), ""][:2]
    return (main if main in order.CLASSES else None, sub if sub in order.SUBCLASSES else None)
