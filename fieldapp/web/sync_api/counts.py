"""What the server counts of a tablet's work, for people to compare with what the tablet says."""

from __future__ import annotations

import re
from datetime import timedelta

import msgspec
from flask import Response, g

from fieldapp import verdicts
from fieldapp.tablets import counts as counted
from fieldapp.web import asked
from fieldapp.web.sync_api.base import answer, bp, device_only


@bp.get("/counts")
@device_only
def counts() -> Response:
    """By the day of making: how many changes of this person's devices are here, and how many photos.

    ``device``, any number of times: those that the tablet ever was. ``tz``: the clock of its user, ``+07:00``.
    ``right``: the days by the true time, only where a clock was known to be far off and they are others.
    The answer says for which of them it speaks. ``fates``: the changes that do not count, or were held before, each
    with what became of it.
    """
    own = {device.id for device in g.device.account.devices}.intersection(asked.query.texts("device"))
    days = counted.by_day(own, _offset(asked.query.text("tz")))
    fates = counted.fates(own)
    told = {id: {"fate": each.state, "message": verdicts.fate(each.state, each.reason)} for id, each in fates.items()}
    right = {"right": msgspec.to_builtins(days.right)} if days.right != days.showed else {}
    return answer({"devices": sorted(own), "days": msgspec.to_builtins(days.showed), **right, "fates": told})


def _offset(text: str) -> timedelta:
    found = re.fullmatch("([+-])([01][0-9]|2[0-3]):([0-5][0-9])", text)
    if not found:
        return timedelta(0)
    ahead = timedelta(hours=int(found[2]), minutes=int(found[3]))
    return -ahead if found[1] == "-" else ahead
