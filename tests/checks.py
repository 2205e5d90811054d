"""The checks that need a database, the catalogue, Node or imports, not a linter. ``python -m tests.checks``."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.util.exc import CommandError

from fieldapp import create_app
from fieldapp.config import Config
from fieldapp.db import alembic_config, db, upgrade
from tests import catalogue, csdl, javascript, named


def migrations_equal_models(database_url: str = "") -> list[str]:
    """What the migrations leave different from the models, in SQLite or another empty database."""
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Config(instance=Path(folder), database_url=database_url))
        upgrade(app)
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
