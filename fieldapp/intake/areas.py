"""Where a record belongs: the village it names, or that of the record it is about, once that has arrived."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.intake.merging import MergedHousehold
from fieldapp.surveys import REFERENCE, SURVEYS, QuestionKind, of_kind
from fieldapp.surveys.reference import EVERYWHERE as FOR_ALL
from sync import Change, State
from sync.journal import Journal
from sync.statements import Ready, among, for_each_text, texts


def named_area(survey: str, answers: Mapping[str, Any], area_of: Callable[[str], str]) -> str:
    """The area that these answers put their record in; "" when nothing here says so yet."""
    if survey in REFERENCE:
        return FOR_ALL
    village = next(named(survey, answers, "village"), "")
    return village or next((area for parent in named(survey, answers, "reference") if (area := area_of(parent))), "")


def parents(change: Change) -> set[str]:
    """The records that a change says its own is about."""
    return set(named(change.survey, change.answers, "reference")) if change.survey in SURVEYS else set()


def named(survey: str, answers: Mapping[str, Any], kind: QuestionKind) -> Iterator[str]:
    """The answers to questions of a kind, as far as they can be answers to them; not the rules that are named."""
    for question in of_kind(survey, kind):
        if question.of in REFERENCE:
            continue
        value = answers.get(question.name)
        if value is not None and question.fits(value):
            yield value


HOME = "household"
"""It is about no other record; one that is merged into another lies where that one does."""


@dataclass(frozen=True)
class Moves:
    """The area of each record ("" while unknown), and of those the ones that were elsewhere, or nowhere, before."""

    placed: dict[str, str]
    moved: dict[str, str]


def assign(journal: Journal, states: Mapping[str, State], new: Collection[str], merged: Mapping[str, str]) -> Moves:
    """Find out where each record belongs, and place in the journal those that are elsewhere.

    ``new``: those met for the first time, of which the journal may know the area already. ``merged``: the households
    that lie where the one lies that they are a part of.
    """
    values = {record: state.values() for record, state in _parents_first(states, merged) if state.survey in SURVEYS}
    known = journal.areas_of({*states, *_parents(states, values), *merged.values()})
    placed: dict[str, str] = {}

    def area_of(parent: str) -> str:
        return placed.get(parent) or known.get(parent, "")

    for record, answers in values.items():
        named = area_of(merged.get(record, "")) or named_area(states[record].survey, answers, area_of)
        if not named and SURVEYS[states[record].survey].placed:
            named = _once_named(journal, record, area_of)
        placed[record] = named or known.get(record, "")
    elsewhere = {record: area for record, area in placed.items() if area != known.get(record, "")}
    if elsewhere:
        journal.place_all(elsewhere)
    return Moves(placed, elsewhere | {record: area for record, area in placed.items() if area and record in new})


def _once_named(journal: Journal, record: str, area_of: Callable[[str], str]) -> str:
    """The area of a record of which nothing that counts says it any more: that of the latest of its changes taken back
    with their batch that named one. Whoever worked on it goes on seeing it, and every node finds the same, whether it
    heard of the batch before that was taken back or after.
    """
    taken_back = [each.change for each in journal.history(record) if each.ruling == "exclude"]
    said = sorted(taken_back, key=attrgetter("stamp"), reverse=True)
    return next((area for each in said if (area := named_area(each.survey, each.answers, area_of))), "")


def _parents_first(states: Mapping[str, State], merged: Collection[str]) -> list[tuple[str, State]]:
    order = {name: place for place, name in enumerate(SURVEYS)}
    return sorted(states.items(), key=lambda item: (order.get(item[1].survey, 0), item[0] in merged))


def _parents(states: Mapping[str, State], values: Mapping[str, Mapping[str, Any]]) -> set[str]:
    return {parent for record, each in values.items() for parent in named(states[record].survey, each, "reference")}


def _set_area(table: sa.FromClause, pairs: Iterable[tuple[str, str]]) -> None:
    assert isinstance(table, sa.Table)
    values = [{"of": record, "to": area} for record, area in pairs]
    if values:
        update = sa.update(table).where(table.c.id == sa.bindparam("of")).values(area=sa.bindparam("to"))
        db.session.connection().execute(update, values)


def follow(journal: Journal, moved: Mapping[str, str]) -> set[str]:
    """The records about what moved move with it, whether they arrived before or after it; which did. One that names
    several, a visit its household, its need and its case, lies where the first of them does that lies anywhere."""
    if not moved:
        return set()
    connection = db.session.connection()
    found = _about(connection, parents=texts(connection, moved))
    children = {(row.survey, row.id): row.area or "" for row in found if row.survey != HOME}
    placed = _placed(journal, children, moved)
    placed |= {
        (HOME, row.id): moved[row.parent] for row in found if row.survey == HOME and row.area != moved[row.parent]
    }
    followed = {record: area for (_survey, record), area in placed.items()}
    if placed:
        journal.place_all(followed)
    for survey in {survey for survey, _record in placed}:
        pairs = ((record, area) for (each, record), area in placed.items() if each == survey)
        _set_area(SURVEYS[survey].__table__, pairs)
    return followed.keys() | follow(journal, followed)


def _placed(
    journal: Journal, children: Mapping[tuple[str, str], str], moved: Mapping[str, str]
) -> dict[tuple[str, str], str]:
    """Where those of these records that lie elsewhere belong; they are told with where they are."""
    found: dict[tuple[str, str], str] = {}
    for survey in {survey for survey, _record in children}:
        rows = _named_by(survey, [record for each, record in children if each == survey])
        known = journal.areas_of({parent for row in rows for parent in row[2:] if parent}) | dict(moved)
        for record, village, *about in rows:
            area = village or next((known[parent] for parent in about if known.get(parent)), "")
            if area and area != children[survey, record]:
                found[survey, record] = area
    return found


def _named_by(survey: str, records: Collection[str]) -> list[tuple[str, ...]]:
    """Each of these records with the village it names and the records it is about, as :func:`named_area` asks them."""
    table = SURVEYS[survey].__table__
    village = next((table.c[each.name] for each in of_kind(survey, "village")), sa.null())
    about = [table.c[each.name] for each in of_kind(survey, "reference") if each.of not in REFERENCE]
    query = sa.select(table.c.id, village, *about).where(among(db.session.connection(), table.c.id, records))
    return [tuple(row) for row in db.session.execute(query)]


def _all_about(dialect: sa.Dialect) -> sa.CompoundSelect[Any]:
    """The records that name any of ``parents`` or are merged into them, and move with them: not the rules, which lie
    where everybody reads."""
    home, part = SURVEYS[HOME].__table__, MergedHousehold.__table__

    def naming(survey: str, table: sa.FromClause, parent: sa.ColumnElement[str]) -> sa.Select[Any]:
        kind: sa.Label[str] = sa.literal_column(f"'{survey}'").label("survey")
        query = sa.select(kind, table.c.id, parent.label("parent"), table.c.area)
        return for_each_text(dialect, query, parent, "parents")

    return sa.union_all(
        naming(HOME, home, part.c.kept).where(part.c.household == home.c.id),
        *(
            naming(survey, table, parent)
            for survey, table in ((survey, model.__table__) for survey, model in SURVEYS.items() if not model.reference)
            for parent in (table.c[each.name] for each in of_kind(survey, "reference") if each.of not in REFERENCE)
        ),
    )


_about = Ready(_all_about)


def about(parents: Collection[str]) -> set[str]:
    """The records that name any of these, or are merged into them."""
    connection = db.session.connection()
    return {row.id for row in _about(connection, parents=texts(connection, parents))} if parents else set()
