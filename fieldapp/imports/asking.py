"""What is asked of the lists that are on their way in, or were taken."""

from __future__ import annotations

import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.imports.models import ListImport, ListRow
from fieldapp.problems import UnknownImport


def of(number: int) -> ListImport:
    """The import with this number. :raises UnknownImport: there is none."""
    found = db.session.get(ListImport, number)
    if found is None:
        raise UnknownImport(number=number)
    return found


def taken() -> list[ListImport]:
    """The lists that were taken, and those that wait for it, the newest first."""
    return list(db.session.scalars(sa.select(ListImport).order_by(ListImport.id.desc()).limit(200)))


def rows_of(number: int, fate: str = "", after: int = 0, limit: int = 50) -> list[ListRow]:
    """Rows of a list, of one fate or of all, in their order, after a row number."""
    query = sa.select(ListRow).where(ListRow.number == number, ListRow.row > after)
    query = query.where(ListRow.fate == fate) if fate else query
    return list(db.session.scalars(query.order_by(ListRow.row).limit(limit)))
