"""``fieldapp tablet``: one-time codes, and the devices that used them."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
import sqlalchemy as sa

from fieldapp import intake, people, verdicts
from fieldapp.cli.base import format_option, in_application, tell, tell_one
from fieldapp.config import settings
from fieldapp.db import begin_writing, db
from fieldapp.i18n import _
from fieldapp.instance import address
from fieldapp.people import Device
from fieldapp.people.devices import CODE_LIVES
from fieldapp.tablets import sealing
from fieldapp.tablets.backup_file import restore as restore_backup
from fieldapp.tablets.backup_file import still_closed
from sync.journal import Result


@click.group()
def tablet() -> None:
    """Tablets and other devices: enrol, list, switch off."""


def tablet_url() -> str:
    """Where a tablet opens the app: as the settings say, else where this instance is served, or was last."""
    return f"{settings().public_url or address.last(settings().instance)}/app/"


@tablet.command()
@click.argument("username", required=False, metavar="USERNAME")
@click.option("--user", "named", metavar="USERNAME", help="Whose device it will be: the same as USERNAME.")
@format_option()
@in_application
def enrol(username: str | None, named: str | None, form: str) -> None:
    """Make a one-time code: it makes a tablet USERNAME's, or replaces her forgotten PIN. It lives 24 hours."""
    words = {"code": _("Connection code"), "url": _("Open on the tablet"), "expires": _("Valid until")}
    made = enrolment(_one_of(username, named))
    if form == "json":
        tell_one(made, form)
        return
    shown = {**made, "key": sealing.fingerprint()}
    tell_one(shown, form, words | {"key": _("Key of the province the tablet shows")})


def _one_of(*names: str | None) -> str:
    """The one person who was named.

    :raises click.UsageError: nobody was, or two.
    """
    given = {name for name in names if name}
    if len(given) != 1:
        raise click.UsageError(_("Say whose device it will be, once: 'fieldapp tablet enrol USERNAME'."))
    return given.pop()


def enrolment(username: str) -> dict[str, Any]:
    """A fresh code, committed: ``code``, ``url`` of the tablet's app, ``expires`` (UTC)."""
    now = datetime.now(UTC)
    begin_writing()
    code = people.enrolment_code(people.find_account(username), now)
    db.session.commit()
    return {"code": code, "url": tablet_url(), "expires": now + CODE_LIVES}


@tablet.command("list")
@format_option()
@in_application
def list_(form: str) -> None:
    """List all devices: whose, when last seen, the last number without a gap, and whether switched off."""
    devices = db.session.scalars(sa.select(Device).order_by(Device.enrolled_at, Device.id))
    words = {
        "id": _("Id"),
        "kind": _("Kind"),
        "name": _("Name"),
        "user": _("Username"),
        "enrolled": _("Enrolled"),
        "last_seen": _("Last seen"),
        "acked_seq": _("Received up to"),
        "revoked": _("Switched off"),
    }
    tell([_row(device) for device in devices], form, words)


def _row(device: Device) -> dict[str, object]:
    return {
        "id": device.id,
        "kind": device.kind,
        "name": device.name,
        "user": device.account.username,
        "enrolled": device.enrolled_at,
        "last_seen": device.last_seen_at,
        "acked_seq": intake.journal().acked_seq(device.id),
        "revoked": device.revoked,
    }


@tablet.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@format_option()
@in_application
def restore(file: Path, form: str) -> None:
    """Take in FILE, the backup file of a tablet (phieu-….jsonl.gz), as if the tablet had sent it; a line per change."""
    found = restore_backup(file)
    if form == "json":
        tell_one({"batch": found.batch, "read_before": found.before, "photos": found.photos, "drafts": found.drafts,
                  "unopened": found.unopened,
                  "changes": [_receipt(result) for result in found.results]}, form, {})  # fmt: skip
        return
    if found.before:
        click.echo(_("This file was read before, as batch %(number)s. Nothing changed.", number=found.batch))
        return
    words = {"survey": _("Survey"), "record": _("Record"), "became": _("What became of it")}
    tell([_receipt(result) for result in found.results], form, words)
    click.echo(_("Batch %(number)s. Photos: %(photos)s. Drafts, which stay in the file: %(drafts)s.",
                 number=found.batch, photos=found.photos, drafts=found.drafts))  # fmt: skip
    if closed := still_closed(found):
        click.echo(closed)


def _receipt(result: Result) -> dict[str, object]:
    change = result.change
    became = verdicts.label(result.verdict)
    if result.verdict not in verdicts.TAKEN:
        became += f": {verdicts.sentence(result.verdict, result.reason)}"
    about = {"survey": change and change.survey, "record": change and change.record}
    return {"id": result.id, **about, "verdict": result.verdict, "became": became}


@tablet.command()
@click.argument("device")
@in_application
def revoke(device: str) -> None:
    """Switch a device off, by its id or the start of it: lost, sold or copied."""
    begin_writing()
    found = people.find_device(device)
    people.revoke(found, datetime.now(UTC))
    name = found.name
    db.session.commit()
    click.echo(_("%(name)s is switched off. What it still sends is held until an administrator decides.", name=name))
