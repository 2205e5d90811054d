"""Lists that are signed off or opened again, and decisions that are signed or taken back: of which office, for whom."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.surveys import SupportDecision, SupportList
from sync import Change
from sync.journal import Journal

_ACTS = {"support_list": ("signed", "reopened"), "support_decision": ("signed", "taken_back")}
_SAID = {"support_list": ("level", "village", "posted_from"), "support_decision": ("plan", "decided_on")}
_TABLES: dict[str, Any] = {"support_list": SupportList.__table__, "support_decision": SupportDecision.__table__}


class _SignedPart(msgspec.Struct):
    """So much of what was signed of a decision as tells its cases."""

    cases: dict[str, str] = {}


class OfficeAsked(NamedTuple):
    """Whose paper it is: the levels of the office, none where that is not told; the villages of those it is about; and
    the day by which the office is asked for, where one is said."""

    levels: set[str]
    villages: set[str]
    day: Any


def is_paper(change: Change) -> bool:
    """Whether a change signs a list or a decision, or takes that back."""
    return change.answers.get("state") in _ACTS.get(change.survey, ())


class Papers:
    """What is known of the papers among the changes that came in together. ``area_of``: the village of a record."""

    def __init__(self, journal: Journal, area_of: Callable[[str], str]) -> None:
        self.journal, self._area_of = journal, area_of
        self.said: dict[str, dict[str, Any]] = {}

    def expect(self, changes: Collection[Change]) -> None:
        """Look up what is said of the papers that these changes are about, here and among them."""
        for survey, names in _SAID.items():
            about = [each for each in changes if each.survey == survey]
            if new := {each.record for each in about} - self.said.keys():
                table = _TABLES[survey]
                query = sa.select(table.c.id, *(table.c[name] for name in names)).where(table.c.id.in_(new))
                self.said |= {record: {} for record in new}
                self.said |= {row[0]: row._asdict() for row in db.session.execute(query)}
            for each in about:
                self.said[each.record] = {**self.said[each.record], **each.answers}

    def office_of(self, change: Change) -> OfficeAsked:
        """Whose step it is: a decision is that of the last office of its day, whatever level it says."""
        said = {**self.said.get(change.record, {}), **change.answers}
        if change.survey == "support_list":
            return OfficeAsked(_known(said.get("level")), {str(said.get("village") or "")}, said.get("posted_from"))
        content = _content(said.get("content"))
        cases = {line.partition(" ")[0] for line in str(said.get("plan") or "").splitlines()} | content.cases.keys()
        found = {record: area for record, (_survey, area) in self.journal.whereabouts(cases).items()}
        return OfficeAsked({"last"}, {found.get(case) or self._area_of(case) for case in cases}, said.get("decided_on"))


def _known(level: Any) -> set[str]:
    return {level} if isinstance(level, str) and level else set()


def _content(text: Any) -> _SignedPart:
    try:
        return msgspec.json.decode(text, type=_SignedPart) if isinstance(text, str) else _SignedPart()
    except (msgspec.DecodeError, RecursionError):
        return _SignedPart()
