"""A sentence for each failure of a command, and its traceback in a log. Imported when one has failed."""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import click
import sqlalchemy as sa

from fieldapp import faults, trouble
from fieldapp.config import Config
from fieldapp.i18n import _
from fieldapp.nodes.sentences import ExchangeProblem
from fieldapp.problems import BadDatabaseAddress, DiskFull, Problem
from sync.problems import SyncProblem


def sentence(ctx: click.Context, error: Exception) -> str:
    """What to say of a failure; one that nobody foresaw is written down."""
    if known := _known(error):
        return known.message
    if isinstance(error, OSError) and error.filename:
        return _("%(file)s: %(why)s", file=error.filename, why=trouble.why(error))
    return _(
        "Unexpected failure: %(what)s. The details are in %(file)s.", what=faults.kind_of(error), file=_log(ctx, error)
    )


def _known(error: Exception) -> Problem | None:
    """What is to be said of a failure; that the disk is full before whatever came of it."""
    if isinstance(error, BadDatabaseAddress | DiskFull):
        return error
    url = sa.make_url(Config.from_env().database)
    if full := trouble.of_disk(error, url):
        return full
    if isinstance(error, SyncProblem):
        return ExchangeProblem(error)
    if isinstance(error, sa.exc.DBAPIError):
        return trouble.of_database(error, url)
    return error if isinstance(error, Problem) else None


def _log(ctx: click.Context, error: Exception) -> Path:
    """Write down where it failed, for an operator to find; beside the instance, or in the folder of the moment."""
    folder = Config.from_env().instance
    path = (folder if folder.is_dir() else Path.cwd()) / "fieldapp.log"
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s"))
    log = logging.getLogger("fieldapp.cli")
    log.addHandler(handler)
    log.error("fieldapp %s\n%s", " ".join(sys.argv[1:]), faults.told(error))
    log.removeHandler(handler)
    handler.close()
    return path
