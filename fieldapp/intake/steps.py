"""Whether the table of states lets a case go where a change takes it, by what its author had seen of the case.

A step is judged where it comes in over a wire or by a file, and by the state that it says it follows: so whoever moved
a case on in time has done right, whatever somebody else did meanwhile. An administrator's lists of what was before say
what was: they are judged by nobody.
"""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.housing import vote_of
from fieldapp.housing.states import DECIDED, MOVES, Move
from fieldapp.people import Account
from fieldapp.people.rights import roles_that
from fieldapp.reference.chain import chain_on
from sync import Change
from sync.journal import Journal

AT_WORK = frozenset(DECIDED)
"""What visits find lies between these, and is written into no case."""


class Steps:
    """Judges the steps among the changes that came in together."""

    def __init__(self, journal: Journal) -> None:
        self.journal = journal
        self.known: dict[str, Change | None] = {}  # those that steps follow, None of one that does not count
        self.unsure: set[str] = set()  # records of steps that follow what is not here
        self.roles: dict[str, str] = {}  # of those who made them, as far as they have an account here

    def expect(self, changes: Collection[Change]) -> None:
        """Look up what the steps among these changes follow, and who made them: two questions to the database."""
        steps = [each for each in changes if _is_step(each)]
        if not steps:
            return
        named = {id for each in steps for id in each.base.get("state", ())}
        self.known |= {one.change.id: one.change if one.counts else None for one in self.journal.these(named)}
        made_by = sa.select(Account.id, Account.role).where(Account.id.in_({each.author for each in steps}))
        self.roles |= {row.id: row.role for row in db.session.execute(made_by)}

    def overdue(self, arrived: Collection[Change], known: Container[str]) -> dict[str, str]:
        """Steps that came before what they follow and can be judged since that has arrived: by id, why they are held.

        :param known: the records that were here before.
        """
        new = [each for each in arrived if _is_step(each) and (each.record in known or each.record in self.unsure)]
        here = [one.change for one in self.journal.of_records({each.record for each in new}) if one.counts]
        steps = sorted((each for each in here if _is_step(each)), key=lambda each: each.stamp)
        self.expect(steps)
        turned, found = {each.id for each in new}, dict[str, str]()
        for each in steps:  # each after what it follows
            if not turned.isdisjoint(each.base.get("state", ())) and (why := self.against(each)):
                found[each.id] = why
                turned.add(each.id)
            self.note(each, counts=each.id not in found)
        return found

    def note(self, change: Change, counts: bool) -> None:
        """Remember a step for those that follow it."""
        if _is_step(change):
            self.known[change.id] = change if counts else None

    def against(self, change: Change) -> str | None:
        """Why a change is held that moves a case; None where nothing stands against it, or it moves none."""
        role = self.roles.get(change.author)
        if not _is_step(change) or role in roles_that("rule"):
            return None
        if role is not None and role not in roles_that("keep_case"):
            return "may_not_support"
        return self._out_of_turn(change) or _beside_the_rules(change)

    def _out_of_turn(self, change: Change) -> str | None:
        named = change.base.get("state", ())
        if not named:
            return None if change.answers["state"] == "proposed" else "not_a_step"
        if not self.known.keys() >= set(named):
            self.unsure.add(change.record)
            return None  # what it follows is not here: whoever has it judges, and tells
        seen = [one.answers for id in named if (one := self.known[id]) is not None]
        return None if leads(seen, change.answers["state"]) else "not_a_step"


def _is_step(change: Change) -> bool:
    return change.survey == "support_case" and "state" in change.answers


def leads(seen: Collection[Mapping[str, Any]], to: Any) -> bool:
    """Whether the table of states leads to a state from what was seen: several answers where two had differed."""
    states = {answers.get("state") for answers in seen}
    if to in states:
        return True  # it is where it was, or one of two answers is said to hold
    return any(_goes(move, answers, to) for answers in seen for move in MOVES)


def _goes(move: Move, answers: Mapping[str, Any], to: Any) -> bool:
    state = answers.get("state")
    if not ({state} | (AT_WORK if state in AT_WORK else frozenset())) & set(move.of):
        return False
    return bool(to == (move.to or answers.get("blocked_from") or "proposed"))


def _beside_the_rules(change: Change) -> str | None:
    """What the change says of its meeting, or of the level that decided, must be what the rules of that day ask for."""
    said = change.answers
    if said["state"] == "on_village_list" and {"meeting_present", "meeting_agreed"} <= said.keys():
        counted = said["meeting_agreed"], said["meeting_present"]
        if all(isinstance(each, int) for each in counted) and vote_of(*counted) != "passes":
            return "not_agreed"
    if said["state"] == "approved" and said.get("decision_level") and (day := _day(said.get("decision_on"))):
        chain = chain_on(db.session(), day)
        return "not_that_level" if chain and said["decision_level"] != chain[-1] else None
    return None


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(text) if isinstance(text, str) and len(text) == 10 else None
    except ValueError:
        return None
