"""Identity, clock, last numbers and device chains of this node, read with one statement by whoever holds the lock."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from sync.chains import Chain
from sync.entries import Identity
from sync.statements import Ready, among_texts, texts
from sync.tables import chain, change, feed, node, ruling


@dataclass(frozen=True, slots=True)
class NodeState:
    """Who this node is and the greatest stamp it knows; the last numbers of the journal and of the feeds; whether there
    is any ruling; and how far the chains of some devices go, of those that have one here."""

    identity: Identity
    stamp: str | None
    last: int
    fed: int
    ruled: bool
    chains: dict[str, Chain]


def node_state(connection: sa.Connection, devices: Collection[str]) -> NodeState | None:
    """Where everything stands, with the chains of these devices; None before this node has an identity."""
    rows = _standing(connection, devices=texts(connection, devices))
    if not rows:
        return None
    here = rows[0]
    chains = {row.of: Chain(row.acked, row.top, row.top_id) for row in rows if row.of is not None}
    who = Identity(here.node, here.epoch, here.device)
    return NodeState(who, here.stamp, here.last, here.fed, bool(here.ruled), chains)


def _ask(dialect: sa.Dialect) -> sa.Select[Any]:
    at_top = change.alias("at_top")
    fits = sa.and_(at_top.c.device == chain.c.device, at_top.c.seq == chain.c.top)
    sound = at_top.c.held.is_distinct_from("fork")
    everything = node.outerjoin(chain, among_texts(dialect, chain.c.device, "devices"))
    return sa.select(
        node.c.node,
        node.c.epoch,
        node.c.device,
        node.c.stamp,
        sa.select(sa.func.coalesce(sa.func.max(change.c.n), 0)).scalar_subquery().label("last"),
        sa.select(sa.func.coalesce(sa.func.max(feed.c.pos), 0)).scalar_subquery().label("fed"),
        sa.exists(sa.select(ruling.c.about)).label("ruled"),
        chain.c.device.label("of"),
        chain.c.acked,
        chain.c.top,
        at_top.c.id.label("top_id"),
    ).select_from(everything.outerjoin(at_top, sa.and_(fits, sound)))


_standing = Ready(_ask)
