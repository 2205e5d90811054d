"""How a device becomes known, and what it is told each time before it sends."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any

import msgspec
import sqlalchemy as sa
from flask import Response, g, request

from fieldapp import i18n, intake, nodes, people, places
from fieldapp.db import db
from fieldapp.facts.told import start_within
from fieldapp.nodes import directory
from fieldapp.people import Device, Visitor
from fieldapp.problems import Forbidden, NotFound
from fieldapp.reference.current import current_rules
from fieldapp.reference.naming import id_of_code
from fieldapp.tablets import sealing
from fieldapp.web import asked
from fieldapp.web.sync_api.base import Text, answer, body_of, bp, device_only, journal, visitors_only
from fieldapp.web.sync_api.exchange import PUSH_BYTES, PUSH_CHANGES
from sync import protocol

LIMITS = {
    "push_changes": PUSH_CHANGES,
    "push_bytes": PUSH_BYTES,
    "part_bytes": 60 * 1024,
    "photo_pixels": 1600,
    "photo_bytes": 200 * 1024,
}


MOST_TABLETS = 5
"""So many earlier tablets of a person are looked at when another one is connected."""

STRANGERS_BYTES = 64 * 1024
"""The most that is read of who has no token yet."""


class Enrolment(msgspec.Struct):
    """What a new device sends: its one-time code, and a name people know it by.

    ``author``: whose data a tablet holds that is connected again: nobody else's code will do. ``try``: a secret that
    names this try, with which the same code is sent again where the answer got lost on the way.
    """

    code: Text
    name: Text = ""
    author: Text = ""
    named_try: Text = msgspec.field(default="", name="try")


@bp.post("/enrol")
def enrol() -> Response:
    """A one-time code becomes a device with its own token."""
    wish = body_of(Enrolment, STRANGERS_BYTES)
    kind = "node" if asked.query.text("kind") == "node" else "tablet"
    source = request.remote_addr or ""
    name, now = wish.name.strip()[:80], datetime.now(UTC)
    device, token = people.enrol(
        wish.code, name, now, kind=kind, source=source, owner=wish.author, named_try=wish.named_try
    )
    if kind == "node" and not people.may(device.account, "administer"):
        raise Forbidden()  # a node answers for what it brings, and nothing it brings is judged by an area
    account = device.account
    who = {"id": account.id, "name": account.name, "username": account.username, "role": account.role}
    return answer(
        {
            "device": device.id,
            "token": token,
            "author": account.id,
            "account": who,
            "areas": _areas(device),
            "server_key": nodes.public_key(),
            "sealing_key": sealing.told(),
            "limits": LIMITS,
            "left_behind": None if wish.author else _left_behind(device),
        }
    )


def _left_behind(device: Device) -> dict[str, Any] | None:
    """What of the work of this person never came here, of the tablet that was seen last: on a new one it is missed."""
    others = sa.select(Device).where(Device.account_id == device.account_id, Device.kind == "tablet")
    seen = others.where(Device.id != device.id, Device.last_seen_at.is_not(None)).order_by(Device.last_seen_at.desc())
    here = journal()
    for other in db.session.scalars(seen.limit(MOST_TABLETS)):
        said = (other.report or {}).get("said")
        changes = intake.missing(here.acked_seq(other.id), here.gaps(other.id), said)
        if changes and other.last_seen_at:
            return {"name": other.name, "changes": changes, "seen": f"{other.last_seen_at.isoformat()}Z"}
    return None


@bp.get("/hello")
@visitors_only
def hello() -> Response:
    """The online test, and what a device needs to know before it sends. Writes nothing on its way."""
    visitor: Visitor = g.device
    now = datetime.now(UTC)
    told = _told(visitor)
    if people.is_news(visitor, now, _report(visitor)):
        people.note(visitor.id, now, _report)
    return told


def _told(device: Visitor) -> Response:
    account, rules = device.account, current_rules(db.session(), device.rules)
    return answer(
        {
            "proto_min": protocol.spoken().oldest,
            "proto_max": protocol.spoken().newest,
            "acked_seq": device.acked,
            "last_seq": device.top,
            "areas": _areas(device),
            "account": {"id": account.id, "name": account.name, "username": account.username, "role": account.role},
            "limits": LIMITS,
            "sealing_key": sealing.told(),
            "messages": [],
            "programmes": {id_of_code("programme", one.code): one.name for one in rules.programmes},
            "start_within": start_within(rules),
        }
    )


def _report(device: Device | Visitor) -> dict[str, Any]:
    """What the device says of itself: its last number, what waits, how it is kept and locked, and what it lost."""
    known = {name: asked.query.text(name) == "true" for name in ("persisted", "copied") if asked.query.has(name)}
    losses = people.with_loss(device, asked.query.text("lost"), _counts("changes", "drafts", "photos", "missing"))
    kid = sealing.named(asked.query.text("kid"))
    locked = {"kid": kid} if kid else {}
    return {**_counts("said", "pending"), **known, **locked, **({"losses": losses} if losses else {})}


def _counts(*names: str) -> dict[str, int]:
    return {name: int(value) for name in names if re.fullmatch("[0-9]{1,15}", value := asked.query.text(name))}


def _areas(device: Device | Visitor) -> list[dict[str, str]]:
    """The villages of a device, with the names people use. A node for everything is given one area: ``*``."""
    allowed = people.areas_of(device.account)
    if device.kind == "node" or allowed is None:
        return [{"id": "*", "name": i18n.gettext("The whole province"), "commune": ""}]
    return [{"id": id, "name": name, "commune": commune} for id, name, commune in places.told(allowed)]


@bp.get("/directory")
@device_only
def names() -> Response:
    """The names of villages and people, for a node that relays records of them. Tablets get what they need in hello."""
    if g.device.kind != "node":
        raise NotFound()
    return answer(directory.give())
