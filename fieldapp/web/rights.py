"""The table of rights, as everybody may read it: the very table that pages, tablets and commands ask."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from fieldapp import review
from fieldapp.db import db
from fieldapp.housing.states import MOVES, Move
from fieldapp.i18n import _, _l
from fieldapp.people import ROLES, offices
from fieldapp.people.rights import RIGHTS, WHERE, Right
from fieldapp.reference.chain import chain_on
from fieldapp.review import STATUSES
from fieldapp.today import today
from fieldapp.vietnamese import show_date
from fieldapp.web.access import me, signed_in
from fieldapp.web.cases import words

bp = Blueprint("rights", __name__)

OWN = _l("the village of the household")
HELD = {
    "village": OWN,
    "commune": _l("the whole commune"),
    "district": _l("the whole district"),
    "province": _l("the whole province"),
}
"""What one's area must hold for a step of each level."""
OF = {True: _l("Forms that a supervisor reviews"), False: _l("Members, other support and whatever is not reviewed")}


class RightLine(NamedTuple):
    """One right for people: who has it, in the order of the roles, where, and on which condition."""

    label: str
    roles: list[bool]
    where: str
    conditions: list[str]


class StepLine(NamedTuple):
    """One step of a case: whose it is today ("" of whoever keeps the case), and what one's area must hold for it."""

    label: str
    office: str
    holds: str


@bp.get("/rights")
@signed_in()
def page() -> ResponseReturnValue:
    """Who may do what, where, and when."""
    chain = chain_on(db.session(), today())
    return render_template(
        "rights.html",
        roles=[str(role.label) for role in ROLES.values()],
        own=list(ROLES).index(me().role),
        lines=[_line(right) for right in RIGHTS],
        steps=[_step(move, chain) for move in MOVES],
        chain=[words.level_label(level) for level in chain],
        day=show_date(today().isoformat()),
    )


def _step(move: Move, chain: Sequence[str]) -> StepLine:
    level = offices.level_of(move.level, today(), chain)
    return StepLine(str(move.label), words.level_label(level) if level in HELD else "", str(HELD.get(level, OWN)))


def _line(right: Right) -> RightLine:
    conditions = [str(OF[right.of])] if right.of is not None else []
    if right.never:
        conditions.append(_("not while it is: %(states)s", states=_states(right.never)))
    if right.only:
        conditions.append(_("only while it is: %(states)s", states=_states(right.only)))
    return RightLine(str(right.label), [role in right.roles for role in ROLES], str(WHERE[right.where]), conditions)


def _states(names: tuple[str, ...]) -> str:
    return ", ".join(review.label(status) for status in STATUSES if status in names)
