"""The cases of a decision with their amounts, as one text: a line a case, its amounts by source. Pure.

``018f… nstw=40000000 tai_tro=10000000``: a change holds 64 KB, and so some six hundred of them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fieldapp.surveys.support_case import MOST, SOURCES

PlanTargets = dict[str, dict[str, int]]
"""Amounts in đồng by source, by the id of a case, in the order of the list."""

_LINE = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})((?: [a-z_]+=[0-9]{1,10})*)")


def plan_of(text: Any) -> PlanTargets:
    """The cases a text names; what is no such line is none, and an amount of an unknown source counts for nothing."""
    found: PlanTargets = {}
    for line in text.splitlines() if isinstance(text, str) else ():
        if match := _LINE.fullmatch(line):
            found[match[1]] = _amounts(match[2])
    return found


def _amounts(text: str) -> dict[str, int]:
    pairs = dict(part.split("=") for part in text.split())
    return {source: int(pairs[source]) for source in SOURCES if source in pairs and 0 < int(pairs[source]) <= MOST}


def text_of(plan: Mapping[str, Mapping[str, int]]) -> str:
    """The text of a plan."""
    return "\n".join(" ".join([case, *_parts(amounts)]) for case, amounts in plan.items())


def _parts(amounts: Mapping[str, int]) -> list[str]:
    return [f"{source}={amounts[source]}" for source in SOURCES if amounts.get(source)]


def sums_of(plan: Mapping[str, Mapping[str, int]]) -> dict[str, int]:
    """What a plan takes of each source, in đồng."""
    found = {source: sum(amounts.get(source, 0) for amounts in plan.values()) for source in SOURCES}
    return {source: amount for source, amount in found.items() if amount}
