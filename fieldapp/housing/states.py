"""The one table of the states of a case: from where to where, whose step it is, and what it needs. Pure.

``started`` and ``complete`` are nobody's to press: they follow from what visits find, wherever those are made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from fieldapp.i18n import _l

OfficeLevel = Literal["village", "commune", "last", "any"]
"""Whose step it is: a level of the chain of approval, its last one, or that of whoever keeps the case."""

OPEN = ("proposed", "on_village_list", "on_commune_list")
AT_WORK = ("approved", "started")
DECIDED = (*AT_WORK, "complete")


@dataclass(frozen=True)
class Move:
    """One line of the table.

    ``asks``: the questions a person answers with it, in their order; ``needs``: those that must be answered.
    """

    name: str
    label: str
    of: tuple[str, ...]
    to: str
    level: OfficeLevel
    asks: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()


MEETING = ("meeting_on", "meeting_present", "meeting_agreed")
MINUTES = ("meeting_minutes",)
POSTING = ("posted_from", "posted_until", "objections")
DECISION = ("decision_number", "decision_on", "decision_signer", "decision_level")
WHY = ("state_note",)

MOVES: tuple[Move, ...] = (
    Move("meeting", _l("The village meeting agreed: put it on the village list"), ("proposed",), "on_village_list",
         "village", (*MEETING, *MINUTES), MEETING),
    Move("posting", _l("Put it on the list of the commune"), ("on_village_list",), "on_commune_list", "commune",
         POSTING, ("posted_from", "posted_until")),
    Move("decision", _l("Enter the decision that approves it"), ("on_commune_list",), "approved", "last",
         (*DECISION, "approved"), (*DECISION, "approved")),
    Move("settle", _l("Settle it"), ("complete",), "settled", "commune", WHY),
    Move("return", _l("Return it for completion"), OPEN, "returned", "any", WHY, WHY),
    Move("unlist", _l("Take it off the village list again"), ("on_village_list",), "proposed", "village", WHY, WHY),
    Move("unpost", _l("Take it off the list of the commune again"), ("on_commune_list",), "on_village_list", "commune",
         WHY, WHY),
    Move("again", _l("Propose it again"), ("returned", "refused", "withdrawn"), "proposed", "any", WHY, WHY),
    Move("block", _l("It cannot go on: block it"), (*OPEN, *AT_WORK), "blocked", "any",
         ("state_reason", "state_reason_other", *WHY), ("state_reason",)),
    Move("unblock", _l("The obstacle is gone"), ("blocked",), "", "any", WHY, WHY),
    Move("refuse", _l("Refuse it"), (*OPEN, "returned", "blocked"), "refused", "any", WHY, WHY),
    Move("withdraw", _l("The household gives it up"), (*OPEN, "returned", "approved", "blocked"), "withdrawn", "any",
         WHY, WHY),
    Move("confirm", _l("It was changed since the decision: let the decision stand"), DECIDED, "approved", "last", WHY,
         WHY),
    Move("reopen", _l("Take the approval of the support back"), ("approved", "started", "complete"), "on_commune_list",
         "last", WHY, WHY),
    Move("unsettle", _l("Take the settlement back"), ("settled",), "approved", "any", WHY, WHY),
)  # fmt: skip
"""The table. ``unblock`` leads to where the case was blocked."""

NEXT = {
    "proposed": ("meeting", _l("The village meeting"), "village"),
    "on_village_list": ("posting", _l("The list of the commune, posted and sent up"), "commune"),
    "on_commune_list": ("decision", _l("The decision, with number, signer and amounts"), "last"),
    "approved": ("", _l("The household begins; then a visit"), ""),
    "started": ("", _l("Visits until the house is complete"), ""),
    "complete": ("settle", _l("The remaining payment, then the settlement"), "commune"),
    "returned": ("again", _l("What was asked for is completed"), "village"),
    "blocked": ("unblock", _l("The obstacle is removed"), ""),
}
"""What is due in each state, by which move, and of which level."""


def moves_from(state: str) -> list[Move]:
    """What may be done in a state, in the order of the table."""
    return [move for move in MOVES if state in move.of]


def move_named(name: str, state: str) -> Move | None:
    """The move with this name, if it may be made in this state."""
    return next((move for move in moves_from(state) if move.name == name), None)
