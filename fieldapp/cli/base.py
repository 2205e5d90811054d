"""What every command shares: an application to work in, tables and progress."""

from __future__ import annotations

import functools
import getpass
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from datetime import date, datetime
from typing import Any, ParamSpec, TypeVar

import click
import sqlalchemy as sa
from flask import Flask

from fieldapp import create_app
from fieldapp.config import Config
from fieldapp.db import check_tables, db
from fieldapp.i18n import _
from fieldapp.instance.at_work import HolderKind, at_work
from fieldapp.instance.copies import guard_copy
from fieldapp.instance.moved import see_that_it_is_here
from fieldapp.problems import EmptyDatabase, NotInitialised
from fieldapp.taken_out import Taker
from fieldapp.today import clock, stamp
from fieldapp.vietnamese import read_date

P = ParamSpec("P")
R = TypeVar("R")


def _config() -> Config:
    return Config.from_env()


@contextmanager
def application(
    config: Config | None = None,
    *,
    ready: bool = True,
    being: HolderKind | None = "beside",
    although_moved: bool = False,
) -> Iterator[Flask]:
    """The application over its instance, in its context.

    :param ready: refuse to go on where ``fieldapp init`` has not been run.
    :param being: with whom this can be at work at the same time; None if that was settled before.
    :param although_moved: go on also where the data were moved to another database.
    :raises NotInitialised, EmptyDatabase: so it is.
    :raises DataMovedAway: so it is.
    :raises OldTables, NewerTables: the database is of another version.
    :raises InstanceInUse: somebody is at work there with whom it cannot.
    """
    config = config or _config()
    if ready:
        see_that_it_was_made(config)
    with working(being, config) if being else nullcontext():
        if (ready or being) and not although_moved:
            see_that_it_is_here(config)
        app = create_app(config, pages=False)
        with app.app_context(), _ended():
            if ready:
                _see_that_it_is_ready(config)
                guard_copy()
            yield app


@contextmanager
def _ended() -> Iterator[None]:
    """Let go of the database in the end."""
    try:
        yield
    finally:
        db.session.remove()
        db.engine.dispose()


def working(being: HolderKind, config: Config | None = None) -> AbstractContextManager[None]:
    """Be at work on the instance, under the name of the command that runs.

    :raises InstanceInUse: somebody is at work there with whom it cannot.
    """
    context = click.get_current_context(silent=True)
    _program, *words = context.command_path.split() if context else ("",)
    return at_work((config or _config()).instance, being, " ".join(words))


def see_that_it_was_made(config: Config) -> None:
    """Before a folder is made for an instance that was never made.

    :raises NotInitialised: it was not.
    """
    if config.on_sqlite and not (config.instance / "fieldapp.db").exists():
        raise NotInitialised(instance=config.instance)


def _see_that_it_is_ready(config: Config) -> None:
    if not sa.inspect(db.engine).has_table("alembic_version"):
        none = NotInitialised(instance=config.instance)
        raise none if config.on_sqlite else EmptyDatabase(database=db.engine.url.database)
    check_tables()


def in_application(command: Callable[P, R]) -> Callable[P, R]:
    """Run a command inside the application of an initialised instance."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> R:
        with application():
            return command(*args, **kwargs)

    return run


def terminal() -> Taker:
    """Whoever works at this terminal, as the log of what is taken out tells of it."""
    with suppress(OSError, KeyError, ImportError):
        return Taker(_("%(who)s, at the terminal", who=getpass.getuser()))
    return Taker(_("At the terminal"))


def format_option(*formats: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """``--format``: for people by default, ``json`` for programs."""
    offered = formats or ("table", "json")
    return click.option(
        "--format", "form", type=click.Choice(offered), default=offered[0], show_default=True, help="How to print it."
    )


class DayParam(click.ParamType[date]):
    """A day however people type it, or as programs write it; what is none is refused in words."""

    name = "day"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> date:
        """The day that was typed."""
        try:
            return date.fromisoformat(read_date(str(value)))
        except ValueError:
            self.fail(_("“%(day)s” is no day. Write it as 31/01/2026, or as 2026-01-31.", day=value), param, ctx)


def day_option(name: str, *names: str, **more: Any) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """An option that takes a day. The command gets it as programs write it (``2026-01-31``), "" where none is given."""
    return click.option(name, *names, type=DayParam(), metavar="DD/MM/YYYY", callback=_as_programs_write_it, **more)


def _as_programs_write_it(_context: click.Context, _option: click.Parameter, value: date | None) -> str:
    return str(value) if value else ""


def tell(rows: Sequence[Mapping[str, Any]], form: str, headings: Mapping[str, str] | None = None) -> None:
    """Print rows as a table for people, or as JSON. ``headings``: the columns to show and their words. A moment is
    given as it is, in UTC: both tell it in the time of Việt Nam."""
    if form == "json":
        click.echo(json.dumps(list(rows), ensure_ascii=False, indent=2, default=_for_programs))
        return
    shown = headings or {name: name for name in (rows[0] if rows else {})}
    lines = [list(shown.values()), *([_cell(row.get(name)) for name in shown] for row in rows)]
    widths = [max(len(line[at]) for line in lines) for at in range(len(shown))]
    for line in lines:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def tell_one(values: Mapping[str, Any], form: str, headings: Mapping[str, str] | None = None) -> None:
    """Print one thing: a line a value for people, or a JSON object on one line."""
    if form == "json":
        click.echo(json.dumps(values, ensure_ascii=False, default=_for_programs))
        return
    shown = headings or {name: name for name in values}
    width = max(len(word) for word in shown.values())
    for name, word in shown.items():
        click.echo(f"{word.ljust(width)}  {_cell(values.get(name))}")


def _for_programs(value: Any) -> str:
    return stamp(value) if isinstance(value, datetime) else str(value)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return clock(value)
    if isinstance(value, list | tuple | set | frozenset):
        return ", ".join(map(str, value))
    return str(value)


class ProgressLine:
    """A line on the terminal about work that takes longer than a second; silent before, and in a pipe now and then."""

    def __init__(self, what: str) -> None:
        self.what = what
        self._begun = self._told = time.monotonic()
        self._shown = False

    def __call__(self, done: int, whole: int | None = None) -> None:
        """So much is done, of how much where that is known."""
        now = time.monotonic()
        pause = 0.2 if sys.stderr.isatty() else 5.0
        if now - self._begun < 1 or (now - self._told < pause and done != whole):
            return
        self._told, self._shown = now, True
        share = "" if whole is None else f"/{whole} ({100 * done // max(whole, 1)}%)"
        line = f"{self.what}: {done}{share}"
        click.echo(f"\r{line}" if sys.stderr.isatty() else line, err=True, nl=not sys.stderr.isatty())

    def done(self) -> None:
        """End the line."""
        if self._shown and sys.stderr.isatty():
            click.echo(err=True)
