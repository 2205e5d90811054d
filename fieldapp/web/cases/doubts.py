"""What a person should look at about cases, decisions and money, each once: it came about where nobody could know."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from fieldapp.cases import budget, list_doubts, strays
from fieldapp.cases.chain import ChainDoubt
from fieldapp.cases.list_doubts import ListDoubt, ListDoubtCode
from fieldapp.cases.strays import Stray
from fieldapp.db import begin_writing, db
from fieldapp.facts.searching import unindexed
from fieldapp.facts.tables import CaseFact
from fieldapp.i18n import _, _l
from fieldapp.people import Areas, within_areas
from fieldapp.problems import NotFound
from fieldapp.vietnamese import show_date
from fieldapp.web import asked, shown
from fieldapp.web.access import me, mine, must, my_areas, signed_in
from fieldapp.web.cases import decisions, words
from fieldapp.web.cases.list_contents import title_of
from fieldapp.web.cases.listing import bp, lines

PAGE = 50
FACT: Any = CaseFact.__table__


class DecisionDoubt(NamedTuple):
    """A doubt about decisions: the sentence, and each with its number and day."""

    sentence: str
    decisions: list[tuple[str, str]]


class StrayLine(NamedTuple):
    """Something that was entered for a case and counts for nothing: whom it is about and where, and what it is."""

    name: str
    where: str
    one: Stray


class DoubtedList(NamedTuple):
    """A list that two offices handled apart: the sentence, what the list is called, and the doubt itself."""

    sentence: str
    title: str
    one: ListDoubt


OF_LISTS: dict[ListDoubtCode, str] = {
    "apart": _l(
        "One office withdrew this list while another went on with it. Bring it back; to undo what it moved, open the "
        "list again."
    ),
    "gone": _l(
        "This list was withdrawn though it is signed off, and its cases stay where it moved them. Bring it back; to "
        "undo what it moved, open the list again."
    ),
    "meeting_apart": _l(
        "One office withdrew the meeting of this list while another went on with it. Bring the meeting back; to undo "
        "what the list moved, open it again."
    ),
    "meeting_gone": _l(
        "The meeting of this list was withdrawn. Bring the meeting back; to undo what the list moved, open it again."
    ),
}


@bp.get("/cases/doubts")
@signed_in("keep_case")
def doubts() -> ResponseReturnValue:
    """All of them, the cases paged."""
    count = count_cases(my_areas())
    last = max(1, -(-count // PAGE))
    number = asked.query.page(last)
    query = within_areas(sa.select(FACT.c.record).where(FACT.c.doubted), FACT.c.area, my_areas())
    query = query.order_by(unindexed(FACT.c.since), FACT.c.record).limit(PAGE).offset((number - 1) * PAGE)
    return render_template(
        "cases/doubts.html",
        lines=lines(list(db.session.scalars(query))),
        count=count,
        number=number,
        last=last,
        page_url=lambda page: url_for("cases.doubts", page=page),
        decisions=_of_decisions(),
        over=[(one, words.programme_name(one.given.programme)) for one in budget.over_promised()],
        away=[(one, words.programme_name(one.given.programme)) for one in budget.taken_away()],
        strays=_lines(strays.without_case(my_areas(), PAGE)),
        incomplete=_lines(strays.incomplete(my_areas(), PAGE)),
        lists=_of_lists(),
        visits=_lines(strays.visits_for_nothing(my_areas(), PAGE)),
        place_name=words.place_name,
        may_rule=mine().may("rule"),
    )


def count_cases(areas: Areas) -> int:
    """How many cases have something to be looked at."""
    query = within_areas(sa.select(sa.func.count()).select_from(FACT).where(FACT.c.doubted), FACT.c.area, areas)
    return db.session.scalar(query) or 0


def count_all(areas: Areas) -> int:
    """The same with decisions, lists, allocations, and what was entered for a case and counts for nothing."""
    of_money = (
        len(budget.over_promised()) + len(budget.taken_away()) + strays.count(areas) + len(list_doubts.doubts(areas))
    )
    return count_cases(areas) + len(_seen()) + of_money


def _of_lists() -> list[DoubtedList]:
    return [DoubtedList(str(OF_LISTS[each.code]), title_of(each.one), each) for each in list_doubts.doubts(my_areas())]


def _lines(found: Iterable[Stray]) -> list[StrayLine]:
    return [
        StrayLine(
            shown.head_of(one.head_name, one.area, known=one.head_name is not None), shown.place_line(one.area), one
        )
        for one in found
    ]


@bp.post("/cases/doubts/lists/<uuid:record_id>")
@signed_in("keep_case")
def bring_list_back(record_id: Any) -> ResponseReturnValue:
    """Bring a list or meeting back that was withdrawn while somebody went on with it."""
    begin_writing()
    found = next((one for one in list_doubts.doubts(my_areas()) if one.record.id == str(record_id)), None)
    if found is None:
        raise NotFound()
    must("keep_case", found.record)
    list_doubts.bring_back(found, account=me())
    db.session.commit()
    flash(_("It is brought back."), "good")
    return redirect(url_for("cases.doubts"))


def _seen() -> list[ChainDoubt]:
    """The doubts about decisions of which the person sees a case."""
    if not decisions.doubts():
        return []
    mine = {row.id for row in decisions.seen_by(my_areas())}
    return [one for one in decisions.doubts() if mine & {one.decision, *one.others}]


def _of_decisions() -> list[DecisionDoubt]:
    rows = {row.id: row for row in decisions.seen_by(my_areas())}
    return [
        DecisionDoubt(
            str(decisions.DOUBTS[one.code]),
            [(id, _called(rows[id])) for id in (one.decision, *one.others) if id in rows],
        )
        for one in _seen()
    ]


def _called(row: Any) -> str:
    return f"{row.number or '…'} ({show_date(row.decided_on) if row.decided_on else '…'})"
