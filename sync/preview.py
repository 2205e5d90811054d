"""What would become of changes if they were taken in: the same journal and the same fold, on a copy thrown away.

Copied is what the changes concern and no more: their records, their neighbours in the chains, the rulings. The journal
itself is only read, and before anything is worked out.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

import msgspec
import sqlalchemy as sa

from sync import appending, rulings
from sync.change import RULING, DeviceId, RecordId, Seq, same_as
from sync.entries import HoldReason, Result
from sync.fold import State
from sync.journal import Journal
from sync.statements import among
from sync.tables import chain, change, metadata, node, record_area, ruling

PORTION = 4000
CHUNK = 2000


@dataclass(frozen=True, slots=True)
class Before:
    """What a record was: its version, its conflicts, and whether it was withdrawn."""

    version: str
    conflicts: dict[str, list[Any]]
    withdrawn: bool


@dataclass(frozen=True, slots=True)
class RecordPreview:
    """What would become of one record: ``before``, None if nothing of it counted; ``state``, None if nothing would."""

    record: str
    before: Before | None
    state: State | None

    @property
    def is_new(self) -> bool:
        """Whether the record would count for the first time."""
        return self.before is None and self.state is not None

    @property
    def is_changed(self) -> bool:
        """Whether the record is there, and would be another."""
        return self.before is not None and (self.state is None or _stood(self.state) != self.before)

    @property
    def clashes(self) -> dict[str, list[Any]]:
        """The conflicts that are not there now, or are about other values: the values, the one shown first."""
        known = self.before.conflicts if self.before else {}
        now = self.state.conflicts if self.state else {}
        return {question: values for question, values in now.items() if _set(values) != _set(known.get(question, ()))}

    @property
    def settled(self) -> list[str]:
        """The questions that would be in conflict no more."""
        now = self.state.conflicts if self.state else {}
        return sorted(self.before.conflicts.keys() - now.keys()) if self.before else []


def _stood(state: State) -> Before:
    return Before(state.version, state.conflicts, state.withdrawn)


def _set(values: Iterable[Any]) -> set[Any]:
    return {same_as(value) for value in values}


@dataclass(slots=True)
class Rehearsal:
    """``journal`` holds what the texts concern; ``before`` tells what is there of the records now; ``surveys`` of which
    survey each record is that the texts name."""

    journal: Journal
    surveys: dict[str, str]
    before: dict[str, Before]
    touched: dict[str, None] = field(default_factory=dict)

    def take_in(self, texts: Iterable[str], judge: HoldReason, ahead: Collection[str] = ()) -> Iterator[list[Result]]:
        """What becomes of each text, a portion at a time, as ``Journal.append`` tells it."""
        batch = self.journal.open_batch("file")
        rest = iter(texts)
        while some := list(islice(rest, PORTION)):
            done = self.journal.append(some, batch=batch, judge=judge, ahead=ahead)
            self.touched.update(dict.fromkeys(self.journal.records_touched(done)))
            yield done

    def fates(self, records: Sequence[str] | None = None) -> Iterator[RecordPreview]:
        """What has become of these records, by default of all that may be others than before."""
        asked = list(self.touched) if records is None else records
        for start in range(0, len(asked), CHUNK):
            chunk = asked[start : start + CHUNK]
            states = self.journal.states(chunk)
            yield from (RecordPreview(record, self.before.get(record), states.get(record)) for record in chunk)


@contextmanager
def rehearse(
    journal: Journal, texts: Iterable[str], progress: Callable[[int], None] = lambda _done: None
) -> Iterator[Rehearsal]:
    """Copy what ``texts`` concern to where they can be taken in without harm; it is gone afterwards.

    ``progress`` is told how many texts were looked through, now and then.
    """
    concern = _Concern.of(texts, progress)
    engine = sa.create_engine("sqlite://", creator=_temporary, poolclass=sa.StaticPool, hide_parameters=True)
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            metadata.create_all(connection)
            connection.exec_driver_sql("BEGIN")
            here = Journal(connection, journal.now)
            records = concern.copy(journal.connection, connection)
            yield Rehearsal(here, concern.records, _before(here, records))
    finally:
        engine.dispose()


def _temporary() -> sqlite3.Connection:
    """A database that is a file of the system's own once it grows, and gone when closed."""
    database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    for pragma in ("journal_mode=OFF", "synchronous=OFF", "cache_size=-32000"):
        database.execute(f"PRAGMA {pragma}")
    return database


def _before(journal: Journal, records: Sequence[str]) -> dict[str, Before]:
    found: dict[str, Before] = {}
    for start in range(0, len(records), CHUNK):
        states = journal.states(records[start : start + CHUNK])
        found.update({record: _stood(state) for record, state in states.items()})
    return found


class _Link(msgspec.Struct):
    record: RecordId
    survey: str
    device: DeviceId
    seq: Seq


class _Ruling(msgspec.Struct):
    answers: dict[str, Any]


_links = msgspec.json.Decoder(_Link)
_rulings = msgspec.json.Decoder(_Ruling)


@dataclass(slots=True)
class _Concern:
    """What texts are about: records and their surveys, stretches of chains (lowest and highest seq by device), and
    changes ruled about."""

    records: dict[str, str] = field(default_factory=dict)
    stretches: dict[str, tuple[int, int]] = field(default_factory=dict)
    about: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, texts: Iterable[str], progress: Callable[[int], None]) -> _Concern:
        found = cls()
        for number, text in enumerate(texts):
            found.add(text)
            if number % PORTION == 0:
                progress(number)
        return found

    def add(self, text: str) -> None:
        try:
            link = _links.decode(text)
            answers = _rulings.decode(text).answers if link.survey == RULING else {}
        except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
            return  # no change, and nothing here is about it
        self.records[link.record] = link.survey
        low, high = self.stretches.get(link.device, (link.seq, link.seq))
        self.stretches[link.device] = (min(low, link.seq), max(high, link.seq))
        self.about |= rulings.named_in(answers)

    def copy(self, source: sa.Connection, target: sa.Connection) -> list[str]:
        """Copy all that bears on them; returns the records that are complete there."""
        _copy(source, target, sa.select(node))
        _copy(source, target, sa.select(ruling))
        _copy(source, target, sa.select(change).where(change.c.id.in_(sa.select(ruling.c.ruling))))
        about = self.about | rulings.reach(source, self.about)
        records = list(dict.fromkeys([*self.records, *appending.records_of(source, about)]))
        for start in range(0, len(records), CHUNK):
            chunk = records[start : start + CHUNK]
            _copy(source, target, sa.select(change).where(among(source, change.c.record, chunk)))
            _copy(source, target, sa.select(record_area).where(among(source, record_area.c.record, chunk)))
        self._copy_chains(source, target)
        return records

    def _copy_chains(self, source: sa.Connection, target: sa.Connection) -> None:
        for device, (low, high) in self.stretches.items():
            near = sa.and_(change.c.device == device, change.c.seq.between(low - 1, high + 1))
            _copy(source, target, sa.select(change).where(near))
            _copy(source, target, sa.select(chain).where(chain.c.device == device))


def _copy(source: sa.Connection, target: sa.Connection, query: sa.Select[Any]) -> None:
    (table,) = query.get_final_froms()
    assert isinstance(table, sa.Table)
    names = [column.name for column in table.columns]
    statement = f'INSERT OR IGNORE INTO "{table.name}" ({", ".join(names)}) VALUES ({", ".join("?" * len(names))})'  # noqa: S608
    rows = source.execute(query)
    while some := rows.fetchmany(PORTION):
        target.exec_driver_sql(statement, [tuple(row) for row in some])
