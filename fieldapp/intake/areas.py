"""Where a record belongs: the village it names, or that of the record it is about, once that has arrived."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from fieldapp.db import db
from fieldapp.intake.merging import MergedHousehold, kept_of, merged_among
from fieldapp.surveys import REFERENCE, SURVEYS, Base, Pairing, QuestionKind, of_kind
from fieldapp.surveys.reference import EVERYWHERE as FOR_ALL
from sync import Change, State
from sync.journal import Entry, Journal
from sync.statements import Ready, among, for_each_text, insert, texts


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
LEANS = ""
"""Stands for the survey of a record that leans on another."""


class Leaning(Base):
    """Of a record that lies where something says that does not count: whom such changes say that it is about."""

    __tablename__ = "leaning"

    record: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    parent: Mapped[str] = mapped_column(sa.String(36), primary_key=True, index=True)


_LEANING: Any = Leaning.__table__


@dataclass(frozen=True)
class Moves:
    """The area of each record ("" while unknown), and of those the ones that were elsewhere, or nowhere, before."""

    placed: dict[str, str]
    moved: dict[str, str]


def assign(
    journal: Journal,
    states: Mapping[str, State],
    gone: Collection[str],
    new: Collection[str],
    merged: Mapping[str, str],
) -> Moves:
    """Find out where each record belongs, and place in the journal those that are elsewhere.

    ``gone``: those of which nothing counts; ``new``: those met for the first time, of which the journal may know the
    area already. ``merged``: the households that lie where the one lies that they are a part of.
    """
    belonging = _Belonging(journal, states, gone, merged)
    belonging.note_leaning()
    placed, known = belonging.placed, belonging.known
    elsewhere = {record: area for record, area in placed.items() if area != known.get(record, "")}
    if elsewhere:
        journal.place_all(elsewhere)
    return Moves(placed, elsewhere | {record: area for record, area in placed.items() if area and record in new})


def misplaced(journal: Journal, states: Mapping[str, State], gone: Collection[str]) -> list[str]:
    """The records that lie elsewhere than where they belong."""
    belonging = _Belonging(journal, states, gone, merged_among(states))
    return [record for record, area in belonging.placed.items() if area != belonging.known.get(record, "")]


class _Belonging:
    """Where records belong, by all that is held of them here, whenever and in whatever order it came: where what counts
    says, and else where the latest of their other changes does that says so. Whoever worked on a record goes on seeing
    it, and every node finds the same."""

    def __init__(
        self, journal: Journal, states: Mapping[str, State], gone: Collection[str], merged: Mapping[str, str]
    ) -> None:
        kept = {record: state for record, state in states.items() if state.survey in SURVEYS}
        self.merged, self.values = dict(merged), {record: state.values() for record, state in kept.items()}
        self.surveys = {record: state.survey for record, state in kept.items()}
        about = {one for record, each in self.values.items() for one in self._named(record, each)}
        where = journal.whereabouts({*states, *gone, *about, *merged.values()})
        self.known = {record: area for record, (_survey, area) in where.items()}
        self.surveys |= {record: where[record][0] for record in gone if record in where and where[record][0] in SURVEYS}
        self.order, self.placed = _parents_first(self.surveys, merged), dict[str, str]()
        self.said: dict[str, list[Change]] = {}
        self._place()
        lost = [each for each, area in self.placed.items() if not area and SURVEYS[self.surveys[each]].placed]
        if lost:
            self.said = _said(journal, lost)
            once = {one for each in self.said.values() for said in each for one in parents(said)}
            self.merged |= kept_of(once)
            self.known |= journal.areas_of(once.union(self.merged.values()))
            self._place()

    def _place(self) -> None:
        self.placed = {}
        for record in self.order:
            self.placed[record] = self._counting(record) or self._once_said(record)

    def _counting(self, record: str) -> str:
        answers = self.values.get(record)
        if answers is None:
            return ""
        area = self._area_of(record) if record in self.merged else ""
        return area or self._named_area(self.surveys[record], answers)

    def _once_said(self, record: str) -> str:
        said = (each for each in self.said.get(record, ()) if each.survey == self.surveys[record])
        return next((area for each in said if (area := self._named_area(each.survey, each.answers))), "")

    def _named_area(self, survey: str, answers: Mapping[str, Any]) -> str:
        """What compares two households names both as they are; all else the one of which another is a part."""
        return named_area(survey, answers, self._lies if survey == Pairing.survey else self._area_of)

    def _area_of(self, parent: str) -> str:
        return self._lies(self.merged.get(parent, parent))

    def _lies(self, record: str) -> str:
        return self.placed[record] if record in self.placed else self.known.get(record, "")

    def _named(self, record: str, answers: Mapping[str, Any]) -> Iterator[str]:
        return named(self.surveys[record], answers, "reference")

    def note_leaning(self) -> None:
        """Remember whom the records lean on that no row says it of: when those move, they move."""
        if not self.said:
            return
        counted = {record: set(self._named(record, self.values.get(record, {}))) for record in self.said}
        pairs = {(record, one) for record, each in self.said.items() for said in each for one in parents(said)}
        pairs |= {(record, self.merged[one]) for record, one in pairs if one in self.merged}
        connection = db.session.connection()
        connection.execute(sa.delete(_LEANING).where(among(connection, _LEANING.c.record, self.said.keys())))
        insert(connection, _LEANING, sorted(pair for pair in pairs if pair[1] not in counted[pair[0]]))


def _said(journal: Journal, records: Collection[str]) -> dict[str, list[Change]]:
    """All that was ever said of each of these records: first what counts and was replaced, then what was taken back
    with its batch, then what is held or was refused; of each the latest first, and a clock that is far ahead last."""
    found: dict[str, list[Entry]] = {record: [] for record in records}
    for each in journal.of_records(records):
        found[each.change.record].append(each)
    in_order = {record: sorted(each, key=_weight, reverse=True) for record, each in found.items()}
    return {record: [one.change for one in each] for record, each in in_order.items()}


def _weight(entry: Entry) -> tuple[bool, bool, bool, bool, str, str]:
    said = entry.counts, entry.ruling == "exclude", not entry.ahead
    return entry.held is None, *said, entry.change.stamp, entry.change.id


def _parents_first(surveys: Mapping[str, str], merged: Collection[str]) -> list[str]:
    order = {name: place for place, name in enumerate(SURVEYS)}
    return sorted(surveys, key=lambda record: (order[surveys[record]], record in merged))


def _set_area(table: sa.FromClause, pairs: Iterable[tuple[str, str]]) -> None:
    assert isinstance(table, sa.Table)
    values = [{"of": record, "to": area} for record, area in pairs]
    if values:
        update = sa.update(table).where(table.c.id == sa.bindparam("of")).values(area=sa.bindparam("to"))
        db.session.connection().execute(update, values)


def follow(journal: Journal, moved: Mapping[str, str]) -> tuple[set[str], set[str]]:
    """The records about what moved move with it, whether they arrived before or after it; which did. One that names
    several, a visit its household, its need and its case, lies where the first of them does that lies anywhere.

    And those of which it is to be found out again where they belong: no row of theirs says it any more.
    """
    if not moved:
        return set(), set()
    connection = db.session.connection()
    found = _about(connection, parents=texts(connection, moved))
    children = {(row.survey, row.id): row.area or "" for row in found if row.survey not in (HOME, LEANS)}
    placed = _placed(journal, children, moved)
    parts = {(HOME, row.id): moved[row.parent] for row in found if row.survey == HOME and row.area != moved[row.parent]}
    asked = {record for (_survey, record), area in (placed | parts).items() if not area}
    asked |= {row.id for row in found if row.survey == LEANS}
    followed = {record: area for (_survey, record), area in (placed | parts).items() if area}
    if followed:
        journal.place_all(followed)
    for survey in {survey for survey, _record in placed | parts}:
        pairs = ((record, area) for (each, record), area in (placed | parts).items() if each == survey and area)
        _set_area(SURVEYS[survey].__table__, pairs)
    further, asked_further = follow(journal, followed)
    return followed.keys() | further, asked | asked_further


def _placed(
    journal: Journal, children: Mapping[tuple[str, str], str], moved: Mapping[str, str]
) -> dict[tuple[str, str], str]:
    """Where those of these records that lie elsewhere belong, "" where no row of theirs says so any more; they are told
    with where they are."""
    found: dict[tuple[str, str], str] = {}
    for survey in {survey for survey, _record in children}:
        rows = _named_by(survey, [record for each, record in children if each == survey])
        known = journal.areas_of({parent for row in rows for parent in row[2:] if parent}) | dict(moved)
        for record, village, *about in rows:
            area = village or next((known[parent] for parent in about if known.get(parent)), "")
            if area != children[survey, record]:
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

    leaning: sa.Label[str] = sa.literal_column(f"'{LEANS}'").label("survey")
    nowhere = sa.select(leaning, _LEANING.c.record, _LEANING.c.parent, sa.cast(sa.null(), sa.String(32)))
    return sa.union_all(
        naming(HOME, home, part.c.kept).where(part.c.household == home.c.id),
        *(
            naming(survey, table, parent)
            for survey, table in ((survey, model.__table__) for survey, model in SURVEYS.items() if not model.reference)
            for parent in (table.c[each.name] for each in of_kind(survey, "reference") if each.of not in REFERENCE)
        ),
        for_each_text(dialect, nowhere, _LEANING.c.parent, "parents"),
    )


_about = Ready(_all_about)


def about(parents: Collection[str]) -> set[str]:
    """The records that name any of these, or are merged into them."""
    connection = db.session.connection()
    return {row.id for row in _about(connection, parents=texts(connection, parents))} if parents else set()


def leaning_on(parents: Collection[str]) -> set[tuple[str, str]]:
    """(record, parent) of those of which nothing counts, or nothing that says where they lie, but some change says that
    they are about one of these."""
    connection = db.session.connection()
    some = among(connection, _LEANING.c.parent, parents)
    return {tuple(row) for row in connection.execute(sa.select(_LEANING.c.record, _LEANING.c.parent).where(some))}
