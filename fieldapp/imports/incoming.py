"""A list as a file that waits: kept under its SHA-256, on a sheet, with headings, forgotten when nobody confirms it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import timedelta
from pathlib import Path

import msgspec
import sqlalchemy as sa

from fieldapp.db import begin_writing, db
from fieldapp.imports import asking, files, headings
from fieldapp.imports.fields import KINDS, ListKind, kind_of
from fieldapp.imports.files import Worksheet
from fieldapp.imports.headings import FoundHeadings
from fieldapp.imports.models import ListImport, ListRow
from fieldapp.imports.planning import day_of, plan_for
from fieldapp.instance.waiting_files import A_DAY, folder, forget_old
from fieldapp.places import lists
from fieldapp.problems import ImportTaken, ListOfPlaces, NoHeadings, OtherKindOfList, Problem, UnknownImport
from fieldapp.today import now
from sync.files import drafting


def keep(save: Callable[[Path], None]) -> str:
    """Put a file where it waits, under its SHA-256, which is returned; forget those that nobody has confirmed."""
    forget_old(folder().glob("*.list"))
    with drafting(folder()) as draft:
        save(draft)
        with draft.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        draft.replace(path_of(found))
    return found


def path_of(file_hash: str) -> Path:
    """The file of this SHA-256."""
    return folder() / f"{file_hash}.list"


def _not_of_this_kind(tables: Sequence[Worksheet], name: str, kind: ListKind) -> Problem:
    """What is said of a file in which no headings of this kind were found."""
    tops = ([[str(cell or "") for cell in row] for row in table.rows[: lists.TOP]] for table in tables)
    for of_places in map(lists.kind_by_headings, tops):
        if of_places is not None:
            return ListOfPlaces(file=name, found=str(lists.KINDS[of_places]))
    other = next((each for each in KINDS if each != kind and headings.find(tables, each)), None)
    return OtherKindOfList(file=name, found=str(KINDS[other])) if other else NoHeadings(file=name)


def _names_places_only(found: FoundHeadings, kind: ListKind) -> bool:
    """Whether a table says where, and nothing of anybody there."""
    return all(field.startswith("place.") for field in headings.guess(found.headings, kind) if field)


def begin(file_hash: str, name: str, kind: ListKind, author: str | None) -> ListImport:
    """A list that was kept, with a plan for its columns: as such headings were read last, or as they look.

    :raises Problem: it cannot be read, has no headings, or is a list of another kind.
    """
    tables = files.look(path_of(file_hash), name)
    found = headings.find(tables, kind)
    if found is None or _names_places_only(found, kind):
        raise _not_of_this_kind(tables, name, kind)
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
    tables = files.look(file_of(each), each.file)
    table = next((table for table in tables if table.name[:100] == each.sheet), tables[0])
    return headings.at(table, min(each.header, len(table.rows)), kind_of(each.kind))


def head_at(number: int, sheet: str, header: int) -> None:
    """Say on which sheet the list is, and in which row its headings begin; its columns are guessed anew. Commits.

    :raises Problem: it was taken, or cannot be read.
    """
    begin_writing()
    each = asking.of(number)
    if each.state == "taken":
        raise ImportTaken()
    each.sheet, each.header = sheet[:100], header
    found = headings_of(each)
    each.header, each.state = found.first, "mapping"
    each.plan = msgspec.to_builtins(plan_for(found, kind_of(each.kind)))
    db.session.commit()


def sheets_of(each: ListImport) -> list[Worksheet]:
    """The sheets of a list with their tops."""
    return files.look(file_of(each), each.file)


def file_of(each: ListImport) -> Path:
    """The file of a list.

    :raises UnknownImport: it is gone.
    """
    path = path_of(each.file_hash)
    if not path.exists():
        raise UnknownImport(number=each.id)
    return path
