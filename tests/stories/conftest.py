"""A person with a tablet in a village, a line that loses things, a desk in the office, and the server they all know."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from flask import Flask

from fieldapp import intake, people
from fieldapp.db import begin_writing, db
from fieldapp.surveys import SURVEYS
from sync import Change, new_record_id
from sync.clock import wall_ms
from tests.conftest import Server
from tests.sync.machine.connected import NoNetwork, Refused
from tests.sync.machine.tablet import Tablet


class Line(httpx.HTTPTransport):
    """The line of one tablet. ``losing``: the number of the request, from 0, of which something gets lost, and what."""

    def __init__(self) -> None:
        super().__init__()
        self.requests, self.losing = 0, (-1, "")

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        at, what = self.losing
        here, self.requests = self.requests == at, self.requests + 1
        if here and what == "request":
            raise httpx.ConnectError("the request is lost")
        answer = super().handle_request(request)
        if here and what == "answer":
            answer.close()
            raise httpx.ReadTimeout("the answer is lost")
        return answer


class Calendar:
    """The time of all tablets: an hour ago, and a second later at every look."""

    def __init__(self) -> None:
        self.millis = wall_ms() - 3_600_000

    def __call__(self) -> int:
        self.millis += 1000
        return self.millis


class Person:
    """An enumerator with a tablet, enrolled with a code of the server."""

    def __init__(self, province: Province, username: str, url: str, now: Callable[[], int]) -> None:
        self.line = Line()
        client = httpx.Client(transport=self.line, timeout=20)
        self.tablet = Tablet(username, url, now, lambda _record: frozenset(), client)
        self.tablet.enrol(province.code(username))

    def write(self, record: str, survey: str = "household", **answers: Any) -> Change:
        """Open the form of a record, answer, and finish: no network is needed."""
        made = self.tablet.finish(self.tablet.begin(survey, record, ""), answers)
        assert made is not None
        return made

    def create(self, village: str, head_name: str = "Đặng Thị Mến", **answers: Any) -> str:
        """A new household; its id."""
        record = new_record_id(self.tablet.now())
        self.write(record, head_name=head_name, village=village, **answers)
        return record

    def sync(self) -> None:
        """Come to where there is a network."""
        self.tablet.sync()

    def send(self, *changes: Change) -> list[tuple[str, str | None]]:
        """Send exactly these, as happens when others get lost; (verdict, reason) of each."""
        told = self.tablet.ask("push", body={"changes": [each.text for each in changes]})
        return [(each["verdict"], each.get("reason")) for each in told["results"]]

    def told(self, change: Change) -> tuple[str, str | None]:
        """What the tablet says became of a change."""
        receipt = self.tablet.store.rows["changes"][change.id]["receipt"]
        return receipt["verdict"], receipt.get("reason")

    def sees(self, record: str) -> dict[str, Any] | None:
        """The answers shown on the tablet; None where the record is not there."""
        row = self.tablet.store.rows["records"].get(record)
        return row["values"] if row else None

    def conflicts(self, record: str) -> dict[str, list[Any]]:
        """What the tablet shows as not agreeing."""
        return dict(self.tablet.store.rows["records"][record]["conflicts"])


class Province:
    """The server of the province over HTTP, and what its office does there."""

    def __init__(self, app: Flask, server: Server) -> None:
        self.app, self.server, self.now = app, server, Calendar()

    @contextmanager
    def inside(self) -> Iterator[None]:
        """A transaction of the server."""
        with self.app.app_context():
            begin_writing()
            yield
            db.session.commit()
            db.session.remove()

    def code(self, username: str) -> str:
        """A one-time code for a tablet."""
        with self.inside():
            return people.enrolment_code(people.find_account(username), datetime.now(UTC))

    def person(self, username: str) -> Person:
        """Somebody gets a tablet, enrols it, and downloads her villages."""
        made = Person(self, username, self.server.url, self.now)
        made.sync()
        return made

    def edit(self, record: str, username: str = "quan", **answers: Any) -> None:
        """An edit at a desk in the office."""
        with self.inside():
            intake.save("household", record, answers, account=people.find_account(username))

    def row(self, record: str, survey: str = "household") -> Any:
        """The row of a record, as pages and reports read it; None where there is none."""
        with self.inside():
            found = db.session.get(SURVEYS[survey], record)
            if found is not None:
                db.session.expunge(found)
            return found

    def shows(self, record: str, *names: str) -> dict[str, Any]:
        """Some columns of a row."""
        row = self.row(record)
        return {name: getattr(row, name) for name in names}

    def rule(self, changes: list[Change], verdict: str) -> None:
        """The administrator decides."""
        with self.inside():
            intake.rule([each.id for each in changes], verdict, account=people.find_account("quan"))

    def held(self) -> dict[str, str | None]:
        """Why each change that waits for the administrator is held."""
        with self.inside():
            return {each.change.id: each.held for each in intake.journal().held()}

    def acked(self, person: Person) -> int:
        """Up to which number nothing of a tablet is missing here."""
        return int(person.tablet.ask("hello")["acked_seq"])

    def sound(self) -> bool:
        """Is every row what the journal says?"""
        with self.inside():
            return intake.rebuild(check=True) == []


@pytest.fixture
def province(app: Flask, server: Server) -> Province:
    """The tiny sample, served."""
    return Province(app, server)


@pytest.fixture
def lan(province: Province) -> Person:
    """Lan, who surveys three villages of the commune Hoàng Trĩ."""
    return province.person("lan")


@pytest.fixture
def mai(province: Province) -> Person:
    """Mai, who surveys all of Hoàng Trĩ."""
    return province.person("khaosat.01930")


@pytest.fixture
def dat(province: Province) -> Person:
    """Đạt, who surveys the commune Quảng Khê, next to it."""
    return province.person("khaosat.01924")


__all__ = ["Line", "NoNetwork", "Person", "Province", "Refused"]
