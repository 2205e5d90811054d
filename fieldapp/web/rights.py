"""The table of rights, as everybody may read it: the very table that pages, tablets and commands ask."""

from __future__ import annotations

from typing import NamedTuple

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from fieldapp import review
from fieldapp.i18n import _, _l
from fieldapp.people import ROLES
from fieldapp.people.rights import RIGHTS, WHERE, Right
from fieldapp.review import STATUSES
from fieldapp.web.access import me, signed_in

bp = Blueprint("rights", __name__)

OF = {True: _l("Forms that a supervisor reviews"), False: _l("Members, other support and whatever is not reviewed")}


class RightLine(NamedTuple):
    """One right for people: who has it, in the order of the roles, where, and on which condition."""

    label: str
    roles: list[bool]
    where: str
    conditions: list[str]


@bp.get("/rights")
@signed_in()
def page() -> ResponseReturnValue:
    """Who may do what, where, and when."""
    return render_template(
        "rights.html",
        roles=[str(role.label) for role in ROLES.values()],
        own=list(ROLES).index(me().role),
        lines=[_line(right) for right in RIGHTS],
    )


def _line(right: Right) -> RightLine:
    conditions = [str(OF[right.of])] if right.of is not None else []
    if right.never:
        conditions.append(_("not while it is: %(states)s", states=_states(right.never)))
    if right.only:
        conditions.append(_("only while it is: %(states)s", states=_states(right.only)))
    return RightLine(str(right.label), [role in right.roles for role in ROLES], str(WHERE[right.where]), conditions)


def _states(names: tuple[str, ...]) -> str:
    return ", ".join(review.label(status) for status in STATUSES if status in names)
