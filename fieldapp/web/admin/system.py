"""The state of this node: what it holds, and whether anything needs care."""

from __future__ import annotations

import sqlalchemy as sa
from flask import render_template
from flask.typing import ResponseReturnValue

from fieldapp import intake, nodes
from fieldapp.config import settings
from fieldapp.db import db
from fieldapp.i18n import _l
from fieldapp.instance import health
from fieldapp.photos.attachments import Attachment
from fieldapp.reports.numbers import show
from fieldapp.surveys import SURVEYS, Record
from fieldapp.web.access import signed_in

STATES: dict[str, tuple[str, str]] = {
    "ok": ("approved", _l("In order")),
    "warning": ("waiting", _l("Look at this")),
    "error": ("returned", _l("Mend this")),
}
"""How each state of a check looks, and is called."""


@signed_in("administer")
def page() -> ResponseReturnValue:
    """Counts, and the findings of the checks."""
    here = intake.journal()
    return render_template(
        "admin/system.html",
        own=nodes.own(),
        counts=[(str(survey.plural), *_standing(survey)) for survey in SURVEYS.values() if not survey.reference],
        rules=sum(_standing(survey)[0] for survey in SURVEYS.values() if survey.reference),
        photos=_count(Attachment),
        changes=here.position(None),
        waiting=here.count_held(),
        database=db.engine.dialect.name,
        size=_size(),
        number=show,
        checks=health.examine(),
        states=STATES,
        names=health.NAMES,
    )


def _standing(survey: type[Record]) -> tuple[int, int]:
    """How many records of a survey count, and how many were withdrawn."""
    query = sa.select(survey.withdrawn, sa.func.count()).group_by(survey.withdrawn)
    found = {gone: count for gone, count in db.session.execute(query)}  # noqa: C416  rows are no pairs to mypy
    return found.get(False, 0), found.get(True, 0)


def _count(kind: type) -> int:
    return db.session.scalar(sa.select(sa.func.count()).select_from(kind)) or 0


def _size() -> int | None:
    """The bytes of the database file; ``None`` where it is no file of ours."""
    path = settings().instance / "fieldapp.db"
    return path.stat().st_size if path.exists() else None
