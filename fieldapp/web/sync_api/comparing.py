"""What either side lacks, whatever the cursors say."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import msgspec
from flask import Response, g

from fieldapp import intake, people
from fieldapp.db import db
from fieldapp.surveys.reference import EVERYWHERE as RULES
from fieldapp.web.sync_api.base import Position, Text, answer, body_of, bp, device_only, journal
from fieldapp.web.sync_api.exchange import PULL_CHANGES, SNAPSHOT_RECORDS
from sync import compare
from sync.journal import unpacked


class Comparison(msgspec.Struct):
    """What a device holds, as hashes of buckets; or what it wants to have, found lacking (``want``).

    ``until``: the position up to which a node has read. Of a tablet, ``positions``: the same by area; ``without``: the
    records on which it has work of its own that does not count here; ``own``: for each device it ever was, the hash of
    the ids of all changes that the server has acknowledged.
    """

    buckets: dict[str, str] = {}
    want: list[Text] = []
    until: Position = 2**53
    positions: dict[Text, Position] = {}
    without: list[str] = []
    own: dict[str, str] = {}


@bp.post("/compare")
@device_only
def comparison() -> Response:
    """What either side lacks, whatever the cursors say: two sides that hold the same need this one request."""
    told = body_of(Comparison)
    if g.device.kind == "node":
        return answer(_wanted_by_node(told) if told.want else _compared_with_node(told))
    return answer(_wanted_by_tablet(told) if told.want else _compared_with_tablet(told))


def _compared_with_node(told: Comparison) -> dict[str, Any]:
    connection = db.session.connection()
    later = compare.since(connection, told.until)
    differ, listed, left = dict[str, list[str]](), 0, compare.differing(compare.hashes(connection, later), told.buckets)
    for bucket, ids in compare.ids(connection, left):
        if listed and listed + len(ids) > compare.LISTED:
            break
        differ[bucket], listed = ids, listed + len(ids)
    return {"differ": differ, "left": left[len(differ) :], "later": sorted(later) if differ else []}


def _wanted_by_node(told: Comparison) -> dict[str, Any]:
    page = compare.some(db.session.connection(), told.want[:PULL_CHANGES])
    return {"changes": page.changes, "ahead": page.ahead, "held": page.held}


def _compared_with_tablet(told: Comparison) -> dict[str, Any]:
    allowed = people.areas_of(g.device.account)
    if allowed is not None and RULES in told.positions:
        allowed |= {RULES}  # who reads them holds them too
    connection = db.session.connection()
    later = compare.fed_since(connection, _own_areas(told.positions, allowed))
    held = intake.versions(allowed, without=later.union(told.without))
    differ = set(compare.differing(compare.hashes_of(held), told.buckets))
    pairs = {record: version for record, version in held.items() if record[-2:] in differ}
    return {"differ": sorted(differ), "records": pairs, "later": sorted(later) if differ else [], "own": _own(told.own)}


def _own_areas(positions: dict[str, int], allowed: Collection[str] | None) -> dict[str, int]:
    return {area: position for area, position in positions.items() if allowed is None or area in allowed}


def _own(told: dict[str, str]) -> dict[str, list[str]]:
    """Of the devices of this person whose acknowledged changes are not those held here: the ids of those that are."""
    own = {device.id for device in g.device.account.devices} & told.keys()
    held = compare.of_devices(db.session.connection(), own)
    return {device: ids for device, ids in held.items() if compare.digest(ids) != told[device]}


def _wanted_by_tablet(told: Comparison) -> dict[str, Any]:
    allowed = people.areas_of(g.device.account)
    areas = journal().areas_of(told.want[:SNAPSHOT_RECORDS])
    seen = {record: area for record, area in areas.items() if area and (allowed is None or area in {*allowed, RULES})}
    records = [msgspec.json.decode(text) for text in unpacked(journal().snapshots(seen))]
    return {"records": records, "areas": seen}
