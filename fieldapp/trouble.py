"""What a database says when it cannot, as a problem with a sentence: on a terminal exactly, on a page calmly."""

from __future__ import annotations

import sqlalchemy as sa

from fieldapp import problems
from fieldapp.problems import Problem

BUSY = {"40001", "40P01", "55P03", "53300", "57014"}
"""A serialisation, a deadlock, a lock waited for too long, too many connections, a statement cancelled."""
FULL, FORBIDDEN, UNKNOWN = "53100", "42501", {"42P01", "42703"}


def of_database(error: sa.exc.DBAPIError, url: sa.URL) -> Problem | None:
    """What an operator should know and do about this error of the database at ``url``; None for a fault of our own."""
    if url.get_backend_name() == "sqlite":
        return _of_sqlite(str(error.orig), url)
    state = getattr(error.orig, "sqlstate", None)
    if state in BUSY:
        return problems.DatabaseBusy()
    if state == FULL:
        return problems.DiskFull()
    if state in UNKNOWN:
        return problems.OldTables()
    if state == FORBIDDEN:
        return problems.DatabaseForbids(user=url.username or "", database=url.database or "", why=_why(error))
    return _of_connection(error, url) if isinstance(error, sa.exc.OperationalError) else None


def calmly(error: sa.exc.DBAPIError, url: sa.URL) -> Problem | None:
    """The same for whoever is on a page: no addresses and no names of accounts."""
    known = of_database(error, url)
    told = (problems.DatabaseBusy, problems.DiskFull, problems.OldTables)
    return known if known is None or isinstance(known, told) else problems.DatabaseAway()


def _of_sqlite(said: str, url: sa.URL) -> Problem | None:
    if "locked" in said:
        return problems.DatabaseBusy()
    if "full" in said:
        return problems.DiskFull()
    if "no such table" in said or "no such column" in said:
        return problems.OldTables()
    broken = "not a database" in said or "malformed" in said or "unable to open" in said
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
