"""A rule as somebody wants it: what would be saved, and what all rules would say then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from fieldapp import intake
from fieldapp.db import db
from fieldapp.people import Account
from fieldapp.reference import Rules, rules_from
from fieldapp.reference.current import Records, records
from fieldapp.reference.naming import CODES
from fieldapp.surveys import SURVEYS, of_kind, questions
from fieldapp.surveys.reference import Reference
from sync import WITHDRAWN


class RuleDraft(msgspec.Struct, frozen=True):
    """An edit of one rule that is not saved yet: its new answers, and the heads its author was shown."""

    survey: str
    record: str
    answers: dict[str, Any]
    heads: dict[str, list[str]] = {}

    @property
    def takes_back(self) -> bool:
        """Whether it withdraws the rule."""
        return self.answers.get(WITHDRAWN) is True

    def row(self) -> Reference | None:
        """The record as it stands; None of a new one."""
        found = db.session.get(SURVEYS[self.survey], self.record)
        assert found is None or isinstance(found, Reference)
        return found

    def before(self) -> dict[str, Any]:
        """What the rule says now; nothing of a new one."""
        row = self.row()
        return {name: getattr(row, name) for name in questions(self.survey)} if row else {}

    def after(self) -> dict[str, Any]:
        """What it would say."""
        return {**self.before(), **{name: value for name, value in self.answers.items() if name != WITHDRAWN}}

    def save(self, account: Account) -> None:
        """Save it. The caller holds the writer's place and commits."""
        intake.save(self.survey, self.record, self.answers, account=account, knowing=self.heads)


def rules_after(draft: RuleDraft) -> Rules:
    """What all rules would say once it is saved."""
    return rules_from(records_after(draft))


def records_after(draft: RuleDraft) -> Records:
    """The same as plain answers by survey; what they refer to is named by its code."""
    stored = {survey: list(each) for survey, each in records(db.session()).items()}
    row, said = draft.row(), with_codes(draft.survey, draft.after())
    stood = with_codes(draft.survey, draft.before())
    others = [one for one in stored[draft.survey] if row is None or row.withdrawn or one != stood]
    gone = draft.takes_back or (row is not None and row.withdrawn and draft.answers.get(WITHDRAWN) is not False)
    stored[draft.survey] = others if gone else [*others, said]
    return stored


def with_codes(survey: str, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers with the codes of what they refer to in place of its ids."""
    found = dict(answers)
    for question in of_kind(survey, "reference"):
        named = db.session.get(SURVEYS[question.of or ""], found.get(question.name) or "")
        found[question.name] = getattr(named, CODES[named.survey]) if named else found.get(question.name)
    return found
