"""What a tablet's records are compared with."""

from __future__ import annotations

from collections.abc import Collection

import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.surveys import SURVEYS


def versions(areas: Collection[str] | None, without: Collection[str] = ()) -> dict[str, str]:
    """Record -> version, of every record in these areas (None: in all there are, that of the rules too) except some."""
    found: dict[str, str] = {}
    for model in SURVEYS.values():
        query = sa.select(model.id, model.version)
        if areas is not None:
            query = query.where(model.area.in_(sorted(areas)))
        found.update((record, version) for record, version in db.session.execute(query) if record not in without)
    return found
