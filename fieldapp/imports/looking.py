"""A list that is looked at: each row is read, has its fate, and where that is in doubt a person answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from fieldapp.db import begin_writing, db
from fieldapp.imports import asking, fates, files, headings, incoming
from fieldapp.imports.fates import AS_NEW, ONLY, OUT, TAKE, Fates
from fieldapp.imports.fields import fields, kind_of
from fieldapp.imports.headings import FoundHeadings
from fieldapp.imports.holdings import Holdings
from fieldapp.imports.kinds import judge_of, reader_of
from fieldapp.imports.models import ListImport, ListRow, ListShape, Plan
from fieldapp.imports.planning import missing
from fieldapp.imports.rows import Reader
from fieldapp.problems import ImportTaken, UnmappedList
from fieldapp.today import now, today

AT_ONCE = 1000
Progress = Callable[[int, int], None]


def silent(_done: int, _whole: int) -> None:
    """Tell nobody how far it is."""


def look(number: int, plan: Plan, *, day: str, sheet: str, header: int, progress: Progress = silent) -> ListImport:
    """Read a list by a plan, and keep the fate of each row; nothing else is stored.

    :raises Problem: it cannot be read, is taken already, or a column is missing.
    """
    each = asking.of(number)
    if each.state == "taken":
        raise ImportTaken()
    kind = kind_of(each.kind)
    if lacking := missing(plan, kind):
        raise UnmappedList(missing=", ".join(str(fields(kind)[code].label) for code in lacking))
    table = files.read(incoming.file_of(each), each.file, sheet)
    found = headings.at(table, header, kind)
    reader = reader_of(kind, plan, today(), day)
    judge = judge_of(each, plan, day, Holdings())
    whole = len(table.rows)
    rows = list(judge.of(number, reader.rows(table, found), lambda done: progress(done, whole)))
    return _keep_rows(number, plan, rows, reader, found, day)


def _keep_rows(
    number: int, plan: Plan, rows: list[ListRow], reader: Reader, found: FoundHeadings, day: str
) -> ListImport:
    begin_writing()
    each = asking.of(number)
    if each.state == "taken":
        raise ImportTaken()
    db.session.execute(sa.delete(ListRow).where(ListRow.number == number))
    columns = [column.name for column in ListRow.__table__.columns]
    for start in range(0, len(rows), AT_ONCE):
        values = [{name: getattr(row, name) for name in columns} for row in rows[start : start + AT_ONCE]]
        db.session.execute(sa.insert(ListRow), values)
    each.plan, each.unknown, each.state = msgspec.to_builtins(plan), reader.unknown, "looked"
    each.counts = dict(Counter(row.fate for row in rows))
    each.day, each.sheet, each.header = day, found.table.name[:100], found.first
    _remember(each.kind, found.shape, plan)
    db.session.commit()
    return each


def _remember(kind: str, shape: str, plan: Plan) -> None:
    kept = db.session.get(ListShape, (kind, shape)) or ListShape(kind=kind, shape=shape)
    kept.plan, kept.at = msgspec.to_builtins(plan), now()
    db.session.add(kept)


def choose(number: int, choices: Mapping[int, str], progress: Progress = silent) -> ListImport:
    """What a person says about rows in doubt, by row: ``out``, ``new``, ``take``, or the household it is. Commits.

    :raises ImportTaken: it was not looked at yet, or is taken.
    """
    begin_writing()
    each = asking.of(number)
    if each.state != "looked":
        raise ImportTaken()
    judge, asked = judge_of(each), sorted(choices)
    for start in range(0, len(asked), AT_ONCE):
        some = asked[start : start + AT_ONCE]
        rows = db.session.scalars(sa.select(ListRow).where(ListRow.number == number, ListRow.row.in_(some)))
        _judge_again(judge, [row for row in rows if _choose(judge, each, row, choices[row.row])])
        db.session.flush()
        progress(start + len(some), len(asked))
    each.counts = _counted(number)
    db.session.commit()
    return each


def choose_all(number: int, why: str, choice: str, progress: Progress = silent) -> ListImport:
    """The same answer for every row in doubt for one reason: ``out``, ``new``, ``take``, or ``only``: it is the one
    household that looks like it. Commits."""
    rows = db.session.execute(
        sa.select(ListRow.row, ListRow.told, ListRow.alike).where(ListRow.number == number, ListRow.fate == "doubt")
    ).all()
    rows = [row for row in rows if any(each[0] == why for each in row.told)]
    said = {row.row: _only(row.alike) if choice == ONLY else choice for row in rows}
    return choose(number, said, progress)


def _only(alike: list[Any]) -> str:
    """The one household that looks like a row; "" where several do."""
    return str(alike[0][0]) if len(alike) == 1 else ""


def _choose(judge: Fates, each: ListImport, row: ListRow, choice: str) -> bool:
    """Note an answer to a row; returns whether the row is to be judged again."""
    known = {alike[0] for alike in row.alike}
    if choice not in (OUT, AS_NEW, TAKE, *known) or not (row.fate == "doubt" or row.choice):
        return False
    if choice == AS_NEW and not judge.may_be_new(row):
        return False
    row.choice = choice
    if choice == OUT:
        row.fate = "doubt"
        return False
    if choice == AS_NEW:
        judge.enter(row, each.file_hash)
    elif choice in known:
        row.record = choice
    row.told, row.fate = fates.told_again(row.told), ""
    return True


def _judge_again(judge: Fates, rows: Sequence[ListRow]) -> None:
    judge.compare([row for row in rows if row.record])
    for row in rows:
        row.fate = row.fate or "doubt"


def _counted(number: int) -> dict[str, int]:
    query = sa.select(ListRow.fate, sa.func.count()).where(ListRow.number == number).group_by(ListRow.fate)
    return {fate: count for fate, count in db.session.execute(query)}  # noqa: C416  rows are no pairs to mypy
