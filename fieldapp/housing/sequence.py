"""Whether a progress visit fits with what is known of its house around that day; pure.

The tablet asks by the same rule, ``static/app/twins/sequence.js``; both are held to ``tests/cases/sequence.json``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple, TypeAlias

from fieldapp.housing.progress import MILESTONES, milestone_of, work_of

MisfitWord: TypeAlias = Literal["before_approval", "before_last", "less_done"]
"""Before its survey was approved; before the last of the other visits; less is done than an earlier visit found."""


class Misfit(NamedTuple):
    """What does not fit, at which question, and the day it is compared with, as ``2026-08-01``."""

    word: MisfitWord
    question: str
    day: str


def misfits(visit: Mapping[str, Any], others: Iterable[Mapping[str, Any]], approved_on: str | None) -> list[Misfit]:
    """What does not fit; at most one for a question.

    :param visit: its answers.
    :param others: the answers of the other visits to the same work.
    :param approved_on: the day on which its housing survey was first approved, where it was.
    """
    day = visit.get("visited_on")
    return [*_early(day, others := list(others), approved_on), *_less_done(visit, day, others)] if day else []


def _early(day: str, others: list[Mapping[str, Any]], approved_on: str | None) -> list[Misfit]:
    if approved_on and day < approved_on:
        return [Misfit("before_approval", "visited_on", approved_on)]
    last = max((other.get("visited_on") or "" for other in others), default="")
    return [Misfit("before_last", "visited_on", last)] if day < last else []


def _less_done(visit: Mapping[str, Any], day: str, others: list[Mapping[str, Any]]) -> list[Misfit]:
    found, work = milestone_of(visit), visit.get("need_type")
    if found is None or work is None or visit.get("went_back_reason"):
        return []
    further = [
        other["visited_on"]
        for other in others
        if (other.get("visited_on") or "9") <= day and _is_of(other, work) and (milestone_of(other) or "") > found
    ]
    return [Misfit("less_done", MILESTONES[work_of(work)], max(further))] if further else []


def _is_of(other: Mapping[str, Any], work: str) -> bool:
    kind = other.get("need_type")
    return kind is not None and work_of(kind) == work_of(work)
