"""What a rule would do before it is published: every household is judged by the rules as they are and as they would be.

It goes on in portions, so that a page can say how far it is; what was found so far is carried along.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa

from fieldapp import review
from fieldapp.db import db
from fieldapp.facts import counting
from fieldapp.housing.assessment import Assessment, assess
from fieldapp.places import lineage
from fieldapp.places.lineage import Lineage
from fieldapp.problems import UnknownPlace
from fieldapp.reference import Rules
from fieldapp.surveys import Household, HousingNeed, questions
from sync.statements import among

PORTION = 250
"""So many households are judged at a time."""
MOST_NAMED = 50
"""So many of those with an approval are named."""


class Effect(msgspec.Struct):
    """What was found so far: how many households have been judged, of how many; how many may be helped that may not
    now, by any programme and by each, and the other way round; the approved surveys of those that differ; and the
    household to go on after."""

    whole: int = 0
    done: int = 0
    gained: int = 0
    lost: int = 0
    gains: dict[str, int] = {}
    losses: dict[str, int] = {}
    approved: int = 0
    named: list[str] = []
    after: str = ""

    @property
    def is_finished(self) -> bool:
        """Whether every household has been judged."""
        return self.done >= self.whole


def work_out(before: Rules, after: Rules, day: date, found: Effect, seconds: float) -> Effect:
    """Go on for about so many seconds."""
    until = time.monotonic() + seconds
    lies_in = lineage.current()
    found.whole = found.whole or _count()
    while not found.is_finished:
        homes = _some(found.after)
        if not homes:
            found.whole = found.done  # some were withdrawn meanwhile
            break
        _judge(homes, before, after, day, found, lies_in)
        found.done, found.after = found.done + len(homes), homes[-1].id
        if time.monotonic() > until:
            break
    return found


def _count() -> int:
    query = sa.select(sa.func.count()).select_from(Household).where(sa.not_(Household.withdrawn))
    return db.session.scalar(query) or 0


def _some(after: str) -> list[Household]:
    query = sa.select(Household).where(sa.not_(Household.withdrawn), Household.id > after)
    return list(db.session.scalars(query.order_by(Household.id).limit(PORTION)))


def _judge(homes: list[Household], before: Rules, after: Rules, day: date, found: Effect, lies_in: Lineage) -> None:
    needs = _needs([home.id for home in homes])
    differing: list[HousingNeed] = []
    for home in homes:
        need = needs.get(home.id)
        if need is None:
            continue
        given = _answers(home), _answers(need)
        where = _lies_in(lies_in, home.village)
        now, then = (_helped(assess(*given, rules=rules, places=where, day=day)) for rules in (before, after))
        if now != then:
            _note(found, now, then)
            differing.append(need)
    states = review.statuses(differing)
    approved = [need.id for need in differing if states[need.id] == "approved"]
    found.approved += len(approved)
    found.named = [*found.named, *approved][:MOST_NAMED]


def _helped(assessment: Assessment) -> set[str]:
    return {code for code, eligible in assessment.eligible.items() if eligible}


def _note(found: Effect, now: set[str], then: set[str]) -> None:
    found.gained += bool(then and not now)
    found.lost += bool(now and not then)
    for codes, tally in ((then - now, found.gains), (now - then, found.losses)):
        for code in codes:
            tally[code] = tally.get(code, 0) + 1


def _needs(households: Collection[str]) -> dict[str, HousingNeed]:
    """The survey of each household that counts."""
    ids = {need["id"]: home for home, need in counting.needs_that_count(households).items()}
    query = sa.select(HousingNeed).where(among(db.session.connection(), HousingNeed.__table__.c.id, ids))
    return {ids[need.id]: need for need in db.session.scalars(query)}


def _answers(record: Household | HousingNeed) -> Mapping[str, Any]:
    return {name: getattr(record, name) for name in questions(record.survey)}


def _lies_in(known: Lineage, village: str | None) -> tuple[str, ...]:
    """What a village lies in; nothing of one that is on no list."""
    try:
        return known.of(village) if village else ()
    except UnknownPlace:
        return ()
