"""Two people with one draft of a decision open: neither wipes out what the other saved, and nothing typed is lost."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from fieldapp import review
from fieldapp.cases import chain
from fieldapp.facts.plan import PlanTargets, plan_of
from fieldapp.problems import ChangedMeanwhile, DraftChangedMeanwhile
from fieldapp.surveys import SupportDecision, questions
from fieldapp.vietnamese import show_integer
from fieldapp.web import asked
from fieldapp.web.cases import words
from fieldapp.web.cases.listing import lines
from sync.fold import version_of


class Typed(NamedTuple):
    """What was typed into a draft: its own fields by question, and amounts by ``case-source``."""

    head: dict[str, str]
    cells: dict[str, str]


def typed_in(head: Collection[str]) -> Typed:
    """What the form of a draft sent, as it was typed."""
    cases, sources = asked.form.texts("shown"), asked.form.texts("column")
    names = [f"{case}-{source}" for case in cases for source in sources]
    return Typed({name: asked.form.text(name) for name in head}, {name: asked.form.text(name) for name in names})


def is_saved(decision: SupportDecision, answers: Mapping[str, Any], plan: PlanTargets) -> bool:
    """Whether this is what the decision says already: its form was sent twice."""
    same = all((getattr(decision, name) or None) == (value or None) for name, value in answers.items())
    return same and plan_of(decision.plan) == plan


def must_be_current(decision: SupportDecision, seen: Collection[str]) -> None:
    """Pass only for a draft that nobody saved since its page was opened. :raises DraftChangedMeanwhile: otherwise."""
    if decision.state == chain.DRAFT and version_of(seen) != decision.version:
        raise DraftChangedMeanwhile()


def must_be_as_shown(decision: SupportDecision, seen: Collection[str]) -> None:
    """Pass only for a decision that is what its page showed. :raises ChangedMeanwhile: otherwise."""
    if version_of(seen) != decision.version:
        raise ChangedMeanwhile()


def apart(decision: SupportDecision, seen: Collection[str], typed: Typed) -> tuple[Typed, list[str]]:
    """What was typed where nobody else changed anything, to stay in its fields; and a line for each place where
    somebody did, with what was typed there."""
    changed = {edit.question for edit in review.changes_since(decision.id, seen)}
    kept = Typed(
        {name: text for name, text in typed.head.items() if name not in changed},
        {} if "plan" in changed else typed.cells,
    )
    known = questions("support_decision")
    mine = [f"{known[name].short}: {text}" for name, text in typed.head.items() if name in changed and text]
    return kept, [*mine, *(_amounts(decision, typed.cells) if "plan" in changed else ())]


def _amounts(decision: SupportDecision, cells: Mapping[str, str]) -> list[str]:
    plan = plan_of(decision.plan)
    stored = {
        f"{case}-{source}": show_integer(amount) for case, amounts in plan.items() for source, amount in amounts.items()
    }
    differing = {cell: text for cell, text in cells.items() if text and stored.get(cell) != text}
    names = {line.id: line.name for line in lines([cell.rpartition("-")[0] for cell in differing])}
    return [
        f"{names.get(case, '')}, {words.source_label(source)}: {text}"
        for cell, text in differing.items()
        for case, _dash, source in [cell.rpartition("-")]
    ]
