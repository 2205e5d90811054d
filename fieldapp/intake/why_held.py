"""Whether a change may count at once, or is held for an administrator, and why."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from fieldapp import people
from fieldapp.intake.acts import SAID, Ground, acts_of, villages
from fieldapp.intake.areas import named_area
from fieldapp.intake.steps import Steps
from fieldapp.people import About, Device, Rights, Visitor
from fieldapp.people.rights import Refusal, reason_against
from fieldapp.photos.sight import named_in
from fieldapp.surveys import SURVEYS, questions
from sync import Change
from sync.change import RULING
from sync.journal import Journal, Result

OF_THE_VERSION = ("unknown_survey", "impossible_value")
"""Reasons that follow from the questionnaires a node knows: each node finds them itself, or does not."""

FROM_ELSEWHERE = ("wire", "node", "file")

_REASON = re.compile("[a-z_]{1,64}")


class Judge:
    """Judges the changes that came in together. Only what came over a tablet's own wire is judged by the table of
    rights: a peer and a file answer for what they bring, and the office has asked before. What moves a case is judged
    by the table of states wherever it comes from, but for this office and the lists of an administrator."""

    def __init__(
        self,
        journal: Journal,
        kind: str,
        device: Device | Visitor | None,
        held: Mapping[str, str],
        rights: Rights | None = None,
        led: bool = False,
    ) -> None:
        """``led``: what comes was judged by the node that this one goes to."""
        self.held = held
        self.tablet = device if kind == "wire" else None
        self.rights = (rights or people.rights_of(self.tablet.account)) if self.tablet else None
        self.ground = Ground(journal, (self.rights.areas if self.rights else None) or ())
        self.steps = (
            Steps(journal, self.ground.area_of, led=led, now=kind == "wire") if kind in FROM_ELSEWHERE else None
        )

    @property
    def new(self) -> dict[str, str]:
        """The areas that came with the changes judged so far, by record."""
        return self.ground.new

    def expect(self, changes: Collection[Change]) -> None:
        """Look up where these belong and what they are judged by: one question to the database, not one each."""
        self.ground.look_up(changes)
        if self.steps is not None:
            self.steps.expect(changes)
        if self.tablet is not None and self.rights is not None:
            self.ground.look_up_rights(changes, self.rights.areas, self.tablet.account_id)

    def __call__(self, change: Change) -> str | None:
        """A reason to hold the change, or nothing."""
        reason = self._judged(change)
        if self.steps is not None:
            self.steps.note(change, counts=reason is None)
        return reason

    def _judged(self, change: Change) -> str | None:
        if (reason := self.held.get(change.id)) and reason not in OF_THE_VERSION:
            return reason if _REASON.fullmatch(reason) else "held_elsewhere"
        if change.survey == RULING:
            return self._who(change) or self._ruling()
        if change.survey not in SURVEYS:
            return "unknown_survey"
        reason = self._who(change) or self._beyond(change) or self._what(change) or self._step(change)
        if self.rights is not None:
            self.ground.note(change, counts=reason is None)
        return reason

    def overdue(self, results: Iterable[Result]) -> dict[str, str]:
        """Of what was here before, the changes that are to be held since these have arrived: by id, and why."""
        if self.steps is None:
            return {}
        fresh = [each.change for each in results if each.change and each.verdict != "duplicate"]
        return self.steps.overdue(fresh, self.ground.known)

    def place(self, change: Change) -> str:
        """The area of a record met for the first time, as far as this change and those before it here tell."""
        if change.survey not in SURVEYS:
            return ""
        area = named_area(change.survey, change.answers, self.ground.area_of)
        if area:
            self.new[change.record] = area
        return area

    def _who(self, change: Change) -> str | None:
        if self.tablet is None:
            return None
        if self.tablet.revoked or not self.tablet.account.active:
            return "revoked"
        own = change.device == self.tablet.id and change.author == self.tablet.account_id
        return None if own else "author_not_on_device"

    def _ruling(self) -> str | None:
        return "ruling" if self.rights is not None and not self.rights.may("rule") else None

    def _beyond(self, change: Change) -> str | None:
        """Why the table of rights does not allow it."""
        if self.rights is None:
            return None
        known = self.ground.survey_of(change.record)
        if known and known != change.survey:
            return "other_survey"  # or what is reviewed would be withdrawn as something that is not
        if self.ground.knows(change.record) and change.survey in SAID:
            return "said_already"
        if villages(change) - self.ground.listed:
            return "unknown_village"
        if self.ground.strange and self.ground.strange & named_in(change.survey, change.answers):
            return "others_photo"
        refused = ((self.rights.refuses(act, about), act, about) for act, about in acts_of(change, self.ground))
        return next((_reason(why, act, about) for why, act, about in refused if why), None)

    def _step(self, change: Change) -> str | None:
        return self.steps.against(change) if self.steps is not None else None

    def _what(self, change: Change) -> str | None:
        known = questions(change.survey)
        for name, value in change.answers.items():
            if name in known and not known[name].fits(value):
                return "impossible_value"
        return None


def _reason(why: Refusal, act: str, about: About) -> str:
    if why == "place":
        return "outside_area"
    return "not_as_it_stood" if why == "state" else reason_against(act, about.reviewed)
