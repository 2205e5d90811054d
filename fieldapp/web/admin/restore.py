"""Reading the backup file of a tablet that broke, or never finds a network."""

from __future__ import annotations

import secrets
from pathlib import Path

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from fieldapp.db import db
from fieldapp.i18n import _, ngettext
from fieldapp.instance.waiting_files import folder
from fieldapp.problems import Problem
from fieldapp.tablets.backup_file import NotATabletBackup, Restored, restore, still_closed
from fieldapp.web import asked
from fieldapp.web.access import signed_in


@signed_in("import")
def page() -> ResponseReturnValue:
    """Choose a file."""
    return render_template("admin/restore.html", problem=None)


@signed_in("import")
def read() -> ResponseReturnValue:
    """Take in what the file holds; what became of each change is on the page of its batch."""
    draft = folder() / f"{secrets.token_hex(8)}.part"
    try:
        found = restore(_save(asked.file("file"), draft))
    except Problem as problem:
        db.session.rollback()
        return render_template("admin/restore.html", problem=problem), problem.status
    finally:
        draft.unlink(missing_ok=True)
    flash(_told(found), "warning" if found.unopened else "good")
    return redirect(url_for("admin.batch", number=found.batch))


def _save(file: FileStorage | None, draft: Path) -> Path:
    if file is None:
        raise NotATabletBackup()
    file.save(draft)
    return draft


def _told(found: Restored) -> str:
    if found.before:
        return _("This file was read before, as batch %(number)s. Nothing changed.", number=found.batch)
    counts = {"changes": len(found.results), "photos": found.photos}
    read = _(
        "The backup file of “%(name)s” was read: changes: %(changes)s, photos: %(photos)s.",
        name=found.device.name,
        **counts,
    )
    left = _left(found.drafts) if found.drafts else ""
    return " ".join(filter(None, (read, left, still_closed(found))))


def _left(drafts: int) -> str:
    return ngettext(
        "%(n)s draft in it is not finished and was not taken in.",
        "%(n)s drafts in it are not finished and were not taken in.",
        drafts,
    )
