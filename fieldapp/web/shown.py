"""How answers, times and names are written on the desk's pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import sqlalchemy as sa
from flask import g

from fieldapp import intake, naming, places, review, verdicts
from fieldapp.db import Prepared, db
from fieldapp.i18n import _, language, ngettext
from fieldapp.places import Place, Village
from fieldapp.reports import numbers
from fieldapp.surveys import SURVEYS, Household, own_name, questions
from fieldapp.surveys.base import Record
from fieldapp.surveys.question import Question
from fieldapp.surveys.showing import Names, show
from fieldapp.today import clock, now
from fieldapp.vietnamese import collation_key, show_integer
from fieldapp.web.access import my_areas, sees
from sync.clock import moment_at
from sync.statements import among, among_texts

NOBODY = str(UUID(int=0))
"""Stands for a record in an address that is put together once for many: to put one together takes as long as a line."""


def days_since(at: datetime) -> int:
    """Whole days since a time; none for one in the future."""
    return max(0, (now() - at).days)


def age(at: datetime | None) -> str:
    """How long ago, in days."""
    if at is None:
        return ""
    days = days_since(at)
    return ngettext("%(n)s day", "%(n)s days", days) if days else _("today")


class VillageToday(NamedTuple):
    """A village and the commune people know it by today."""

    village: Village
    commune: Place


def _lists() -> places.Gazetteer:
    """The newest lists of places, looked up once in a page: it asks for each of a thousand villages."""
    found: places.Gazetteer | None = g.get("lists")
    if found is None:
        found = g.lists = places.Gazetteer(db.session())
    return found


def gazetteer() -> dict[str, VillageToday]:
    """The villages the signed-in person may see, by id, each with its commune of today."""
    found: dict[str, VillageToday] | None = g.get("gazetteer")
    if found is None:
        areas, known = my_areas(), _lists().all_known
        seen = known if areas is None else {id: pair for id, pair in known.items() if id in areas}
        found = g.gazetteer = {id: VillageToday(*pair) for id, pair in seen.items()}
    return found


def communes() -> list[Place]:
    """The communes of today in which the signed-in person has villages, by name."""
    found = {where.commune for where in gazetteer().values()}
    return sorted(found, key=lambda commune: (collation_key(commune.name), commune.vintage, commune.code))


def commune_key(commune: Place) -> str:
    """What stands for a commune in an address: its code where it is on the newest list, or else ``01930@2023``. Where
    that list cannot say what became of a commune, its villages are known by the old one, whose code may be another's
    now."""
    return commune.code if commune.vintage == _lists().vintage else f"{commune.code}@{commune.vintage}"


def communes_to_choose() -> list[tuple[str, str]]:
    """The same communes as keys and names; of one that is on an older list only, its year is said too."""
    keyed = ((commune_key(commune), commune) for commune in communes())
    return [(key, naming.coded_place(key) if "@" in key else commune.name) for key, commune in keyed]


def villages_in(key: str) -> list[str]:
    """The ids of the person's villages in a commune of today, by its :func:`commune_key`."""
    wanted = {commune for commune in communes() if commune_key(commune) == key}
    return [village for village, where in gazetteer().items() if where.commune in wanted]


def place_line(area: str | None) -> str:
    """``Thôn Nà Vài, Xã Ba Bể``, or that the village is not known yet."""
    if not area:
        return _("Village not known yet")
    lines: dict[str, str] = g.setdefault("place_lines", {})
    if area not in lines:
        where = _lists().all_known.get(area) if sees(area) else None
        lines[area] = ", ".join(place.name for place in where) if where else naming.village_line(area)
    return lines[area]


def lists_on(day: date) -> places.Gazetteer:
    """The list of places that held on a day, for :func:`place_line_by`."""
    return places.Gazetteer(db.session(), places.vintage_on((year for year, _code in _lists().everywhere), day))


def place_line_by(known: places.Gazetteer, area: str | None) -> str:
    """As :func:`place_line`, by another list of places."""
    commune = known.known(area) if area else None
    return ", ".join((known.villages[area].name, commune.name)) if area and commune else place_line(area)


def old_place_line(area: str | None) -> str:
    """The commune and district of 2023, which stay known for ever; empty where they are not known."""
    known = places.Gazetteer(db.session(), 2023)
    commune = known.commune(area) if area else None
    return ", ".join(place.name for place in (commune, known.above(commune)) if place)


def answer(question: Question | None, value: Any) -> str:
    """A stored value for people, whatever it is, with the names of villages and records instead of their ids."""
    told = naming.kept_for_machines(question, value)
    return show(question, value, language(), NAMES) if told is None else told


def _referred(question: Question, record: str) -> str:
    """The name of a record that an answer points to, which may be one of any survey."""
    known = {} if question.of else intake.journal().whereabouts([record])
    survey = question.of or (known[record][0] if record in known else "")
    found = db.session.get(SURVEYS[survey], record) if survey in SURVEYS else None
    if found is None:
        return _("Not here yet, or counts no more")
    if found.reference:
        return own_name(type(found), values_of(found))
    return name_of(found) if sees(found.area) else _("A record outside your area")


NAMES: Names = {"village": lambda _question, area: place_line(area), "reference": _referred}


def name_of(record: Record) -> str:
    """What a record is called in a list: by the head of household it names or is about, a member by name too."""
    return names_of([record])[record.id]


def names_of(records: Iterable[Record]) -> dict[str, str]:
    """The names of records, by id."""
    listed = list(records)
    about = {record.id: household_id(record) for record in listed}
    heads = _heads_of({id for id in about.values() if id})
    return {record.id: _named(record, _name(heads, about[record.id])) for record in listed}


def _heads_of(households: Collection[str]) -> dict[str, str | None]:
    """The names of these households, as far as they have arrived; of those elsewhere only that they are elsewhere. One
    alone is mostly at hand."""
    found: Iterable[Any]
    if len(households) == 1:
        found = filter(None, (db.session.get(Household, id) for id in households))
    else:
        found = _heads.rows(households=households)
    return {one.id: one.head_name if sees(one.area) else _("Household outside your area") for one in found}


_heads = Prepared(
    lambda dialect: sa.select(Household.id, Household.head_name, Household.area).where(
        among_texts(dialect, Household.__table__.c.id, "households")
    )
)


def _named(record: Record, head: str) -> str:
    own = own_name(type(record), values_of(record))
    return naming.of_household(own, head)


def _name(heads: Mapping[str, str | None], household: str | None) -> str:
    if household is None or household not in heads:
        return _("Household that is not here yet, or counts no more")
    return naming.household(heads[household])


def head_of(head: str | None, area: str | None, *, known: bool = True) -> str:
    """What a household is called by its head, where its row was read beside another."""
    if not known:
        return _("Household that is not here yet, or counts no more")
    return naming.household(head) if sees(area) else _("Household outside your area")


def household_of(record: Record) -> Household | None:
    """The household a record is about, if the signed-in person may see it; itself when it is one."""
    about = household_id(record)
    found = db.session.get(Household, about) if about else None
    return found if found is not None and sees(found.area) else None


def seen_of(records: Collection[str]) -> set[str]:
    """Those of these records, by id, that have a page which the signed-in person may open."""
    known = intake.journal().whereabouts(records)
    listed = {survey for survey, model in SURVEYS.items() if model.listed}
    return arrived(record for record, (survey, area) in known.items() if survey in listed and sees(area))


def arrived(records: Iterable[str]) -> set[str]:
    """Those of these records, by id, of which there is a row: asked once for each survey, not for each record."""
    by_survey: dict[str, list[str]] = defaultdict(list)
    for record, (survey, _area) in intake.journal().whereabouts(list(records)).items():
        by_survey[survey].append(record)
    tables = ((SURVEYS[survey].__table__, ids) for survey, ids in by_survey.items() if survey in SURVEYS)
    here = (sa.select(table.c.id).where(among(db.session.connection(), table.c.id, ids)) for table, ids in tables)
    return {record for query in here for record in db.session.scalars(query)}


def household_id(record: Record) -> str | None:
    """The household a record is about; its own id when it is one."""
    return record.id if record.survey == "household" else getattr(record, "household", None)


def values_of(record: Record) -> dict[str, Any]:
    """The answers of a record as its row shows them, in canonical form."""
    return {name: getattr(record, name) for name in questions(type(record))}


def globals_for_templates() -> dict[str, Any]:
    """What templates may call; ``typed_number``: what a field holds, as people type it in either language."""
    return {
        "age": age,
        "batch_moment": lambda millis: clock(moment_at(millis)),
        "moment": clock,
        "old_place_line": old_place_line,
        "place_line": place_line,
        "show_number": numbers.show,
        "status_label": review.label,
        "typed_number": show_integer,
        "verdict_label": verdicts.label,
    }
