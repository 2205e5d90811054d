"""``fieldapp batch``: batch files out and in, and the batches that came."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click
import msgspec
import sqlalchemy as sa

from fieldapp import batches, intake, nodes, people, taken_out, verdicts
from fieldapp.batches import BatchFilter, CheckedBatch, Sender, SentFile
from fieldapp.batches.foretelling import FIRST, ForetoldChange, Named
from fieldapp.cli.base import ProgressLine, format_option, in_application, tell, tell_one, terminal
from fieldapp.db import begin_writing, db
from fieldapp.i18n import _, ngettext
from fieldapp.nodes.sentences import ExchangeProblem
from fieldapp.people import Account
from fieldapp.problems import (
    FileNotWritable,
    NoAdministrator,
    NoRoomFor,
    NotByFile,
    ReceiptLeft,
    UnknownBatch,
    UnknownPeer,
)
from sync.clock import moment_at
from sync.journal import BatchRow

P = ParamSpec("P")
R = TypeVar("R")

FILE = click.Path(dir_okay=False, path_type=Path)


@click.group()
def batch() -> None:
    """Batch files (*.fab) and what came in."""


@batch.command()
@click.argument("file", type=FILE)
@click.option("--to", "name", required=True, help="The trusted node that may open it.")
@click.option("--all", "everything", is_flag=True, help="Also what that node has acknowledged already.")
@format_option()
@in_application
def export(file: Path, name: str, everything: bool, form: str) -> None:
    """Write into FILE what the node NAME has not acknowledged yet, with photos. What a lost stick held comes again."""
    peer = nodes.find(name)
    parcel = batches.export(file, peer, since=0 if everything else batches.acknowledged(peer))
    db.session.commit()
    taken_out.note(terminal(), f"batch:{name}", "fab", parcel.changes, exact=True)
    tell_one({"file": str(file), "to": name, "changes": parcel.changes, "photos": parcel.photos}, form, _written())


def _written() -> dict[str, str]:
    return {"file": _("File"), "to": _("For"), "changes": _("Changes"), "photos": _("Photos")}


@batch.command()
@click.argument("file", type=FILE)
@format_option()
@in_application
def show(file: Path, form: str) -> None:
    """Check FILE, a batch file or a receipt, and print what it says. Of a batch file nothing is stored."""
    try:
        about = _about(batches.show(file))
    except ExchangeProblem as problem:
        if problem.sync_code != "not_a_batch" or file.suffix != batches.RECEIPT:
            raise
        _tell_given(batches.read_receipt(file), form)
    else:
        tell_one(about, form, _words(()))


def choosing(command: Callable[P, R]) -> Callable[P, R]:
    """The options that choose a part of a file."""
    options = (
        click.option("--place", "places", multiple=True, help="Only this commune (CODE or CODE@2023) or village."),
        click.option("--survey", "surveys", multiple=True, help="Only this survey."),
        click.option("--device", "devices", multiple=True, help="Only what was made on this device."),
        click.option("--record", "records", multiple=True, help="Only this record."),
        click.option("--without", multiple=True, help="Not this record."),
        click.option("--without-clashing", is_flag=True, help="Not the records that would be in conflict."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@batch.command("import")
@click.argument("file", type=FILE)
@click.option("--dry-run", is_flag=True, help="Only say what would become of it. Nothing is stored.")
@choosing
@format_option()
@in_application
def import_(file: Path, dry_run: bool, form: str, without_clashing: bool, **chosen: tuple[str, ...]) -> None:
    """Take FILE in, or the chosen part of it, and write its receipt beside it. What is here already changes nothing.

    What is left out stays in FILE and comes when it is imported again.
    """
    parts = {name: frozenset(values) for name, values in chosen.items()}
    choice = BatchFilter(without_clashing=without_clashing, **parts)
    bar = ProgressLine(_("Changes"))
    parcel = batches.preview(file, bar, choice) if dry_run else batches.take_in(file, progress=bar, choice=choice)
    bar.done()
    receipt = None if dry_run or parcel.batch is None else _receipt_beside(file, parcel.batch)
    values = {**_about(parcel), **parcel.counts, "batch": parcel.batch, "imported_before": parcel.before is not None}
    values |= {"undone": parcel.undone, "left_out": parcel.left_out, "receipt": receipt and str(receipt)}
    tell_one(
        values | ({"foretold": msgspec.to_builtins(parcel.foretold)} if dry_run else {}),
        form,
        _words(tuple(parcel.counts)) | _fate(parcel, receipt),
    )
    if form == "table":
        if dry_run:
            _tell_records(parcel)
        _tell_before(parcel)


def _fate(parcel: CheckedBatch, receipt: Path | None) -> dict[str, str]:
    words = {} if parcel.batch is None else {"batch": _("Batch")}
    words |= {"left_out": _("Left out")} if parcel.left_out else {}
    return words | ({"receipt": _("Receipt")} if receipt else {})


def _receipt_beside(file: Path, number: int) -> Path | None:
    """Write the receipt where the file lies; a stick that is full or cannot be written to does not undo an import."""
    path = file.with_suffix(batches.RECEIPT)
    try:
        batches.write_receipt(number, path)
    except (FileNotWritable, NoRoomFor):
        click.echo(ReceiptLeft(file=path, number=number).message, err=True)
    except (NotByFile, UnknownPeer) as problem:
        click.echo(problem.message, err=True)
    else:
        return path
    return None


def _tell_before(parcel: CheckedBatch) -> None:
    if parcel.undone:
        click.echo(
            _("This file was imported as batch %(number)s, which was undone since. Nothing changed. "
              "To count it again: fieldapp batch redo %(number)s", number=parcel.before)
        )  # fmt: skip
    elif parcel.before is not None:
        click.echo(_("This file was imported before, as batch %(number)s. Nothing changed.", number=parcel.before))


def _tell_records(parcel: CheckedBatch) -> None:
    """What a preview found, record by record."""
    found = parcel.foretold
    if found.undone:
        click.echo(_("Changes that are here already, and undone, and stay so: %(n)s.", n=found.undone))
    _tell_some(_("New"), found.records["new"], [_place(each) for each in found.new])
    _tell_some(_("Changed"), found.records["changed"], [_place(each) for each in found.changed])
    _tell_some(_("Would count no more"), found.records["gone"], [_place(each) for each in found.gone])
    clashes = [f"{_place(each.of)} · {each.label}: {' | '.join(each.values)}" for each in found.clashes]
    _tell_some(_("Clashing"), found.records["clashing"], clashes)
    _tell_some(_("Held"), found.is_held, [_waits(each) for each in found.held])
    _tell_some(_("Refused"), found.is_refused, [_waits(each) for each in found.refused])


def _tell_some(kind: str, count: int, lines: list[str]) -> None:
    click.echo(f"{kind}: {count}")
    for line in lines:
        click.echo(f"  {line}")
    if lines and count > FIRST:
        click.echo("  " + _("The first %(first)s of %(n)s.", first=FIRST, n=count))


def _place(of: Named) -> str:
    return " · ".join(part for part in (of.title, of.name, of.place) if part)


def _waits(each: ForetoldChange) -> str:
    return " · ".join(part for part in (_place(each.of) if each.of else each.id, each.question, each.reason) if part)


def _about(parcel: CheckedBatch) -> dict[str, Any]:
    return {
        "sender": parcel.sender,
        "node": parcel.from_node,
        "made": parcel.made_at,
        "changes": parcel.changes,
        "photos": parcel.photos,
        "devices": parcel.devices,
    }


def _words(counted: tuple[str, ...]) -> dict[str, str]:
    words = {
        "sender": _("Made by"),
        "node": _("Number"),
        "made": _("Made on"),
        "changes": _("Changes"),
        "photos": _("Photos"),
    }
    if not counted:
        return words
    return words | {verdict: verdicts.label(verdict) for verdict in counted}


@batch.command()
@click.argument("number", type=int)
@click.argument("file", type=FILE)
@in_application
def receipt(number: int, file: Path) -> None:
    """Write the receipt of batch NUMBER, as things stand now, into FILE (*.far), for the node that made the batch."""
    batches.write_receipt(number, file)
    click.echo(_("The receipt of batch %(number)s is in %(file)s.", number=number, file=file))


@batch.command("receipt-read")
@click.argument("file", type=FILE)
@format_option()
@in_application
def receipt_read(file: Path, form: str) -> None:
    """Read a receipt that came back in FILE, and remember that its batch arrived."""
    _tell_given(batches.read_receipt(file), form)


def _tell_given(given: SentFile, form: str) -> None:
    words = {"peer": _("From"), "given": _("File made on"), "received": _("Received on"), "changes": _("Changes")}
    words |= {"verdicts": _("What became of them"), "left_out": _("Left out"), "held": _("Held"), "undone": _("Undone")}
    tell_one(_given(given), form, words)


def _given(given: SentFile) -> dict[str, Any]:
    told = given.receipt.told if given.receipt else None
    return {
        "peer": given.receipt.sender if given.receipt else None,
        "given": given.made_at,
        "received": given.received_at,
        "changes": given.changes,
        "counts": told.counts if told else None,
        "verdicts": _verdicts(told.counts) if told else _("No receipt yet"),
        "left_out": told.left_out if told else None,
        "held": len(told.held) if told else None,
        "refused": len(told.refused) if told else None,
        "undone": told.undone if told else None,
    }


@batch.command()
@click.argument("name")
@format_option()
@in_application
def given(name: str, form: str) -> None:
    """List the files made for the node NAME, and what it has acknowledged."""
    rows = [_given(each) for each in batches.given(nodes.find(name))]
    words = {"given": _("File made on"), "received": _("Received on"), "changes": _("Changes")}
    tell(rows, form, words | {"verdicts": _("What became of them")})


@batch.command("list")
@click.option("--limit", default=50, show_default=True, help="How many, the newest first.")
@click.option("--all", "everything", is_flag=True, help="Also what was entered on this node.")
@format_option()
@in_application
def list_(limit: int, everything: bool, form: str) -> None:
    """List the batches that came in, and how many changes got which verdict."""
    kinds = None if everything else ("wire", "node", "file", "list")
    found = intake.journal().batches(limit, kinds=kinds)
    senders = batches.senders(found)
    rows = [_row(each, senders[each.id]) for each in found]
    words = {"id": _("Batch"), "received": _("Received on"), "came": _("How it came"), "who": _("From")}
    tell(rows, form, words | {"verdicts": _("Changes"), "left_out": _("Left out"), "undone": _("Undone")})


def _row(each: BatchRow, sender: Sender) -> dict[str, Any]:
    return {
        "id": each.id,
        "received": moment_at(each.received_at),
        "kind": each.kind,
        "from": each.from_node or each.device or each.author,
        "came": sender.what,
        "who": sender.who,
        "counts": each.counts,
        "verdicts": _verdicts(each.counts),
        "left_out": file.missing if (file := batches.taken_in(each.id)) else 0,
        "undone": each.undone,
    }


def _verdicts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{verdicts.label(verdict)} {count}" for verdict, count in counts.items())


@batch.command()
@click.argument("number", type=int)
@in_application
def undo(number: int) -> None:
    """Stop counting what batch NUMBER brought, here and on every node; nothing is deleted."""
    count = _rule(number, "exclude")
    click.echo(
        _("Batch %(number)s no longer counts (changes: %(count)s). Nothing was deleted.", number=number, count=count)
    )
    tell_left(number)


def tell_left(number: int) -> None:
    """After a batch was undone: how many records of others are about what only it had brought."""
    if left := len(batches.left_behind(number)):
        click.echo(
            ngettext(
                "%(n)s record counts on although it is about one that only this batch had brought.",
                "%(n)s records count on although they are about some that only this batch had brought.",
                left,
            )
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
    admins = sa.select(Account).where(Account.role.in_(people.roles_that("rule")), Account.active)
    account = db.session.scalar(admins.order_by(Account.username).limit(1))
    if account is None:
        raise NoAdministrator()
    intake.rule(about, verdict, account=account)
    db.session.commit()
    return len(about)
