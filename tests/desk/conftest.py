"""Records of the tiny province by the state they are in, for the supervisor Nông Văn Bình."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from fieldapp import intake, people, review
from fieldapp.db import begin_writing, db
from fieldapp.people import Account
from fieldapp.surveys import SURVEYS
from fieldapp.surveys.base import Record


@dataclass
class Desk:
    """The tables behind the pages, each question asked in its own transaction."""

    app: Flask

    @contextmanager
    def inside(self) -> Iterator[None]:
        with self.app.app_context():
            yield
            db.session.remove()

    def one(self, survey: str, status: str, who: str = "binh") -> str:
        """The id of some record in this state within a person's area."""
        return self.all(survey, status, who)[0]

    def all(self, survey: str, status: str, who: str = "binh") -> list[str]:
        with self.inside():
            areas = people.areas_of(people.find_account(who))
            return sorted(one.id for one in review.standings(SURVEYS[survey], areas) if one.status == status)

    def elsewhere(self, survey: str = "housing_need") -> str:
        """The id of a record outside the supervisor's area."""
        with self.inside():
            areas = people.areas_of(people.find_account("binh")) or frozenset()
            model = SURVEYS[survey]
            found: str | None = db.session.scalar(sa.select(model.id).where(model.area.not_in(areas)).limit(1))
            assert found
            return found

    def survey_of(self, record: str) -> str:
        with self.inside():
            return intake.journal().survey_of(record) or ""

    def status(self, survey: str, record: str) -> str:
        with self.inside():
            return review.status_of(self._record(survey, record))

    def heads(self, survey: str, record: str) -> list[str]:
        with self.inside():
            return review.heads_of(self._record(survey, record))

    def answer(self, survey: str, record: str, question: str) -> Any:
        with self.inside():
            return getattr(self._record(survey, record), question)

    def column(self, survey: str, question: str) -> list[Any]:
        """An answer of every record of a survey."""
        return list(db.session.scalars(sa.select(getattr(SURVEYS[survey], question))))

    def save(self, survey: str, record: str, answers: dict[str, Any], who: str = "lan", **more: Any) -> None:
        """An edit by somebody else, meanwhile."""
        with self.inside():
            begin_writing()
            intake.save(survey, record, answers, account=people.find_account(who), **more)
            db.session.commit()

    def decided(self, record: str) -> str:
        """The id of the last decision about a record, as its page names it; empty where there is none."""
        with self.inside():
            return next((each.id for each in review.decisions_about(record)), "")

    def last_decision(self, record: str) -> dict[str, Any]:
        with self.inside():
            last = review.decisions_about(record)[0]
            author = db.session.get(Account, last.author)
            assert author
            return {
                "verdict": last.verdict,
                "comment": last.comment,
                "pinned": last.pinned,
                "seen": last.seen,
                "area": last.area,
                "author": author.username,
            }

    def _record(self, survey: str, record: str) -> Record:
        found = db.session.get(SURVEYS[survey], record)
        assert found
        return found


@pytest.fixture
def desk(app: Flask) -> Desk:
    return Desk(app)


@pytest.fixture
def decide(desk: Desk, as_: Callable[[str], Any]) -> Callable[..., Any]:
    """Post a decision as a person; by default for the version and after the decision that there are."""

    def post(record: str, verdict: str, *, survey: str = "housing_need", who: str = "binh", **form: Any) -> Any:
        seen = form.pop("seen", None) or desk.heads(survey, record)
        data = {"verdict": verdict, "seen": " ".join(seen), **form}
        if "decided" not in form:
            data["decided"] = desk.decided(record)
        return as_(who).post(f"/records/{record}/decisions", data=data)

    return post
