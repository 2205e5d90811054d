"""A database that was found damaged: noted beside it, so that each process of the server knows and takes nothing in."""

from __future__ import annotations

import logging
from contextlib import suppress
from pathlib import Path

from fieldapp.config import settings
from fieldapp.db import db
from sync.files import write_over

log = logging.getLogger(__name__)

FILE = "damaged"


def look() -> str | None:
    """Look through the database, and note what is wrong, or that nothing is. A PostgreSQL looks after itself.

    :returns: what is wrong.
    """
    if db.engine.dialect.name != "sqlite":
        return None
    said = str(db.session.connection().exec_driver_sql("PRAGMA quick_check(1)").scalar())
    db.session.rollback()
    if said != "ok":
        note(said)
        return said
    _path().unlink(missing_ok=True)
    return None


def note(said: str) -> None:
    """Store that the database is damaged: the server refuses writes until it is started over a sound one."""
    log.critical("the database is damaged: %s", said)
    with suppress(OSError):
        write_over(_path(), said.encode())


def noted() -> str | None:
    """What was found wrong; None where nothing was."""
    try:
        return _path().read_text("utf-8")
    except FileNotFoundError:
        return None


def _path() -> Path:
    return settings().instance / FILE
