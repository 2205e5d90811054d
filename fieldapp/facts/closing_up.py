"""Tables of counts, and of cases counted one by one, that have grown loose on PostgreSQL are written anew, as small as
they are.

Each change of a count leaves its former row behind. What a large import leaves is used again one day, but the table
stays as long as it was then, and whoever adds it up reads all of it: after the import of a province seven times as
much.
"""

from __future__ import annotations

import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.facts import case_figures, keeping

LOOSE = 4
"""So many times as long as its rows need: sooner it is not worth stopping others."""
SMALL = 1_000_000
"""Bytes below which a table is read in no time, however loose."""
WAITS = "1s"
"""For so long it waits for those who write, and they for it."""
_ROW = 28
"""Bytes around the values of a row."""


def close_up() -> list[str]:
    """Write anew what is loose; the names of these tables. Of SQLite none: it writes a row where the former one was.

    :raises sqlalchemy.exc.OperationalError: somebody was writing there all the while.
    """
    if db.engine.dialect.name != "postgresql":
        return []
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        found = _loose(connection)
        connection.exec_driver_sql(f"SET lock_timeout = '{WAITS}'")
        try:
            for name in found:
                connection.exec_driver_sql(f'VACUUM (FULL, ANALYZE) "{name}"')
        finally:
            connection.exec_driver_sql("RESET lock_timeout")
    return found


def _loose(connection: sa.Connection) -> list[str]:
    names = [table.name for tally in (*keeping.TALLIES, *case_figures.TALLIES) for table in tally.tables]
    names += [kept.table.name for kept in case_figures.ONE_BY_ONE]
    told = {"names": names, "loose": LOOSE, "small": SMALL, "row": _ROW}
    return list(connection.scalars(_LONGER_THAN_ITS_ROWS, told))


_LONGER_THAN_ITS_ROWS = sa.text("""
    SELECT relname FROM pg_class JOIN (
        SELECT tablename, sum(avg_width) AS width FROM pg_stats WHERE schemaname = current_schema() GROUP BY tablename
    ) AS known ON tablename = relname
    WHERE relname = ANY(:names) AND relnamespace = current_schema()::regnamespace AND reltuples >= 0
        AND pg_relation_size(pg_class.oid) > greatest(:small, :loose * reltuples * (width + :row))
    ORDER BY relname
""")
