"""What a database or a disk says when it cannot, as a problem: on a terminal exactly, on a page calmly."""

from __future__ import annotations

import errno
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa

from fieldapp import problems
from fieldapp.i18n import _l
from fieldapp.problems import Problem

BUSY = {"40001", "40P01", "55P03", "53300", "57014"}
"""A serialisation, a deadlock, a lock waited for too long, too many connections, a statement cancelled."""
FULL, FORBIDDEN, UNKNOWN = "53100", "42501", {"42P01", "42703"}
DAMAGED = {"XX001", "XX002"}
NO_ROOM = {errno.ENOSPC, errno.EDQUOT}
LEAST_ROOM = 64 * 1024
"""With less than this on a disk SQLite cannot even begin to read, and says no more than that it failed."""


WHY: dict[int, str] = {
    errno.ENOENT: _l("there is no such file or folder"),
    errno.ENOTDIR: _l("there is no such file or folder"),
    errno.EISDIR: _l("it is a folder"),
    errno.EACCES: _l("it is not allowed here"),
    errno.EPERM: _l("it is not allowed here"),
    errno.EROFS: _l("nothing can be written there"),
    errno.EIO: _l("the disk or the stick fails"),
    errno.ENXIO: _l("the disk or the stick is gone"),
    errno.ENODEV: _l("the disk or the stick is gone"),
    errno.ENAMETOOLONG: _l("the name is too long"),
    errno.EADDRNOTAVAIL: _l("it has no such address"),
}
"""What an error of the system means, to be told inside a sentence."""


def why(error: OSError) -> str:
    """What the system could not do, in words; what is not among them in its own."""
    return str(WHY.get(error.errno or 0, error.strerror or error))


@contextmanager
def writing(path: Path) -> Iterator[None]:
    """Where a file that a person wants cannot be written, it is told which, and why.

    :raises NoRoomFor: its disk is full. :raises FileNotWritable: for another reason.
    """
    try:
        yield
    except OSError as error:
        if error.filename != str(path):
            raise  # of another file
        if error.errno in NO_ROOM:
            raise problems.NoRoomFor(file=str(path)) from error
        raise problems.FileNotWritable(path=str(path), why=why(error)) from error


def is_full(error: BaseException, *folders: Path) -> bool:
    """Whether there was no room left on a disk, whoever met it first and whatever was made of it since.

    :param folders: where was written: they are looked at when an error of the disk does not say what it was.
    """
    causes = list(_causes(error))
    return any(map(_tells_no_room, causes)) or (any(map(_is_of_the_disk, causes)) and _is_any_full(folders))


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen, left = set[int](), [error]
    while left:
        each = left.pop()
        if id(each) not in seen:
            seen.add(id(each))
            yield each
            more = each.__cause__, each.__context__, getattr(each, "orig", None)
            left += [one for one in more if isinstance(one, BaseException)]


def _tells_no_room(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno in NO_ROOM
    if isinstance(error, sqlite3.Error):
        return _code(error) == sqlite3.SQLITE_FULL
    return getattr(error, "sqlstate", None) == FULL


def _is_of_the_disk(error: BaseException) -> bool:
    if isinstance(error, sqlite3.Error):
        return _code(error) in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN)
    return isinstance(error, problems.ToolFailed) or (isinstance(error, OSError) and error.errno is None)


def _code(error: sqlite3.Error) -> int:
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


def _is_any_full(folders: tuple[Path, ...]) -> bool:
    for folder in (*folders, Path(tempfile.gettempdir())):
        with suppress(OSError):
            if shutil.disk_usage(folder).free < LEAST_ROOM:
                return True
    return False


def of_disk(error: BaseException, url: sa.URL) -> Problem | None:
    """What is to be said if a full disk is behind any failure; None if something else is."""
    where = [Path(url.database).parent] if url.get_backend_name() == "sqlite" and url.database else []
    return problems.DiskFull() if is_full(error, *where) else None


def of_database(error: sa.exc.DBAPIError, url: sa.URL) -> Problem | None:
    """What an operator should know and do about this error of the database at ``url``; None for a fault of our own."""
    if full := of_disk(error, url):
        return full
    if url.get_backend_name() == "sqlite":
        return _of_sqlite(str(error.orig), url)
    state = getattr(error.orig, "sqlstate", None)
    if state in BUSY:
        return problems.DatabaseBusy()
    if state in DAMAGED:
        return problems.DatabaseBroken(file=url.database)
    if state in UNKNOWN:
        return problems.OldTables()
    if state == FORBIDDEN:
        return problems.DatabaseForbids(user=url.username or "", database=url.database or "", why=_why(error))
    return _of_connection(error, url) if isinstance(error, sa.exc.OperationalError) else None


def calmly(error: sa.exc.DBAPIError, url: sa.URL) -> Problem | None:
    """The same for whoever is on a page: no addresses and no names of accounts."""
    known = of_database(error, url)
    told = (problems.DatabaseBusy, problems.DiskFull, problems.OldTables)
    if known is None or isinstance(known, told):
        return known
    return problems.DatabaseDamaged() if is_damaged(error) else problems.DatabaseAway()


def is_damaged(error: sa.exc.DBAPIError) -> bool:
    """Whether the database itself says that what is in it is broken."""
    if isinstance(error.orig, sqlite3.Error):
        return _code(error.orig) in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
    return getattr(error.orig, "sqlstate", None) in DAMAGED


def _of_sqlite(said: str, url: sa.URL) -> Problem | None:
    if "locked" in said:
        return problems.DatabaseBusy()
    if "no such table" in said or "no such column" in said:
        return problems.OldTables()
    broken = "not a database" in said or "malformed" in said or "unable to open" in said or "disk I/O" in said
    return problems.DatabaseBroken(file=url.database) if broken else None


def _of_connection(error: sa.exc.OperationalError, url: sa.URL) -> Problem:
    said, user, database = str(error.orig), url.username or "", url.database or ""
    where = {"where": f"{url.host or 'localhost'}:{url.port or 5432}", "why": _why(error), "user": user}
    # The server speaks its own language, but it quotes the name of what it refuses.
    refused = f'"{user}"' in said and (user != database or "password" in said or "role" in said)
    if refused or getattr(getattr(error.orig, "pgconn", None), "needs_password", False):
        return problems.DatabaseRefuses(**where)
    if f'"{database}"' in said:
        return problems.NoSuchDatabase(**where, database=database)
    return problems.DatabaseSilent(**where)


def _why(error: sa.exc.DBAPIError) -> str:
    """The last thing said about the reason, on one line, without what the sentence says already."""
    first = next(iter(str(error.orig).splitlines()), "")
    return first.rsplit("failed: ", 1)[-1].split(":  ", 1)[-1].strip().rstrip(".")
