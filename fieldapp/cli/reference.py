"""``fieldapp reference``: the rules as a file, to look at, to keep, to carry to another province."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from fieldapp import people
from fieldapp.cli.base import in_application, tell_one
from fieldapp.cli.writing import write
from fieldapp.db import begin_writing, db
from fieldapp.i18n import _l
from fieldapp.reference.current import current_records
from fieldapp.rulebook import files


@click.group()
def reference() -> None:
    """The rules: programmes, amounts, statuses of places, offices and who signs."""


@reference.command("export")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@in_application
def export(file: Path | None) -> None:
    """Write every rule into a JSON FILE, or to standard output: the answers of each survey of rules."""
    text = json.dumps(current_records(db.session()), ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    write(text.encode(), file)


@reference.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--user", required=True, metavar="NAME", help="The administrator whose changes they are.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--format", "form", type=click.Choice(["table", "json"]), default="table", help="How to print it.")
@in_application
def import_(file: Path, user: str, dry_run: bool, form: str) -> None:
    """Take the rules of a FILE in. What it does not name stays as it is; importing twice is importing once."""
    found: Any = files.read(file.read_text(encoding="utf-8-sig", errors="replace"))
    begin_writing()
    counts = files.take(found, people.find_account(user))
    if dry_run:
        db.session.rollback()
    else:
        db.session.commit()
    tell_one(counts, form, {"new": _l("New"), "changed": _l("Changed"), "same": _l("Unchanged")})
