"""Where each record stands for those who decide about it: one row each, kept beside the records.

Worked out in intake for what a change touches and for nothing else; it can always be made again. So a queue is one
query by an index, and a tally one ``GROUP BY``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from functools import cache
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, aliased, mapped_column

from fieldapp import surveys
from fieldapp.db import db
from fieldapp.facts.ranking import UNKNOWN, decoded, ranks_of
from fieldapp.facts.states import OPEN, Facts, Status, is_answered, status_from
from fieldapp.surveys import Base, Decision, Household, Record, Reply
from fieldapp.surveys.base import bytewise
from sync import State
from sync.journal import Journal
from sync.statements import Ready, among, among_texts, replace, texts

SAID = ("decision", "reply")
Replied: TypeAlias = Mapping[str, set[str]]
"""The questions replied to, by the decision that asked; "" for a reply to the whole of it."""


class Standing(Base):
    """The fact of one record: every one that is reviewed, and of the others those in dispute.

    ``since``: when it was changed last, in UTC; ``waits``: whether a supervisor has something to do; ``rank``: its
    household's place in the legal order, as text to sort by (:mod:`fieldapp.facts.ranking`).
    """

    __tablename__ = "standing"

    record: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    survey: Mapped[str] = mapped_column(sa.String(64))
    area: Mapped[str | None] = mapped_column(sa.String(32))
    household: Mapped[str | None] = mapped_column(sa.String(36), index=True)
    status: Mapped[str] = mapped_column(sa.String(32))
    waits: Mapped[bool] = mapped_column()
    since: Mapped[datetime] = mapped_column(sa.DateTime)
    rank: Mapped[str] = mapped_column(bytewise(64))

    __table_args__ = (
        sa.Index("ix_standing_queue", "waits", "rank", "since", "record", "area", "survey", "status"),
        sa.Index("ix_standing_tally", "area", "survey", "status", "since"),
    )


_TABLE: Any = Standing.__table__
TOLD = tuple(_TABLE.columns)
"""All of a row, for a query that makes no object of it: a province has tens of thousands."""


# --- kept -----------------------------------------------------------------------------------------------------


def refresh(journal: Journal, states: Mapping[str, State], gone: Collection[str], moved: Collection[str]) -> None:
    """Make the standings again that follow from these records: their own, those of what they decide or reply about, and
    all of a household whose own answers or needs they are.

    :param gone: records that no counted change speaks of now.
    :param moved: others that lie in another village since.
    """
    own = [record for record, state in states.items() if state.survey not in SAID]
    about = [_subject(state.values()) for state in states.values() if state.survey in SAID]
    households = {record for record, state in states.items() if state.survey == "household"}
    households |= {home for state in states.values() if state.survey == "housing_need" if (home := _home(state))}
    if gone:
        about += _subjects_of(journal, gone)
        households |= _forget(gone)
    records = {*own, *moved, *filter(None, about)}
    if not records and not households:
        return
    rows = list(_read(records, households))
    left = {row.home_before for row in rows if row.is_need and row.has_moved} - {None}
    _write([*rows, *(_read((), left) if left else ())], households | left)


def make(records: Collection[str]) -> None:
    """Make the standings of these records, whatever they are about."""
    _write(list(_read(records, ())), ())


def differing(records: Collection[str]) -> list[str]:
    """Of these records those whose standing is not what follows from them."""
    rows = [row for row in _read(records, ()) if row.is_kept]
    ranks = ranks_of({row.household for row in rows if row.household})
    held = {row[0]: row for row in _held(records)}
    wanted = {row.record: row.columns(ranks) for row in rows}
    return [record for record in {**held, **wanted} if held.get(record) != wanted.get(record)]


def _held(records: Collection[str]) -> Iterable[tuple[Any, ...]]:
    connection = db.session.connection()
    return [tuple(row) for row in _all_of(connection, records=texts(connection, records))]


_all_of = Ready(lambda dialect: sa.select(*TOLD).where(among_texts(dialect, _TABLE.c.record, "records")))


def is_empty() -> bool:
    """Whether no record has a standing: after an upgrade from a version that kept none."""
    return db.session.scalar(sa.select(Standing.record).limit(1)) is None


def _home(state: State) -> str | None:
    home = state.values().get("household")
    return home if isinstance(home, str) else None


def _subject(answers: Mapping[str, Any]) -> str | None:
    subject = answers.get("subject")
    return subject if isinstance(subject, str) else None


def _subjects_of(journal: Journal, gone: Collection[str]) -> list[str | None]:
    entries = (entry for record in gone for entry in journal.history(record))
    return [_subject(entry.change.answers) for entry in entries if entry.change.survey in SAID]


def _homes_before(records: Collection[str]) -> set[str]:
    """The households that these records were about as far as it was known: one may have gone over to another."""
    needs = _TABLE.c.survey == "housing_need"
    query = sa.select(_TABLE.c.household).where(among(db.session.connection(), _TABLE.c.record, records), needs)
    return set(filter(None, db.session.scalars(query)))


def _forget(gone: Collection[str]) -> set[str]:
    """Take away the standings of these records; the households that they were about."""
    homes = _homes_before(gone)
    db.session.execute(sa.delete(_TABLE).where(among(db.session.connection(), _TABLE.c.record, gone)))
    return homes


class _Row:
    """What is read of one record, and what follows from it."""

    def __init__(self, read: Any, replied: Replied) -> None:
        self.record, self.household, self.is_known = read.record, read.household, read.before is not None
        self.home_before, self.is_need = read.home_before, read.survey == "housing_need"
        self.before = None if self.has_moved else read.before
        self.reviewed = surveys.SURVEYS[read.survey].reviewed
        self.status: Status = status_from(facts_of(read, self.reviewed, replied))
        told = (self.status, self.status in OPEN, read.changed_at)
        self._plain = (read.record, read.survey, read.area, read.household, *told)

    @property
    def has_moved(self) -> bool:
        """Whether it is about another household than when its standing was made."""
        return bool(self.home_before != self.household)

    @property
    def is_kept(self) -> bool:
        """Whether there is anything to decide about such records, now or ever."""
        return self.reviewed or self.status == "contested"

    def columns(self, ranks: Mapping[str, str]) -> tuple[Any, ...]:
        """The row of the table."""
        return (*self._plain, ranks.get(self.household or "") or UNKNOWN)


def facts_of(read: Any, reviewed: bool, replied: Replied) -> Facts:
    """What the state of a record follows from; ``read``: its columns, and those of the last decision about it."""
    if read.verdict is None:
        return Facts(read.version, read.contested, read.withdrawn, reviewed=reviewed)
    answered = is_answered(decoded(read.pinned), replied.get(read.decision, ()))
    seen = decoded(read.seen) or ()
    return Facts(read.version, read.contested, read.withdrawn, read.verdict, seen, answered, reviewed)


def _write(rows: Collection[_Row], households: Collection[str]) -> None:
    """Ranks are asked for again where a household has changed; where it has not, they are as they were."""
    kept = [row for row in rows if row.is_kept]
    asked = {row.household for row in kept if row.household and (row.before is None or row.household in households)}
    ranks = {row.household: row.before for row in kept if row.household and row.before} | ranks_of(asked)
    replace(db.session.connection(), _TABLE, [row.columns(ranks) for row in kept])
    if old := [row.record for row in rows if row.is_known and not row.is_kept]:
        db.session.execute(sa.delete(_TABLE).where(among(db.session.connection(), _TABLE.c.record, old)))


def _read(records: Collection[str], households: Collection[str]) -> Iterator[_Row]:
    """These records and all about these households, each with the last decision about it and its rank so far."""
    connection = db.session.connection()
    sets = {"records": texts(connection, records), "households": texts(connection, households)}
    found = _asked(connection, **sets).all()
    returned = {row.decision for row in found if row.verdict == "return"}
    replied = questions_replied(returned) if returned else {}
    yield from (_Row(row, replied) for row in found)


@cache
def _concerned() -> tuple[type[Record], ...]:
    """The surveys about households: rules are settled by administrators, and wait in no queue."""
    return tuple(one for one in surveys.listed() if one is Household or "household" in surveys.questions(one))


def _of(survey: type[Record], dialect: sa.Dialect) -> sa.Select[Any]:
    table, last = survey.__table__, last_decisions()
    household = table.c.id if survey is Household else table.c.household
    own, about = among_texts(dialect, table.c.id, "records"), among_texts(dialect, household, "households")
    return (
        sa.select(
            sa.literal_column(f"'{survey.survey}'", sa.String).label("survey"), table.c.id.label("record"),
            table.c.area, household.label("household"), table.c.changed_at,
            table.c.version, table.c.contested, table.c.withdrawn,
            _TABLE.c.rank.label("before"), _TABLE.c.household.label("home_before"),
            last.c.id.label("decision"), last.c.verdict, last.c.seen, last.c.pinned,
        )
        .outerjoin(_TABLE, _TABLE.c.record == table.c.id)
        .outerjoin(last, last.c.subject == table.c.id)
        .where(own | about)
    )  # fmt: skip


_asked = Ready(lambda dialect: sa.union_all(*(_of(survey, dialect) for survey in _concerned())))


@cache
def last_decisions() -> sa.Subquery:
    """One row for each record decided about: the newest decision, in the order of stamps."""
    later = aliased(Decision)
    is_later = sa.tuple_(later.created_stamp, later.id) > sa.tuple_(Decision.created_stamp, Decision.id)
    replaced = sa.exists().where(later.subject == Decision.subject, sa.not_(later.withdrawn), is_later)
    columns = (Decision.id, Decision.subject, Decision.verdict, Decision.seen, Decision.pinned)
    return sa.select(*columns).where(sa.not_(Decision.withdrawn), sa.not_(replaced)).subquery()


def questions_replied(decisions: Collection[str]) -> dict[str, set[str]]:
    """Which questions of these decisions were replied to; "" for the whole of one."""
    some = among(db.session.connection(), Reply.__table__.c.decision, decisions)
    query = sa.select(Reply.decision, Reply.question).where(some, sa.not_(Reply.withdrawn))
    found: dict[str, set[str]] = {}
    for decision, question in db.session.execute(query):
        found.setdefault(decision or "", set()).add(question or "")
    return found
