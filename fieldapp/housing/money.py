"""How much support there is, by rule set and date, and when it is paid."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal, TypeAlias, cast

from fieldapp.housing.progress import HALF_DONE, LAST, Work, work_of

Meaning: TypeAlias = Literal["central_maximum", "central_amount", "per_house", "minimum"]


@dataclass(frozen=True)
class RuleSet:
    """One programme's norms, in đồng, and when they hold.

    - ``meaning``: the most the central budget gives, what it gives, what a house gets, or the least a house gets
    - ``first_percent``: the share of the first payment; None where the programme fixes none
    """

    name: str
    programme: str
    vi: str
    en: str
    effective_from: date
    effective_to: date | None
    new_build: int | None
    repair: int | None
    meaning: Meaning
    first_percent: int | None
    legal_basis: str
    verification: str

    def holds_on(self, day: date) -> bool:
        """Whether the rule set is in force on a day."""
        return self.effective_from <= day and (self.effective_to is None or day <= self.effective_to)

    def label(self, language: str) -> str:
        """Its name in ``vi`` or ``en``."""
        return self.en if language == "en" else self.vi

    def norm(self, need_type: str) -> int | None:
        """The norm in đồng for a kind of work; None where the rule set has none."""
        return self.new_build if work_of(need_type) == "new" else self.repair


@dataclass(frozen=True)
class Tranche:
    """One payment: its number, its share, its amount in đồng, and whether the work has come far enough for it."""

    number: int
    percent: int
    amount: int
    due: bool


@cache
def rule_sets() -> dict[str, RuleSet]:
    """Every rule set, by name."""
    path = Path(__file__).parent / "data" / "rule_sets.csv"
    with path.open(encoding="utf-8", newline="") as file:
        return {row["name"]: _rule_set(row) for row in csv.DictReader(file)}


def in_force(day: date) -> tuple[RuleSet, ...]:
    """The rule sets in force on a day."""
    return tuple(rules for rules in rule_sets().values() if rules.holds_on(day))


def norms(need_type: str, day: date) -> dict[str, int]:
    """The norm of each rule set in force on a day that has one for this kind of work, in đồng."""
    found = {rules.name: rules.norm(need_type) for rules in in_force(day)}
    return {name: amount for name, amount in found.items() if amount is not None}


def tranches(rules: RuleSet, need_type: str, approved: int, milestone: str | None) -> tuple[Tranche, ...]:
    """The payments of an approved amount, and which are due at a milestone; none where the programme fixes none.

    New build: 70 % when the foundation is complete, 30 % when the house is. Repair: 70 % at 30 % of the volume, 30 %
    at completion (Circular 55/2023, Article 75). The second payment is the remainder, so that both add up.
    """
    if rules.first_percent is None:
        return ()
    work: Work = work_of(need_type)
    reached = int(milestone) if milestone is not None else 0
    first = approved * rules.first_percent // 100
    return (
        Tranche(1, rules.first_percent, first, reached >= int(HALF_DONE[work])),
        Tranche(2, 100 - rules.first_percent, approved - first, reached >= int(LAST[work])),
    )


def _rule_set(row: dict[str, str]) -> RuleSet:
    return RuleSet(
        name=row["name"],
        programme=row["programme"],
        vi=row["vi"],
        en=row["en"],
        effective_from=date.fromisoformat(row["effective_from"]),
        effective_to=date.fromisoformat(row["effective_to"]) if row["effective_to"] else None,
        new_build=_number(row["new_build_vnd"]),
        repair=_number(row["repair_vnd"]),
        meaning=cast(Meaning, row["meaning"]),
        first_percent=_number(row["first_percent"]),
        legal_basis=row["legal_basis"],
        verification=row["verification"],
    )


def _number(text: str) -> int | None:
    return int(text) if text else None
