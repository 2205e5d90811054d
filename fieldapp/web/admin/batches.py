"""What came in: every batch, and what became of each change in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import NamedTuple

from flask import flash, redirect, render_template, send_file, url_for
from flask.typing import ResponseReturnValue

from fieldapp import batches, intake, naming, verdicts
from fieldapp.config import settings
from fieldapp.db import begin_writing, db
from fieldapp.i18n import _
from fieldapp.people import Account
from fieldapp.problems import NotFound
from fieldapp.surveys import SURVEYS, questions
from fieldapp.web import asked
from fieldapp.web.access import me, signed_in
from fieldapp.web.admin.rules import words
from fieldapp.web.shown import answer
from sync.change import WITHDRAWN, Change
from sync.clock import moment_at
from sync.journal import BatchRow, Journal, Result

PER_PAGE = 50
AT_MOST = 500
"""So many changes of a batch are listed; the counts above the list are of all."""

HERE = ("office", "package")
"""What nobody brought."""


class ChangeLine(NamedTuple):
    """One change of a batch, for people."""

    id: str
    verdict: str
    label: str
    sentence: str
    survey: str
    record: str
    author: str
    made: datetime | None
    says: str
    has_page: bool = False


@signed_in("rule")
def index() -> ResponseReturnValue:
    """The newest batches first, of one kind or of all that came from elsewhere."""
    kind = asked.query.one_of("kind", batches.KINDS) or ""
    before = asked.query.number("before")
    wanted = [kind] if kind else [each for each in batches.KINDS if each not in HERE]
    found = intake.journal().batches(PER_PAGE + 1, before, kinds=wanted)
    return render_template(
        "admin/batches.html",
        batches=found[:PER_PAGE],
        more=found[PER_PAGE - 1].id if len(found) > PER_PAGE else None,
        senders=batches.senders(found),
        received=received,
        kinds=[(value, str(label)) for value, label in batches.KINDS.items()],
        kind=kind,
        waiting=intake.journal().count_held(),
    )


@signed_in("rule")
def page(number: int) -> ResponseReturnValue:
    """One batch: every change in it, and why it was not simply stored."""
    here = intake.journal()
    batch = _batch(here, number)
    results = here.entries(number, AT_MOST)
    left = batches.left_behind(number) if batch.undone else []
    results.sort(key=lambda result: result.verdict in verdicts.TAKEN)
    return render_template(
        "admin/batch.html",
        batch=batch,
        sender=batches.senders([batch])[batch.id],
        received=received,
        lines=lines(results),
        total=sum(batch.counts.values()),
        verdict_label=verdicts.label,
        brought=len(here.changes_of_batch(number)),
        file=batches.taken_in(number),
        left=left,
        left_lines=[_left(each) for each in left[:PER_PAGE]],
    )


def _left(each: batches.WithoutSubject) -> tuple[str, str]:
    """A record that an undone batch left behind: its id, where it has a page, and its survey and village for people."""
    place = naming.village_line(each.area or "")
    said = " · ".join(part for part in (naming.survey(each.survey), place) if part)
    return each.record if SURVEYS[each.survey].listed else "", said


@signed_in("rule")
def receipt(number: int) -> ResponseReturnValue:
    """The receipt of a batch that came by file, as things stand now, to carry back to who made the file."""
    path = settings().instance / "outgoing" / f"{number}{batches.RECEIPT}"
    path.parent.mkdir(exist_ok=True)
    batches.write_receipt(number, path)
    name = _("receipt-%(number)s", number=number) + path.suffix
    return send_file(path, mimetype="application/octet-stream", as_attachment=True, download_name=name, max_age=0)


@signed_in("rule")
def exclude(number: int) -> ResponseReturnValue:
    """Undo a batch: the fold forgets it everywhere; the journal keeps it."""
    _rule(number, "exclude")
    flash(
        _("Batch %(number)s no longer counts. Its changes are kept, and it can be counted again.", number=number),
        "good",
    )
    return redirect(url_for("admin.batch", number=number))


@signed_in("rule")
def include(number: int) -> ResponseReturnValue:
    """Count an undone batch again."""
    _rule(number, "include")
    flash(_("Batch %(number)s counts again.", number=number), "good")
    return redirect(url_for("admin.batch", number=number))


def _rule(number: int, verdict: str) -> None:
    account_id = me().id
    begin_writing()
    here = intake.journal()
    _batch(here, number)
    intake.rule(here.changes_of_batch(number), verdict, account=db.session.get_one(Account, account_id))
    db.session.commit()


def _batch(here: Journal, number: int) -> BatchRow:
    found = here.batch(number)
    if found is None:
        raise NotFound()
    return found


def received(batch: BatchRow) -> datetime:
    """When a batch came in, as the tables keep time: UTC without a zone."""
    return moment_at(batch.received_at)


def lines(results: Iterable[Result]) -> list[ChangeLine]:
    """What became of changes, for people; what could not be read has neither record nor author."""
    listed = list(results)
    authors = naming.people(result.change.author for result in listed if result.change)
    return [_line(result, authors) for result in listed]


def _line(result: Result, authors: Mapping[str, str]) -> ChangeLine:
    change = result.change
    sentence = "" if result.verdict in verdicts.TAKEN else verdicts.sentence(result.verdict, result.reason)
    label = verdicts.label(result.verdict)
    if change is None:
        return ChangeLine(result.id, result.verdict, label, sentence, "", "", "", None, "")
    author = naming.author(authors, change.author)
    survey = naming.survey(change.survey)
    counts = result.verdict in verdicts.TAKEN and change.survey in SURVEYS and SURVEYS[change.survey].listed
    told = (survey, change.record, author, change.moment, says(change))
    return ChangeLine(result.id, result.verdict, label, sentence, *told, has_page=counts)


def says(change: Change) -> str:
    """The answers in a change, on one line."""
    known = questions(change.survey) if change.survey in SURVEYS else {}
    parts = []
    order = {name: place for place, name in enumerate(known)}
    for name, value in sorted(change.answers.items(), key=lambda item: order.get(item[0], len(order))):
        question = known.get(name)
        label = str(question.short) if question else _("Withdrawn") if name == WITHDRAWN else name
        told = words.answer(change.survey, change.answers, name, value) if known else answer(None, value)
        parts.append(f"{label}: {told or '–'}")
    text = "; ".join(parts)
    return text if len(text) <= 300 else f"{text[:299]}…"
