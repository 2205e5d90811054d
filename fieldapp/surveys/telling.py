"""Where a contradiction between answers is told: once, at the answer that is most likely wrong; and what is asked back.

A rule that compares two answers is broken by both, and one wrong year may break several: it is one answer to mend all
the same. Twin of ``static/app/twins/telling.js``.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace

from fieldapp.surveys.asked_if import Answers
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


def unconfirmed(findings: Iterable[Finding], answers: Answers, confirmed: Collection[str]) -> list[Finding]:
    """The findings without those that a person said are right, by their :func:`key`; the rest is told once."""
    return [each for each in findings if key(each, answers) not in confirmed]


def asked_back(told: Iterable[Finding], answers: Answers, given: Answers) -> list[Finding]:
    """What is asked back of what is told, and must be said to be right or mended before a form is saved: every warning
    but those of answers that stand as they came, which were asked about when they were given.

    :param given: the record as it came, empty for a new one.
    """
    return [each for each in told if each.level == "warning" and not _stands(each, answers, given)]


def key(finding: Finding, answers: Answers) -> str:
    """What a finding is about, to know it again: the rule, and the answers that break it."""
    about = [finding.by, *finding.others]
    return json.dumps([finding.by, finding.word, *(answers.get(name) for name in about)], sort_keys=True)


def _stands(finding: Finding, answers: Answers, given: Answers) -> bool:
    return bool(given) and all(answers.get(name) == given.get(name) for name in (finding.by, *finding.others))


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
