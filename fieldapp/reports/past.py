"""The figures of an earlier moment: facts as they followed from what was known here then, kept in tables of their own.

A day is worked out once, in the background (:mod:`fieldapp.cli.figures`), from the changes that had arrived here by its
end (why those, says :mod:`sync.past`), under the rules that had. A report of that day is the same query as that of
today: it sees the rows kept of the moment under the names of the tables of facts (:func:`seen`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from fieldapp.facts import figures
from fieldapp.facts.tables import CaseFact, CaseMoney, HouseholdFact
from fieldapp.problems import DayNotOver, DiskFull, FiguresNotReady, ServerFault
from fieldapp.surveys import OtherSupport
from fieldapp.surveys.base import Base, bytewise
from fieldapp.surveys.reference.base import EVERYWHERE
from fieldapp.today import end_of, local_day, today
from sync import past as arrivals
from sync.clock import moment_at

Query = TypeVar("Query", bound=sa.Select[*tuple[Any, ...]])
READY = "ready"
AT_WORK = ("asked", "working")
FORM = 2
"""What is kept of a moment now. Those of form 1 hold nothing of the records of households: whoever asks for their day
again has it worked out again; periods that were closed on them stay as they are."""


class Moment(Base):
    """A moment of which the facts are kept, or are being worked out.

    - ``day``: the day it is told as; ``until``: what had arrived by then is known, in milliseconds since 1970
    - ``whole``: whether it is the end of the day; one of today is the moment at which a period was closed
    - ``state``: ``asked``, ``working``, ``ready`` or ``failed``, with the code of the problem as ``trouble``
    - ``done`` of ``of``: how far the work is; ``busy_until``: until then, in milliseconds, a process is at it
    - ``rules``: all rules of the moment as JSON; ``rules_version``: their version
    - ``form``: which rows are kept of it (:data:`FORM`)
    """

    __tablename__ = "moment"

    id: Mapped[int] = mapped_column(primary_key=True)
    day: Mapped[str] = mapped_column(sa.String(10), index=True)
    until: Mapped[int] = mapped_column(sa.BigInteger)
    whole: Mapped[bool] = mapped_column()
    state: Mapped[str] = mapped_column(sa.String(16))
    done: Mapped[int] = mapped_column(sa.Integer, default=0)
    of: Mapped[int] = mapped_column(sa.Integer, default=0)
    busy_until: Mapped[int] = mapped_column(sa.BigInteger, default=0)
    trouble: Mapped[str] = mapped_column(sa.Text, default="")
    rules_version: Mapped[str] = mapped_column(sa.String(32), default="")
    rules: Mapped[str] = mapped_column(sa.Text, default="")
    form: Mapped[int] = mapped_column(sa.Integer, default=FORM, server_default="1")

    @property
    def why(self) -> str:
        """Why it failed and what to do, for people: what the program said stands in the log alone."""
        return (DiskFull() if self.trouble == DiskFull.code else ServerFault()).message


def _kept(model: Any, *names: str) -> sa.Table:
    """The table of the rows of moments: the columns of another, all or some, beside the number of the moment."""
    table = model.__table__
    columns = [sa.Column(one.name, one.type, primary_key=one.primary_key, nullable=one.nullable)
               for one in table.columns if not names or one.name in names]  # fmt: skip
    moment = sa.Column("moment", sa.Integer, primary_key=True, autoincrement=False)
    return sa.Table(f"past_{table.name}", Base.metadata, moment, *columns)


OF_HOME = (
    "household", "area", "need", "status", "stage", "wanted", "difficulty", "poverty_class", "minority", "contested",
    "withdrawn", *(f"count_{n}" for n in range(figures.OF_NEED)),
)  # fmt: skip
GIVEN = ("id", "household", "area", "withdrawn", "year", "policy", "source", "amount", "quantity", "unit")
GIVEN_OR_NOT = ("head_name", "birth_date", "members", "poverty_class", "location")
"""Answers of a household of which only that there is one is kept."""


def _kept_homes() -> sa.Table:
    """What the records of households lack and hold twice. No name, number or position of anybody is kept: in place of
    an identity number stands the first household that has it."""
    return sa.Table(
        "past_household",
        Base.metadata,
        sa.Column("moment", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("id", sa.String(36), primary_key=True),
        sa.Column("author", sa.String(64)),
        sa.Column("ethnic_group", sa.String(40)),
        sa.Column("citizen_id", sa.String(36)),
        sa.Column("withdrawn", sa.Boolean, nullable=False),
        *(sa.Column(name, sa.String(1)) for name in GIVEN_OR_NOT),
    )


KEPT: dict[str, sa.Table] = {
    "case_fact": _kept(CaseFact),
    "case_money": _kept(CaseMoney),
    "household": _kept_homes(),
    "household_fact": _kept(HouseholdFact, *OF_HOME),
    "other_support": _kept(OtherSupport, *GIVEN),
}
"""The kept rows, by the name of the table whose rows they were."""


LATER = ("household",)
"""Tables of which no row is kept of moments of form 1."""


def columns_of(name: str) -> list[str]:
    """The columns kept of a table."""
    return [column.name for column in KEPT[name].columns if column.name != "moment"]


def selected(name: str) -> sa.Select[Any]:
    """What is kept of the rows of now, in the order of the columns."""
    own = Base.metadata.tables[name]
    return sa.select(*(_told(own, column) if name == "household" else own.c[column] for column in columns_of(name)))


def _told(own: sa.Table, column: str) -> sa.ColumnElement[Any]:
    if column in GIVEN_OR_NOT:
        return sa.case((own.c[column].is_not(None), "x")).label(column)
    if column == "citizen_id":
        first = sa.func.min(own.c.id).over(partition_by=own.c.citizen_id)
        return sa.case((own.c.citizen_id.is_not(None), first)).label(column)
    return own.c[column]


def seen(query: Query, moment: int) -> Query:
    """The query, seeing the facts of a moment; those of now for 0.

    A common table expression stands before a table of its name in both databases, in every part of the query, and in
    nothing around it: who lists the rows names their households as they are called today.
    """
    if not moment:
        return query
    shadows = (
        sa.select(*(table.c[column] for column in columns_of(name))).where(table.c.moment == moment).cte(name)
        for name, table in KEPT.items()
    )
    return query.add_cte(*shadows, nest_here=True)


def day_of(text: str) -> str:
    """A day as it was typed, ``2026-03-31``. :raises DayNotOver: it is none."""
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise DayNotOver from None


# --- which there are ------------------------------------------------------------------------------------------


def of_day(session: Session, day: str) -> int:
    """The moment kept of the end of a day; 0 for today, whose figures are those of now.

    :raises DayNotOver: the day is still to come.
    :raises FiguresNotReady: its figures were not worked out yet.
    """
    if day == today().isoformat():
        return 0
    found = asked(session, day)
    if found is None or found.state != READY:
        raise FiguresNotReady(day=date.fromisoformat(day).strftime("%d/%m/%Y"))
    return found.id


def began(session: Session) -> str:
    """The day on which the first record of a household arrived here; "" where none has."""
    first = arrivals.began(session.connection(), EVERYWHERE)
    return local_day(moment_at(first)).isoformat() if first is not None else ""


def asked(session: Session, day: str) -> Moment | None:
    """The moment of the end of a day, as far as it was asked for. :raises DayNotOver: the day is still to come."""
    if day > today().isoformat():
        raise DayNotOver
    query = sa.select(Moment).where(Moment.day == day, Moment.whole, Moment.form == FORM).order_by(Moment.id.desc())
    return session.scalars(query).first()


def ask(session: Session, day: str) -> Moment:
    """Let the figures of a day be worked out, unless they are, or are about to be. The caller writes and commits."""
    found = asked(session, day)
    if found is not None and found.state != "failed":
        return found
    over = day < today().isoformat()
    made = Moment(day=day, until=end_of(date.fromisoformat(day)), whole=over, state="asked")
    session.add(made)
    session.flush()
    return made


def waiting(session: Session, now_ms: int) -> Moment | None:
    """The next moment to be worked out: one that was asked for, or that a process began and did not end."""
    free = sa.or_(Moment.state == "asked", sa.and_(Moment.state == "working", Moment.busy_until < now_ms))
    return session.scalars(sa.select(Moment).where(free).order_by(Moment.id)).first()


def forget_rows(connection: sa.Connection, moment: int) -> None:
    """Take out what was kept of a moment that was not worked out to its end."""
    for table in KEPT.values():
        connection.execute(sa.delete(table).where(table.c.moment == moment))


def keep_now(connection: sa.Connection, moment: int) -> None:
    """Keep the facts of now as those of a moment."""
    for name, table in KEPT.items():
        rows = selected(name).add_columns(sa.literal(moment))
        connection.execute(sa.insert(table).from_select([*columns_of(name), "moment"], rows))


# --- the sum over what is kept --------------------------------------------------------------------------------


def digest_of(session: Session, moment: int) -> str:
    """SHA-256 over the rules and all rows kept of a moment: canonical JSON, a line each, in the order of their keys."""
    found, one = hashlib.sha256(), session.get_one(Moment, moment)
    found.update(f"{one.day} {one.until} {one.rules_version}\n{one.rules}\n".encode())
    for name, table in sorted(KEPT.items()):
        if name in LATER and one.form < FORM:
            continue
        found.update(f"{name}\n".encode())
        for line in _lines(session, table, moment):
            found.update(line)
    return found.hexdigest()


def _lines(session: Session, table: sa.Table, moment: int) -> Iterator[bytes]:
    keys = [sa.cast(column, bytewise()) for column in table.primary_key if column.name != "moment"]
    columns = [table.c[name] for name in table.c.keys() if name != "moment"]  # noqa: SIM118  columns are no mapping
    query = sa.select(*columns).where(table.c.moment == moment).order_by(*keys)
    for row in session.execute(query.execution_options(yield_per=5000)):
        yield f"{json.dumps(list(row), ensure_ascii=False, separators=(',', ':'))}\n".encode()
