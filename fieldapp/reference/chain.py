"""The chain of approval on a day, by the reference records: who approves one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from fieldapp.reference.rules import defaults
from fieldapp.surveys.reference.approval_chain import ApprovalChain


def chain_on(session: Session, day: date) -> tuple[str, ...]:
    """The levels that approve on a day, in their order: ``("village", "commune", "province")``."""
    table = ApprovalChain.__table__
    rows = [dict(row) for row in session.execute(sa.select(table).where(sa.not_(table.c.withdrawn))).mappings()]
    return levels(rows or defaults()["approval_chain"], day)


def levels(steps: Iterable[Mapping[str, Any]], day: date) -> tuple[str, ...]:
    """The levels that approve on a day, from the answers of all steps; a step that lacks an answer is left out."""
    found = [step for step in steps if step["step"] and step["level"] and _holds(step, day.isoformat())]
    return tuple(step["level"] for step in sorted(found, key=lambda step: step["step"]))


def _holds(step: Mapping[str, Any], day: str) -> bool:
    return (step["from_on"] or "") <= day and (step["to_on"] is None or day <= step["to_on"])
