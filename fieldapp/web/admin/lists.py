"""Lists that others keep: chosen, and those that were imported."""

from __future__ import annotations

from pathlib import Path

from flask import redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp import imports, naming
from fieldapp.db import db
from fieldapp.imports import (
    FATES,
    KINDS,
    ListKind,
)
from fieldapp.intake import journal
from fieldapp.problems import NoListFile, Problem
from fieldapp.web import asked
from fieldapp.web.access import me, signed_in


@signed_in("import")
def index() -> ResponseReturnValue:
    """Choose a file; the lists that were imported."""
    return _index(None)


def _index(problem: Problem | None) -> ResponseReturnValue:
    found = imports.taken()
    authors = naming.people(each.author for each in found)
    here = journal()
    undone = {each.id for each in found if each.batch and (batch := here.batch(each.batch)) and batch.undone}
    kind = asked.form.one_of("kind", KINDS) or asked.query.one_of("kind", KINDS) or "households"
    shown = {"lists": found, "authors": authors, "undone": undone, "kinds": KINDS, "kind": kind, "fates": FATES}
    body = render_template("admin/lists.html", problem=problem, **shown)
    return body, problem.status if problem else 200


@signed_in("import")
def begin() -> ResponseReturnValue:
    """Keep the file that was chosen, and see what its columns are."""
    author = me().id
    try:
        file = asked.file("file")
        if file is None:
            raise NoListFile()
        name = Path(file.filename or "").name
        kind: ListKind = asked.form.one_of("kind", KINDS) or "households"
        each = imports.begin(imports.keep(file.save), name, kind, author)
    except Problem as problem:
        db.session.rollback()
        return _index(problem)
    return redirect(url_for("admin.list_columns", number=each.id))
