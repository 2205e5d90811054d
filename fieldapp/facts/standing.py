"""Where each record stands for those who decide about it: one row each, kept beside the records.

Worked out in intake for what a change touches and for nothing else; it can always be made again. So a queue is one
query by an index, and a tally one ``GROUP BY``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, TypeAlias

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, aliased, mapped_column

from fieldapp import surveys
from fieldapp.db import db
from fieldapp.facts.ranking import UNKNOWN, decoded
from fieldapp.facts.states import OPEN, StateInput, Status, is_answered, status_from
from fieldapp.facts.tables import HouseholdFact
from fieldapp.facts.tallies import CountKey, KeptCount
from fieldapp.surveys import Base, Decision, Household, Record, Reply
from fieldapp.surveys.base import bytewise
from sync.statements import Ready, among, among_texts, replace, texts

Replied: TypeAlias = Mapping[str, set[str]]
"""The questions replied to, by the decision that asked; "" for a reply to the whole of it."""


class Standing(Base):
    """The fact of one record: every one that is reviewed, and of the others those in dispute.

    ``area``: its village, "" while that is not known; ``since``: when it was changed last, in UTC; ``waits``: whether a
    supervisor has something to do; ``author``: the account that began it; ``rank``: its household's place in the legal
    order, as text to sort by (:mod:`fieldapp.facts.ranking`).
    """

    __tablename__ = "standing"

    record: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    survey: Mapped[str] = mapped_column(sa.String(64))
    area: Mapped[str] = mapped_column(sa.String(32))
    household: Mapped[str | None] = mapped_column(sa.String(36))
    status: Mapped[str] = mapped_column(sa.String(32))
    waits: Mapped[bool] = mapped_column()
    since: Mapped[datetime] = mapped_column(sa.DateTime)
    author: Mapped[str] = mapped_column(sa.String(64), server_default="")
    rank: Mapped[str] = mapped_column(bytewise(64))

    __table_args__ = (
        sa.Index("ix_standing_queue", "waits", "rank", "since", "record", "area", "survey", "status"),
        sa.Index("ix_standing_age", "waits", "since", "record", "area", "survey", "status"),
        sa.Index("ix_standing_village", "waits", "area", "rank", "since", "record", "survey", "status"),
        sa.Index("ix_standing_household", "household", "survey", "waits", "status", "area", "record"),
        sa.Index("ix_standing_survey", "survey", "status", "area", "record"),
        sa.Index("ix_standing_tally", "area", "status", "since", "survey"),
        sa.Index("ix_standing_author", "author", "since", "record", "area", "status", "survey"),
    )


class StandingTally(Base):
    """How many records of a survey stand in one state in a village, "" where it is not known."""

    __tablename__ = "standing_tally"

    area: Mapped[str] = mapped_column(bytewise(32), primary_key=True)
    survey: Mapped[str] = mapped_column(bytewise(64), primary_key=True)
    status: Mapped[str] = mapped_column(bytewise(32), primary_key=True)
    records: Mapped[int] = mapped_column(sa.BigInteger)


_TABLE: Any = Standing.__table__
_OF: Any = (_TABLE.c.area, _TABLE.c.survey, _TABLE.c.status)
TALLY = KeptCount(StandingTally.__table__, of_all=[sa.select(*_OF, sa.func.count()).group_by(*_OF)])
TOLD = tuple(_TABLE.columns)
"""All of a row, for a query that makes no object of it: a province has tens of thousands."""


# --- kept -----------------------------------------------------------------------------------------------------


def differing(records: Collection[str]) -> list[str]:
    """Of these records those whose standing is not what follows from them and from the rank of their household."""
    stored = {row[0]: row for row in _stored(records)}
    wanted = {row.record: row.columns() for row in read(records, ()) if row.is_kept}
    return [record for record in {**stored, **wanted} if stored.get(record) != wanted.get(record)]


def _stored(records: Collection[str]) -> Iterable[tuple[Any, ...]]:
    connection = db.session.connection()
    return [tuple(row) for row in _all_of(connection, records=texts(connection, records))]


_all_of = Ready(lambda dialect: sa.select(*TOLD).where(among_texts(dialect, _TABLE.c.record, "records")))


def is_empty() -> bool:
    """Whether no record has a standing: after an upgrade from a version that kept none."""
    return db.session.scalar(sa.select(Standing.record).limit(1)) is None


def forget(records: Collection[str]) -> set[str]:
    """Take away the standings of these records; the households that they were about as far as it was known."""
    some = among(db.session.connection(), _TABLE.c.record, records)
    gone = db.session.execute(sa.select(_TABLE.c.household, *_OF).where(some)).all()
    TALLY.move((tuple(row[1:]), (1,), -1) for row in gone)
    db.session.execute(sa.delete(_TABLE).where(some))
    return {row[0] for row in gone if row[0]}


class StandingInput:
    """What is read of one record, and what follows from it."""

    def __init__(self, read: Any, replied: Replied) -> None:
        self.record, self.survey, self.household = read.record, read.survey, read.household
        self.is_known, self.home_before = read.is_known, read.home_before
        self.reviewed = surveys.SURVEYS[read.survey].reviewed
        self.status: Status = status_from(facts_of(read, self.reviewed, replied))
        self._rank = read.rank or UNKNOWN
        told = (self.status, self.status in OPEN, read.changed_at, read.author)
        self._plain = (read.record, read.survey, read.area or "", read.household, *told)
        self.counted = (read.area or "", read.survey, self.status)
        self.counted_before = (read.area_before, read.survey, read.status_before)

    @property
    def is_kept(self) -> bool:
        """Whether there is anything to decide about such records, now or ever."""
        return self.reviewed or self.status == "contested"

    def columns(self, ranks: Mapping[str, str] | None = None) -> tuple[Any, ...]:
        """The row of the table; ``ranks``: those of households that have another one since this was read."""
        return (*self._plain, (ranks or {}).get(self.household or "", self._rank))


def facts_of(read: Any, reviewed: bool, replied: Replied) -> StateInput:
    """What the state of a record follows from; ``read``: its columns, and those of the last decision about it."""
    if read.verdict is None:
        return StateInput(read.version, read.contested, read.withdrawn, reviewed=reviewed)
    answered = is_answered(decoded(read.pinned), replied.get(read.decision, ()))
    seen = decoded(read.seen) or ()
    return StateInput(read.version, read.contested, read.withdrawn, read.verdict, seen, answered, reviewed)


def write(rows: Collection[StandingInput], ranks: Mapping[str, str]) -> None:
    """Keep what was read of these records; ``ranks``: of the households that were worked out again."""
    replace(db.session.connection(), _TABLE, [row.columns(ranks) for row in rows if row.is_kept])
    if old := [row.record for row in rows if row.is_known and not row.is_kept]:
        db.session.execute(sa.delete(_TABLE).where(among(db.session.connection(), _TABLE.c.record, old)))
    TALLY.move(_moves({row.record: row for row in rows}.values()))  # one may have been read twice


def _moves(rows: Iterable[StandingInput]) -> Iterator[tuple[CountKey, Sequence[int], int]]:
    for row in rows:
        if row.is_known:
            yield row.counted_before, (1,), -1
        if row.is_kept:
            yield row.counted, (1,), 1


def move(ranks: Mapping[str, str]) -> None:
    """Give all that is about these households their new rank."""
    if ranks:
        update = sa.update(_TABLE).where(_TABLE.c.household == sa.bindparam("of"))
        values = [{"of": household, "to": rank} for household, rank in ranks.items()]
        db.session.connection().execute(update.values(rank=sa.bindparam("to")), values)


def read(records: Collection[str], households: Collection[str]) -> Iterator[StandingInput]:
    """These records and all about these households, each with the last decision about it and its rank so far: but for
    those that nobody reviews, are not in dispute and have no standing, as most people of a household are."""
    connection = db.session.connection()
    sets = {"records": texts(connection, records), "households": texts(connection, households)}
    found = _asked(connection, **sets)
    returned = {row.decision for row in found if row.verdict == "return"}
    replied = questions_replied(returned) if returned else {}
    yield from (StandingInput(row, replied) for row in found)


@cache
def _concerned() -> tuple[type[Record], ...]:
    """The surveys about households: rules are settled by administrators, and wait in no queue."""
    return tuple(one for one in surveys.listed() if one is Household or "household" in surveys.questions(one))


def _of(survey: type[Record], dialect: sa.Dialect) -> sa.Select[Any]:
    table, last = survey.__table__, aliased(Decision.__table__)
    household = table.c.id if survey is Household else table.c.household
    own, about = among_texts(dialect, table.c.id, "records"), among_texts(dialect, household, "households")
    matters = sa.true() if survey.reviewed else table.c.contested | _TABLE.c.record.is_not(None)
    return (
        sa.select(
            sa.literal_column(f"'{survey.survey}'", sa.String).label("survey"), table.c.id.label("record"),
            table.c.area, household.label("household"), table.c.changed_at, table.c.author,
            table.c.version, table.c.contested, table.c.withdrawn,
            HouseholdFact.rank, _TABLE.c.household.label("home_before"), _TABLE.c.record.is_not(None).label("is_known"),
            _TABLE.c.area.label("area_before"), _TABLE.c.status.label("status_before"),
            last.c.id.label("decision"), last.c.verdict, last.c.seen, last.c.pinned,
        )
        .outerjoin(_TABLE, _TABLE.c.record == table.c.id)
        .outerjoin(HouseholdFact, HouseholdFact.household == household)
        .outerjoin(last, last.c.id == _last_decision(table.c.id))
        .where(own | about, matters)
    )  # fmt: skip


_asked = Ready(lambda dialect: sa.union_all(*(_of(survey, dialect) for survey in _concerned())))


def _last_decision(subject: sa.ColumnElement[str]) -> sa.ScalarSelect[str]:
    """The newest decision about a record, in the order of stamps: each of them is looked at once, as few are for most
    records and hundreds for one that two people dispute about."""
    one: Any = aliased(Decision.__table__)
    of_it = sa.select(one.c.id).where(one.c.subject == subject, sa.not_(one.c.withdrawn))
    return of_it.order_by(one.c.created_stamp.desc(), one.c.id.desc()).limit(1).scalar_subquery()


def questions_replied(decisions: Collection[str]) -> dict[str, set[str]]:
    """Which questions of these decisions were replied to; "" for the whole of one."""
    some = among(db.session.connection(), Reply.__table__.c.decision, decisions)
    query = sa.select(Reply.decision, Reply.question).where(some, sa.not_(Reply.withdrawn))
    found: dict[str, set[str]] = {}
    for decision, question in db.session.execute(query):
        found.setdefault(decision or "", set()).add(question or "")
    return found
