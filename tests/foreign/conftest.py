"""A node to which a tablet and another node have sent whatever JSON can say; made once for each database."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from fieldapp import create_app, intake, people
from fieldapp.config import Config
from fieldapp.db import begin_writing, db
from fieldapp.surveys import SURVEYS, questions
from sync import new_record_id
from sync.change import RULING
from tests.foreign.shapes import SHAPES, answers
from tests.nodes.conftest import bare, new_node
from tests.postgres import Server as Postgres
from tests.wire_client import Tablet

__all__ = ["bare", "new_node"]

PUSH_BYTES = 200 * 1024
NOTHING = "f" * 32
"""The id of no change."""


@dataclass
class World:
    """``shared``: by survey, a record of Lan's area that a tablet has answered with every shape; ``own``: by survey and
    shape, a record that another node has answered with that shape alone; ``results``: what became of each text."""

    app: Flask
    tablet: Tablet
    node: Tablet
    shared: dict[str, str] = field(default_factory=dict)
    own: dict[tuple[str, str], str] = field(default_factory=dict)
    results: list[dict[str, Any]] = field(default_factory=list)

    def push(self, sender: Tablet, texts: Iterable[str]) -> list[dict[str, Any]]:
        """In as few pushes as are allowed; what became of each."""
        portion: list[str] = []
        told: list[dict[str, Any]] = []
        for text in texts:
            if portion and len("".join([*portion, text]).encode()) > PUSH_BYTES:
                told += sender.push(*portion)
                portion = []
            portion.append(text)
        told += sender.push(*portion)
        self.results += told
        return told

    def release(self) -> None:
        """An administrator lets all that is held count."""
        with self.app.app_context():
            begin_writing()
            held = [entry.change.id for entry in intake.journal().held()]
            if held:
                intake.rule(held, "release", account=people.find_account("quan"))
            db.session.commit()
            db.session.remove()

    def telling(self) -> list[str]:
        """Of the records answered with one shape those that can look unlike: of what no question takes, one."""
        seen, found = set(), []
        for (survey, shape), record in self.own.items():
            fitting = frozenset(name for name, each in questions(survey).items() if each.fits(SHAPES[shape]))
            if SURVEYS[survey].listed and (survey, fitting) not in seen:
                seen.add((survey, fitting))
                found.append(record)
        return found

    def cases(self) -> list[str]:
        """The cases answered with one shape."""
        return [record for (survey, _shape), record in self.own.items() if survey == "support_case"]


def enrolled(app: Flask, username: str, kind: str) -> Tablet:
    """A device of a person, through the door."""
    with app.app_context():
        code = people.enrolment_code(people.find_account(username), datetime.now(UTC))
        db.session.commit()
        db.session.remove()
    return Tablet(app.test_client(), code, kind)


def make(app: Flask) -> World:
    """Send everything."""
    world = World(app, enrolled(app, "lan", "tablet"), enrolled(app, "quan", "node"))
    with app.app_context():
        begin_writing()
        areas = people.areas_of(people.find_account("lan"))
        for name, model in SURVEYS.items():
            query = sa.select(model.id).where(model.area.in_(areas or ())).order_by(model.id).limit(1)
            world.shared[name] = db.session.scalar(query) or new_record_id()
            if model.kept_by:  # no tablet's word counts for it
                named = {"household": world.shared["household"], "of_list": world.shared.get("support_list")}
                about = {**named, "village": min(areas or ())} if name == "support_list" else named
                intake.save(name, world.shared[name], about, account=people.find_account("quan"))
        db.session.commit()
        db.session.remove()
    world.own = {(survey, shape): new_record_id() for survey in SURVEYS for shape in SHAPES}
    world.push(world.tablet, _of_tablet(world))
    world.push(world.node, _of_node(world))
    return world


def _of_tablet(world: World) -> Iterator[str]:
    for survey, record in world.shared.items():
        for shape in SHAPES:
            yield world.tablet.change(survey, record, answers(survey, shape))
    yield from _rulings(world.tablet)


def _of_node(world: World) -> Iterator[str]:
    for (survey, shape), record in world.own.items():
        yield world.node.change(survey, record, answers(survey, shape))
    for survey in (survey for survey, model in SURVEYS.items() if model.kept_by):
        for shape in SHAPES:
            yield world.node.change(survey, world.shared[survey], answers(survey, shape))
    for survey, record in world.shared.items():
        yield world.node.change(survey, record, {"no_such_question": SHAPES["odd_items"], "_withdrawn": "x"})
    yield from _rulings(world.node)


def _rulings(sender: Tablet) -> Iterator[str]:
    """Of every shape, about nothing that is here: they are taken for rulings, and say nothing."""
    for shape in SHAPES.values():
        for said in ({"about": [NOTHING], "verdict": shape}, {"about": shape, "verdict": "refuse"}):
            yield sender.change(RULING, new_record_id(), said)


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Made once for each database; the tests look, and release what is held, in their order."""
    instance = tmp_path_factory.mktemp("foreign") / "instance"
    url = ""
    if request.param == "sqlite":
        shutil.copytree(request.getfixturevalue("template"), instance)
    else:
        server: Postgres = request.getfixturevalue("postgres")
        folder, database = request.getfixturevalue("template_on_postgresql")
        shutil.copytree(folder, instance)
        url = server.url(server.create(database))
    app = create_app(Config(instance=instance, database_url=url, testing=True))
    app.config["WTF_CSRF_ENABLED"] = False
    yield make(app)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
