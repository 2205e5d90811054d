"""Taking in a batch file: it is read and shown first, and counts only after a second press."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import FileStorage

from fieldapp import batches, naming, verdicts
from fieldapp.batches import BatchFilter, CheckedBatch
from fieldapp.batches.foretelling import FIRST
from fieldapp.db import db
from fieldapp.i18n import _
from fieldapp.instance.waiting_files import folder, forget_old
from fieldapp.nodes.sentences import ExchangeProblem
from fieldapp.problems import FileNotReadable, FileWaitsNoMore, NoFile, NotFound, NothingInIt, Problem
from fieldapp.web import asked
from fieldapp.web.access import me, signed_in
from sync.files import drafting

LARGEST = 4 * 1024**3
AT_ONCE = 50_000
"""So many changes are looked at within some seconds; before more are, the page says how long it takes."""
A_MINUTE = 300_000
"""So many changes a slow machine looks at in a minute."""


@signed_in("import")
def page() -> ResponseReturnValue:
    """Choose a file."""
    return render_template("admin/import.html", problem=None)


@signed_in("import")
def preview() -> ResponseReturnValue:
    """What the file holds and what would become of each record; nothing is stored but the file itself.

    Of a large file only what it says of itself is shown at once: the rest is worth a question.
    A receipt that came back is read at once: it changes no data.
    """
    file = asked.file("file")
    try:
        kept = _keep(file)
        told = batches.show(kept)
        if told.changes > AT_ONCE:
            return _ask_first(kept, told)
        return _preview(kept, BatchFilter(), Whole())
    except ExchangeProblem as problem:
        if problem.sync_code != "not_a_batch":
            return _refused(problem)
        return _take_receipt(kept, named_so=_is_named_receipt(file), otherwise=problem)
    except Problem as problem:
        return _refused(problem)


def _ask_first(kept: Path, told: CheckedBatch) -> ResponseReturnValue:
    minutes = max(1, round(told.changes / A_MINUTE))
    return render_template("admin/large.html", file=kept.stem, path=kept, parcel=told, minutes=minutes)


def _refused(problem: Problem) -> ResponseReturnValue:
    db.session.rollback()
    return render_template("admin/import.html", problem=problem), problem.status


def _is_named_receipt(file: FileStorage | None) -> bool:
    return bool(file and (file.filename or "").endswith(batches.RECEIPT))


def _take_receipt(kept: Path, *, named_so: bool, otherwise: Problem) -> ResponseReturnValue:
    """Read what is no batch file as a receipt. What is neither is told of as what its name says it is."""
    try:
        given = batches.read_receipt(kept)
    except ExchangeProblem as problem:
        return _refused(problem if named_so or problem.sync_code != "not_a_receipt" else otherwise)
    finally:
        kept.unlink(missing_ok=True)
    peer = given.receipt.sender if given.receipt else ""
    flash(_("“%(name)s” has received the file.", name=peer), "good")
    return redirect(url_for("admin.given", name=peer))


@dataclass(frozen=True)
class Portion:
    """A part of a file that can be chosen: its code, what people call it, how many records of it are in the file."""

    code: str
    name: str
    count: int

    @classmethod
    def read(cls, text: str) -> Portion:
        """As the page kept it."""
        code, count, name = (*text.split("|", 2), "", "")[:3]
        return cls(code, name, int(count) if re.fullmatch("[0-9]{1,15}", count) else 0)

    def __str__(self) -> str:
        return f"{self.code}|{self.count}|{self.name}"


class Whole(NamedTuple):
    """The parts of the whole file, which the page keeps while one looks at some of them."""

    communes: list[Portion] = []
    surveys: list[Portion] = []
    devices: list[Portion] = []

    @classmethod
    def of(cls, parcel: CheckedBatch) -> Whole:
        """Those of a file that was looked at whole."""
        found = parcel.foretold
        names = naming.devices(found.devices)
        return cls(
            [Portion(code, *told) for code, told in found.communes.items()],
            [Portion(survey, naming.survey(survey), count) for survey, count in found.surveys.items()],
            [Portion(device, names.get(device) or device, count) for device, count in found.devices.most_common()],
        )

    @classmethod
    def kept(cls) -> Whole:
        """Those the page kept."""
        return cls(*([Portion.read(text) for text in asked.form.texts(f"{name}_of_file")] for name in cls._fields))


def _preview(kept: Path, choice: BatchFilter, whole: Whole) -> ResponseReturnValue:
    parcel = batches.preview(kept, choice=choice)
    whole = whole if any(whole) else Whole.of(parcel)
    return render_template(
        "admin/preview.html",
        file=kept.stem,
        parcel=parcel,
        found=parcel.foretold,
        whole=whole,
        choice=choice,
        verdict_label=verdicts.label,
        first=FIRST,
    )


def _choice(whole: Whole) -> BatchFilter:
    """What was ticked: all parts of a kind are no restriction.

    :raises NothingInIt: no part of some kind.
    """
    ticked = {name: frozenset(asked.form.texts(name)) for name in Whole._fields}
    parts = {name: frozenset(part.code for part in getattr(whole, name)) for name in Whole._fields}
    if any(parts[name] and not ticked[name] for name in parts):
        raise NothingInIt()
    some = {name: ticked[name] if ticked[name] != parts[name] else frozenset[str]() for name in parts}
    return BatchFilter(
        places=some["communes"],
        surveys=some["surveys"],
        devices=some["devices"],
        without=frozenset(asked.form.texts("without")),
        without_clashing=asked.form.has("without_clashing"),
    )


@signed_in("import")
def take_in(file: str) -> ResponseReturnValue:
    """Import the file that was looked at, or what was chosen of it; or look at what was chosen first."""
    account = me()
    if not re.fullmatch(r"[0-9a-f]{32}", file):
        raise NotFound()
    path = folder() / f"{file}.fab"
    try:
        whole = Whole.kept()
        choice = _choice(whole)
        if asked.form.text("act") == "look":
            return _preview(path, choice, whole)
        parcel = batches.take_in(path, author=account.id, choice=choice)
    except FileNotReadable:
        return _gone(file)
    except Problem as problem:
        return _refused(problem)
    _say(parcel)
    if not parcel.left_out:
        path.unlink(missing_ok=True)
    return redirect(url_for("admin.batch", number=parcel.batch))


def _gone(file: str) -> ResponseReturnValue:
    """A file is not here any more once it was imported: by somebody else who looked at it too, or by this person, whose
    answer got lost on the way.
    """
    parcel = batches.imported_before(file)
    if parcel is None:
        return _refused(FileWaitsNoMore())
    _say(parcel)
    return redirect(url_for("admin.batch", number=parcel.batch))


def _say(parcel: CheckedBatch) -> None:
    if parcel.undone:
        flash(
            _("This file was imported as batch %(number)s, which was undone since. Nothing changed. "
              "Here you can count it again.", number=parcel.before), "warning"
        )  # fmt: skip
    elif parcel.before is not None:
        flash(
            _("This file was imported before, as batch %(number)s. Nothing changed.", number=parcel.before), "warning"
        )
    else:
        flash(_("The file was imported as batch %(number)s.", number=parcel.batch), "good")


def allow_large_files(endpoint: str | None) -> None:
    """A batch file carries photos, so it may be far larger than anything else a page takes.

    Called before anything looks at the form: afterwards the smaller limit would already have refused it.
    """
    if endpoint in ("admin.preview", "admin.read_backup"):
        request.max_content_length = LARGEST


def _keep(file: FileStorage | None) -> Path:
    """Put what was sent where the import can find it, under a name made from its content.

    :raises NoFile: no file was chosen.
    """
    if file is None:
        raise NoFile()
    forget_old(folder().glob("*.fab"))
    with drafting(folder()) as draft:
        file.save(draft)
        return draft.replace(folder() / f"{batches.file_hash(draft)[:32]}.fab")
