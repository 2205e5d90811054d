"""What :mod:`fieldapp.review.doubts` looks at, read for many records at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias, cast

import sqlalchemy as sa

from fieldapp import housing
from fieldapp.config import settings
from fieldapp.db import db
from fieldapp.facts.standing import Standing
from fieldapp.facts.tables import HouseholdFact
from fieldapp.photos.attachments import PhotoUse
from fieldapp.photos.sight import named_in
from fieldapp.places import Gazetteer, borders, lineage
from fieldapp.reference import Rules
from fieldapp.reference.current import current_rules
from fieldapp.review.doubts import Doubt, DoubtInput, LatLon, doubts
from fieldapp.review.sequence import misfits_of
from fieldapp.surveys import Household, HousingNeed, ProgressVisit, questions
from fieldapp.surveys.base import Record
from sync.statements import Ready, among, among_texts, texts

AnswersOf: TypeAlias = Mapping[str, dict[str, Any]]
"""Those of each record, by its id."""


def doubts_about(
    records: Sequence[Record],
    today: date,
    law: Mapping[str, housing.Assessment] | None = None,
    rules: Rules | None = None,
) -> dict[str, tuple[Doubt, ...]]:
    """What is missing or odd about each of these records, by id.

    :param law: what follows for the housing surveys among them, by id, where the asker has it already.
    :param rules: those of now, where the asker has read them already.
    """
    answers = {record.id: _values(record) for record in records}
    houses, photos, outside = _houses(records), _photos(records, answers), _outside(records)
    odd = misfits_of({record.id: answers[record.id] for record in records if isinstance(record, ProgressVisit)})
    law = _law(records, answers, today, rules) if law is None else law
    return {
        record.id: doubts(
            DoubtInput(
                type(record),
                answers[record.id],
                _others(houses.get(record.area or "", ()), _home(record)),
                photos.get(record.id, {}),
                law.get(record.id) if isinstance(record, HousingNeed) else None,
                outside.get(record.id, 0),
                odd.get(record.id, ()),
            ),
            today,
        )
        for record in records
    }


def _values(record: Record) -> dict[str, Any]:
    return {name: getattr(record, name) for name in questions(record.survey)}


def _home(record: Record) -> str:
    return record.id if isinstance(record, Household) else getattr(record, "household", None) or ""


def _others(houses: Iterable[tuple[str, LatLon]], home: str) -> list[LatLon]:
    return [point for household, point in houses if household != home]


def _houses(records: Iterable[Record]) -> Mapping[str, list[tuple[str, LatLon]]]:
    """The households with a position, by village: only where a record of ours has one."""
    areas = {record.area for record in records if record.area and getattr(record, "location", None)}
    found: dict[str, list[tuple[str, LatLon]]] = defaultdict(list)
    if areas:
        connection = db.session.connection()
        for id, area, lat, lon in _located(connection, areas=texts(connection, areas)):
            found[area].append((id, (lat, lon)))
    return found


def _ask_located(dialect: sa.Dialect) -> sa.Select[Any]:
    fact: Any = HouseholdFact.__table__.c
    query = sa.select(fact.household, fact.area, fact.lat, fact.lon).where(among_texts(dialect, fact.area, "areas"))
    return query.where(sa.not_(fact.withdrawn), fact.lat.is_not(None))


_located = Ready(_ask_located)


def _outside(records: Iterable[Record]) -> dict[str, float]:
    """How many metres beyond the border of its commune of today each record with a position lies."""
    located = {record: at for record in records if record.area and (at := getattr(record, "location", None))}
    if not located:
        return {}
    known, file = Gazetteer(db.session()), borders.file_of(settings().instance)
    communes = {record: known.commune(record.area or "") for record in located}
    return {
        record.id: borders.metres_outside(file, commune.code, float(at["lat"]), float(at["lon"]))
        for record, at in located.items()
        if (commune := communes[record])
    }


def _photos(records: Iterable[Record], answers: AnswersOf) -> dict[str, dict[str, list[str]]]:
    """By record and photo, the records of other households that name the same photo."""
    named = {record.id: named_in(record.survey, answers[record.id]) for record in records}
    homes = {record.id: _home(record) for record in records}
    uses: dict[str, list[str]] = defaultdict(list)
    if hashes := set().union(*named.values()):
        connection = db.session.connection()
        for sha256, record in _uses(connection, photos=texts(connection, hashes)):
            uses[sha256].append(record)
    homes |= _homes({record for found in uses.values() for record in found} - homes.keys())
    return {
        record: {
            sha256: others
            for sha256 in hashes
            if (others := [one for one in uses[sha256] if homes.get(one, one) != homes[record]])
        }
        for record, hashes in named.items()
    }


def _homes(records: Collection[str]) -> dict[str, str]:
    """The household that each of these records is about."""
    connection = db.session.connection()
    rows = _households(connection, records=texts(connection, records)) if records else ()
    return {record: home or record for record, home in rows}


_USE, _ROW = cast("Any", PhotoUse.__table__).c, cast("Any", Standing.__table__).c
_uses = Ready(lambda dialect: sa.select(_USE.sha256, _USE.record).where(among_texts(dialect, _USE.sha256, "photos")))
_households = Ready(
    lambda dialect: sa.select(_ROW.record, _ROW.household).where(among_texts(dialect, _ROW.record, "records"))
)


def _law(
    records: Iterable[Record], answers: AnswersOf, today: date, rules: Rules | None
) -> dict[str, housing.Assessment]:
    """What follows for the housing surveys among these, each by the household it is about."""
    needs = [record for record in records if isinstance(record, HousingNeed) and record.household]
    if not needs:
        return {}
    query = sa.select(Household).where(_among(Household.__table__.c.id, {need.household or "" for need in needs}))
    homes = {home.id: home for home in db.session.scalars(query)}
    rules, places = rules or current_rules(db.session()), lineage.current()
    return {
        need.id: housing.assess(
            _values(home), answers[need.id], rules=rules, places=places.known(home.village), day=today
        )
        for need in needs
        if (home := homes.get(need.household or ""))
    }


def _among(column: sa.ColumnElement[Any], values: Collection[str]) -> sa.ColumnElement[bool]:
    return among(db.session.connection(), column, values)
