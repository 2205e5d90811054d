"""Official lists of places: looked at with what is asked about them, taken in, undone."""

from __future__ import annotations

import base64
import binascii
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa
from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp import naming, people, places
from fieldapp.db import begin_writing, db
from fieldapp.i18n import _, ngettext
from fieldapp.places import Gazetteer, Place, PlaceListDraft
from fieldapp.places.lists import KINDS
from fieldapp.places.models import COMMUNE, DISTRICT
from fieldapp.problems import NoListFile, Problem, TooLarge
from fieldapp.web import asked
from fieldapp.web.access import me, signed_in

LARGEST = 300 * 1024
"""Bytes of a list that a page takes; a list of all villages of a province is a fifth of it."""
FIRST_YEAR, LAST_YEAR = 1900, 2200


class VintageCounts(NamedTuple):
    """What is here of a year, in numbers."""

    vintage: int
    districts: int
    communes: int
    villages: int


@dataclass(frozen=True)
class Sent:
    """A list as it was sent: what it is said to be, and its bytes."""

    kind: str
    vintage: int
    to_vintage: int
    name: str
    content: bytes

    def draft(self) -> PlaceListDraft:
        """What it says.

        :raises Problem: it cannot be read, or cannot be meant.
        """
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "list"
            file.write_bytes(self.content)
            return self._drawn(file)

    def _drawn(self, file: Path) -> PlaceListDraft:
        if self.kind == "mapping":
            return places.draft_mapping(file, self.vintage, self.to_vintage, self.name)
        draw = places.draft_villages if self.kind == "villages" else places.draft_places
        return draw(file, self.vintage, self.name)

    @property
    def text(self) -> str:
        """The bytes as a form can carry them."""
        return base64.b64encode(self.content).decode("ascii")


@signed_in("administer")
def page() -> ResponseReturnValue:
    """What is here of each year, a form for one more list, and the lists that can be undone."""
    return _page(None)


def _page(problem: Problem | None) -> ResponseReturnValue:
    taken = places.taken()
    authors = naming.people(each.author for each in taken)
    body = render_template(
        "admin/places.html",
        held=_counts(),
        kinds=KINDS,
        kind=asked.form.one_of("kind", KINDS) or "villages",
        vintage=asked.form.text("vintage") or places.newest_vintage(),
        to_vintage=asked.form.text("to_vintage") or places.newest_vintage(),
        taken=[(each, authors.get(each.author or "", _("A command"))) for each in taken],
        problem=problem,
    )
    return body, problem.status if problem else 200


def _counts() -> list[VintageCounts]:
    query = sa.select(Place.vintage, Place.level, sa.func.count()).group_by(Place.vintage, Place.level)
    levels = {(vintage, level): count for vintage, level, count in db.session.execute(query)}
    years = sorted({vintage for vintage, _level in levels}, reverse=True)
    return [
        VintageCounts(year, _sum(levels, year, DISTRICT), _sum(levels, year, COMMUNE), _villages(year))
        for year in years
    ]


def _villages(year: int) -> int:
    """How many villages lie in a commune of a list, also those that were listed before a reorganisation."""
    return len(Gazetteer(db.session(), year).placed)


def _sum(levels: dict[tuple[int, str], int], year: int, wanted: tuple[str, ...]) -> int:
    return sum(levels.get((year, level), 0) for level in wanted)


@signed_in("administer")
def look() -> ResponseReturnValue:
    """What a list would do, and what is asked about it. Nothing is changed."""
    try:
        return _preview(_sent())
    except Problem as problem:
        return _page(problem)


def _preview(sent: Sent, missing: bool = False) -> ResponseReturnValue:
    draft = sent.draft()
    shown = {"sent": sent, "draft": draft, "counts": places.foresee(draft), "kinds": KINDS, "missing": missing}
    body = render_template("admin/places_preview.html", **shown)
    return body, 400 if missing else 200


@signed_in("administer")
def take_in() -> ResponseReturnValue:
    """Take the list that was looked at; where something is asked, only once it is said that it is meant."""
    author = me().id
    try:
        sent = _sent()
        begin_writing()
        draft = sent.draft()
        if draft.questions and not asked.form.text("meant"):
            return _preview(sent, missing=True)
        places.take(draft, author, datetime.now(UTC))
        db.session.commit()
    except Problem as problem:
        db.session.rollback()
        return _page(problem)
    flash(_("%(file)s was imported. It can be undone below.", file=draft.file), "good")
    _tell_of_accounts(len(people.outdated.outdated()) if draft.kind == "mapping" else 0)
    return redirect(url_for("admin.places"))


def _tell_of_accounts(number: int) -> None:
    """Who looks after a commune or district that is no more is to be given another place by a person."""
    if number:
        said = ngettext(
            "%(n)s person looks after places that are no more. See the page “People”.",
            "%(n)s people look after places that are no more. See the page “People”.",
            number,
        )
        flash(said, "warning")


def _tell_of_blind(number: int) -> None:
    """Whose area is a commune to which nothing leads any more sees nothing."""
    if number:
        said = ngettext(
            "%(n)s person sees nothing any more: no village lies in that area. See the page “People”.",
            "%(n)s people see nothing any more: no village lies in their areas. See the page “People”.",
            number,
        )
        flash(said, "warning")


@signed_in("administer")
def undo(number: int) -> ResponseReturnValue:
    """Put back what an import replaced, and take out what it added."""
    begin_writing()
    before = people.outdated.without_villages()
    try:
        file = places.undo(number).file
        db.session.commit()
    except Problem as problem:
        db.session.rollback()
        return _page(problem)
    flash(_("The import of %(file)s is undone.", file=file), "good")
    _tell_of_blind(len(people.outdated.without_villages() - before))
    return redirect(url_for("admin.places"))


def _sent() -> Sent:
    """The list in the form: a file that was chosen, or the bytes that a preview carries on.

    :raises NoListFile, TooLarge: there is none, or it is too large for a page.
    """
    name, content = _bytes()
    if len(content) > LARGEST:
        raise TooLarge()
    kind = asked.form.one_of("kind", KINDS) or "villages"
    return Sent(kind, _year("vintage"), _year("to_vintage"), name, content)


def _bytes() -> tuple[str, bytes]:
    file = asked.file("file")
    if file is not None:
        return (file.filename or "")[:200], file.stream.read(LARGEST + 1)
    try:
        content = base64.b64decode(asked.form.text("content", most=2 * LARGEST), validate=True)
    except (binascii.Error, ValueError):
        content = b""
    if not content:
        raise NoListFile()
    return asked.form.text("name"), content


def _year(field: str) -> int:
    said = asked.form.text(field)
    year = int(said) if said.isascii() and said.isdigit() and len(said) == 4 else 0
    return year if FIRST_YEAR <= year <= LAST_YEAR else places.newest_vintage()
