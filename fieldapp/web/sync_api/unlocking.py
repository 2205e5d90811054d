"""A forgotten PIN: with a one-time code of an administrator, and nothing is lost."""

from __future__ import annotations

import base64
import logging
from datetime import UTC, datetime

import msgspec
from flask import Response, g

from fieldapp import people
from fieldapp.people import Device
from fieldapp.tablets import sealing
from fieldapp.web.sync_api.base import Text, answer, body_of, bp, couriers_only

log = logging.getLogger(__name__)


class Unlocking(msgspec.Struct):
    """A one-time code, and the key of all the tablet keeps of its person, as it was sealed for this node; ``try`` as
    of an enrolment."""

    code: Text
    sealed: str
    named_try: Text = msgspec.field(default="", name="try")


@bp.post("/unlock")
@couriers_only
def unlock() -> Response:
    """Open the key of a tablet for who has a code for its person, and then chooses a new PIN. The code is used up."""
    wish = body_of(Unlocking)
    device: Device = g.device
    opened = sealing.open_key(device, wish.sealed)
    people.unlock(device, wish.code, datetime.now(UTC), wish.named_try)
    log.warning("tablet %s (%s) was unlocked with a one-time code", device.id, device.account.username)
    return answer({"key": base64.b64encode(opened).decode("ascii")})
