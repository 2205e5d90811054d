"""What was known here at an earlier moment: the changes that had arrived by then, in a journal of their own.

The moment at which a change *arrived* counts, as its batch has noted it, and not the stamp of its author: a figure of
a day is what could be known of it here on that day. So it is the same whenever it is asked for: what a tablet brings
later that was written earlier belongs to the days after, and shows as movement. Whether a held or excluded change
counts is worked out anew from the rulings that had arrived by then.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from sync import rulings
from sync.change import RULING, read_back
from sync.statements import insert, replace
from sync.tables import batch, change, record_area

AT_A_TIME = 2000
_OWN = len(change.columns)


def count(connection: sa.Connection, moment: int) -> int:
    """How many changes had arrived at a moment, in milliseconds since 1970."""
    return connection.execute(sa.select(sa.func.count()).select_from(_arrived(moment).subquery())).scalar_one()


def began(connection: sa.Connection, everywhere: str) -> int | None:
    """When the first change arrived that is about a record of one area, in milliseconds since 1970.

    :param everywhere: the area of what lies everywhere, such as rules: none of it counts here.
    """
    rows = change.join(record_area, record_area.c.record == change.c.record).join(batch, batch.c.id == change.c.batch)
    first = sa.select(batch.c.received_at).select_from(rows).where(record_area.c.area != everywhere)
    return connection.execute(first.order_by(change.c.n).limit(1)).scalar()


def page(connection: sa.Connection, moment: int, after: int) -> Sequence[Any]:
    """The next of these changes in order of arrival, each with the survey and the area that its record has today."""
    return connection.execute(_arrived(moment).where(change.c.n > after).order_by(change.c.n).limit(AT_A_TIME)).all()


def _arrived(moment: int) -> sa.Select[Any]:
    rows = change.join(batch, batch.c.id == change.c.batch)
    rows = rows.outerjoin(record_area, record_area.c.record == change.c.record)
    query = sa.select(change, record_area.c.survey, record_area.c.area).select_from(rows)
    return query.where(batch.c.received_at <= moment)


def take(connection: sa.Connection, pages: Iterator[Sequence[Any]]) -> None:
    """Put such changes into a journal that holds nothing, and work out which of them count."""
    about: set[str] = set()
    for rows in pages:
        insert(connection, change, [_unruled(tuple(row[:_OWN])) for row in rows])
        placed = {row.record: (row.record, row.survey, row.area, 0) for row in rows if row.survey is not None}
        replace(connection, record_area, list(placed.values()))
        spoken = (read_back(row.id, row.text) for row in rows if row.survey is None)
        about |= rulings.note(connection, [each for each in spoken if each.survey == RULING])
    if about:
        rulings.apply(connection, about)


def _unruled(row: tuple[Any, ...]) -> tuple[Any, ...]:
    values = dict(zip((column.name for column in change.columns), row, strict=True))
    return tuple((values | {"ruled": None, "excluded": False}).values())
