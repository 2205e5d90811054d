"""``fieldapp init | doctor | backup | restore | rebuild``: the life of an instance."""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask

from fieldapp import db, intake, places, sample
from fieldapp.cli.base import ProgressLine, application, format_option, in_application, tell, tell_one, working
from fieldapp.config import settings
from fieldapp.db import begin_writing, upgrade
from fieldapp.i18n import _
from fieldapp.instance import backup as backups
from fieldapp.instance import health, moved, private
from fieldapp.instance import restore as restoring
from fieldapp.instance.copies import go_on_as_another, guard_copy, guard_epoch
from fieldapp.photos import attachments
from fieldapp.problems import PhotosMissing
from fieldapp.tablets import sealing

SIZE = click.Choice(list(sample.SIZES))


@click.command()
@click.option("--sample", "size", type=SIZE, help="Fill it with an invented province of this size.")
@click.option("--here", is_flag=True, help="Go on with this database although the data were moved to another.")
@format_option()
def init(size: str | None, here: bool, form: str) -> None:
    """Make this instance ready, or bring it up to date: database, official places. Safe to repeat."""
    with application(ready=False, being="alone", although_moved=here) as app:
        make_ready(app)
        if moved.away(settings()):
            _stay()
        guard_copy()
        catch_up(always=True)
        values: dict[str, object] = {"instance": str(settings().instance), "places": _count()}
        if size:
            progress = ProgressLine(_("Households"))
            built = sample.build(size, progress=progress)
            progress.done()
            values |= {"households": built.households, "changes": built.changes}
        guard_epoch()
    words = {"instance": _("Instance"), "places": _("Places")}
    tell_one(values, form, words | ({"households": _("Households"), "changes": _("Changes")} if size else {}))


def _stay() -> None:
    """Go on with the database of before: what came into the other one since is not here."""
    go_on_as_another()
    moved.forget(settings().instance)


def make_ready(app: Flask) -> None:
    """The newest tables, the places and rules that come with the app, the key that tablets seal with."""
    private.tighten(settings().instance)
    upgrade(app)
    begin_writing()
    places.import_packaged()
    db.db.session.commit()
    intake.take_shipped()
    sealing.key()


def catch_up(*, always: bool = False) -> None:
    """After an upgrade, take in what waited for newer questionnaires, and say how much that was."""
    if count := intake.catch_up(always=always):
        click.echo(_("Changes that waited for this version and count now: %(count)s.", count=count), err=True)


def _count() -> int:
    return sum(len(places.communes(vintage)) + len(places.districts(vintage)) for vintage in (2023, 2025))


@click.command()
@format_option()
@click.pass_context
def doctor(ctx: click.Context, form: str) -> None:
    """Look at everything that can be wrong with this instance. Ends with status 1 if something is."""
    with application(ready=False, being=None):
        found = health.examine()
    marks = {"ok": _("ok"), "warning": _("look"), "error": _("WRONG")}
    rows = [{"check": each.name, "state": each.state, "says": each.says} for each in found]
    if form == "json":
        tell(rows, form)
    else:
        lines = [
            {"state": marks[each.state], "check": str(health.NAMES[each.name]), "says": each.says} for each in found
        ]
        tell(lines, form, {"state": "", "check": "", "says": ""})
    if any(each.state == "error" for each in found):
        ctx.exit(1)


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@in_application
def backup(file: Path) -> None:
    """Write the whole instance into one FILE while it is in use: database, photos and keys.

    It is read again before it replaces an older one. Of a damaged database nothing is written.
    Keep it as safe as the server itself: it holds this node's secret keys and everybody's data.
    """
    progress = ProgressLine(_("Files"))
    made = backups.write(file, progress)
    progress.done()
    click.echo(_("Wrote %(file)s, %(size)s MB.", file=file, size=health.tenths(made.size / 1e6)))
    if made.missing:
        kept = _("The last backup that has them is kept in %(file)s.", file=made.kept) if made.kept else ""
        raise PhotosMissing(file=file, count=made.missing, kept=kept)


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Put it in place of what is here; what was here is kept beside it.")
def restore(file: Path, replace: bool) -> None:
    """Put a backup in place. The node takes a new epoch, so that tablets and peers offer again what they still hold."""
    progress = ProgressLine(_("Files"))
    with working("alone"):
        kept = restoring.restore(file, replace, progress)
        progress.done()
        epoch = _begin_anew()
    for place in kept:
        click.echo(_("What was here is kept in %(folder)s.", folder=place))
    click.echo(_("Restored. The node has a new epoch: %(epoch)s.", epoch=epoch))


def _begin_anew() -> str:
    """The newest tables and a new epoch for a database that was put back."""
    with application(ready=False, being=None) as app:
        private.tighten(settings().instance)
        upgrade(app)
        attachments.forget_lost()
        begin_writing()
        epoch = intake.journal().new_epoch()
        db.db.session.commit()
        settings().epoch_file.unlink(missing_ok=True)
        guard_epoch()
    return epoch


@click.command()
@click.option("--check", is_flag=True, help="Change nothing; name the records that would differ, and fail if any does.")
@format_option()
@click.pass_context
def rebuild(ctx: click.Context, check: bool, form: str) -> None:
    """Make every row again from the journal."""
    with application(being="beside" if check else "alone"):
        if not check:
            _make_again()
        elif not _is_what_the_journal_says(form):
            ctx.exit(1)


def _is_what_the_journal_says(form: str) -> bool:
    progress = ProgressLine(_("Records"))
    different = intake.rebuild(check=True, progress=progress)
    progress.done()
    rows = [{"record": record} for record in different]
    if form == "json" or rows:
        tell(rows, form, {"record": _("Record")})
    else:
        click.echo(_("Every row is what the journal says."))
    return not different


def _make_again() -> None:
    progress = ProgressLine(_("Records"))
    catch_up(always=True)
    begin_writing()
    intake.rebuild(progress=progress)
    progress.done()
    db.db.session.commit()
    click.echo(_("Every row was made again from the journal."))
