"""A list on its way in: kept, looked at, answered about, taken as one batch, and taken back by the ruling that does so
for any batch. Nothing is in before it is confirmed, and nothing is half in afterwards."""

from __future__ import annotations

import hashlib
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import msgspec
import sqlalchemy as sa

from fieldapp import intake
from fieldapp.config import settings
from fieldapp.db import begin_writing, db
from fieldapp.imports import fates, files, headings
from fieldapp.imports.fates import AS_NEW, ONLY, OUT, TAKE, TAKEN, Fates
from fieldapp.imports.fields import MARKS, ListKind, fields, kind_of
from fieldapp.imports.files import Worksheet
from fieldapp.imports.headings import FoundHeadings
from fieldapp.imports.holdings import Holdings
from fieldapp.imports.kinds import judge_of, reader_of
from fieldapp.imports.models import ListImport, ListRow, ListShape, Plan
from fieldapp.imports.rows import Reader
from fieldapp.imports.support import policy_in, source_in, year_in
from fieldapp.people import Account
from fieldapp.problems import (
    ImportNotWhole,
    ImportTaken,
    NoHeadings,
    NothingToImport,
    UnknownBatch,
    UnknownImport,
    UnmappedList,
)
from fieldapp.surveys import SURVEYS
from fieldapp.surveys.rules import Value
from fieldapp.today import now, today
from fieldapp.vietnamese import clean, search_key
from sync.files import drafting
from sync.journal import Edit

A_DAY = 24 * 3600
AT_ONCE = 1000
Progress = Callable[[int, int], None]


def _silent(_done: int, _whole: int) -> None: ...


# --- the file -------------------------------------------------------------------------------------------------


def folder() -> Path:
    """Where files wait until they are taken."""
    found = settings().instance / "incoming"
    found.mkdir(exist_ok=True)
    return found


def keep(save: Callable[[Path], None]) -> str:
    """Put a file where it waits, under its SHA-256, which is returned; forget those that nobody has confirmed."""
    _forget_old()
    with drafting(folder()) as draft:
        save(draft)
        with draft.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        draft.replace(path_of(found))
    return found


def path_of(file_hash: str) -> Path:
    """The file of this SHA-256."""
    return folder() / f"{file_hash}.list"


def _forget_old() -> None:
    for path in folder().glob("*.list"):
        if time.time() - path.stat().st_mtime > A_DAY:
            path.unlink(missing_ok=True)


def begin(file_hash: str, name: str, kind: ListKind, author: str | None) -> ListImport:
    """A list that was kept, with a plan for its columns: as such headings were read last, or as they look.

    :raises Problem: it cannot be read, or has no headings.
    """
    tables = files.look(path_of(file_hash), name)
    found = headings.find(tables, kind)
    if found is None:
        raise NoHeadings(file=name)
    made = ListImport(
        at=now(), author=author, kind=kind, file=name[:200], file_hash=file_hash,
        sheet=found.table.name[:100], header=found.first, day=day_of(found), state="mapping",
        plan=msgspec.to_builtins(plan_for(found, kind)), counts={}, unknown={}, batch=None,
    )  # fmt: skip
    begin_writing()
    _forget_drafts()
    db.session.add(made)
    db.session.commit()
    return made


def _forget_drafts() -> None:
    """What was looked at and not confirmed within a day."""
    before = now() - timedelta(seconds=A_DAY)
    old = list(db.session.scalars(sa.select(ListImport.id).where(ListImport.state != "taken", ListImport.at < before)))
    if old:
        db.session.execute(sa.delete(ListRow).where(ListRow.number.in_(old)))
        db.session.execute(sa.delete(ListImport).where(ListImport.id.in_(old)))


def headings_of(each: ListImport) -> FoundHeadings:
    """The headings of a list, and the top of its sheet.

    :raises Problem: the file is gone, or cannot be read.
    """
    tables = files.look(_file(each), each.file)
    table = next((table for table in tables if table.name[:100] == each.sheet), tables[0])
    return headings.at(table, min(each.header, len(table.rows)), kind_of(each.kind))


def head_at(number: int, sheet: str, header: int) -> None:
    """Say on which sheet the list is, and in which row its headings begin; its columns are guessed anew. Commits.

    :raises Problem: it was taken, or cannot be read.
    """
    begin_writing()
    each = of(number)
    if each.state == "taken":
        raise ImportTaken()
    each.sheet, each.header = sheet[:100], header
    found = headings_of(each)
    each.header, each.state = found.first, "mapping"
    each.plan = msgspec.to_builtins(plan_for(found, kind_of(each.kind)))
    db.session.commit()


def sheets_of(each: ListImport) -> list[Worksheet]:
    """The sheets of a list with their tops."""
    return files.look(_file(each), each.file)


def _file(each: ListImport) -> Path:
    path = path_of(each.file_hash)
    if not path.exists():
        raise UnknownImport(number=each.id)
    return path


# --- the plan -------------------------------------------------------------------------------------------------

_DAY = re.compile(
    r"(?:ngày|đến|ngay|den) *([0-9]{1,2}) *(?:/|-|\.|tháng|thang) *([0-9]{1,2}) *(?:/|-|\.|năm|nam) *(20[0-9]{2})", re.I
)
_YEAR = re.compile(r"(?:năm|nam) *(20[0-9]{2})", re.I)
_UNITS = {"trieu dong": 1_000_000, "nghin dong": 1000, "1000 dong": 1000, "ngan dong": 1000}


def _above(found: FoundHeadings) -> str:
    """What stands above the list: its title."""
    cells = (cell for row in found.table.rows[: found.first - 1] for cell in row if isinstance(cell, str))
    return clean(" ".join(cells).replace("\0", ""))[:2000]


def day_of(found: FoundHeadings) -> str:
    """Of which day a list is, as far as its title tells; today where it does not."""
    title, limit = _above(found), today().isoformat()
    if said := _DAY.search(title):
        try:
            return min(date(int(said[3]), int(said[2]), int(said[1])).isoformat(), limit)
        except ValueError:
            return limit
    year = _YEAR.search(title)
    return min(f"{year[1]}-12-31", limit) if year else limit


def plan_for(found: FoundHeadings, kind: ListKind) -> Plan:
    """How a list is probably to be read: as one with these headings was last, or as its words look."""
    shape = db.session.get(ListShape, (kind, found.shape))
    plan = msgspec.convert(shape.plan, Plan) if shape else Plan(headings.guess(found.headings, kind))
    said = _above(found) + " " + found.table.name
    title = search_key(said)
    if shape is None:
        plan.unit = next((unit for words, unit in _UNITS.items() if words in title or _in_headings(words, found)), 1)
    return msgspec.structs.replace(plan, every={**_every(said, plan, kind), **(plan.every if shape else {})})


def _in_headings(words: str, found: FoundHeadings) -> bool:
    return any(words in search_key(heading) for heading in found.headings)


def _every(said: str, plan: Plan, kind: ListKind) -> dict[str, str]:
    """What the title of a list says of all its rows."""
    if kind in _TOLD:
        told = {code: tell(said) for code, tell in _TOLD[kind].items() if code not in plan.columns}
        return {code: text for code, text in told.items() if text}
    return _of_households(search_key(said), plan, kind)


_TOLD: dict[str, dict[str, Callable[[str], str]]] = {
    "support": {
        "other_support.policy": policy_in, "other_support.year": year_in, "other_support.source": source_in,
    },
    "indicators": {
        "place_indicator.period": lambda said: year[1] if (year := _YEAR.search(said)) else "",
        "place_indicator.source": lambda said: clean(said)[:200],
    },
}  # fmt: skip
"""What a title tells of the lists of other offices, by field."""


def _of_households(title: str, plan: Plan, kind: ListKind) -> dict[str, str]:
    known = set(plan.columns) | {MARKS[code][0] for code in plan.columns if code in MARKS}
    found: dict[str, str] = {}
    if "household.poverty_class" not in known:
        poor, near = bool(re.search(r"(?<!can )\bngheo\b", title)), "can ngheo" in title
        if poor != near:
            found["household.poverty_class"] = "ngheo" if poor else "can_ngheo"
    year = re.search(r"\bnam (20[0-9]{2})\b", title)
    if year and "household.class_year" not in known and kind == "households":
        found["household.class_year"] = year[1]
    return found


def missing(plan: Plan, kind: ListKind) -> list[str]:
    """The fields without which nothing can be looked at."""
    known = set(plan.columns) | {code for code, text in plan.every.items() if text}
    if kind == "indicators":
        return _missing_of_indicators(known)
    named = {"household.head_name"} | ({"person.name"} if kind == "support" else set())
    found = [] if known & named else ["household.head_name"]
    return found + [code for code in _NEEDED.get(kind, ()) if code not in known]


_NEEDED = {
    "cases": ("support_case.programme",),
    "support": ("other_support.policy", "other_support.year", "other_support.source"),
}


def _missing_of_indicators(known: set[str]) -> list[str]:
    found = [code for code in ("place_indicator.period", "place_indicator.source") if code not in known]
    if any(code.startswith("value.") for code in known):
        return found
    return [code for code in ("place_indicator.indicator", "place_indicator.value") if code not in known] + found


# --- looking --------------------------------------------------------------------------------------------------


def look(number: int, plan: Plan, *, day: str, sheet: str, header: int, progress: Progress = _silent) -> ListImport:
    """Read a list by a plan, and keep the fate of each row; nothing else is stored.

    :raises Problem: it cannot be read, is taken already, or a column is missing.
    """
    each = of(number)
    if each.state == "taken":
        raise ImportTaken()
    kind = kind_of(each.kind)
    if lacking := missing(plan, kind):
        raise UnmappedList(missing=", ".join(str(fields(kind)[code].label) for code in lacking))
    table = files.read(_file(each), each.file, sheet)
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
    each = of(number)
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


# --- answering ------------------------------------------------------------------------------------------------


def choose(number: int, choices: Mapping[int, str], progress: Progress = _silent) -> ListImport:
    """What a person says about rows in doubt, by row: ``out``, ``new``, ``take``, or the household it is. Commits."""
    begin_writing()
    each = of(number)
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


def choose_all(number: int, why: str, choice: str, progress: Progress = _silent) -> ListImport:
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


# --- taking ---------------------------------------------------------------------------------------------------


def take(number: int, account: Account, progress: Progress = _silent) -> ListImport:
    """Take what is new and what changes, as one batch. What is in doubt, wrong or passed over stays out. Commits.

    :raises Problem: it was not looked at, was taken, or there is nothing in it.
    """
    author = account.id
    begin_writing()
    each = of(number)
    if each.state != "looked":
        raise ImportTaken()
    journal = intake.journal()
    texts = journal.compose_all(_edits(each), author=author)
    if not texts:
        raise NothingToImport()
    receipt = intake.receive(
        texts, kind="list", author=author, file_hash=each.file_hash, progress=lambda done: progress(done, len(texts))
    )
    if receipt.held:
        raise ImportNotWhole(count=len(receipt.held))
    each.state, each.batch, each.author = "taken", receipt.batch, author
    db.session.commit()
    path_of(each.file_hash).unlink(missing_ok=True)
    return each


def _edits(each: ListImport) -> Iterator[Edit]:
    """The changes of a list: whole records where nothing was here, else the answers that differ from what was seen."""
    query = sa.select(ListRow).where(ListRow.number == each.id, ListRow.fate.in_(TAKEN)).order_by(ListRow.row)
    made: set[str] = set()
    judge = judge_of(each)
    for rows in db.session.scalars(query.execution_options(yield_per=AT_ONCE)).partitions():
        judge.learn(rows)
        for key, survey, record, answers, heads in ((*part, row.heads) for row in rows for part in judge.parts(row)):
            knowing = heads.get(key, None)
            said = answers if knowing is None else {name: answers[name] for name in knowing if name in answers}
            if said and record not in made:
                made.add(record)
                yield Edit(survey, record, _given(said), knowing or {}, SURVEYS[survey].FORM_VERSION)


def _given(answers: dict[str, Value]) -> dict[str, Any]:
    return {name: value for name, value in answers.items() if value is not None}


def undo(number: int, account: Account) -> ListImport:
    """Stop counting what an import brought, here and on every node; nothing is deleted. Commits.

    :raises UnknownImport: there is none of this number that was taken.
    """
    return _rule(number, "exclude", account)


def redo(number: int, account: Account) -> ListImport:
    """Count it again. Commits."""
    return _rule(number, "include", account)


def _rule(number: int, verdict: str, account: Account) -> ListImport:
    author = account.id
    begin_writing()
    each = of(number)
    if each.batch is None:
        raise UnknownImport(number=number)
    about = intake.journal().changes_of_batch(each.batch)
    if not about:
        raise UnknownBatch(number=each.batch)
    intake.rule(about, verdict, account=db.session.get_one(Account, author))
    db.session.commit()
    return each


# --- asking ---------------------------------------------------------------------------------------------------


def of(number: int) -> ListImport:
    """The import with this number. :raises UnknownImport: there is none."""
    found = db.session.get(ListImport, number)
    if found is None:
        raise UnknownImport(number=number)
    return found


def taken() -> list[ListImport]:
    """The lists that were taken, and those that wait for it, the newest first."""
    return list(db.session.scalars(sa.select(ListImport).order_by(ListImport.id.desc()).limit(200)))


def rows_of(number: int, fate: str = "", after: int = 0, limit: int = 50) -> list[ListRow]:
    """Rows of a list, of one fate or of all, in their order, after a row number."""
    query = sa.select(ListRow).where(ListRow.number == number, ListRow.row > after)
    query = query.where(ListRow.fate == fate) if fate else query
    return list(db.session.scalars(query.order_by(ListRow.row).limit(limit)))


def names_of(records: Iterable[str]) -> dict[str, str]:
    """The heads of households, by id."""
    table = SURVEYS["household"].__table__
    rows = db.session.execute(sa.select(table.c.id, table.c.head_name).where(table.c.id.in_(list(records))))
    return {row.id: row.head_name or "" for row in rows}
