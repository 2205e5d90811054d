"""What is known around progress visits, by which their days and stages are judged: read for many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.housing import Misfit, misfits
from fieldapp.surveys import Decision, ProgressVisit
from fieldapp.today import as_moment, local_day
from sync.statements import Ready, among_texts, texts

_VISIT: Any = ProgressVisit.__table__.c
_DECISION: Any = Decision.__table__.c
_ASKED = ("visited_on", "need_type", "milestone_new", "milestone_repair")


def misfits_of(visits: Mapping[str, Mapping[str, Any]]) -> dict[str, list[Misfit]]:
    """What does not fit about each of these visits: their answers, by their id."""
    needs = {answers["need"] for answers in visits.values() if answers.get("need")}
    if not needs:
        return {}
    others, approved = _visits(needs), _approved(needs)
    return {
        id: misfits(
            answers,
            [other for record, other in others[answers.get("need") or ""] if record != id],
            approved.get(answers.get("need") or ""),
        )
        for id, answers in visits.items()
    }


def _visits(needs: Collection[str]) -> Mapping[str, Sequence[tuple[str, Mapping[str, Any]]]]:
    found: dict[str, list[tuple[str, Mapping[str, Any]]]] = defaultdict(list)
    connection = db.session.connection()
    for row in _to_needs(connection, needs=texts(connection, needs)):
        found[row.need].append((row.id, {name: getattr(row, name) for name in _ASKED}))
    return found


def _approved(needs: Collection[str]) -> dict[str, str]:
    """The day in Việt Nam on which each of these was first approved."""
    connection = db.session.connection()
    rows = _first_approved(connection, needs=texts(connection, needs))
    return {row.subject: local_day(as_moment(row.at)).isoformat() for row in rows}


_to_needs = Ready(
    lambda dialect: sa.select(_VISIT.id, _VISIT.need, *(getattr(_VISIT, name) for name in _ASKED)).where(
        among_texts(dialect, _VISIT.need, "needs"), sa.not_(_VISIT.withdrawn)
    )
)
_first_approved = Ready(
    lambda dialect: (
        sa.select(_DECISION.subject, sa.func.min(_DECISION.created_at).label("at"))
        .where(among_texts(dialect, _DECISION.subject, "needs"), _DECISION.verdict == "approve")
        .where(sa.not_(_DECISION.withdrawn))
        .group_by(_DECISION.subject)
    )
)
