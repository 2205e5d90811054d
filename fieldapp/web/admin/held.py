"""What waits for a ruling: changes kept whole that do not count until an administrator says so."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp import intake, naming, review
from fieldapp.db import begin_writing, db
from fieldapp.i18n import _, ngettext
from fieldapp.people import Account
from fieldapp.problems import NothingChosen
from fieldapp.review import HeldChange
from fieldapp.surveys import SURVEYS
from fieldapp.web import asked, shown
from fieldapp.web.access import me, signed_in
from fieldapp.web.admin.batches import AT_MOST, ChangeLine, lines
from sync.journal import Entry, Result

VERDICTS = ("release", "refuse")


@signed_in("rule")
def page() -> ResponseReturnValue:
    """The held changes, the oldest first, a page at a time; then the records that wait for what they are about."""
    after = asked.query.text("after")
    found = review.held_in(None, AT_MOST + 1, after)
    return render_template(
        "admin/held.html",
        **held_page(found, AT_MOST, after),
        batch_of={each.entry.change.id: each.entry.batch for each in found},
        held=review.count_held(None),
        waiting=_waiting(),
        in_all=intake.count_without_area(),
    )


def held_page(found: Sequence[HeldChange], most: int, after: str) -> dict[str, Any]:
    """What a page of held changes shows, of one more than it has room for: their lines, and where the next begins."""
    more = found[most - 1].entry.change.id if len(found) > most else ""
    return {"lines": held_lines(found[:most]), "after": after, "more": more}


def held_lines(found: Iterable[HeldChange]) -> list[ChangeLine]:
    """Held changes for people, each with a way to the record it is about, where the reader may see that."""
    listed = list(found)
    ready, seen = lines(_result(each.entry) for each in listed), shown.seen_of({each.record for each in listed})
    return [
        line._replace(record=each.record, has_page=each.record in seen)
        for line, each in zip(ready, listed, strict=True)
    ]


class Wait(NamedTuple):
    """A record that waits, for people."""

    record: str
    survey: str
    author: str
    changed_at: datetime
    why: str


def _waiting() -> list[Wait]:
    found = intake.without_area(AT_MOST)
    authors = naming.people(each.author for each in found)
    here = shown.arrived(each.about[1] for each in found if each.about)
    return [
        Wait(
            each.record,
            str(SURVEYS[each.survey].title),
            naming.author(authors, each.author),
            each.changed_at,
            _why(each.about, here),
        )
        for each in found
    ]


def _why(about: tuple[str, str] | None, here: Collection[str]) -> str:
    if about is None:
        return _("It names no village yet.")
    survey, record = about
    values = {"survey": SURVEYS[survey].title if survey else _("Record"), "record": record}
    if record not in here:
        return _("“%(survey)s” %(record)s has not arrived yet.", **values)
    return _("“%(survey)s” %(record)s is itself in no village yet.", **values)


def _result(entry: Entry) -> Result:
    return Result(entry.change.id, entry.verdict, entry.held, entry.change)


@signed_in("rule")
def rule() -> ResponseReturnValue:
    """Release or refuse the chosen changes.

    :raises NothingChosen: no change, or no verdict, was chosen.
    """
    about, verdict = asked.form.texts("about"), asked.form.text("verdict")
    if not about or verdict not in VERDICTS:
        raise NothingChosen()
    account_id = me().id
    begin_writing()
    waiting = intake.journal().waiting(about)
    chosen = [change for change in about if change in waiting]
    if chosen:
        intake.rule(chosen, verdict, account=db.session.get_one(Account, account_id))
    db.session.commit()
    flash(_said(verdict, len(chosen)), "good")
    return redirect(url_for("admin.held", after=asked.form.text("after") or None))


def _said(verdict: str, count: int) -> str:
    if not count:
        return _("Somebody decided about these changes before you.")
    if verdict == "release":
        return ngettext("%(n)s change released: it counts now.", "%(n)s changes released: they count now.", count)
    return ngettext(
        "%(n)s change refused: it is kept, and does not count.",
        "%(n)s changes refused: they are kept, and do not count.",
        count,
    )
