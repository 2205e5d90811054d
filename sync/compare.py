"""The daily comparison: do two sides hold the same, whatever their cursors say?

What is held is put into buckets by two hex digits, and only the hashes of the buckets are compared. Of those that
differ the content is listed; then each side gets what it lacks. Two nodes compare the ids of all changes of their
journals; a tablet, which holds records partly without their history, compares records and their versions.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import groupby

import sqlalchemy as sa

from sync import feeds
from sync.entries import Page, PeerCursor
from sync.fold import version_of
from sync.statements import among
from sync.tables import batch, change, feed

BUCKETS = tuple(f"{number:02x}" for number in range(256))
LISTED = 20_000
"""So many ids are listed in one answer."""


def digest(items: Collection[str]) -> str:
    """The hash of a bucket: the first 32 hex digits of SHA-256 over its items, sorted, a line each; "" of none."""
    return version_of(items) if items else ""


def hashes(connection: sa.Connection, without: Collection[str] = ()) -> dict[str, str]:
    """The hash of each bucket of change ids, by their first two hex digits; a sixteenth of them is read at a time."""
    found: dict[str, str] = {}
    for start, buckets in groupby(BUCKETS, key=lambda bucket: bucket[:1]):
        [(_, held)] = ids(connection, [start])
        for bucket in buckets:
            inside = held[bisect_left(held, bucket) : bisect_left(held, f"{bucket}g")]
            found[bucket] = digest([id for id in inside if id not in without])
    return found


def hashes_of(items: Mapping[str, str]) -> dict[str, str]:
    """The hash of each bucket of records, by the last two hex digits of their ids. ``items``: record -> version."""
    found: dict[str, list[str]] = {}
    for record, version in items.items():
        found.setdefault(record[-2:], []).append(f"{record} {version}")
    return {bucket: digest(found.get(bucket, ())) for bucket in BUCKETS}


def differing(own: Mapping[str, str], told: Mapping[str, str]) -> list[str]:
    """The buckets that were told and differ from one's own."""
    return sorted(bucket for bucket, hash in told.items() if bucket in own and own[bucket] != hash)


def ids(connection: sa.Connection, buckets: Iterable[str]) -> Iterator[tuple[str, list[str]]]:
    """Each bucket with the ids of all its changes, in the order of their bytes; one may also be of a single digit."""
    for bucket in buckets:
        query = sa.select(change.c.id).where(change.c.id >= bucket, change.c.id < f"{bucket}g").order_by(change.c.id)
        yield bucket, list(connection.execute(query).scalars())


def since(connection: sa.Connection, position: int) -> set[str]:
    """The ids of the changes that came after a position: who has read up to there does not lack them, but awaits."""
    return set(connection.execute(sa.select(change.c.id).where(change.c.n > position)).scalars())


def unsent(connection: sa.Connection, cursor: PeerCursor) -> set[str]:
    """The ids of the changes that are still to be offered to another node."""
    query = sa.select(change.c.id).join(batch, batch.c.id == change.c.batch)
    strange = batch.c.from_node.is_distinct_from(cursor.node)
    return set(connection.execute(query.where(change.c.n > cursor.pushed, strange)).scalars())


def some(
    connection: sa.Connection, wanted: Collection[str], after: int = 0, limit: int = 1000, most_bytes: int = 512 * 1024
) -> Page:
    """The changes with these ids, as a feed hands them out; ``after`` is the ``next`` of the page before."""
    query = feeds.whole(after).where(among(connection, change.c.id, wanted))
    return feeds.page(connection, query, after, limit, most_bytes)


def fed_since(connection: sa.Connection, positions: Mapping[str, int]) -> set[str]:
    """The records about which the feed of one of these areas has told something after a position."""
    news = [sa.and_(feed.c.area == area, feed.c.pos > position) for area, position in positions.items()]
    record = sa.func.coalesce(feed.c.evicted, change.c.record)
    query = sa.select(record).distinct().outerjoin(change, change.c.n == feed.c.n).where(sa.or_(sa.false(), *news))
    return set(connection.execute(query).scalars())


def of_devices(connection: sa.Connection, devices: Collection[str]) -> dict[str, list[str]]:
    """The ids of all changes held of each of these devices."""
    found: dict[str, list[str]] = {device: [] for device in devices}
    query = sa.select(change.c.device, change.c.id).where(among(connection, change.c.device, devices))
    for device, id in connection.execute(query) if devices else ():
        found[device].append(id)
    return found
