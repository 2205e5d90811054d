"""When an approved amount is paid. What a programme gives is a norm among its rules."""

from __future__ import annotations

from dataclasses import dataclass

from fieldapp.housing.progress import HALF_DONE, LAST, Work, work_of
from fieldapp.reference import RulesOn


@dataclass(frozen=True)
class Tranche:
    """One payment: its number, its share, its amount in đồng, and whether the work has come far enough for it."""

    number: int
    percent: int
    amount: int
    due: bool


def tranches(
    rules: RulesOn, programme: str, need_type: str, approved: int, milestone: str | None
) -> tuple[Tranche, ...]:
    """The payments of an approved amount, and which are due at a milestone; none where the programme fixes none.

    New build: 70 % when the foundation is complete, 30 % when the house is. Repair: 70 % at 30 % of the volume, 30 %
    at completion (Circular 55/2023, Article 75). The second payment is the remainder, so that both add up. The first
    share is the threshold ``first_percent_…`` of the programme.
    """
    share = rules.number(f"first_percent_{programme}")
    if share is None:
        return ()
    work: Work = work_of(need_type)
    reached = int(milestone) if milestone is not None else 0
    first = approved * int(share) // 100
    return (
        Tranche(1, int(share), first, reached >= int(HALF_DONE[work])),
        Tranche(2, 100 - int(share), approved - first, reached >= int(LAST[work])),
    )


def payable(rules: RulesOn, programme: str, need_type: str, approved: int, milestone: str | None) -> int:
    """How much of an approved amount may have been paid when the work has come so far; all of it where the programme
    fixes no tranches."""
    parts = tranches(rules, programme, need_type, approved, milestone)
    return sum(part.amount for part in parts if part.due) if parts else approved
