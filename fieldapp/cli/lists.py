"""``fieldapp import``: lists of households, of cases, of other support and of indicators, looked at and taken in."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click
import msgspec
import sqlalchemy as sa

from fieldapp import imports, people
from fieldapp.cli.base import ProgressLine, day_option, format_option, in_application, tell, tell_one
from fieldapp.cli.batch import tell_left
from fieldapp.db import db
from fieldapp.i18n import _, _l
from fieldapp.imports import FATES, ListImport, ListKind, Plan
from fieldapp.people import Account
from fieldapp.problems import NoAdministrator

P = ParamSpec("P")
R = TypeVar("R")
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
SHOWN = 20
TOLD = ("doubt", "wrong")


@click.group("import")
def import_() -> None:
    """Take in lists that others keep, as Excel (.xlsx) or CSV files."""


def _options(command: Callable[P, R]) -> Callable[P, R]:
    options = (
        click.argument("file", type=FILE),
        click.option("--dry-run", is_flag=True, help="Say what would become of each row, and change nothing."),
        day_option("--day", help="Of which day the list is [as its title says, or today]."),
        click.option("--commune", metavar="CODE@VINTAGE", help="The commune of a list that does not say it."),
        click.option("--every", multiple=True, metavar="FIELD=ANSWER", help="What holds for every row."),
        click.option("--lenient", is_flag=True, help="Leave what cannot be read empty, and take the rest of the row."),
        click.option("--user", metavar="NAME", help="The administrator whose import it is [the first one]."),
        format_option(),
    )
    for option in reversed(options):
        command = option(command)
    return command


@import_.command()
@_options
@in_application
def households(file: Path, dry_run: bool, form: str, **told: Any) -> None:
    """Take a list of households in FILE. What is in doubt or wrong stays out; importing twice is importing once."""
    _import("households", file, dry_run, form, **told)


@import_.command()
@_options
@in_application
def cases(file: Path, dry_run: bool, form: str, **told: Any) -> None:
    """Take the support of earlier years in FILE: cases with their decisions, progress and payments."""
    _import("cases", file, dry_run, form, **told)


@import_.command()
@_options
@in_application
def support(file: Path, dry_run: bool, form: str, **told: Any) -> None:
    """Take what the list of another office in FILE says that households were given: insurance, school, loans."""
    _import("support", file, dry_run, form, **told)


@import_.command()
@_options
@in_application
def indicators(file: Path, dry_run: bool, form: str, **told: Any) -> None:
    """Take the indicators of communes, districts or the province in FILE."""
    _import("indicators", file, dry_run, form, **told)


def _import(kind: ListKind, file: Path, dry_run: bool, form: str, user: str | None, **told: Any) -> None:
    account = _administrator(user)
    kept = imports.keep(lambda path: _copy(file, path))
    each = imports.begin(kept, file.name, kind, account.id)
    plan = _plan(each, **told)
    bar = ProgressLine(_("Rows"))
    each = imports.look(each.id, plan, day=told["day"] or each.day, sheet=each.sheet, header=each.header, progress=bar)
    if not dry_run and any(each.counts.get(fate) for fate in ("new", "changes")):
        each = imports.take(each.id, account, bar)
    bar.done()
    _tell(each, form)


def _copy(file: Path, to: Path) -> None:
    shutil.copyfile(file, to)


def _plan(each: ListImport, commune: str | None, every: tuple[str, ...], lenient: bool, **_more: Any) -> Plan:
    plan = msgspec.convert(each.plan, Plan)
    pairs = dict(pair.partition("=")[::2] for pair in every)
    return msgspec.structs.replace(
        plan, commune=commune or plan.commune, every={**plan.every, **pairs}, lenient=lenient or plan.lenient
    )


def _tell(each: ListImport, form: str) -> None:
    counts = {fate: each.counts.get(fate, 0) for fate in FATES}
    rows = [row for fate in TOLD for row in imports.rows_of(each.id, fate, limit=100_000 if form == "json" else SHOWN)]
    lines: list[dict[str, Any]] = [
        {"row": row.row, "fate": row.fate, "name": row.name, "why": imports.sentences(row.told)}
        for row in sorted(rows, key=lambda row: row.row)
    ]
    if form == "json":
        tell_one({"id": each.id, "state": each.state, "batch": each.batch, **counts, "rows": lines}, form)
        return
    tell_one({"id": each.id, "batch": each.batch, **counts}, form, {"id": _("Import"), "batch": _("Batch"), **_fates()})
    for line in lines:
        why = " ".join(line["why"])
        click.echo(_("Row %(row)s, %(name)s: %(why)s", row=line["row"], name=line["name"] or "–", why=why))
    if each.batch is not None:
        click.echo(_("To take it back: fieldapp import undo %(number)s", number=each.id))


def _fates() -> dict[str, str]:
    return {fate: str(label) for fate, label in FATES.items()}


@import_.command("list")
@format_option()
@in_application
def list_(form: str) -> None:
    """The lists that were imported, the newest first."""
    rows = [
        {"id": each.id, "at": each.at, "kind": each.kind, "file": each.file, "batch": each.batch,
         **each.counts}
        for each in imports.taken() if each.state == "taken"
    ]  # fmt: skip
    words = {"id": _l("Import"), "at": _l("Time"), "file": _l("File"), "batch": _l("Batch"), "new": FATES["new"]}
    tell(rows, form, {name: str(word) for name, word in {**words, "changes": FATES["changes"]}.items()})


@import_.command()
@click.argument("number", type=click.IntRange(min=1))
@click.option("--user", metavar="NAME", help="The administrator who does it [the first one].")
@in_application
def undo(number: int, user: str | None) -> None:
    """Stop counting what import NUMBER brought, here and on every node; nothing is deleted."""
    each = imports.undo(number, _administrator(user))
    click.echo(_("The import of %(file)s is undone.", file=each.file))
    tell_left(each.batch or 0)


@import_.command()
@click.argument("number", type=click.IntRange(min=1))
@click.option("--user", metavar="NAME", help="The administrator who does it [the first one].")
@in_application
def redo(number: int, user: str | None) -> None:
    """Count an undone import again."""
    each = imports.redo(number, _administrator(user))
    click.echo(_("The import of %(file)s counts again.", file=each.file))


def _administrator(user: str | None) -> Account:
    """The account that is named, or the first that may import.

    :raises NoAdministrator: nobody here may.
    """
    if user:
        return people.find_account(user)
    admins = sa.select(Account).where(Account.role.in_(people.roles_that("import")), Account.active)
    account = db.session.scalar(admins.order_by(Account.username).limit(1))
    if account is None:
        raise NoAdministrator()
    return account
