"""An import of a list of places taken back, as long as nothing names what it brought."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.i18n import _, ngettext
from fieldapp.places.imports import TABLES, note_changed
from fieldapp.places.lineage import written
from fieldapp.places.models import Place, PlaceImport, PlaceMapping, Village
from fieldapp.problems import PlaceImportInUse, UnknownPlaceImport
from fieldapp.surveys.household import Household
from fieldapp.surveys.reference.budget import Budget
from fieldapp.surveys.reference.office import Office
from fieldapp.surveys.reference.place_indicator import PlaceIndicator
from fieldapp.surveys.reference.place_status import PlaceStatus
from fieldapp.surveys.support_list import SupportList

PlaceNamer = Callable[[set[tuple[int, str]]], str]
"""Who names places or villages, given as a grant holds them, says in the end of a sentence how often; "" for never."""
_NAMED: list[PlaceNamer] = []
_NAMING = (PlaceStatus.place, Office.place, Budget.place, PlaceIndicator.place, SupportList.commune)
"""The answers that are a place, as ``01930@2023``, or a village, by its id."""


def names_places(named: PlaceNamer) -> PlaceNamer:
    """A room that stands on this one names places too: it is asked as well before an import is taken back."""
    _NAMED.append(named)
    return named


def undo(number: int) -> PlaceImport:
    """Put back what an import replaced, and take out what it added.

    :raises UnknownPlaceImport: there is none of this number.
    :raises PlaceImportInUse: something names what it brought by now, or a later list changed the same.
    """
    kept = db.session.get(PlaceImport, number)
    if kept is None:
        raise UnknownPlaceImport(number=number)
    table = TABLES[kept.kind]
    added = [present for row in kept.added if (present := _present(table, row)) is not None]
    for reason in _in_use(table, added):
        raise PlaceImportInUse(reason=reason)
    for before, after in zip(kept.before, kept.after, strict=True):
        _put_back(_present(table, after), before, after)
    for present in added:
        db.session.delete(present)
    db.session.delete(kept)
    db.session.flush()
    note_changed(table)
    return kept


def _present(table: type[Any], row: dict[str, Any]) -> Any:
    return db.session.get(table, tuple(row[column.name] for column in table.__table__.primary_key))


def _put_back(present: Any, before: dict[str, Any], after: dict[str, Any]) -> None:
    if present is None or any(getattr(present, name) != value for name, value in after.items()):
        raise PlaceImportInUse(reason=_("a later list changed the same places; undo that one first"))
    for name, value in before.items():
        setattr(present, name, value)


def _in_use(table: type[Any], added: Sequence[Any]) -> Iterator[str]:
    """Why what was added cannot go: all that lies in it, leads there, or names it."""
    if table is Village:
        yield from _villages_in_use(added)
    if table is Place:
        yield from _places_in_use(added)


def _villages_in_use(added: Sequence[Village]) -> Iterator[str]:
    ids = [village.id for village in added]
    if lived := _count(Household.area.in_(ids)):
        yield ngettext(
            "%(n)s household lives in villages that it brought",
            "%(n)s households live in villages that it brought",
            lived,
        )
    if listed := _count(SupportList.village.in_(ids)):
        yield ngettext(
            "%(n)s list is of villages that it brought", "%(n)s lists are of villages that it brought", listed
        )
    yield from _named({(village.vintage, village.id) for village in added}, ids)


def _places_in_use(added: Sequence[Place]) -> Iterator[str]:
    keys = {(place.vintage, place.code) for place in added}
    if villages := _count(sa.tuple_(Village.vintage, Village.commune_code).in_(keys)):
        yield ngettext(
            "%(n)s village lies in communes that it brought", "%(n)s villages lie in communes that it brought", villages
        )
    others = sa.tuple_(Place.vintage, Place.code).not_in(keys)
    if below := _count(sa.and_(sa.tuple_(Place.vintage, Place.parent_code).in_(keys), others)):
        yield ngettext(
            "%(n)s place of another list lies in those that it brought",
            "%(n)s places of another list lie in those that it brought",
            below,
        )
    leads = sa.tuple_(PlaceMapping.from_vintage, PlaceMapping.from_code).in_(keys)
    if led := _count(leads | sa.tuple_(PlaceMapping.to_vintage, PlaceMapping.to_code).in_(keys)):
        yield ngettext(
            "a list of what became of communes names its places in %(n)s line; undo that one first",
            "a list of what became of communes names its places in %(n)s lines; undo that one first",
            led,
        )
    yield from _named(keys, [written(key) for key in keys])


def _named(keys: set[tuple[int, str]], names: Sequence[str]) -> Iterator[str]:
    """What names them by their keys as a grant does, or by their names as an answer does."""
    if said := sum(_count(answer.in_(names)) for answer in _NAMING):
        yield ngettext(
            "%(n)s rule, office, figure or list is of places that it brought",
            "%(n)s rules, offices, figures or lists are of places that it brought",
            said,
        )
    yield from filter(None, (named(keys) for named in _NAMED))


def _count(where: sa.ColumnElement[bool]) -> int:
    return db.session.scalar(sa.select(sa.func.count()).where(where)) or 0
