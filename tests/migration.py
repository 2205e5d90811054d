"""Write a migration for what changed in the tables. ``python -m tests.migration "why"``."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

from alembic import command
from alembic.script import Script

from fieldapp import create_app
from fieldapp.config import Config
from fieldapp.db import MIGRATIONS, alembic_config, upgrade


def write(message: str) -> None:
    """Compare the newest revision with the models and write the difference, numbered in order, styled as all files."""
    number = len(list((MIGRATIONS / "versions").glob("*.py"))) + 1
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Config(instance=Path(folder)))
        if number > 1:
            upgrade(app)
        with app.app_context():
            made = command.revision(alembic_config(), message=message, autogenerate=True, rev_id=f"{number:04d}")
    assert isinstance(made, Script), "one message makes one file"
    subprocess.run([sys.executable, "-m", "ruff", "format", "--quiet", made.path], check=True)


if __name__ == "__main__":
    if not sys.argv[1:] or not sys.argv[1].strip():
        sys.exit('Say why: make migration MESSAGE="Households gain a postal address"')
    write(sys.argv[1])
