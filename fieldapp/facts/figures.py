"""What a household counts as in the tables of figures.

A table over a province is one sum for each village. To sum eighteen columns takes three times as long as to sum six, so
three counts share one number: each has its own twenty bits, enough for a million households in a village.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from fieldapp.facts.states import OPEN

FIGURES = (
    "households", "poor", "near_poor", "no_house", "area", "quality", "both", "none", "need_new", "need_repair",
    "approved_new", "approved_repair", "building", "complete", "started_unapproved", "contested", "unclear", "refused",
    "waiting", "returned", "no_head_name", "no_birth_date", "no_ethnic_group", "no_members", "no_poverty_class",
    "no_position", "no_id",
)  # fmt: skip
"""Append only: the place of a name is the place of its count."""
OF_NEED = 6
"""So many numbers hold all that the table of needs counts; no others are kept of earlier days."""
SURVEYED = ("no_house", "area", "quality", "both", "none", "unclear")
"""Whoever was surveyed counts as one of these."""
MISSING = ("head_name", "birth_date", "ethnic_group", "members", "poverty_class")
_LACKS = {**{name: f"no_{name}" for name in MISSING}, "location": "no_position", "citizen_id": "no_id"}
BITS = 20
SHARE = 3
"""So many counts in one number: below 2**63, which both databases hold exactly."""
NUMBERS = -(-len(FIGURES) // SHARE)
_PLACE = {name: (place // SHARE, 1 << BITS * (place % SHARE)) for place, name in enumerate(FIGURES)}
_POVERTY = {"ngheo": "poor", "can_ngheo": "near_poor"}


def count_in(columns: Any, figure: str) -> Any:
    """The count of a figure, in SQL, out of the columns ``count_0`` … of one row."""
    number, one = _PLACE[figure]
    return columns[f"count_{number}"].op("/")(one).op("%")(1 << BITS)


def packed(marks: Collection[str]) -> tuple[int, ...]:
    """One household as numbers: a one in the place of each of its marks."""
    numbers = [0] * NUMBERS
    for mark in marks:
        number, one = _PLACE[mark]
        numbers[number] += one
    return tuple(numbers)


def unpacked(sums: Sequence[int]) -> Counter[str]:
    """The sums of such numbers as counts, by the name of the figure; those of nothing are left out."""
    found: Counter[str] = Counter()
    for place, name in enumerate(FIGURES[: SHARE * len(sums)]):
        if count := int(sums[place // SHARE]) >> BITS * (place % SHARE) & (1 << BITS) - 1:
            found[name] = count
    return found


def cleared_up(status: str, answers: Mapping[str, Any]) -> list[str]:
    """What is still to be cleared up of one household: its review, and answers that are missing.

    :param status: where its survey stands, or else the household itself.
    """
    found = ["waiting"] if status in OPEN else ["returned"] if status == "returned" else []
    return found + [mark for name, mark in _LACKS.items() if answers[name] is None]


def marks(
    *,
    poverty_class: str | None,
    surveyed: bool,
    difficulty: str | None,
    wanted: str | None,
    status: str | None,
    stage: str,
    contested: bool,
) -> list[str]:
    """What one household counts as.

    :param surveyed: whether a housing survey of it counts; one that does not say enough leaves its difficulty unclear.
    :param wanted: ``new`` or ``repair``; None where it asks for nothing.
    :param status: where its survey stands, None where there is none; one that was refused asks for nothing.
    """
    found = ["households"]
    if poverty_class in _POVERTY:
        found.append(_POVERTY[poverty_class])
    if surveyed:
        found.append(difficulty or "unclear")
    approved = status == "approved"
    if status == "refused":
        found.append("refused")
    elif wanted:
        found += [f"need_{wanted}", *([f"approved_{wanted}"] if approved else [])]
    if stage != "not_started":
        found += [stage, *([] if approved else ["started_unapproved"])]
    return [*found, "contested"] if contested else found
