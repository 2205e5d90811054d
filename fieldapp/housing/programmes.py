"""What each programme says of a household: open or not on the day, eligible or not or not known, and what it gives."""

from __future__ import annotations

from functools import cached_property
from typing import NamedTuple

from fieldapp.housing.case import Situation
from fieldapp.housing.criteria import judge
from fieldapp.housing.found import CriterionResult, Lack, Met, every, some
from fieldapp.reference import Criterion, Norm, ProgrammeOnDay


class JudgedCriterion(NamedTuple):
    """One criterion of a programme, in its part, and what it came to."""

    part: int
    criterion: Criterion
    found: CriterionResult


class ProgrammeVerdict:
    """What a programme says; its criteria are judged when they are asked for.

    ``eligible`` is None while something that decides it is not known: ``lacks`` says what.
    """

    def __init__(self, offer: ProgrammeOnDay, case: Situation) -> None:
        self.programme, self.state, self.norms = offer
        self._case = case

    @property
    def code(self) -> str:
        """The code of the programme."""
        return self.programme.code

    @cached_property
    def judged(self) -> tuple[JudgedCriterion, ...]:
        """Every criterion and what it came to, also where the programme is not open."""
        return tuple(
            JudgedCriterion(part, criterion, judge(self._case, criterion))
            for part, criterion in self.programme.criteria
        )

    @cached_property
    def found(self) -> CriterionResult:
        """All of (any of); a programme that asks for nothing yet has not been filled in."""
        parts: dict[int, list[CriterionResult]] = {}
        for one in self.judged:
            parts.setdefault(one.part, []).append(one.found)
        return every(*(some(*part) for part in parts.values())) if parts else CriterionResult(None)

    @property
    def eligible(self) -> Met:
        """Whether the household may be helped; a programme that is not open helps nobody."""
        return self.found.met if self.state == "open" else False

    @property
    def lacks(self) -> tuple[Lack, ...]:
        """What would decide it; nothing where it is decided."""
        return self.found.lacks if self.eligible is None else ()

    def norm(self, need_type: str) -> Norm | None:
        """What it gives for a kind of work; moving elsewhere is building anew where it has no norm of its own."""
        found = self.norms.get(need_type)
        return self.norms.get("xay_moi") if found is None and need_type == "di_chuyen" else found


def verdicts(case: Situation) -> tuple[ProgrammeVerdict, ...]:
    """What every programme says on the day of the case."""
    return tuple(ProgrammeVerdict(offer, case) for offer in case.rules.offers)
