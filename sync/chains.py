"""The chain of each device: which of its changes are here, what is missing, and where a copied profile shows."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any, NamedTuple

import sqlalchemy as sa

from sync.change import Change
from sync.statements import Ready, among, insert
from sync.tables import chain, change, upsert

Links = dict[int, tuple[str, str | None]]


class Chain(NamedTuple):
    """How far the chain of a device is here: without a gap to ``acked``, with gaps to ``top``; ``top_id`` is the change
    there, None where only forks are."""

    acked: int
    top: int
    top_id: str | None


NONE_YET = Chain(0, 0, None)


def forks(connection: sa.Connection, fresh: Iterable[Change], chains: Mapping[str, Chain]) -> set[str]:
    """The ids of those changes that do not fit the chain of their device as it is known here."""
    found = set()
    for device, own in _by_device(fresh).items():
        links = _links(connection, device, own, chains.get(device, NONE_YET))
        for each in own:
            if _fits(links, each):
                links[each.seq] = (each.id, each.prev)
            else:
                found.add(each.id)
    return found


def siblings(connection: sa.Connection, id: str) -> list[str]:
    """All changes with the device and seq of this one, itself included."""
    one = change.alias()
    same = sa.and_(change.c.device == one.c.device, change.c.seq == one.c.seq)
    query = sa.select(change.c.id).join(one, same).where(one.c.id == id).order_by(change.c.id)
    return list(connection.execute(query).scalars())


def following(connection: sa.Connection, ids: Collection[str]) -> set[str]:
    """What goes on from these changes, each naming the one of its device before it, as far as it is here; without what
    is ruled on already, or held for another reason than a fork."""
    starts = sa.select(change.c.device, sa.func.min(change.c.seq)).where(among(connection, change.c.id, ids))
    open_to_it = sa.and_(change.c.ruled.is_(None), sa.or_(change.c.held.is_(None), change.c.held == "fork"))
    reached, found = set(ids), set[str]()
    for device, first in connection.execute(starts.group_by(change.c.device)).all() if ids else ():
        query = sa.select(change.c.id, change.c.prev, open_to_it.label("open"))
        later = query.where(change.c.device == device, change.c.seq > first).order_by(change.c.seq)
        for row in connection.execute(later):
            if row.prev in reached:
                reached.add(row.id)
                found.update([row.id] if row.open else ())
    return found


def extend(connection: sa.Connection, fresh: Iterable[Change], chains: Mapping[str, Chain]) -> dict[str, int]:
    """Note the new links, after they were stored; returns how far each of these devices is here without a gap."""
    reached: dict[str, int] = {}
    for device, own in _by_device(fresh).items():
        before, top, _id = chains.get(device, NONE_YET)
        seqs = {each.seq for each in own}
        acked = _reaches(before, seqs)
        if top > acked > before:  # a gap was filled, and what lies beyond it counts now
            acked = _reaches(acked, seqs.union(_held_above(connection, device, acked)))
        _keep(connection, device=device, acked=acked, top=max(top, max(seqs)))
        reached[device] = acked
    return reached


def _keeping(dialect: sa.Dialect) -> Any:
    told = {name: sa.bindparam(name, type_=chain.c[name].type) for name in ("device", "acked", "top")}
    new = upsert(dialect, chain).values(**told, seq=0, prev=None)
    return new.on_conflict_do_update(
        index_elements=["device"], set_={name: new.excluded[name] for name in ("acked", "top")}
    )


_keep = Ready(_keeping)


def _reaches(acked: int, seqs: Collection[int]) -> int:
    while acked + 1 in seqs:
        acked += 1
    return acked


def beyond(changes: Iterable[Change], chains: Mapping[str, Chain]) -> set[str]:
    """The ids of those changes that cannot be here yet: nothing so far in the chain of their device ever came."""
    return {each.id for each in changes if each.seq > chains.get(each.device, NONE_YET).top}


def acked(connection: sa.Connection, device: str) -> int:
    """The greatest seq up to which nothing of this device is missing."""
    query = sa.select(chain.c.acked).where(chain.c.device == device)
    return connection.execute(query).scalar_one_or_none() or 0


def reached(connection: sa.Connection) -> dict[str, int]:
    """The same of every device of which anything is here."""
    return {row.device: row.acked for row in connection.execute(sa.select(chain.c.device, chain.c.acked))}


def gaps(connection: sa.Connection, device: str) -> list[tuple[int, int]]:
    """The stretches of seq (first, last) that are missing below what is held."""
    known = acked(connection, device)
    return _between(known, _held_above(connection, device, known))


def with_gaps(connection: sa.Connection) -> set[str]:
    """The devices of which something is missing below what is held."""
    return set(connection.scalars(sa.select(chain.c.device).where(chain.c.top > chain.c.acked)))


def all_gaps(connection: sa.Connection, devices: Collection[str]) -> dict[str, list[tuple[int, int]]]:
    """As :func:`gaps`, of those of these devices of which something is missing."""
    ahead = sa.and_(change.c.device == chain.c.device, change.c.seq > chain.c.acked)
    query = (
        sa.select(chain.c.device, chain.c.acked, change.c.seq)
        .join(change, ahead)
        .where(chain.c.top > chain.c.acked, among(connection, chain.c.device, devices))
    )
    held: dict[tuple[str, int], list[int]] = {}
    for device, known, seq in connection.execute(query):
        held.setdefault((device, known), []).append(seq)
    return {device: _between(known, seqs) for (device, known), seqs in held.items()}


def _between(known: int, held: Iterable[int]) -> list[tuple[int, int]]:
    found, expected = [], known + 1
    for seq in sorted(set(held)):
        if seq > expected:
            found.append((expected, seq - 1))
        expected = seq + 1
    return found


def next_link(connection: sa.Connection, device: str) -> tuple[int, str | None]:
    """The seq and prev of the next change made here as this device; taken at once."""
    row = _of_device(connection, made_as=device).one_or_none()
    if row is None:
        insert(connection, chain, [(device, 0, 0, 0, None)])
        return 1, None
    if row.top <= row.seq:
        return row.seq + 1, row.prev
    query = sa.select(change.c.id).where(change.c.device == device, change.c.seq == row.top).order_by(change.c.n)
    return row.top + 1, connection.execute(query.limit(1)).scalar_one()


def take(connection: sa.Connection, device: str, seq: int, id: str) -> None:
    """Note that this device has made its change ``seq`` here."""
    _take(connection, made_as=device, made=seq, change=id)


_of_device = Ready(lambda _dialect: sa.select(chain).where(chain.c.device == sa.bindparam("made_as")))
_take = Ready(
    lambda _dialect: (
        chain.update()
        .where(chain.c.device == sa.bindparam("made_as"))
        .values(seq=sa.bindparam("made"), prev=sa.bindparam("change"))
    )
)


def _by_device(changes: Iterable[Change]) -> Mapping[str, list[Change]]:
    found: dict[str, list[Change]] = {}
    for each in changes:
        found.setdefault(each.device, []).append(each)
    return found


def _links(connection: sa.Connection, device: str, own: list[Change], known: Chain) -> Links:
    lowest, highest = min(each.seq for each in own) - 1, max(each.seq for each in own) + 1
    if lowest >= known.top:  # nothing but the last of the chain is near
        return {known.top: (known.top_id, None)} if known.top_id and lowest == known.top else {}
    query = sa.select(change.c.seq, change.c.id, change.c.prev).where(
        change.c.device == device, change.c.seq.between(lowest, highest), change.c.held.is_distinct_from("fork")
    )
    return {row.seq: (row.id, row.prev) for row in connection.execute(query)}


def _fits(links: Links, each: Change) -> bool:
    before, after = links.get(each.seq - 1), links.get(each.seq + 1)
    if each.seq in links:
        return False
    if before and each.prev and each.prev != before[0]:
        return False
    return not (after and after[1] and after[1] != each.id)


def _held_above(connection: sa.Connection, device: str, seq: int) -> Iterable[int]:
    return connection.execute(sa.select(change.c.seq).where(change.c.device == device, change.c.seq > seq)).scalars()
