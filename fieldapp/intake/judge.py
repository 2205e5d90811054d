"""Whether a change may count at once, or is held for an administrator, and why."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from fieldapp import people
from fieldapp.intake.areas import named_area, parents
from fieldapp.people import Device
from fieldapp.surveys import SURVEYS, questions
from sync import Change
from sync.change import RULING
from sync.journal import Journal

OF_THE_VERSION = ("unknown_survey", "impossible_value")
"""Reasons that follow from the questionnaires a node knows: each node finds them itself, or does not."""

_REASON = re.compile("[a-z_]{1,64}")


class Judge:
    """Judges the changes that came in together. Only what came over a tablet's own wire is judged by its area:
    a peer, a file and the office answer for what they bring."""

    def __init__(self, journal: Journal, kind: str, device: Device | None, held: Mapping[str, str]) -> None:
        self.journal = journal
        self.held = held
        self.tablet = device if kind == "wire" else None
        self.allowed = people.areas_of(device.account) if self.tablet and device else None
        self.known: dict[str, str] = {}  # areas of the records that are here, of those that just came in
        self.new: dict[str, str] = {}  # areas of records first met in this batch

    def expect(self, changes: Collection[Change]) -> None:
        """Look up where the records are that these are of, or about: one question to the database, not one each."""
        if self.allowed is not None:
            self.known = self.journal.areas_of({each.record for each in changes}.union(*map(parents, changes)))

    def __call__(self, change: Change) -> str | None:
        """A reason to hold the change, or nothing."""
        if (reason := self.held.get(change.id)) and reason not in OF_THE_VERSION:
            return reason if _REASON.fullmatch(reason) else "held_elsewhere"
        if change.survey == RULING:
            return "ruling" if self.tablet else None
        if change.survey not in SURVEYS:
            return "unknown_survey"
        return self._who(change) or self._where(change) or self._what(change)

    def place(self, change: Change) -> str:
        """The area of a record met for the first time, as far as this change and those before it here tell."""
        if change.survey not in SURVEYS:
            return ""
        area = named_area(change.survey, change.answers, lambda parent: self.new.get(parent, ""))
        if area:
            self.new[change.record] = area
        return area

    def _who(self, change: Change) -> str | None:
        if self.tablet is None:
            return None
        if self.tablet.revoked or not self.tablet.account.active:
            return "revoked"
        own = change.device == self.tablet.id and change.author == self.tablet.account_id
        if not own:
            return "author_not_on_device"
        decides = change.survey == "decision" and not people.may(self.tablet.account, "review")
        return "not_a_supervisor" if decides else None

    def _where(self, change: Change) -> str | None:
        if self.tablet is None or self.allowed is None:
            return None
        area = self._area(change)
        return "outside_area" if area and area not in self.allowed else None

    def _area(self, change: Change) -> str:
        """The area the record has, or would get; "" while what it is about has not arrived."""
        known = self._of(change.record)
        if not known:
            known = named_area(change.survey, change.answers, self._of)
            self.new[change.record] = known
        return known

    def _of(self, record: str) -> str:
        return self.new.get(record) or self.known.get(record, "")

    def _what(self, change: Change) -> str | None:
        known = questions(change.survey)
        for name, value in change.answers.items():
            if name in known and not known[name].fits(value):
                return "impossible_value"
        return None
