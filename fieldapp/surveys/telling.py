"""Where a contradiction between answers is told: once, at the answer that is most likely wrong.

A rule that compares two answers is broken by both, and one wrong year may break several: it is one answer to mend all
the same. Twin of ``static/app/twins/telling.js``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

from fieldapp.surveys.question import Finding


def told_once(findings: Iterable[Finding], order: Sequence[str]) -> list[Finding]:
    """The findings to tell, in the ``order`` of the questions; each contradiction at one question, naming the other.

    Nothing is said against an answer that only contradicts one which is wrong anyway; of several contradictions with
    one answer the first is told, there.
    """
    found = list(findings)
    alone = [each for each in found if not each.others]
    marked = {each.question for each in alone if each.level == "error"}
    errors = _at_fewest(_between(found, "error"), marked)
    marked |= {each.question for each in errors}
    warnings = _at_fewest(_between(found, "warning"), marked)
    kept = [each for each in alone if each.level == "error" or each.question not in marked]
    return sorted([*kept, *errors, *warnings], key=lambda each: order.index(each.question))


def _between(findings: Sequence[Finding], level: str) -> list[Finding]:
    return [each for each in findings if each.others and each.level == level]


def _at_fewest(contradictions: Sequence[Finding], marked: set[str]) -> list[Finding]:
    """Each time at the answer that contradicts most others; where several do, at the one that brings the rule."""
    told = []
    left = [each for each in contradictions if not marked.intersection(_names(each))]
    while left:
        counts = Counter(name for each in left for name in _names(each))
        names = [*(each.question for each in left), *counts]
        chosen = next(name for name in names if counts[name] == max(counts.values()))
        told.append(replace(next(each for each in left if chosen in _names(each)), question=chosen))
        left = [each for each in left if chosen not in _names(each)]
    return told


def _names(finding: Finding) -> list[str]:
    return list(dict.fromkeys([finding.question, *finding.others]))
