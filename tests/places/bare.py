"""The tables of places and people alone: no pages, no sample."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from flask import Flask

import fieldapp.people  # noqa: F401  its tables
from fieldapp.config import Config
from fieldapp.db import db
from fieldapp.db import init_app as init_db
from fieldapp.surveys.base import Base


def bare(folder: Path) -> Iterator[Flask]:
    """An application context over an empty database with those tables."""
    app = Flask(__name__)
    app.config["FIELDAPP"] = Config(instance=folder)
    app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{folder / 'bare.db'}"
    init_db(app)
    with app.app_context():
        Base.metadata.create_all(db.engine)
        yield app
        db.session.remove()
        db.engine.dispose()
