"""What the law finds: met, not met or not known, which answers it looked at, and what would make it known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Literal, NamedTuple, TypeAlias

Answers: TypeAlias = Mapping[str, Any]
Met: TypeAlias = bool | None
"""None: not known."""
LackKind: TypeAlias = Literal["answer", "ruling", "status", "rule"]

NOT_KNOWN = "khong_ro"
"""The code of an answer that says that nobody knows."""


class Lack(NamedTuple):
    """What would make a finding known.

    - ``answer``: the question ``name`` of the survey ``subject``
    - ``ruling``: whether the material ``name``, answered to the question ``subject``, is durable
    - ``status``: which places have the status ``name``
    - ``rule``: a number or a criterion ``name`` this version or this province does not have
    """

    kind: LackKind
    subject: str
    name: str


class CriterionResult(NamedTuple):
    """One finding: ``because`` names the questions it was decided by."""

    met: Met
    because: tuple[str, ...] = ()
    lacks: tuple[Lack, ...] = ()

    def __invert__(self) -> CriterionResult:
        """The contrary, for the same reasons."""
        return CriterionResult(None if self.met is None else not self.met, self.because, self.lacks)


def every(*found: CriterionResult) -> CriterionResult:
    """Met when all are; not met for the first that is not; else not known while any is not."""
    for one in found:
        if one.met is False:
            return one
    return _joined([one for one in found if one.met is None] or found)


def some(*found: CriterionResult) -> CriterionResult:
    """Met for the first that is; not met when none is; else not known while any is not."""
    for one in found:
        if one.met:
            return one
    return _joined([one for one in found if one.met is None] or found)


def _joined(found: Sequence[CriterionResult]) -> CriterionResult:
    """What these agree on, with the reasons and the lacks of all."""
    if len(found) == 1:
        return found[0]
    because: list[str] = []
    lacks: list[Lack] = []
    for one in found:
        because += one.because
        lacks += one.lacks
    met = found[0].met
    return CriterionResult(met, tuple(dict.fromkeys(because)), tuple(dict.fromkeys(lacks)) if met is None else ())


def said(answers: Answers, survey: str, question: str, *codes: Any) -> CriterionResult:
    """Whether one of these codes was the answer; not known where the question was not answered."""
    given = answers.get(question)
    if given is None:
        return unanswered(survey, question)
    return decided(given in codes, question)


def names(answers: Answers, survey: str, question: str, codes: frozenset[str]) -> CriterionResult:
    """The same of a question with several answers: whether any of these codes is among them."""
    given = answers.get(question)
    if given is None:
        return unanswered(survey, question)
    return decided(not codes.isdisjoint(given), question)


@cache
def decided(met: bool, question: str) -> CriterionResult:
    """Met or not, by the answer to one question."""
    return CriterionResult(met, (question,))


@cache
def unanswered(survey: str, question: str) -> CriterionResult:
    """Not known while this question has no answer."""
    return CriterionResult(None, (question,), (Lack("answer", survey, question),))


@cache
def no_number(code: str) -> CriterionResult:
    """Not known: the rules do not say this number."""
    return CriterionResult(None, (), (Lack("rule", "threshold", code),))
