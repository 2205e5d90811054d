"""Everything about one household on one page, decided about in one go: the household, its surveys, its visits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from flask import Blueprint, flash, redirect, render_template
from flask.typing import ResponseReturnValue

from fieldapp.db import begin_writing, db
from fieldapp.i18n import ngettext
from fieldapp.problems import NothingDecided, Problem
from fieldapp.review.decisions import VERDICTS
from fieldapp.surveys import SURVEYS
from fieldapp.surveys.base import Record
from fieldapp.web import asked, shown
from fieldapp.web.access import may, signed_in
from fieldapp.web.records import contents
from fieldapp.web.records.answers import Picture
from fieldapp.web.records.contents import RecordPage
from fieldapp.web.records.meanwhile import Wish, carry_out
from fieldapp.web.records.record import MOST_LETTERS, find
from fieldapp.web.records.related import others_of, when_of
from fieldapp.web.review import chosen_queue

bp = Blueprint("family", __name__)


class Member(NamedTuple):
    """One record of the family, what was chosen for it, and what stands against that; ``beside``: the record of the
    same survey before it."""

    page: RecordPage
    when: str
    choices: Sequence[str]
    chosen: str
    comment: str
    problem: Problem | None
    beside: str | None = None


class Shot(NamedTuple):
    """The photos of one record, to be held beside those of the others."""

    when: str
    survey: str
    pictures: list[Picture]


@bp.get("/review/family/<uuid:record_id>")
@signed_in("approve")
def page(record_id: Any) -> ResponseReturnValue:
    """The whole family of a record."""
    return _shown(find(str(record_id)), {}, {})


def _shown(record: Record, chosen: dict[str, Wish], problems: dict[str, Problem]) -> str:
    members = _beside([_member(each, chosen.get(each.id), problems.get(each.id)) for each in family_of(record)])
    shots = [Shot(one.when, str(one.page.record.title), one.page.pictures) for one in members if one.page.pictures]
    return render_template(
        "review/family.html",
        record=record,
        name=shown.name_of(members[0].page.record),
        members=members,
        shots=shots,
        may_decide=any(one.choices for one in members),
        problem=next(iter(problems.values()), None),
        walk=chosen_queue.walk(record.id),
        on_the_way=chosen_queue.on_the_way(),
    )


def _beside(members: Sequence[Member]) -> list[Member]:
    """Each with the record of the same survey before it; households of which there are several are no visits."""
    records = [None, *(one.page.record for one in members)]
    return [
        one._replace(beside=before.id) if before and before.survey == one.page.record.survey != "household" else one
        for before, one in zip(records, members, strict=False)
    ]


def family_of(record: Record) -> list[Record]:
    """The household and all that is reviewed about it, without what was withdrawn, in the order it was made."""
    order = list(SURVEYS)
    found = [each for each in (record, *others_of(record)) if each.reviewed and not each.withdrawn]
    return sorted(found, key=lambda each: (order.index(each.survey), each.created_at, each.created_stamp)) or [record]


def _member(record: Record, chosen: Wish | None, problem: Problem | None) -> Member:
    page = contents.build(record)
    done = page.is_done
    possible = [
        verdict for verdict in VERDICTS if verdict != "reopen" and (problem or not done) and may(verdict, record)
    ]
    given = chosen or Wish("", [], None)
    return Member(page, when_of(record), possible, given.verdict, given.comment, problem)


@bp.post("/review/family/<uuid:record_id>")
@signed_in("approve")
def decide(record_id: Any) -> ResponseReturnValue:
    """Decide about each record for which something was chosen: about all of them, or about none."""
    begin_writing()
    record = find(str(record_id))
    family = family_of(record)
    chosen = {each.id: _chosen(each.id) for each in family if asked.form.text(f"verdict.{each.id}")}
    problems: dict[str, Problem] = _decide(family, chosen) if chosen else {record.id: NothingDecided()}
    if problems:
        db.session.rollback()
        return _shown(find(str(record_id)), chosen, problems), next(iter(problems.values())).status
    onward = chosen_queue.next_after(record.id)
    db.session.commit()
    flash(_done(len(chosen), shown.name_of(record)), "good")
    return redirect(onward)


def _done(count: int, name: str) -> str:
    return ngettext(
        "%(n)s decision about %(name)s was kept.", "%(n)s decisions about %(name)s were kept.", count, name=name
    )


def _chosen(record: str) -> Wish:
    comment = asked.form.text(f"comment.{record}", most=MOST_LETTERS)
    seen, known = asked.form.heads(f"seen.{record}"), asked.form.record(f"decided.{record}")
    return Wish(asked.form.text(f"verdict.{record}"), seen, known, comment)


def _decide(family: Sequence[Record], chosen: dict[str, Wish]) -> dict[str, Problem]:
    """Make these decisions; what stands against them, by record."""
    problems: dict[str, Problem] = {}
    for record in family:
        if record.id not in chosen:
            continue
        try:
            carry_out(record, chosen[record.id])
        except Problem as problem:
            problems[record.id] = problem
    return problems
