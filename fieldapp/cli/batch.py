"""``fieldapp batch``: batch files out and in, and the batches that came."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa

from fieldapp import intake, nodes, verdicts
from fieldapp.cli.base import Progress, format_option, in_application, tell, tell_one
from fieldapp.db import begin_writing, db
from fieldapp.i18n import _
from fieldapp.nodes import Parcel
from fieldapp.people import Account
from fieldapp.problems import NoAdministrator, UnknownBatch
from sync.journal import BatchRow

FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def batch() -> None:
    """Batch files (*.fab) and what came in."""


@batch.command()
@click.argument("file", type=FILE)
@click.option("--to", "name", required=True, help="The trusted node that may open it.")
@click.option("--new", is_flag=True, help="Only what came since the last file for this node.")
@format_option()
@in_application
def export(file: Path, name: str, new: bool, form: str) -> None:
    """Write what this node holds, with photos, into FILE for one other node."""
    peer = nodes.find(name)
    since = int((peer.report or {}).get("given", 0)) if new else 0
    parcel = nodes.export(file, peer, since=since)
    db.session.commit()
    tell_one({"file": str(file), "to": name, "changes": parcel.changes, "photos": parcel.photos}, form, _written())


def _written() -> dict[str, str]:
    return {"file": _("File"), "to": _("For"), "changes": _("Changes"), "photos": _("Photos")}


@batch.command()
@click.argument("file", type=FILE)
@format_option()
@in_application
def show(file: Path, form: str) -> None:
    """Check FILE and print what it says of itself. Nothing is stored."""
    tell_one(_about(nodes.show(file)), form, _words(()))


@batch.command("import")
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="Only say what would become of each change.")
@format_option()
@in_application
def import_(file: Path, dry_run: bool, form: str) -> None:
    """Take FILE in: all of it, or nothing. The same file again changes nothing."""
    bar = Progress(_("Changes"))
    parcel = nodes.preview(file, bar) if dry_run else nodes.take_in(file, progress=bar)
    bar.done()
    values = {**_about(parcel), **parcel.counts, "batch": parcel.batch, "imported_before": parcel.before is not None}
    tell_one(values, form, _words(tuple(parcel.counts)))
    if parcel.before is not None and form == "table":
        click.echo(_("This file was imported before, as batch %(number)s. Nothing changed.", number=parcel.before))


def _about(parcel: Parcel) -> dict[str, Any]:
    made = parcel.made_at.isoformat(sep=" ", timespec="minutes")
    return {
        "sender": parcel.sender,
        "node": parcel.from_node,
        "made": made,
        "changes": parcel.changes,
        "photos": parcel.photos,
        "devices": parcel.devices,
    }


def _words(counted: tuple[str, ...]) -> dict[str, str]:
    words = {
        "sender": _("Made by"),
        "node": _("Number"),
        "made": _("Made on (UTC)"),
        "changes": _("Changes"),
        "photos": _("Photos"),
    }
    if not counted:
        return words
    return words | {verdict: verdicts.label(verdict) for verdict in counted} | {"batch": _("Batch")}


@batch.command("list")
@click.option("--limit", default=50, show_default=True, help="How many, the newest first.")
@click.option("--all", "everything", is_flag=True, help="Also what was entered on this node.")
@format_option()
@in_application
def list_(limit: int, everything: bool, form: str) -> None:
    """List the batches that came in, and how many changes got which verdict."""
    kinds = None if everything else ("wire", "node", "file")
    rows = [_row(each) for each in intake.journal().batches(limit, kinds=kinds)]
    words = {"id": _("Batch"), "received": _("Received (UTC)"), "kind": _("Kind"), "from": _("From")}
    tell(rows, form, words | {"verdicts": _("Changes"), "undone": _("Undone")})


def _row(each: BatchRow) -> dict[str, Any]:
    received = datetime.fromtimestamp(each.received_at / 1000, UTC).strftime("%Y-%m-%d %H:%M")
    return {
        "id": each.id,
        "received": received,
        "kind": each.kind,
        "from": each.from_node or each.device or each.author,
        "counts": each.counts,
        "verdicts": ", ".join(f"{verdict} {count}" for verdict, count in each.counts.items()),
        "undone": each.undone,
    }


@batch.command()
@click.argument("number", type=int)
@in_application
def undo(number: int) -> None:
    """Stop counting what batch NUMBER brought, here and on every node; nothing is deleted."""
    count = _rule(number, "exclude")
    click.echo(
        _("Batch %(number)s no longer counts (%(count)s changes). Nothing was deleted.", number=number, count=count)
    )


@batch.command()
@click.argument("number", type=int)
@in_application
def redo(number: int) -> None:
    """Count an undone batch again."""
    _rule(number, "include")
    click.echo(_("Batch %(number)s counts again.", number=number))


def _rule(number: int, verdict: str) -> int:
    """Write the ruling in the name of an administrator of this node.

    :raises UnknownBatch: there is no such batch, or it brought nothing.
    :raises NoAdministrator: nobody here may rule.
    """
    begin_writing()
    about = intake.journal().changes_of_batch(number)
    if not about:
        raise UnknownBatch(number=number)
    admin = sa.select(Account).where(Account.role == "admin", Account.active).order_by(Account.username)
    account = db.session.scalar(admin.limit(1))
    if account is None:
        raise NoAdministrator()
    intake.rule(about, verdict, account=account)
    db.session.commit()
    return len(about)
