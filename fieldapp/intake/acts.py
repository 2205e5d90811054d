"""Which acts a change is, and about what: so much of it as the table of rights asks for."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.intake.areas import named_area, parents
from fieldapp.people import About, Areas
from fieldapp.people.rights import DECISIONS, act_on
from fieldapp.photos.sight import named_in, strange
from fieldapp.places import Village
from fieldapp.surveys import REFERENCE, SURVEYS, Decision, of_kind
from sync import Change
from sync.change import WITHDRAWN
from sync.fold import version_of
from sync.journal import Journal

SAID = ("decision", "reply")
"""What is said about a record: it stays as it was said, and lies where that record lies."""


class Ground:
    """Where records are and what they are, as far as that is here or came in just before."""

    def __init__(self, journal: Journal, listed: Collection[str]) -> None:
        self.journal = journal
        self.known: dict[str, tuple[str, str]] = {}  # survey and area of the records that are here
        self.new: dict[str, str] = {}  # areas that came with changes of this batch
        self.listed = set(listed)  # villages of the lists of places
        self.strange: set[str] = set()  # photos that are not their author's to name

    def look_up(self, changes: Collection[Change]) -> None:
        """Find out where the records of these changes are and those they name, and what they are."""
        self.known = self.journal.whereabouts({each.record for each in changes}.union(*map(parents, changes)))

    def look_up_rights(self, changes: Collection[Change], areas: Areas, account: str) -> None:
        """Find out which villages that these changes name are on a list of places, and which photos are strange to an
        account with these areas."""
        named = {village for each in changes for village in villages(each)} - self.listed
        if named:
            self.listed.update(db.session.scalars(sa.select(Village.id).where(Village.id.in_(named))))
        photos = {sha256 for each in changes for sha256 in named_in(each.survey, each.answers)}
        self.strange |= strange(photos, areas, account)

    def area_of(self, record: str) -> str:
        """The village of a record; "" while that is not known."""
        return self.new.get(record) or self.known.get(record, ("", ""))[1]

    def survey_of(self, record: str) -> str:
        """The survey of a record; "" of one that was not here before."""
        return self.known.get(record, ("", ""))[0]

    def knows(self, record: str) -> bool:
        """Whether a change of this record is here, or came in just before."""
        return record in self.known or record in self.new

    def note(self, change: Change, counts: bool) -> None:
        """Remember where a change puts its record: if it counts, or if the record was nowhere before."""
        if counts or not self.area_of(change.record):
            place = named_area(change.survey, change.answers, self.area_of)
            if place or not self.knows(change.record):
                self.new[change.record] = place


def villages(change: Change) -> set[str]:
    """The villages that a change names, as far as they can be villages."""
    asked = of_kind(change.survey, "village") if change.survey in SURVEYS else ()
    named = ((each, change.answers.get(each.name)) for each in asked)
    return {value for each, value in named if value is not None and each.fits(value)}


def acts_of(change: Change, ground: Ground) -> Iterator[tuple[str, About]]:
    """The acts that a change is, each with what it is about. ``change`` is of a survey that is known here."""
    if change.survey in SAID:
        yield _said(change, ground)
        return
    if change.survey in REFERENCE:
        yield "set_rules", About()
        return
    survey = SURVEYS[change.survey]
    reviewed, places = survey.reviewed, _places(change, ground)
    if WITHDRAWN in change.answers:
        yield act_on(survey, "withdraw"), About(reviewed, "", places)
    if change.answers.keys() - {WITHDRAWN}:
        yield act_on(survey, _edit(change, ground)), About(reviewed, _known_state(change), places)
    if settles(change):
        yield act_on(survey, "settle"), About(reviewed, "contested", places)
    if change.answers.get("overridden") and change.survey == "support_case":
        yield "override", About(reviewed, "", places)


def _places(change: Change, ground: Ground) -> set[str]:
    """The villages a change concerns: where its record is, where it would go, and where what it points to is."""
    found = {ground.area_of(change.record), *map(ground.area_of, parents(change)), *villages(change)}
    return found - {""}


def _edit(change: Change, ground: Ground) -> str:
    if not ground.knows(change.record):
        return "add"
    here, there = ground.area_of(change.record), named_area(change.survey, change.answers, ground.area_of)
    return "move" if here and there and here != there else "edit"


def _known_state(change: Change) -> str:
    """``withdrawn`` where the author knew of it and edits all the same; whoever did not know has done nothing wrong."""
    knew = set(change.base.get(WITHDRAWN, ()))
    if not knew or WITHDRAWN in change.answers:
        return ""
    row = _row(change.survey, change.record)
    return "withdrawn" if row and row.withdrawn and knew.issuperset(row.heads.get(WITHDRAWN, ())) else ""


def settles(change: Change) -> bool:
    """Whether a change says which of several answers holds that its author has seen."""
    several = {name for name, seen in change.base.items() if len(seen) > 1 and name in change.answers}
    row = _row(change.survey, change.record) if several - {WITHDRAWN} else None
    if row is None:
        return False
    return any(name in row.conflicts and set(row.heads.get(name, ())) <= set(change.base[name]) for name in several)


def _said(change: Change, ground: Ground) -> tuple[str, About]:
    """A decision or a reply: an act about the record that it names."""
    subject = change.answers.get("subject")
    survey = ground.survey_of(subject) if isinstance(subject, str) else ""
    reviewed = SURVEYS[survey].reviewed if survey in SURVEYS else None
    places = {place for parent in parents(change) if (place := ground.area_of(parent))}
    if change.survey == "reply":
        return "reply", About(reviewed, _asked(change), places)
    verdict = change.answers.get("verdict")
    return verdict if verdict in DECISIONS else DECISIONS[0], About(reviewed, _decided_on(change, survey), places)


def _asked(change: Change) -> str:
    """``returned`` where the decision replied to was a return; "" where it has not arrived."""
    decision = change.answers.get("decision")
    if not isinstance(decision, str):
        return "waiting"  # there is nothing to reply to
    row = _row("decision", decision)
    return "" if row is None else "returned" if row.verdict == "return" else "approved"


def _decided_on(change: Change, survey: str) -> str:
    """The state of what was decided about, if it still is what was seen; of an earlier version nothing is known."""
    row, seen = _row(survey, change.answers["subject"]) if survey in SURVEYS else None, change.answers.get("seen")
    if row is None or not isinstance(seen, list) or not all(isinstance(id, str) for id in seen):
        return ""
    return plain_state(row) if version_of(seen) == row.version else ""


def plain_state(row: Any) -> str:
    """``withdrawn``, ``contested``, or "" for a record that is neither."""
    return "withdrawn" if row.withdrawn else "contested" if row.contested else ""


def _row(survey: str, record: str) -> Any:
    """The columns of a record that its state follows from; None if there is no such record."""
    table = SURVEYS[survey].__table__
    columns = [table.c.withdrawn, table.c.contested, table.c.conflicts, table.c.heads, table.c.version]
    verdict = [Decision.verdict] if survey == "decision" else []
    return db.session.execute(sa.select(*columns, *verdict).where(table.c.id == record)).one_or_none()
