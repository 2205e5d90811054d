"""A node to which a tablet and another node have sent whatever JSON can say."""

from __future__ import annotations

import pickle
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
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
from tests.again import ALL, again
from tests.foreign.shapes import SHAPES, answers
from tests.nodes.conftest import bare, new_node
from tests.once import made_once
from tests.postgres import Server as Postgres
from tests.wire_client import Tablet

__all__ = ["bare", "new_node"]

PUSH_BYTES = 200 * 1024
APART = 1 if ALL else 5
"""A record is answered with one shape alone: of every survey with every fifth, of the next survey with others, or with
every shape."""
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

    def senders(self) -> tuple[Tablet, Tablet]:
        return self.tablet, self.node

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
    world.own = {
        (survey, shape): new_record_id()
        for which, survey in enumerate(SURVEYS)
        for number, shape in enumerate(SHAPES)
        if (number + which) % APART == 0
    }
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


@pytest.fixture(scope="session")
def sent(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The node on SQLite to which all was sent once a run, and what the senders know; each worker copies it."""

    def fill(folder: Path) -> None:
        app = create_app(Config(instance=shutil.copytree(template, folder / "instance"), testing=True))
        world = make(app)
        known = (world.shared, world.own, world.results, *(vars(each) | {"client": None} for each in world.senders()))
        (folder / "known").write_bytes(pickle.dumps(known))
        left(app)

    return made_once(tmp_path_factory, "foreign", fill)


def met_again(sent: Path, app: Flask) -> World:
    """The same world over a copy of its node."""
    shared, own, results, *known = pickle.loads((sent / "known").read_bytes())
    senders = [Tablet.__new__(Tablet) for _each in known]
    for sender, attributes in zip(senders, known, strict=True):
        vars(sender).update(attributes, client=app.test_client())
    return World(app, *senders, shared, own, results)


def left(app: Flask) -> None:
    with app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture(scope="module", params=["sqlite", again("postgresql")])
def world(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """For each database; the tests look, and release what is held, in their order."""
    instance = tmp_path_factory.mktemp("foreign") / "instance"
    if request.param == "sqlite":
        sent: Path = request.getfixturevalue("sent")
        app = create_app(Config(instance=shutil.copytree(sent / "instance", instance), testing=True))
        met = met_again(sent, app)
    else:
        server: Postgres = request.getfixturevalue("postgres")
        folder, database = request.getfixturevalue("template_on_postgresql")
        url = server.url(server.create(database))
        app = create_app(Config(instance=shutil.copytree(folder, instance), database_url=url, testing=True))
        met = make(app)
    app.config["WTF_CSRF_ENABLED"] = False
    yield met
    left(app)
