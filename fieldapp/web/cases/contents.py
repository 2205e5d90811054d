"""What the page of a case shows: what happened, what is due, its money, and what may be done to it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from fieldapp import review
from fieldapp.cases.doubting import ANSWERED, doubt
from fieldapp.cases.moving import story_of
from fieldapp.db import db
from fieldapp.facts.case_story import (
    Story,
    approved_by_source,
    day_of,
    doubts_of,
    is_reopened,
    paid_by_source,
    payable_of,
    state_of,
)
from fieldapp.facts.tables import CaseFact
from fieldapp.problems import WithdrawnRecord
from fieldapp.reference.chain import chain_on
from fieldapp.reference.current import current_rules
from fieldapp.surveys import HousingNeed, SupportCase, SupportDecision, questions
from fieldapp.today import today
from fieldapp.vietnamese import show_date
from fieldapp.web import shown
from fieldapp.web.access import may
from fieldapp.web.cases import words
from fieldapp.web.cases.due import Due, due_of
from fieldapp.web.cases.events import Event, events_of
from fieldapp.web.cases.moves import Doable, doable, possible_moves


class Purse(NamedTuple):
    """One fund source of a case, in đồng."""

    source: str
    approved: int
    paid: int

    @property
    def left(self) -> int:
        """What is still to be paid."""
        return self.approved - self.paid


class DecisionLink(NamedTuple):
    """The decision that approved a case, to its page."""

    id: str
    number: str


@dataclass(frozen=True)
class CasePage:
    """Everything the page of a case shows."""

    case: SupportCase
    name: str
    place: str
    programme: str
    state: str
    since: str
    events: list[Event]
    due: Due | None
    purses: list[Purse]
    payable: int
    doubts: list[str]
    answerable: list[tuple[str, str]]
    """Those of them that go once somebody says why they stand: code and sentence; none for whoever may not."""
    overridden: list[str]
    chain: list[str]
    chain_day: str
    moves: list[Doable]
    elsewhere: list[str]
    """The moves that are left to another office, a sentence each."""
    may_pay: bool
    may_correct: bool
    """Whether payments may be taken back: also where nothing is approved any more."""
    may_visit: bool
    reopened: bool
    decision: DecisionLink | None
    seen: str
    warnings: list[str] = field(default_factory=list)
    known: str = ""
    reason: str = ""
    tried: str = ""
    typed: Mapping[str, str] = field(default_factory=dict)

    @property
    def left_over(self) -> list[str]:
        """What was typed into a form that is on the page no more, as somebody else was first; a line for each place."""
        if not self.tried or self.tried in {each.name for each in self.moves} | {
            code for code, _said in self.answerable
        }:
            return []
        known = questions("support_case")
        typed = [f"{known[name].short}: {text}" for name, text in self.typed.items() if text]
        return [*typed, *([self.reason] if self.reason else [])]

    @property
    def approved(self) -> int:
        """Of all sources."""
        return sum(purse.approved for purse in self.purses)

    @property
    def paid(self) -> int:
        """Of all sources."""
        return sum(purse.paid for purse in self.purses)


def build(case: SupportCase, *, tried: str = "", typed: Mapping[str, str] | None = None, **more: Any) -> CasePage:
    """The page of a case; of one that was withdrawn while money for it is out, so that it is seen to.

    :raises WithdrawnRecord: it was withdrawn, and nothing is left of it; its answers stay on the page of the record.
    """
    if case.withdrawn and db.session.get(CaseFact, case.id) is None:
        raise WithdrawnRecord()
    story, rules = story_of(case), current_rules(db.session())
    doubted = doubts_of(story, rules)
    state, since = state_of(story.case, story.seen)
    day = day_of(case.decision_on) or day_of(case.proposed_on) or today()
    chain = chain_on(db.session(), day)
    moves, elsewhere = _moves(case, story, state, tried, typed or {})
    purses = _purses(story)
    may_correct = bool(case.household) and may("pay", case)
    return CasePage(
        case=case,
        name=shown.name_of(case),
        place=shown.place_line(case.area),
        programme=words.programme_name(case.programme),
        state=state,
        since=show_date(since) if since else "",
        events=events_of(case, story),
        due=due_of(story, state, since, chain_on(db.session(), today())),
        purses=purses,
        payable=max(0, payable_of(story, rules) - sum(purse.paid for purse in purses)),
        doubts=[doubt(code) for code in doubted if code != "moved_apart"],
        answerable=_answerable(case, doubted),
        overridden=[words.warning_label(code) for code in case.overridden or ()],
        chain=[words.level_label(level) for level in chain],
        chain_day=show_date(day.isoformat()),
        moves=moves,
        elsewhere=elsewhere,
        may_pay=(bool(approved_by_source(story.case)) or any(purse.paid < 0 for purse in purses)) and may_correct,
        may_correct=may_correct,
        may_visit=not case.withdrawn and _has_need(case) and may("edit", db.session.get_one(HousingNeed, case.need)),
        reopened=is_reopened(story),
        decision=_decision(case),
        seen=" ".join(review.heads_of(case)),
        tried=tried,
        typed=typed or {},
        **more,
    )


def _answerable(case: SupportCase, codes: Sequence[str]) -> list[tuple[str, str]]:
    may_say = may("override", case) and not case.withdrawn
    return [(code, doubt(code)) for code in codes if code in ANSWERED and may_say]


def _moves(
    case: SupportCase, story: Story, state: str, tried: str, typed: Mapping[str, str]
) -> tuple[list[Doable], list[str]]:
    """The moves that the reader may make, and those that another office makes."""
    if case.contested or case.withdrawn or not may("keep_case", case):
        return [], []
    reopened = is_reopened(story)
    lines, elsewhere = possible_moves(case, state, reopened=reopened)
    return doable(lines, state, tried, typed, reopened=reopened), elsewhere


def _purses(story: Story) -> list[Purse]:
    """What is approved and paid, by source."""
    approved, paid = approved_by_source(story.case), paid_by_source(story.payments)
    return [Purse(words.source_label(each), approved.get(each, 0), paid.get(each, 0)) for each in {**approved, **paid}]


def _decision(case: SupportCase) -> DecisionLink | None:
    found = db.session.get(SupportDecision, case.decision or "")
    return DecisionLink(found.id, found.number or "") if found else None


def _has_need(case: SupportCase) -> bool:
    need = db.session.get(HousingNeed, case.need or "")
    return need is not None and not need.withdrawn and bool(case.household)
