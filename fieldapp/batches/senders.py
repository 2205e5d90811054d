"""How batches came and who brought them, in words, for pages and commands alike."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import sqlalchemy as sa

from fieldapp import naming
from fieldapp.db import db
from fieldapp.i18n import _, _l
from fieldapp.nodes.models import Peer
from sync.journal import BatchRow

KINDS: dict[str, str] = {
    "wire": _l("Tablet, over the network"),
    "node": _l("Another node, over the network"),
    "file": _l("Batch file"),
    "list": _l("Imported list"),
    "office": _l("Entered on this node"),
    "package": _l("Comes with the program"),
}


class Sender(NamedTuple):
    """Who brought a batch, in words."""

    what: str
    who: str


def senders(rows: Iterable[BatchRow]) -> dict[int, Sender]:
    """Who brought each batch, by its number."""
    listed = list(rows)
    devices = naming.devices(batch.device for batch in listed)
    people = naming.people(batch.author for batch in listed)
    peers = {node: name for node, name in db.session.execute(sa.select(Peer.node, Peer.name)) if node}
    return {batch.id: Sender(_what(batch), _who(batch, devices, people, peers)) for batch in listed}


def _what(batch: BatchRow) -> str:
    """How it came; what a tablet saved in a file came as from that tablet."""
    if batch.kind == "wire" and batch.file_hash:
        return _("Backup file of a tablet")
    return str(KINDS.get(batch.kind, batch.kind))


def _who(batch: BatchRow, devices: Mapping[str, str], people: Mapping[str, str], peers: Mapping[str, str]) -> str:
    if batch.from_node:
        return peers.get(batch.from_node, batch.from_node)
    return devices.get(batch.device or "") or people.get(batch.author or "") or batch.device or ""
