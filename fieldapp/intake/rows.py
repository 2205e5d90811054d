"""State to rows: one table a survey, made again from the journal whenever a record changes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache, lru_cache
from itertools import chain
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.intake import merging
from fieldapp.photos.attachments import PhotoUse
from fieldapp.surveys import REFERENCE, SURVEYS, of_kind, questions
from fieldapp.surveys.base import Record
from fieldapp.surveys.keys import search_key_of, sort_key_of
from sync import State
from sync.fold import version_of
from sync.journal import Journal
from sync.statements import many


def write(
    states: Iterable[State], placed: Mapping[str, str], merged: Mapping[str, str], sound: Collection[str] = ()
) -> None:
    """Insert or replace the rows of these states, each with its area. A survey unknown to this version has no rows.

    ``merged``: see :mod:`fieldapp.intake.merging`; ``sound``: records whose answers are known to fit.
    """
    by_survey: dict[str, list[State]] = defaultdict(list)
    for state in states:
        by_survey[state.survey].append(state)
    for survey in by_survey.keys() & SURVEYS.keys():
        made = [row(each, placed.get(each.record, ""), merged, each.record in sound) for each in by_survey[survey]]
        _upsert(SURVEYS[survey].__table__, made)
        _upsert(PhotoUse.__table__, list(_photos(by_survey[survey], sound)))


def forget(records: Collection[str]) -> None:
    """Remove the rows of records that no counted change speaks of any more."""
    for model in SURVEYS.values() if records else ():
        db.session.execute(sa.delete(model).where(model.id.in_(list(records))))


def concern_rules(states: Iterable[State]) -> bool:
    """Whether any of these states is of a rule."""
    return any(state.survey in REFERENCE for state in states)


def read_anew() -> None:
    """What this session has read of records before they were written is asked for again when it is needed."""
    for each in list(db.session.identity_map.values()):
        if isinstance(each, Record):
            db.session.expire(each)


def row(state: State, area: str, merged: Mapping[str, str], is_sound: bool = False) -> dict[str, Any]:
    """One row: what each column holds. ``is_sound``: every answer is known to fit its question, where there is one."""
    known, empty = questions(state.survey), _unanswered(state.survey)
    values, heads = state.values(), state.heads()
    fitting = {name: value for name, value in values.items() if name in known and (is_sound or known[name].fits(value))}
    fitting |= merging.followed(state.survey, fitting, merged)
    return {
        "id": state.record,
        "area": area or None,
        "author": state.begun.author,
        "device": state.begun.device,
        "created_stamp": state.created.stamp,
        "changed_stamp": state.changed.stamp,
        "created_at": state.begun.moment,
        "changed_at": state.changed_at,
        "heads": heads,
        "conflicts": state.conflicts,
        "contested": bool(state.conflicts),
        "withdrawn": state.withdrawn or state.record in merged,
        "extra": {name: values[name] for name in values if name not in fitting} if len(fitting) < len(values) else {},
        "version": version_of(chain.from_iterable(heads.values())),
        "form_version": state.form_version,
        "search_key": search_key_of(state.survey, fitting),
        "sort_key": sort_key_of(state.survey, fitting),
        **empty,
        **fitting,
    }


@cache
def _unanswered(survey: str) -> dict[str, None]:
    """The questions of a survey, none of them answered."""
    return dict.fromkeys(questions(survey))


def differing(journal: Journal, states: Mapping[str, State]) -> list[str]:
    """The records whose rows are not what the journal says, of these, whose states are given."""
    found: list[str] = []
    for survey, model in SURVEYS.items():
        mine = {record: state for record, state in states.items() if state.survey == survey}
        found += _unlike(model, mine, journal.areas_of(list(mine)), merging.merged_among(mine))
    return found


def _unlike(
    model: type[Any], states: Mapping[str, State], areas: Mapping[str, str], merged: Mapping[str, str]
) -> Iterator[str]:
    table = model.__table__
    ids = list(states)
    held: dict[str, Mapping[str, Any]] = {}
    for start in range(0, len(ids), 500):
        query = sa.select(table).where(table.c.id.in_(ids[start : start + 500]))
        held.update({each["id"]: each for each in db.session.execute(query).mappings()})
    for record, state in states.items():
        wanted = row(state, areas.get(record, ""), merged)
        if record not in held or any(held[record][name] != value for name, value in wanted.items()):
            yield record


def _photos(states: Iterable[State], sound: Collection[str]) -> Iterator[dict[str, str]]:
    seen: set[tuple[str, str]] = set()
    for state in states:
        is_sound = state.record in sound
        for question in of_kind(state.survey, "photo"):
            name, answer = question.name, state.answers.get(question.name)
            for head in answer.heads if answer else ():
                for photo in (head.value or ()) if is_sound or question.fits(head.value) else ():
                    key = (photo["sha256"], state.record)
                    if key not in seen:
                        seen.add(key)
                        yield {"sha256": key[0], "record": key[1], "survey": state.survey, "question": name}


def _upsert(table: sa.FromClause, values: list[dict[str, Any]]) -> None:
    """Insert or replace rows, handed to the driver as it takes them: a wide row costs more to convert than to write."""
    if not values:
        return
    assert isinstance(table, sa.Table)
    connection = db.session.connection()
    names = tuple(values[0])
    statement, ready = _statement(table, connection.dialect, names)
    of_row = itemgetter(*names)
    rows = [list(of_row(each)) for each in values]
    for row in rows:
        for place, prepare in ready:
            if row[place] is not None:
                row[place] = prepare(row[place])
    many(connection, statement, list(map(tuple, rows)))


@lru_cache(maxsize=64)
def _statement(
    table: sa.Table, dialect: sa.Dialect, names: tuple[str, ...]
) -> tuple[str, list[tuple[int, Callable[[Any], Any]]]]:
    """The statement, and for the columns that need it, their places and what makes a value ready for the driver."""
    mark = "?" if dialect.paramstyle == "qmark" else "%s"
    keys = [column.name for column in table.primary_key]
    told = ", ".join(f'"{name}" = excluded."{name}"' for name in names if name not in keys)
    statement = (
        f'INSERT INTO "{table.name}" ({", ".join(map(_quoted, names))}) VALUES ({", ".join(mark for _ in names)}) '  # noqa: S608  the names are of our own tables
        f"ON CONFLICT ({', '.join(map(_quoted, keys))}) DO UPDATE SET {told}"
    )
    processors = [_prepare(table.c[name].type, dialect) for name in names]
    return statement, [(place, prepare) for place, prepare in enumerate(processors) if prepare]


def _prepare(kind: sa.types.TypeEngine[Any], dialect: sa.Dialect) -> Callable[[Any], Any] | None:
    """What makes a value of a column ready for the driver; None where it is so as it stands."""
    if isinstance(kind, sa.DateTime) and dialect.name == "sqlite":
        return _as_text
    return None if isinstance(kind, sa.Boolean) else kind.dialect_impl(dialect).bind_processor(dialect)


def _as_text(moment: datetime) -> str:
    """A moment as SQLAlchemy writes it for SQLite, in a fifth of the time."""
    return moment.isoformat(" ", "microseconds")


def _quoted(name: str) -> str:
    return f'"{name}"'
