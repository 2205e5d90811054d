"""Every table of a node, in one place for the migrations to see."""

from __future__ import annotations

from typing import Any

from fieldapp import nodes, people, places, surveys, taken_out
from fieldapp.facts import cases, standing
from fieldapp.facts import tables as facts
from fieldapp.imports import models as imports
from fieldapp.intake import rows
from fieldapp.photos import attachments
from fieldapp.reports import closing, past
from sync import journal

OWNERS = (attachments, cases, closing, facts, imports, nodes, past, people, places, rows, standing, surveys, taken_out)
"""The modules that declare tables on the one base."""

METADATA = [surveys.Base.metadata, journal.metadata]


def of_ours(thing: Any, _name: str | None, kind: str, reflected: bool, _other: Any) -> bool:
    """Whether Alembic should look at a thing: SQLite's own tables are not ours."""
    return not (kind == "table" and reflected and thing.name.startswith("sqlite_"))
