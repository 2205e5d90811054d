"""A province with cases, rules and conflicts, and programs that hold tokens of every kind."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from flask import Flask, has_app_context
from flask.testing import FlaskClient

from fieldapp import create_app, people
from fieldapp.config import Config
from fieldapp.db import begin_writing, db
from fieldapp.people import tokens
from fieldapp.today import now, today
from tests.reports.conftest import taken_from

__all__ = ["taken_from"]

PROVINCE = (2023, "06")


@dataclass
class Programs:
    """The application, and its answers to programs; each token is made when it is first asked for."""

    app: Flask
    made: dict[tuple[Any, ...], str] = field(default_factory=dict)

    def token(
        self, *scopes: str, place: tuple[int, str] = PROVINCE, exact: bool = False, ends_on: date | None = None
    ) -> str:
        key = scopes, place, exact
        if key not in self.made:
            with self.app.app_context():
                begin_writing()
                admin, wanted = people.find_account("quan"), scopes or tuple(tokens.SCOPES)
                said = {"exact": exact, "ends_on": ends_on or date(2099, 1, 1), "today": today(), "now": now()}
                _token, self.made[key] = tokens.make(admin, f"Chương trình {len(self.made)}", wanted, [place], **said)
                db.session.commit()
                db.session.remove()
        return self.made[key]

    @property
    def client(self) -> FlaskClient:
        """A program; it sees what is there now, whatever the test has read before."""
        if has_app_context():
            db.session.remove()
        return self.app.test_client()

    def ask(self, path: str, token: str = "", status: int = 200, **query: Any) -> Any:
        """The JSON at an address of ``/api/v1``."""
        shown = {"Authorization": f"Bearer {token or self.token()}"}
        answer = self.client.get(f"/api/v1/{path}", query_string=query, headers=shown)
        assert answer.status_code == status, answer.get_data(as_text=True)[:500]
        return answer.get_json()

    def feed(self, path: str, token: str = "", status: int = 200) -> Any:
        """The answer at an address of the OData feed, as Excel asks for it: the token is a password."""
        shown = base64.b64encode(f"ai:{token or self.token()}".encode()).decode()
        answer = self.client.get(f"/api/odata/{path}", headers={"Authorization": f"Basic {shown}"})
        assert answer.status_code == status, answer.get_data(as_text=True)[:500]
        return answer


@pytest.fixture(scope="module")
def programs(taken_from: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Programs]:
    folder = shutil.copytree(taken_from, tmp_path_factory.mktemp("programs") / "instance")
    app = create_app(Config(instance=folder, testing=True))
    yield Programs(app)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
