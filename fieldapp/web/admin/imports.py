"""Taking in a batch file: it is read and shown first, and counts only after a second press."""

from __future__ import annotations

import re
import secrets
import time
from pathlib import Path

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from fieldapp import nodes, verdicts
from fieldapp.config import settings
from fieldapp.db import db
from fieldapp.i18n import _
from fieldapp.problems import NoFile, NotFound, Problem
from fieldapp.web.access import me, signed_in
from fieldapp.web.admin.batches import lines

LARGEST = 4 * 1024**3
A_DAY = 24 * 3600


@signed_in("admin")
def page() -> ResponseReturnValue:
    """Choose a file."""
    return render_template("admin/import.html", problem=None)


@signed_in("admin")
def preview() -> ResponseReturnValue:
    """What the file holds and what would become of each change; nothing is stored but the file itself."""
    try:
        kept = _keep(request.files.get("file"))
        parcel = nodes.preview(kept)
    except Problem as problem:
        return render_template("admin/import.html", problem=problem), problem.status
    db.session.rollback()
    return render_template(
        "admin/preview.html",
        file=kept.stem,
        parcel=parcel,
        lines=lines(parcel.first),
        verdict_label=verdicts.label,
    )


@signed_in("admin")
def take_in(file: str) -> ResponseReturnValue:
    """Import the file that was looked at."""
    account = me()
    path = _folder() / f"{file}.fab"
    if not re.fullmatch(r"[0-9a-f]{32}", file) or not path.exists():
        raise NotFound()
    parcel = nodes.take_in(path, author=account.id)
    path.unlink()
    if parcel.before is not None:
        flash(_("This file was imported before, as batch %(number)s. Nothing changed.", number=parcel.before))
    else:
        flash(_("The file was imported as batch %(number)s.", number=parcel.batch), "done")
    return redirect(url_for("admin.batch", number=parcel.batch))


def _folder() -> Path:
    folder = settings().instance / "incoming"
    folder.mkdir(exist_ok=True)
    return folder


def allow_large_files(endpoint: str | None) -> None:
    """A batch file carries photos, so it may be far larger than anything else a page takes.

    Called before anything looks at the form: afterwards the smaller limit would already have refused it.
    """
    if endpoint == "admin.preview":
        request.max_content_length = LARGEST


def _forget_old() -> None:
    """Delete what was looked at and not imported within a day."""
    for path in _folder().glob("*.fab"):
        if time.time() - path.stat().st_mtime > A_DAY:
            path.unlink(missing_ok=True)


def _keep(file: FileStorage | None) -> Path:
    """Put what was sent where the import can find it, under a name made from its content.

    :raises NoFile: no file was chosen.
    """
    if file is None or not file.filename:
        raise NoFile()
    _forget_old()
    draft = _folder() / f"{secrets.token_hex(8)}.part"
    file.save(draft)
    return draft.replace(_folder() / f"{nodes.file_hash(draft)[:32]}.fab")
