"""The order of priority among households, by Circular 01/2022/TT-BXD, article 5."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from fieldapp.review.standing import Areas


@dataclass(frozen=True)
class Urgency:
    """The place of a household in the order: a key to sort by, the letter of its class, and why."""

    key: tuple[int, ...] = (99,)
    letter: str = ""
    reason: str = ""


def urgencies(households: Collection[str], areas: Areas) -> dict[str, Urgency]:
    """The urgency of each of these households, by id."""
    return {}
