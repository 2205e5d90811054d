"""The tables of places and people alone: no pages, no sample."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

import fieldapp.people  # noqa: F401  its tables
from fieldapp.config import Config
from fieldapp.db import db
from fieldapp.db import init_app as init_db
from fieldapp.surveys.base import Base


def bare(folder: Path) -> Iterator[Flask]:
    """An application context over an empty database with those tables."""
    file = folder / "bare.db"
    file.write_bytes(_with_tables())
    app = Flask(__name__)
    app.config["FIELDAPP"] = Config(instance=folder)
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{file}"
    init_db(app)
    with app.app_context():
        yield app
        db.session.remove()
        db.engine.dispose()


@cache
def _with_tables() -> bytes:
    """The file of such a database; to make the tables costs more than most tests that need them."""
    engine = sa.create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with closing(engine.raw_connection()) as connection:
        return connection.driver_connection.serialize()  # type: ignore[union-attr]  it is SQLite's
