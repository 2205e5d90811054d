"""Devices: who carries them, when they were last here, and whether anything of theirs is missing."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NamedTuple

import sqlalchemy as sa
from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import joinedload

from fieldapp import batches, intake, people
from fieldapp.db import begin_writing, db
from fieldapp.i18n import _
from fieldapp.people import Device
from fieldapp.problems import NotFound
from fieldapp.web.access import signed_in


class Loss(NamedTuple):
    """A device lost its storage: when, and what came back from its second copy, or did not."""

    at: datetime
    changes: int
    drafts: int
    photos: int
    missing: int


class DeviceLine(NamedTuple):
    """A device, how far its changes are held here, how far it says it got, and what was left out on purpose."""

    device: Device
    held: int
    said: int | None
    gaps: list[tuple[int, int]]
    left_out: list[tuple[int, int]]

    def meant(self, first: int, last: int) -> bool:
        """Whether these numbers are missing because they were left out when a file was imported."""
        return any(low <= first and last <= high for low, high in self.left_out)

    @property
    def missing(self) -> int:
        """How many of its changes are known to exist and are not here."""
        return intake.missing(self.held, self.gaps, self.said)

    @property
    def losses(self) -> list[Loss]:
        """When it lost its storage, the last time first."""
        told = reversed((self.device.report or {}).get("losses", []))
        return [Loss(datetime.fromisoformat(each["at"]), *(each.get(name, 0) for name in COUNTS)) for each in told]

    @property
    def open(self) -> bool:
        """Whether it is a tablet in use that has been here and told of no key that locks it."""
        device = self.device
        used = device.kind == "tablet" and device.last_seen_at is not None and not device.revoked
        return used and not (device.report or {}).get("kid")

    @property
    def unlocks(self) -> list[datetime]:
        """When it was unlocked with a one-time code because of a forgotten PIN, the last time first."""
        return [datetime.fromisoformat(at) for at in reversed((self.device.report or {}).get("unlocks", []))]


COUNTS = Loss._fields[1:]


@signed_in("administer")
def page() -> ResponseReturnValue:
    """Every device, the one seen last first."""
    query = sa.select(Device).options(joinedload(Device.account))
    order = query.order_by(Device.revoked_at.is_not(None), Device.last_seen_at.desc(), Device.enrolled_at.desc())
    here = intake.journal()
    devices = db.session.scalars(order).all()
    held, gaps, left_out = here.reached(), here.all_gaps([each.id for each in devices]), batches.left_out()
    lines = [
        DeviceLine(each, held.get(each.id, 0), _said(each), gaps.get(each.id, []), left_out.get(each.id, []))
        for each in devices
    ]
    return render_template("admin/devices.html", lines=lines)


def _said(device: Device) -> int | None:
    return (device.report or {}).get("said")


@signed_in("administer")
def revoke(device: str) -> ResponseReturnValue:
    """Switch a device off. What it holds can still be handed in, and is then held."""
    begin_writing()
    found = db.session.get(Device, device)
    if found is None:
        raise NotFound()
    name = found.name
    people.revoke(found, datetime.now(UTC))
    db.session.commit()
    flash(_("“%(name)s” is switched off. What it still sends will be held for you to decide.", name=name), "good")
    return redirect(url_for("admin.devices"))
