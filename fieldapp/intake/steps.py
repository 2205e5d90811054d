"""Whether the table of states lets a case go where a change takes it, by what its author had seen of the case.

A step is judged where it comes in over a wire or by a file, and by the state that it says it follows: so whoever moved
a case on in time has done right, whatever somebody else did meanwhile. An administrator's lists of what was before say
what was: they are judged by nobody.

Who made it is judged by the account as it is known here: by its role, and by whether its areas hold the place of the
office whose step it is. What the node that this one goes to has let count was judged there; and of a step that was made
before the account was changed, the account of today says nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Mapping
from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.housing import vote_of
from fieldapp.housing.states import DECIDED, MOVES, Move
from fieldapp.intake.papers import OfficeAsked, Papers, is_paper
from fieldapp.people import About, Account, Rights, areas_of, offices
from fieldapp.people.rights import roles_that
from fieldapp.reference.chain import chain_on
from fieldapp.today import local_day
from sync import Change
from sync.journal import Journal

AT_WORK = frozenset(DECIDED)
"""What visits find lies between these, and is written into no case."""


class Maker(NamedTuple):
    """Who made steps: what the account may do, and since when (milliseconds since 1970), as it is known here."""

    rights: Rights
    since: int


class Steps:
    """Judges the steps among the changes that came in together. ``led``: they come from the node that this one goes to;
    ``now``: a tablet sends them itself, and they are judged by how the case stands now."""

    def __init__(
        self, journal: Journal, area_of: Callable[[str], str], *, led: bool = False, now: bool = False
    ) -> None:
        self.journal, self.area_of, self.led, self.now = journal, area_of, led, now
        self.known: dict[str, Change | None] = {}  # those that steps follow, None of one that does not count
        self.unsure: set[str] = set()  # records of steps that follow what is not here
        self.makers: dict[str, Maker] = {}  # those who made them, as far as they have an account here
        self.papers = Papers(journal, area_of)

    def expect(self, changes: Collection[Change]) -> None:
        """Look up what the steps among these changes follow, where they are, and who made them."""
        steps = [each for each in changes if _is_step(each)]
        if not steps and not any(map(is_paper, changes)):
            return
        named = {id for each in steps for id in each.base.get("state", ())}
        self.known |= {one.change.id: one.change if one.counts else None for one in self.journal.these(named)}
        self.papers.expect(changes)
        makers = {each.author for each in changes if _is_step(each) or is_paper(each)} - self.makers.keys()
        for account in db.session.scalars(sa.select(Account).where(Account.id.in_(makers))):
            self.makers[account.id] = Maker(Rights(account.role, areas_of(account)), _millis(account.changed_at))

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
        maker = self.makers.get(change.author)
        if maker and maker.rights.role in roles_that("rule"):
            return None
        if self.led:
            maker = None
        if is_paper(change):
            return self._not_of_the_office(maker, change, self.papers.office_of(change))
        if not _is_step(change):
            return None
        if maker and not maker.rights.may("keep_case"):
            return "may_not_support"
        return (
            self._out_of_turn(change)
            or _beside_the_rules(change)
            or self._not_of_the_office(maker, change, self._office_of(change))
        )

    def _not_of_the_office(self, maker: Maker | None, change: Change, office: OfficeAsked) -> str | None:
        """Held where its maker holds the place of none of the offices whose step it may be."""
        if maker is None or not office.levels or not (self.now or maker.since <= _millis(change.moment)):
            return None
        day = _day(office.day) or local_day(change.moment)
        held = (offices.answered_for(level, office.villages, day) - {""} for level in office.levels)
        asked = (About(places=places) for places in held)
        return None if any(maker.rights.may("take_step", about) for about in asked) else "not_of_that_office"

    def _office_of(self, change: Change) -> OfficeAsked:
        """The levels whose step it may be, none where it is no step of an office; the village of its case."""
        named, to = change.base.get("state", ()), change.answers["state"]
        seen = [one.answers for id in named if (one := self.known.get(id)) is not None]
        if any(answers.get("state") == to for answers in seen):
            levels = {"last"} if change.answers.get("confirmed_seen") else set[str]()
        else:
            levels = {move.level for answers in seen for move in MOVES if _goes(move, answers, change.answers)}
        day = next(filter(_day, (change.answers.get(name) for name in ("decision_on", "state_on"))), None)
        return OfficeAsked(set() if "any" in levels else levels, {self.area_of(change.record)}, day)

    def _out_of_turn(self, change: Change) -> str | None:
        named = change.base.get("state", ())
        if not named:
            return None if change.answers["state"] == "proposed" else "not_a_step"
        if not self.known.keys() >= set(named):
            self.unsure.add(change.record)
            return None  # what it follows is not here: whoever has it judges, and tells
        seen = [one.answers for id in named if (one := self.known[id]) is not None]
        return None if leads(seen, change.answers) else "not_a_step"


def _is_step(change: Change) -> bool:
    return change.survey == "support_case" and "state" in change.answers


def leads(seen: Collection[Mapping[str, Any]], said: Mapping[str, Any]) -> bool:
    """Whether the table of states leads to what is said from what was seen: several answers where two had differed."""
    states = {answers.get("state") for answers in seen}
    if said["state"] in states:
        return True  # it is where it was, or one of two answers is said to hold
    return any(_goes(move, answers, said) for answers in seen for move in MOVES)


def _goes(move: Move, answers: Mapping[str, Any], said: Mapping[str, Any]) -> bool:
    state = answers.get("state")
    if not ({state} | (AT_WORK if state in AT_WORK else frozenset())) & set(move.of):
        return False
    if move.name == "block" and said.get("blocked_from") not in (None, state):
        return False  # or a case would come to where it never was, by a block that is lifted
    return bool(said["state"] == (move.to or answers.get("blocked_from") or "proposed"))


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


def _millis(moment: datetime | None) -> int:
    """``moment``: UTC without a zone, as tables keep it; 0 for none."""
    return int(moment.replace(tzinfo=UTC).timestamp() * 1000) if moment else 0


def _day(text: Any) -> date | None:
    try:
        return date.fromisoformat(text) if isinstance(text, str) and len(text) == 10 else None
    except ValueError:
        return None
