"""What stands against helping a household under a programme, each with its article: warnings, never a bar by itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import NamedTuple

from fieldapp.housing.found import Met, some
from fieldapp.housing.programmes import JudgedCriterion, ProgrammeVerdict
from fieldapp.reference import Norm, Programme

BY_WORD = {
    "never_supported": "second_support",
    "not_supported_by": "second_support",
    "split_off": "split_household",
    "residential_land": "land",
    "no_land_dispute": "land",
    "may_stand": "land",
}
"""Which warning a criterion is that is not met, or not known; any other is ``not_met`` or ``not_known``."""
AT_MOST, AT_LEAST = ("per_house", "central_maximum", "central_amount"), ("minimum",)
CENTRAL = ("central_maximum", "central_amount")


class Objection(NamedTuple):
    """A warning by its code in ``case_warning``, the article it stands in, and the criteria of the part it is about."""

    code: str
    basis: str = ""
    part: tuple[JudgedCriterion, ...] = ()


def to_helping(verdict: ProgrammeVerdict) -> list[Objection]:
    """What a programme says against a household: that it is not open on the day, and each part that is not met."""
    closed = [Objection("programme_closed", verdict.programme.legal_basis)] if verdict.state != "open" else []
    return closed + list(_unmet(verdict))


def to_deciding(programme: Programme | None, day: date) -> list[Objection]:
    """What stands against approving anything under a programme on a day: that it is not open then, or no rule any
    more (None)."""
    if programme is None:
        return [Objection("programme_closed")]
    return [] if programme.state(day) == "open" else [Objection("programme_closed", programme.legal_basis)]


def _unmet(verdict: ProgrammeVerdict) -> Iterator[Objection]:
    parts: dict[int, list[JudgedCriterion]] = {}
    for one in verdict.judged:
        parts.setdefault(one.part, []).append(one)
    for part in parts.values():
        met = some(*(one.found for one in part)).met
        if met is not True:
            basis = next((one.criterion.legal_basis for one in part if one.criterion.legal_basis), "")
            yield Objection(_code(part, met), basis or verdict.programme.legal_basis, tuple(part))


def _code(part: Iterable[JudgedCriterion], met: Met) -> str:
    known = (BY_WORD[one.criterion.word] for one in part if one.criterion.word in BY_WORD)
    return next(known, "not_met" if met is False else "not_known")


def to_amount(norm: Norm | None, total: int, central: int) -> list[Objection]:
    """What a norm says against approved amounts in đồng: ``total`` of all sources, ``central`` from the state."""
    if norm is None:
        return []
    amount = central if norm.meaning in CENTRAL else total
    if norm.meaning in AT_MOST and amount > norm.amount:
        return [Objection("above_norm", norm.legal_basis)]
    if norm.meaning in AT_LEAST and amount < norm.amount:
        return [Objection("below_norm", norm.legal_basis)]
    return []
