"""The checks that need a database, the catalogue, Node or imports, not a linter. ``python -m tests.checks``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.util.exc import CommandError
from flask import Flask

from fieldapp import create_app
from fieldapp.config import Config
from fieldapp.db import alembic_config, db, upgrade
from tests import catalogue, csdl, javascript, named


def migrations_equal_models() -> list[str]:
    """What the migrations leave different from the models, in a new database."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Config(instance=Path(folder)))
        upgrade(app)
        return unlike_the_models(app)


def unlike_the_models(app: Flask) -> list[str]:
    """What of the tables that are there is different from the models."""
    with app.app_context():
        try:
            command.check(alembic_config())
        except CommandError as error:
            return [str(error)]
        finally:
            db.engine.dispose()
    return []


if __name__ == "__main__":
    found = [*migrations_equal_models(), *catalogue.faults(), *javascript.faults(), *csdl.faults(), *named.faults()]
    sys.exit("\n".join(found) or None)
