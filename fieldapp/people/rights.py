"""The one table of rights: who may do what, to which records, in which state, and where.

The pages, the wire and the commands ask it, and the page about rights draws it: nothing else decides what somebody may
do. A right is of an account as it stands at the moment of asking, so what a tablet sends is judged when it arrives.
What the table forbids is refused to a person at a page; what a tablet sends beyond it is held, kept whole, and shown.

A state is the one that the author knew. Whoever corrected a record in a village, and whose correction arrives after the
supervisor has approved or withdrawn it, did what was allowed: it counts, and the record is "changed since approval" or
in dispute. Only an act of which the author could see that it is not allowed is beyond the table. An approval forbids no
edit, neither before nor after it is known: it holds for the version that it names, and an edit reopens the record.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

import sqlalchemy as sa

from fieldapp.db import db
from fieldapp.i18n import _l
from fieldapp.people.models import Account, Grant
from fieldapp.people.roles import with_duty
from fieldapp.people.visitors import Holder
from fieldapp.places import Place, Village, villages_inside
from fieldapp.places.gazetteer import lists_of
from fieldapp.places.models import PlaceListVersion
from fieldapp.places.offices import EVERYTHING
from fieldapp.straight import renew
from fieldapp.surveys.base import Record
from sync.statements import Ready, among

Areas = frozenset[str] | None
"""Ids of villages; None stands for everything on this node, also what has no village yet."""
Query = TypeVar("Query", bound=sa.Select[*tuple[Any, ...]])
Reach = Literal["inside", "both", "office", "everywhere"]
Refusal = Literal["role", "place", "state"]

WHERE: dict[Reach, str] = {
    "inside": _l("Within one’s own area"),
    "both": _l("Where it is and where it would go must both be in one’s own area"),
    "office": _l("One’s own area must hold the whole place of the office whose step it is; see the steps below"),
    "everywhere": _l("On the whole of this server or laptop"),
}


def within_areas(query: Query, area: Any, areas: Collection[str] | None) -> Query:
    """A query limited to the rows whose ``area``, a column, is one of these villages; None stands for all of them."""
    return query if areas is None else query.where(among(db.session.connection(), area, areas))


@dataclass(frozen=True)
class Right:
    """One line of the table.

    ``of``: whether it is about records that a supervisor decides about, about the others, or about both (None).
    ``never``, ``only``: the states of a record in which nobody may, or in which alone somebody may.
    ``reason``: why a change is held that a tablet sends for somebody whose role is not among ``roles``.
    """

    act: str
    label: str
    roles: frozenset[str]
    where: Reach = "inside"
    of: bool | None = None
    never: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    reason: str = ""


ALL = with_duty("look")
FILLING = with_duty("fill")
ANSWERING = with_duty("answer")
DECIDING = with_duty("decide")
READING = with_duty("read")
RULING = with_duty("rule")
SUPPORTING = with_duty("support")
KEEPING_CASES = SUPPORTING | RULING
NOBODY: frozenset[str] = frozenset()

RIGHTS: tuple[Right, ...] = (
    Right("see", _l("See records, their history and their photos"), ALL),
    Right("add", _l("Enter a new record"), FILLING, reason="may_not_fill"),
    Right("edit", _l("Correct answers"), FILLING, never=("withdrawn",), reason="may_not_fill"),
    Right("move", _l("Move a record to another village"), FILLING, "both", never=("withdrawn",), reason="may_not_fill"),
    Right("settle", _l("Say which of two answers holds"), FILLING, only=("contested",), reason="may_not_fill"),
    Right("withdraw", _l("Withdraw a record or bring it back"), DECIDING, of=True, reason="may_not_withdraw"),
    Right("withdraw", _l("Withdraw a record or bring it back"), FILLING, of=False, reason="may_not_fill"),
    Right("approve", _l("Approve"), DECIDING, of=True, never=("withdrawn", "contested"), reason="not_a_supervisor"),
    Right("return", _l("Return for correction"), DECIDING, of=True, never=("withdrawn",), reason="not_a_supervisor"),
    Right("refuse", _l("Refuse"), DECIDING, of=True, never=("withdrawn", "contested"), reason="not_a_supervisor"),
    Right(
        "reopen",
        _l("Take an approval or a refusal back"),
        DECIDING,
        of=True,
        never=("withdrawn",),
        reason="not_a_supervisor",
    ),
    Right(
        "merge",
        _l("Say that two entries are one household, or two, and take it back"),
        DECIDING | RULING,
        reason="not_a_supervisor",
    ),
    Right("assign", _l("Say who is to visit a household, and by when"), DECIDING | RULING, reason="not_a_supervisor"),
    Right(
        "reply",
        _l("Reply to a comment of the supervisor"),
        ANSWERING,
        of=True,
        only=("returned", "answered"),
        reason="may_not_reply",
    ),
    Right(
        "keep_case",
        _l("Propose a household for support; keep its case and the lists that it stands on"),
        KEEPING_CASES,
        reason="may_not_support",
    ),
    Right("decide_support", _l("Draw up decisions of support"), KEEPING_CASES, reason="may_not_support"),
    Right(
        "take_step",
        _l("Move a case on: sign off its lists, sign decisions of support and take them back, settle it"),
        SUPPORTING,
        "office",
        reason="may_not_support",
    ),
    Right(
        "take_step",
        _l("The same of every office, and what old papers say of it"),
        RULING,
        "everywhere",
        reason="may_not_support",
    ),
    Right("override", _l("Go on with a case against a warning of the law"), KEEPING_CASES, reason="may_not_support"),
    Right("pay", _l("Enter payments and counter-entries"), SUPPORTING, reason="may_not_support"),
    Right("alter", _l("Alter or withdraw a payment: a counter-entry corrects it"), NOBODY, reason="payment_stands"),
    Right("report", _l("Read reports and take them away as files"), READING),
    Right("export", _l("Take records away as files, without whole positions and identity numbers"), READING),
    Right("export_exact", _l("Take records away as files with everything in them"), RULING),
    Right("rule", _l("Decide about held changes; take back a batch"), RULING, "everywhere", reason="ruling"),
    Right(
        "import",
        _l("Take in batch files, backup files of tablets, and lists of households, cases and places"),
        RULING,
        "everywhere",
    ),
    Right(
        "set_rules",
        _l("Write the rules: programmes, amounts, statuses of places, offices"),
        RULING,
        "everywhere",
        reason="not_an_administrator",
    ),
    Right(
        "keep_indicator",
        _l("Enter what is known of places: the indicators that no household says"),
        RULING | SUPPORTING,
        "everywhere",
        reason="not_an_administrator",
    ),
    Right("close_period", _l("Close the figures of a period"), RULING, "everywhere"),
    Right("administer", _l("Accounts, devices, this server or laptop and those it is joined to"), RULING, "everywhere"),
)
"""The table, in the order in which it is read."""

ACTS = tuple(dict.fromkeys(right.act for right in RIGHTS))
_BY_ACT = {act: [right for right in RIGHTS if right.act == act] for act in ACTS}
DECISIONS = ("approve", "return", "refuse", "reopen")


KEEPING = ("add", "edit", "move", "withdraw", "settle")


def act_on(survey: type[Record], act: str) -> str:
    """The act under which the table knows what is done to a record of this survey: of what is kept in offices, one act
    stands for all filling in; what stays as it was entered, nobody alters."""
    if act not in KEEPING or not survey.kept_by:
        return act
    return "alter" if survey.stands and act != "add" else survey.kept_by


@dataclass(frozen=True)
class About:
    """What an act is about. ``reviewed``: whether a supervisor decides about such records; ``state``: as its author
    knew it, "" where that forbids nothing; ``places``: the villages it is in, would be in, or points to; of a step of
    an office those that this office answers for, see :func:`fieldapp.people.offices.answered_for`."""

    reviewed: bool | None = None
    state: str = ""
    places: Collection[str] = ()


NOTHING_ELSE = About()


@dataclass(frozen=True)
class Rights:
    """What one account may do, as it stands now: its role ("" when it is switched off) and its areas."""

    role: str
    areas: Areas

    def may(self, act: str, about: About = NOTHING_ELSE) -> bool:
        """Whether an act is allowed: anywhere and in any state, unless it is said about what."""
        return self.refuses(act, about) is None

    def refuses(self, act: str, about: About = NOTHING_ELSE) -> Refusal | None:
        """What stands against an act: the role, the place or the state of the record; None if nothing does.

        :raises KeyError: the table knows no such act.
        """
        fitting = [right for right in _BY_ACT[act] if _fits(right, about) and self.role in right.roles]
        if not fitting:
            return "role"
        if not any(right.where == "everywhere" or self.sees_all(about.places) for right in fitting):
            return "place"
        return None if any(_allows(right, about.state) for right in fitting) else "state"

    def sees(self, area: str | None) -> bool:
        """Whether records of this village (None or "" while it is unknown) lie within the areas."""
        return self.areas is None or (area or "") in self.areas

    def sees_all(self, places: Collection[str]) -> bool:
        """Whether all of these villages lie within the areas."""
        return self.areas is None or self.areas.issuperset(places)


def _fits(right: Right, about: About) -> bool:
    return right.of is None or about.reviewed is None or right.of is about.reviewed


def _allows(right: Right, state: str) -> bool:
    return not state or (state not in right.never and (not right.only or state in right.only))


def rights_of(account: Account | Holder) -> Rights:
    """What an account may do, as it stands now; one that was switched off nothing at all."""
    if isinstance(account, Account):
        renew(db.session(), account)
    return Rights(account.role, areas_of(account)) if account.active else Rights("", frozenset())


def may(account: Account, act: str) -> bool:
    """Whether the account's role allows an act at all; where and when is asked of :func:`rights_of`.

    :raises KeyError: the table knows no such act.
    """
    return Rights(account.role if account.active else "", None).may(act)


def roles_that(act: str) -> frozenset[str]:
    """The roles that may do something."""
    return frozenset(role for right in RIGHTS if right.act == act for role in right.roles)


def reason_against(act: str, reviewed: bool | None) -> str:
    """Why a change is held that a tablet sends for somebody whose role does not allow it."""
    fitting = (right for right in RIGHTS if right.act == act and _fits(right, About(reviewed)))
    return next(right.reason for right in fitting)


def areas_of(account: Account | Holder) -> Areas:
    """The ids of the villages an account may see; None for everything on this node.

    A node serves one province, so whoever is granted a province is granted everything, also what has no village yet.
    """
    db.session.flush()
    connection = db.session.connection()
    rows = _grants(connection, account=account.id)
    known = lists_of(connection, [(of, version) for of, _none, version in rows if of]).granted
    grants = frozenset((vintage, code) for of, vintage, code in rows if not of)
    if grants not in known:
        if len(known) >= MOST_KNOWN:
            known.clear()
        known[grants] = frozenset(_granted(connection, account=account.id).scalars())
    return None if EVERYTHING in known[grants] else known[grants]


MOST_KNOWN = 1000
"""The villages of so many different grants stay at hand, beside the lists of places that they were found in."""
_grants = Ready(
    lambda _dialect: sa.union_all(
        sa.select(sa.literal("").label("of"), Grant.vintage, Grant.code).where(
            Grant.account_id == sa.bindparam("account")
        ),
        sa.select(PlaceListVersion.of, sa.literal(0), PlaceListVersion.version),
    )
)
"""What ``account`` was granted, and beside it the versions of the lists of places: the name of each and its version."""


def _all_granted(_dialect: sa.Dialect) -> sa.CompoundSelect[Any]:
    """The villages granted to ``account``, as :func:`fieldapp.places.villages_of` finds them; ``*`` for a province."""
    asked = Grant.account_id == sa.bindparam("account", type_=sa.String)
    place = sa.and_(Place.vintage == Grant.vintage, Place.code == Grant.code)
    granted = sa.select(Grant.vintage, Grant.code, Place.level).outerjoin(Place, place).where(asked).cte("granted")
    is_less = granted.c.level.is_distinct_from("tinh")
    less = sa.select(granted.c.vintage, granted.c.code).where(is_less).cte("less")
    named = sa.select(Village.id).join(granted, granted.c.code == Village.id)
    everything = sa.literal_column(f"'{EVERYTHING}'", sa.String)
    whole = sa.select(everything).select_from(granted).where(granted.c.level == "tinh")
    return sa.union_all(named, *villages_inside(less), whole)


_granted = Ready(_all_granted)
