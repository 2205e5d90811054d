"""An instance whose data were moved to another database says so to whoever still asks the one of before.

Both hold the same node under the same epoch. If both were served, the same positions and numbers would mean different
changes. So a note beside the database that was left tells where the data are now, and nobody works in that one until
somebody says so; then it goes on as another node does that was copied.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa

from fieldapp.config import Config
from fieldapp.problems import DataMovedAway, Problem
from sync.files import write_over

FILE = "moved"
HIDDEN = "***"
SETTING = "FIELDAPP_DATABASE_URL"


def shown(config: Config) -> str:
    """The address of a database without its password; of the file in the instance where it lies."""
    if config.on_sqlite:
        return str(config.instance / "fieldapp.db")
    url = sa.make_url(config.database).set(drivername="postgresql")
    if "password" in url.query:
        url = url.difference_update_query(["password"]).set(password=HIDDEN)
    return url.render_as_string(hide_password=True)


def setting(config: Config) -> str:
    """What to write into the environment so that it is this database which is served."""
    return f"{SETTING}={'' if config.on_sqlite else shown(config)}"


def _name(config: Config) -> str:
    """The same for the same database, however its address is written."""
    if config.on_sqlite:
        return "sqlite"
    url = sa.make_url(config.database)
    return f"{url.host or 'localhost'}:{url.port or 5432}/{url.database}"


@contextmanager
def noting(source: Config, target: Config) -> Iterator[None]:
    """Note that the data are elsewhere once the body has put them there. There is room for it before it begins."""
    told = {"from": _name(source), "to": shown(target), "setting": setting(target)}
    draft = source.instance / f"{FILE}.draft"
    write_over(draft, json.dumps(told).encode())
    try:
        yield
        draft.replace(source.instance / FILE)
    finally:
        draft.unlink(missing_ok=True)


def forget(instance: Path) -> None:
    """Whoever is told to go on with the database of before does so from now on."""
    (instance / FILE).unlink(missing_ok=True)


def away(config: Config) -> Problem | None:
    """What is to be said to whoever would work in this database; None where it is the one to work in."""
    with suppress(OSError, ValueError, KeyError):
        told = json.loads((config.instance / FILE).read_text("utf-8"))
        if told["from"] == _name(config):
            return DataMovedAway(here=shown(config), there=told["to"], setting=told["setting"])
    return None


def see_that_it_is_here(config: Config) -> None:
    """Pass only where the data of the instance were not moved away.

    :raises DataMovedAway: they were; to work in both would mix them up.
    """
    if problem := away(config):
        raise problem
