"""Answers on which devices disagree: both are kept until a person settles which one holds."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from fieldapp import intake
from fieldapp.intake import Receipt
from fieldapp.people import Account
from fieldapp.problems import SettledMeanwhile
from fieldapp.review.money_out import must_leave_no_money
from fieldapp.surveys.base import Record
from sync import WITHDRAWN, State
from sync.fold import Head


@dataclass(frozen=True)
class Conflict:
    """One question with several answers that nobody who saw them has replaced; the one shown stands first.

    ``against``: what stands against them without being an answer itself, an edit that did not know of a withdrawal.
    """

    question: str
    heads: tuple[Head, ...]
    against: tuple[Head, ...] = ()

    @property
    def sides(self) -> tuple[Head, ...]:
        """What a person chooses from."""
        return self.heads + self.against

    @property
    def ids(self) -> list[str]:
        """All heads: what a settlement must name."""
        return sorted(head.id for head in self.heads)


def conflicts_of(state: State) -> list[Conflict]:
    """The conflicts of a record, in the order of its answers; one about its withdrawal stands first.

    A withdrawal beside an edit that did not know of it offers two values: gone (true) or still there (false).
    """
    found = [Conflict(question, answer.heads) for question, answer in state.answers.items() if answer.contested]
    if WITHDRAWN in state.conflicts:
        found.insert(0, Conflict(WITHDRAWN, state.withdrawals, _kept(state)))
    return found


def _kept(state: State) -> tuple[Head, ...]:
    """The newest edit, as the answer that the record stays; none where somebody has given that answer."""
    if any(head.value is False for head in state.withdrawals):
        return ()
    newest = max((head for answer in state.answers.values() for head in answer.heads), key=lambda head: head.stamp)
    return (Head(newest.id, False, newest.stamp, newest.author, newest.device, newest.moment),)


def settle(record: Record, question: str, value: Any, *, account: Account, seen: Collection[str]) -> Receipt:
    """Let one value hold. The change names all heads the person saw; the caller holds the writer's place and commits.

    :raises SettledMeanwhile: the heads are no longer those the person saw.
    :raises MoneyIsOut, CaseHasMoney: it would be withdrawn, and money is out for it, or for a case of it.
    """
    if question not in record.conflicts or set(record.heads.get(question, ())) != set(seen):
        raise SettledMeanwhile()
    if question == WITHDRAWN and value is True:
        must_leave_no_money(record)
    return intake.save(record.survey, record.id, {question: value}, account=account)
