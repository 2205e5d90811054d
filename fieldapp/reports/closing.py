"""A closed period: the official tables of a day as they were, with the rules and the rows behind them, for ever.

Somebody closes it ("chốt số liệu"). What is kept is told by one sum, SHA-256 over canonical JSON, which the doctor
works out again. Nothing that comes later changes any of it: it shows as movement beside it, and the paper that is
printed of it is the same next year.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime
from fractions import Fraction
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, Session, mapped_column

from fieldapp import reports
from fieldapp.db import begin_writing, briefly, db
from fieldapp.i18n import DEFAULT, speaking
from fieldapp.problems import NoSuchPeriod, NotFound
from fieldapp.reports import past
from fieldapp.reports.past import Moment
from fieldapp.reports.scope import Options, vintages
from fieldapp.reports.table import Column, Number, Row, Signature, Table
from fieldapp.surveys.base import Base
from fieldapp.today import local_day, now

CLOSED, WAITING = "closed", "waiting"


class ClosedPeriod(Base):
    """A period that somebody closed, or is about to be: ``state`` is ``waiting`` until all is kept.

    ``since``: the first day of what is counted by the day of a decision, "" for all until then; ``day``: the day the
    figures are of; ``digest``: SHA-256 over all that is kept of it.
    """

    __tablename__ = "closed_period"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    since: Mapped[str] = mapped_column(sa.String(10))
    day: Mapped[str] = mapped_column(sa.String(10))
    moment: Mapped[int] = mapped_column(sa.Integer)
    state: Mapped[str] = mapped_column(sa.String(16))
    closed_by: Mapped[str] = mapped_column(sa.String(16))
    closed_at: Mapped[datetime] = mapped_column(sa.DateTime)
    digest: Mapped[str] = mapped_column(sa.String(64), default="")


class ClosedTable(Base):
    """One official table of a closed period, as canonical JSON, by what its lines are and of which list of places."""

    __tablename__ = "closed_table"

    period: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    report: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    by: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    vintage: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    value: Mapped[str] = mapped_column(sa.Text)


class ClosedPaper(Base):
    """The file of a kept table as it was first printed, and SHA-256 over it."""

    __tablename__ = "closed_paper"

    period: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    report: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    by: Mapped[str] = mapped_column(sa.String(16), primary_key=True)
    vintage: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    extension: Mapped[str] = mapped_column(sa.String(8), primary_key=True)
    content: Mapped[bytes] = mapped_column(sa.LargeBinary)
    digest: Mapped[str] = mapped_column(sa.String(64))


# --- closing --------------------------------------------------------------------------------------------------


def begin(session: Session, name: str, day: str, since: str, account: str) -> ClosedPeriod:
    """Let a period be closed as of a day; the rest is done beside the requests. The caller writes and commits.

    :raises DayNotOver: the day is still to come.
    """
    moment = past.ask(session, day)
    made = ClosedPeriod(name=name, since=since, day=day, moment=moment.id, state=WAITING, closed_by=account,
                        closed_at=now().replace(microsecond=0))  # fmt: skip
    session.add(made)
    session.flush()
    return made


def close_next() -> bool:
    """Close the next period whose rows are kept; commits. Whether there was one."""
    ready = sa.select(Moment.id).where(Moment.state == past.READY)
    query = sa.select(ClosedPeriod).where(ClosedPeriod.state == WAITING, ClosedPeriod.moment.in_(ready))
    found = db.session.scalars(query.order_by(ClosedPeriod.id)).first()
    if found is None:
        db.session.rollback()
        return False
    number, values = found.id, list(_tables(found))
    db.session.rollback()
    _keep(number, values)
    return True


def _tables(period: ClosedPeriod) -> Iterator[dict[str, Any]]:
    """Every table that is kept, as in the language of papers."""
    with speaking(DEFAULT):
        for name, by, options in tables_of(db.session(), period):
            table = reports.find(name).build(db.session(), options, None, local_day(period.closed_at))
            yield {"report": name, "by": by, "vintage": options.vintage, "value": canonical(value_of(table))}


def tables_of(session: Session, period: ClosedPeriod) -> Iterator[tuple[str, str, Options]]:
    """The tables that a period has: each report by all that its lines can be."""
    known = vintages(session)
    for name, report in reports.REPORTS.items():
        if "as_of" not in report.filters:
            continue
        for by in report.cuts or ("commune",):
            of = {"commune": known, "district": known[:1]}.get(by, known[-1:])
            since = period.since if report.of_cases else ""
            for vintage in of:
                yield name, by, Options(by, vintage, since=since, as_of=period.day, moment=period.moment)


def _keep(number: int, values: list[dict[str, Any]]) -> None:
    begin_writing()
    period = db.session.get_one(ClosedPeriod, number)
    if period.state == WAITING:
        db.session.execute(sa.insert(ClosedTable), [{"period": number, **value} for value in values])
        db.session.flush()
        period.digest, period.state = digest_of(db.session(), period), CLOSED
    db.session.commit()


# --- what is kept ---------------------------------------------------------------------------------------------


def canonical(value: Any) -> str:
    """JSON that is the same for the same value: sorted keys, no blanks."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def digest_of(session: Session, period: ClosedPeriod) -> str:
    """The sum over all that is kept of a period: what it is called, its tables, its rules and its rows."""
    found = hashlib.sha256()
    found.update(f"{canonical([period.name, period.since, period.day])}\n".encode())
    for one in session.scalars(_kept_tables(period.id)):
        found.update(f"{one.report} {one.by} {one.vintage}\n{one.value}\n".encode())
    found.update(past.digest_of(session, period.moment).encode())
    return found.hexdigest()


def _kept_tables(number: int) -> Any:
    keys = (ClosedTable.report, ClosedTable.by, ClosedTable.vintage)
    return sa.select(ClosedTable).where(ClosedTable.period == number).order_by(*keys)


def altered(session: Session) -> list[ClosedPeriod]:
    """The closed periods of which something is no more as it was kept."""
    wrong = {
        one.period
        for one in session.scalars(sa.select(ClosedPaper).execution_options(yield_per=1))
        if _sum(one.content) != one.digest
    }
    closed_ = [one for one in all_(session) if one.state == CLOSED]
    return [one for one in closed_ if one.id in wrong or digest_of(session, one) != one.digest]


def _sum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def all_(session: Session) -> list[ClosedPeriod]:
    """The periods, the one closed last first."""
    return list(session.scalars(sa.select(ClosedPeriod).order_by(ClosedPeriod.id.desc())))


def kept(session: Session, period: ClosedPeriod) -> set[tuple[str, str, int]]:
    """Which of its tables are kept, by report, lines and list of places: a period closed before there was a report has
    none of it."""
    columns = (ClosedTable.report, ClosedTable.by, ClosedTable.vintage)
    found = session.execute(sa.select(*columns).where(ClosedTable.period == period.id))
    return {(report, by, vintage) for report, by, vintage in found}


def find(session: Session, number: int) -> ClosedPeriod:
    """A period by its number. :raises NoSuchPeriod: there is none."""
    found = session.get(ClosedPeriod, number)
    if found is None:
        raise NoSuchPeriod
    return found


def table(session: Session, period: ClosedPeriod, report: str, by: str, vintage: int) -> Table:
    """One of its tables, as it was kept. :raises NotFound: it has no such table."""
    found = session.get(ClosedTable, (period.id, report, by, vintage))
    if found is None:
        raise NotFound
    return from_value(json.loads(found.value))


def paper(session: Session, period: ClosedPeriod, report: str, by: str, vintage: int, extension: str) -> bytes:
    """The file of one of its tables, in the language of papers. What was printed once is printed again, byte for byte,
    also by a later version of this program that would draw it otherwise. Commits.

    :raises NotFound: it has no such table.
    """
    kept, key = table(session, period, report, by, vintage), (period.id, report, by, vintage, extension)
    if found := session.get(ClosedPaper, key):
        return found.content
    with speaking(DEFAULT):
        content = reports.WRITERS[extension].write(kept)
    session.rollback()
    return briefly(lambda connection: _first(connection, key, content))


def _first(connection: sa.Connection, key: tuple[Any, ...], content: bytes) -> bytes:
    """Keep a paper, unless somebody has printed it meanwhile: what is kept then."""
    kept: Any = ClosedPaper.__table__
    same = (column == value for column, value in zip(kept.primary_key, key, strict=True))
    found: bytes | None = connection.scalar(sa.select(kept.c.content).where(*same))
    if found is None:
        connection.execute(sa.insert(kept).values((*key, content, _sum(content))))
    return content if found is None else found


def value_of(table: Table) -> dict[str, Any]:
    """A table as plain JSON: rates as ``"1/3"``, days as ``2026-08-01``."""
    value = asdict(table)
    value["made_on"], value["as_of"] = table.made_on.isoformat(), table.counted_on.isoformat()
    for row, kept in zip(table.rows, value["rows"], strict=True):
        kept["values"] = [str(each) if isinstance(each, Fraction) else each for each in row.values]
    for column, kept in zip(table.columns, value["columns"], strict=True):
        kept["rate"] = list(column.rate) if column.rate else None
    return value


def from_value(value: dict[str, Any]) -> Table:
    """The table again."""
    rates = [column["rate"] for column in value["columns"]]
    columns = tuple(
        Column(one["key"], tuple(one["heading"]), tuple(one["parts"]), tuple(rate) if rate else None)
        for one, rate in zip(value["columns"], rates, strict=True)
    )
    rows = tuple(Row(**{**one, "values": tuple(map(_number, one["values"], rates))}) for one in value["rows"])
    days = {name: date.fromisoformat(value[name]) for name in ("made_on", "as_of")}
    signatures = tuple(Signature(**one) for one in value["signatures"])
    texts = {name: tuple(value[name]) for name in ("issuer", "motto", "notes")}
    return Table(**{**value, **days, **texts, "columns": columns, "rows": rows, "signatures": signatures})


def _number(value: Any, rate: Any) -> Number:
    return Fraction(value) if rate and isinstance(value, str | int) else value
