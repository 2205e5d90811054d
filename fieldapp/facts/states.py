"""The states a record can be in for the people who decide about it, and how a state follows from facts. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from fieldapp.i18n import _l
from sync.fold import version_of

Status = Literal[
    "waiting", "returned", "answered", "corrected", "approved", "changed_since_approval", "refused", "recorded",
    "withdrawn", "contested",
]  # fmt: skip
STATUSES: tuple[Status, ...] = get_args(Status)

LABELS: dict[Status, str] = {
    "waiting": _l("Waiting for review"),
    "returned": _l("Returned"),
    "answered": _l("Answered, waiting again"),
    "corrected": _l("Corrected, waiting again"),
    "approved": _l("Approved"),
    "changed_since_approval": _l("Changed since approval"),
    "refused": _l("Refused by the supervisor"),
    "recorded": _l("Recorded"),
    "withdrawn": _l("Withdrawn"),
    "contested": _l("Answers do not agree"),
}

OPEN: tuple[Status, ...] = ("contested", "waiting", "answered", "corrected", "changed_since_approval")
"""The states in which a supervisor has something to do."""

DecisionVerdict = Literal["approve", "return", "refuse", "reopen"]


@dataclass(frozen=True)
class StateInput:
    """What the state of a record follows from: the record as it stands, and the last decision about it.

    ``answered``: whether that decision was replied to; ``reviewed``: whether anybody approves such records.
    """

    version: str
    contested: bool = False
    withdrawn: bool = False
    verdict: str | None = None
    seen: Collection[str] = ()
    answered: bool = False
    reviewed: bool = True


def is_answered(pinned: Iterable[Mapping[str, str]] | None, replied: Collection[str]) -> bool:
    """Whether replies to a return leave nothing to be said: one to the whole of it, or to each comment it pins.

    :param replied: the questions replied to; "" for a reply to the whole.
    """
    asked = {pin["question"] for pin in pinned or ()}
    return "" in replied or (bool(asked) and asked <= set(replied))


def status_from(facts: StateInput) -> Status:
    """The state of a record. A decision holds for the exact heads it saw and for nothing newer."""
    if facts.contested:
        return "contested"
    if facts.withdrawn:
        return "withdrawn"
    if not facts.reviewed:
        return "recorded"
    as_decided = facts.verdict is not None and version_of(facts.seen) == facts.version
    match facts.verdict:
        case "approve":
            return "approved" if as_decided else "changed_since_approval"
        case "return":
            return ("answered" if facts.answered else "returned") if as_decided else "corrected"
        case "refuse":
            return "refused" if as_decided else "corrected"
        case _:
            return "waiting"


def label(status: Status) -> str:
    """The state in the language of the moment."""
    return str(LABELS[status])
