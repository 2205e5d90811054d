"""The vote of a village meeting on one household; as ``twins/voting.js``, both held to ``tests/cases/voting.json``."""

from __future__ import annotations

from typing import Literal

Vote = Literal["passes", "fails", "too_many", "open"]


def vote_of(agreed: int | None, present: int | None) -> Vote:
    """What a vote comes to: more than half of those ``present`` must agree. ``too_many``: more agreed than there were;
    ``open``: not counted yet, or it is not known how many were present."""
    if agreed is None or present is None:
        return "open"
    if agreed > present:
        return "too_many"
    return "passes" if agreed * 2 > present else "fails"
