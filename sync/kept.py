"""What a first download tells of each record: put together when the record changes, not when a tablet asks.

Kept is the JSON of its snapshot, compressed, beside its state; of a record of which no change counts the empty text. It
is forgotten in the transaction in which another set of changes counts, and kept anew when the record is folded: so
what is kept is never wrong, only sometimes absent, and then it is made from the journal.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec
import sqlalchemy as sa

from sync.fold import SnapshotRecord
from sync.statements import among, replace
from sync.tables import record_area, snapshot

NOTHING = b""
"""What is kept of a record of which no change counts."""
_LEVEL = 1  # texts this short get no shorter by more effort

_encoder = msgspec.json.Encoder()


def packed(records: Iterable[SnapshotRecord]) -> list[bytes]:
    """The compressed JSON of each state, for ``keep``."""
    import zstandard  # who only folds does not need it

    compress = zstandard.ZstdCompressor(level=_LEVEL).compress
    return [compress(_encoder.encode(record)) for record in records]


def unpacked(texts: Iterable[bytes]) -> list[bytes]:
    """The JSON of each, as it goes over the wire; nothing of ``NOTHING``."""
    import zstandard

    decompress = zstandard.ZstdDecompressor().decompress
    return [decompress(text) if text else text for text in texts]


def keep(connection: sa.Connection, texts: Mapping[str, bytes]) -> None:
    """Keep the packed text of each record, in place of what was kept."""
    replace(connection, snapshot, list(texts.items()))


def forget(connection: sa.Connection, records: Collection[str]) -> None:
    """Drop what is kept of these records: other changes of them count since now."""
    if records:
        connection.execute(snapshot.delete().where(among(connection, snapshot.c.record, records)))


def of_records(connection: sa.Connection, records: Collection[str]) -> dict[str, bytes]:
    """What is kept of these; those of which nothing is are left out."""
    query = sa.select(snapshot.c.record, snapshot.c.text).where(among(connection, snapshot.c.record, records))
    return {row.record: row.text for row in connection.execute(query)} if records else {}


def of_areas(
    connection: sa.Connection, within: sa.ColumnElement[bool], after: str | None, limit: int
) -> list[tuple[str, bytes | None]]:
    """The first records in their order after one, each with what is kept of it, None where nothing is."""
    chosen = sa.select(record_area.c.record).where(within)
    if after is not None:
        chosen = chosen.where(record_area.c.record > after)
    page = chosen.order_by(record_area.c.record).limit(limit).subquery()  # many areas are sorted without their texts
    query = sa.select(page.c.record, snapshot.c.text).outerjoin(snapshot, snapshot.c.record == page.c.record)
    return [(row.record, row.text) for row in connection.execute(query.order_by(page.c.record))]


def absent(connection: sa.Connection, limit: int) -> Sequence[str]:
    """Some records of which nothing is kept: since an upgrade, all of them at first."""
    query = sa.select(record_area.c.record).outerjoin(snapshot, snapshot.c.record == record_area.c.record)
    return connection.execute(query.where(snapshot.c.record.is_(None)).limit(limit)).scalars().all()
