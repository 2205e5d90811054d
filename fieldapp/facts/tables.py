"""The tables of what follows about households and cases: by these pages list, sort, count and map."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from fieldapp.facts import figures
from fieldapp.surveys import Base
from fieldapp.surveys.base import bytewise

SOUND = sa.text("wanted = 'new' AND difficulty = 'none'")
"""A new house is asked for though the one there is large enough and durable; as it stands, so that an index answers."""


class HouseholdFact(Base):
    """The fact of one household, also of one that was withdrawn.

    - ``need``: the housing survey that counts; ``status``: where that one stands, or else the household itself
    - ``wanted``: ``new`` or ``repair``, what it asks for; ``stage``: how far its house is
    - ``difficulty``: ``no_house``, ``area``, ``quality``, ``both`` or ``none``; None where that is not known
    - ``rank``: its place in the legal order as text to sort by, of which ``main`` and ``sub`` are the class
    - ``until``: the day, as text, from which on this may no longer be so; None where no day matters
    - ``ethnic_group``: the household's own; ``author``: the account that entered it
    - ``count_0`` …: what it counts as, see :mod:`fieldapp.facts.figures`; nothing once it is withdrawn
    """

    __tablename__ = "household_fact"

    household: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    area: Mapped[str | None] = mapped_column(sa.String(32))
    need: Mapped[str | None] = mapped_column(sa.String(36))
    sort_key: Mapped[str] = mapped_column(bytewise())
    search_key: Mapped[str] = mapped_column(sa.String())
    status: Mapped[str] = mapped_column(sa.String(32))
    stage: Mapped[str] = mapped_column(sa.String(16))
    wanted: Mapped[str | None] = mapped_column(sa.String(16))
    difficulty: Mapped[str | None] = mapped_column(sa.String(16))
    poverty_class: Mapped[str | None] = mapped_column(sa.String(32))
    minority: Mapped[bool | None] = mapped_column()
    main: Mapped[str | None] = mapped_column(sa.String(8))
    sub: Mapped[str | None] = mapped_column(sa.String(8))
    rank: Mapped[str] = mapped_column(bytewise(64))
    lat: Mapped[float | None] = mapped_column(sa.Float)
    lon: Mapped[float | None] = mapped_column(sa.Float)
    contested: Mapped[bool] = mapped_column()
    withdrawn: Mapped[bool] = mapped_column()
    until: Mapped[str | None] = mapped_column(bytewise(10), index=True)
    ethnic_group: Mapped[str | None] = mapped_column(sa.String(40))
    author: Mapped[str] = mapped_column(sa.String(64), server_default="")
    count_0: Mapped[int] = mapped_column(sa.BigInteger)
    count_1: Mapped[int] = mapped_column(sa.BigInteger)
    count_2: Mapped[int] = mapped_column(sa.BigInteger)
    count_3: Mapped[int] = mapped_column(sa.BigInteger)
    count_4: Mapped[int] = mapped_column(sa.BigInteger)
    count_5: Mapped[int] = mapped_column(sa.BigInteger)
    count_6: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    count_7: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    count_8: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")

    __table_args__ = (
        sa.Index("ix_household_fact_tally", "area", *(f"count_{n}" for n in range(figures.OF_NEED))),
        sa.Index("ix_household_fact_name", "sort_key", "household", "area", "search_key"),
        sa.Index(
            "ix_household_fact_village", "area", "sort_key", "household", "lat", "lon", "withdrawn", "status", "main"
        ),
        sa.Index("ix_household_fact_sound", "household", "area", sqlite_where=SOUND, postgresql_where=SOUND),
        sa.Index("ix_household_fact_map", "lat", "lon", "status", "main", "area", "household", "withdrawn"),
    )


_LACKING: dict[str, Any] = {f"{dialect}_where": sa.text("lack IS NOT NULL") for dialect in ("sqlite", "postgresql")}


class HouseholdProgramme(Base):
    """That an open programme may help a household (``met``), or that this is not known; of what it may not, nothing.

    ``lack``: the one thing that would make it known, as ``kind subject name`` (:class:`fieldapp.housing.Lack`); None
    where there are several.
    """

    __tablename__ = "household_programme"

    household: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    programme: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    area: Mapped[str | None] = mapped_column(sa.String(32))
    met: Mapped[bool | None] = mapped_column()
    lack: Mapped[str | None] = mapped_column(bytewise())

    __table_args__ = (
        sa.Index("ix_household_programme_met", "programme", "met", "area", "household"),
        sa.Index("ix_household_programme_lack", "lack", "area", "household"),
        sa.Index("ix_household_programme_lacking", "area", "household", "lack", **_LACKING),
    )


class HouseholdTally(Base):
    """How many households lie in a village, "" where it is not known, and the sums of what they count as."""

    __tablename__ = "household_tally"

    area: Mapped[str] = mapped_column(bytewise(32), primary_key=True)
    households: Mapped[int] = mapped_column(sa.BigInteger)
    count_0: Mapped[int] = mapped_column(sa.BigInteger)
    count_1: Mapped[int] = mapped_column(sa.BigInteger)
    count_2: Mapped[int] = mapped_column(sa.BigInteger)
    count_3: Mapped[int] = mapped_column(sa.BigInteger)
    count_4: Mapped[int] = mapped_column(sa.BigInteger)
    count_5: Mapped[int] = mapped_column(sa.BigInteger)
    count_6: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    count_7: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    count_8: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")


def _by_home(key: str, length: int) -> sa.Table:
    """The same counts of each village, told apart by one thing more, "" where it is not known."""
    keys = [sa.Column("area", bytewise(32), primary_key=True), sa.Column(key, bytewise(length), primary_key=True)]
    names = ("households", *(f"count_{n}" for n in range(figures.NUMBERS)))
    counts = [sa.Column(each, sa.BigInteger, nullable=False) for each in names]
    return sa.Table(f"households_by_{key}", Base.metadata, *keys, *counts)


HOME_TALLIES: dict[str, Any] = {
    "area": HouseholdTally.__table__,
    "ethnic_group": _by_home("ethnic_group", 40),
    "author": _by_home("author", 64),
}
"""Households are counted by village alone, and by village and ethnic group or author."""


class LackTally(Base):
    """How many households of a village hang on one lack, and with ``lack`` empty, on any."""

    __tablename__ = "lack_tally"

    area: Mapped[str] = mapped_column(bytewise(32), primary_key=True)
    lack: Mapped[str] = mapped_column(bytewise(), primary_key=True)
    households: Mapped[int] = mapped_column(sa.BigInteger)


class AlikeKey(Base):
    """What households are found by that may be one: a number made of something that both would have alike."""

    __tablename__ = "alike_key"

    key: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    household: Mapped[str] = mapped_column(sa.String(36), primary_key=True, index=True)


class AlikePair(Base):
    """Two households that look like one, and about which nobody has said whether they are; ``one`` has the smaller id.

    ``points``: how much they are alike; ``what``: in what, words of :mod:`fieldapp.surveys.alike` with spaces between.
    """

    __tablename__ = "alike_pair"

    one: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    other: Mapped[str] = mapped_column(sa.String(36), primary_key=True, index=True)
    points: Mapped[int] = mapped_column(sa.Integer)
    what: Mapped[str] = mapped_column(sa.String(120))

    __table_args__ = (sa.Index("ix_alike_pair_likeliest", "points", "one", "other"),)


class FactsWork(Base):
    """One row: by which rules and places the facts were worked out, and how far this is when they have changed.

    - ``made_for``: the version by which all of them were; ``making_for``: the one that is worked on, "" for none
    - ``after``: the household that was last; ``done`` of ``whole``: how many
    - ``worker``: the process that is at it, until ``busy_until`` (milliseconds since 1970) unless it says so again
    """

    __tablename__ = "facts_work"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    made_for: Mapped[str] = mapped_column(sa.String(128))
    making_for: Mapped[str] = mapped_column(sa.String(128))
    after: Mapped[str] = mapped_column(sa.String(36))
    done: Mapped[int] = mapped_column(sa.Integer)
    whole: Mapped[int] = mapped_column(sa.Integer)
    worker: Mapped[str] = mapped_column(sa.String(64))
    busy_until: Mapped[int] = mapped_column(sa.BigInteger)


DOUBTED = sa.text("doubted")
"""Something odd is known of it; as it stands, so that an index answers."""


class CaseFact(Base):
    """The fact of one case. Days are written ``2026-08-01``, amounts in đồng.

    ``state``: with what the visits say; ``promised``: approved, or what the norm gives while it waits; ``late_from``:
    the day from which it is late unless something happens: while it is approved, that the work begins, and once it is
    complete and all of it is paid, that it is settled; ``doubts``: codes with blanks between them; ``decided_on``
    and ``completed_on``: as long as it is decided, and complete or settled; ``reason``: why the work has not begun;
    ``year``: whose money it takes; ``reopened``: it or its need is another since it was decided; ``sort_key``: that of
    its household's name; ``ethnic_group``: that of its household; ``marks``: what its papers and its finished house
    have (:data:`MARKS`), codes with blanks around each.
    """

    __tablename__ = "case_fact"

    record: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    household: Mapped[str | None] = mapped_column(sa.String(36), index=True)
    area: Mapped[str | None] = mapped_column(sa.String(32))
    programme: Mapped[str | None] = mapped_column(sa.String(36))
    need_type: Mapped[str | None] = mapped_column(sa.String(40))
    state: Mapped[str] = mapped_column(sa.String(40))
    since: Mapped[str | None] = mapped_column(sa.String(10))
    promised: Mapped[int] = mapped_column(sa.BigInteger)
    approved: Mapped[int] = mapped_column(sa.BigInteger)
    paid: Mapped[int] = mapped_column(sa.BigInteger)
    milestone: Mapped[str | None] = mapped_column(sa.String(40))
    late_from: Mapped[str | None] = mapped_column(sa.String(10))
    doubts: Mapped[str] = mapped_column(sa.String(400))
    doubted: Mapped[bool] = mapped_column()
    proposed_on: Mapped[str | None] = mapped_column(sa.String(10))
    decided_on: Mapped[str | None] = mapped_column(sa.String(10))
    completed_on: Mapped[str | None] = mapped_column(sa.String(10))
    reason: Mapped[str | None] = mapped_column(sa.String(40))
    year: Mapped[int | None] = mapped_column(sa.BigInteger)
    reopened: Mapped[bool] = mapped_column(server_default=sa.false())
    sort_key: Mapped[str] = mapped_column(bytewise(), server_default="")
    ethnic_group: Mapped[str | None] = mapped_column(sa.String(40))
    target_group: Mapped[str | None] = mapped_column(sa.String(40))
    marks: Mapped[str] = mapped_column(sa.String(200), server_default="")

    __table_args__ = (
        sa.Index("ix_case_fact_list", "area", "programme", "state", "promised", "approved", "paid"),
        sa.Index("ix_case_fact_state", "state", "promised", "approved", "paid", "record"),
        sa.Index("ix_case_fact_name", "sort_key", "record", "area", "state", "programme"),
        sa.Index("ix_case_fact_village", "area", "sort_key", "record", "state", "programme"),
        sa.Index("ix_case_fact_since", "since", "record", "area", "state", "programme"),
        sa.Index("ix_case_fact_late", "late_from", "state", "promised", "approved", "paid", "record"),
        sa.Index("ix_case_fact_doubted", "household", sqlite_where=DOUBTED, postgresql_where=DOUBTED),
        sa.Index(
            "ix_case_fact_budget", "programme", "year", "state", "household", "since",
            "promised", "approved", "paid", "record",
        ),
        sa.Index(
            "ix_case_fact_report", "area", "state", "need_type", "milestone", "reason", "late_from",
            "promised", "approved", "paid", "proposed_on", "decided_on", "completed_on",
            "marks", "doubted", "programme", "record", "ethnic_group", "target_group", "year",
        ),
        sa.Index(
            "ix_case_fact_odd", "area", "sort_key", "record", "state", "since", "promised", "approved", "paid",
            sqlite_where=sa.text("doubted = 1"), postgresql_where=DOUBTED,
        ),
    )  # fmt: skip


class CaseMoney(Base):
    """Of one case and one fund source: what was approved, and what the vouchers that count add up to, in đồng."""

    __tablename__ = "case_money"

    record: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    source: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    approved: Mapped[int] = mapped_column(sa.BigInteger)
    paid: Mapped[int] = mapped_column(sa.BigInteger)

    __table_args__ = (
        sa.Index("ix_case_money_source", "source", "approved", "paid"),
        sa.Index("ix_case_money_record", "record", "source", "approved", "paid"),
    )


class CasePaid(Base):
    """Of one case, one month (``2026-08``) and one fund source: how many vouchers count, and what they add up to."""

    __tablename__ = "case_paid"

    record: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    month: Mapped[str] = mapped_column(bytewise(7), primary_key=True)
    source: Mapped[str] = mapped_column(bytewise(40), primary_key=True)
    vouchers: Mapped[int] = mapped_column(sa.BigInteger)
    amount: Mapped[int] = mapped_column(sa.BigInteger)


class StrayPayment(Base):
    """Money that is out, and in no sum: a payment or counter-entry whose case (``record``) is not here. ``amount`` in
    đồng, less than nothing of a counter-entry."""

    __tablename__ = "stray_payment"

    payment: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    record: Mapped[str] = mapped_column(sa.String(36), index=True)
    area: Mapped[str | None] = mapped_column(sa.String(32), index=True)
    amount: Mapped[int] = mapped_column(sa.BigInteger)


CASE_FIGURES = (
    "cases", "promised", "approved", "paid", "approved_over", "paid_over",
    "cases_new", "decided_new", "idle_new", "complete_new", "new_1", "new_2", "new_3", "new_4",
    "cases_repair", "decided_repair", "idle_repair", "complete_repair", "repair_1", "repair_2",
    "proposed", "on_village_list", "on_commune_list", "returned", "settled", "refused", "withdrawn",
    "refused_undecided", "withdrawn_undecided", "blocked_undecided",
    "met", "posted", "numbered", "visited", "voucher",
    "no_met", "no_posted", "no_numbered", "no_visited", "no_voucher", "minutes", "no_minutes", "doubted",
    "large", "hard", "lasting", "fit", "unfit", "small", "unmeasured", "good", "unjudged",
    "decided", "blocked", "unpaid", "in_part", "in_full", "over_paid", "listed", "begun", "complete", "minority",
    "idle_unblocked", "idle_blocked",
)  # fmt: skip
"""What is counted and added up of cases beforehand (:mod:`fieldapp.facts.case_figures`). Append only."""
CASE_SUMS = ("promised", "approved", "paid", "approved_over", "paid_over")
"""Those that are added up, in đồng; ``_over``: of those whose house is complete."""
IN_ONE = 3
"""So many counts share one number, 21 bits apart: up to two million cases of each."""
CASE_NUMBERS = tuple(f"count_{place}" for place in range(-(-(len(CASE_FIGURES) - 1 - len(CASE_SUMS)) // IN_ONE)))
"""The columns of these numbers; ``cases`` and the sums have their own."""


class CaseTallies(NamedTuple):
    """The same counts of cases in two tables: by village, and over the whole province by ethnic group."""

    by_village: sa.Table
    by_ethnic_group: sa.Table


_PROPER = {"by_village": ("area", 32), "by_ethnic_group": ("ethnic_group", 40)}
_SHARED = {"programme": 36, "proposed_in": 4, "decided_in": 4, "completed_in": 4, "year": 20, "target_group": 40}
CASE_KEYS = ("area", "ethnic_group", *_SHARED)
"""By what cases are counted, "" where it is not known or not so: beside the village or the ethnic group the programme,
the years in which they were proposed, decided and completed, that whose money they take, and the target group."""


def _by_case(name: str, counts: Sequence[str], *more: str) -> CaseTallies:
    """Counts of cases by these keys, and by more."""
    tables = []
    for proper, (key, length) in _PROPER.items():
        lengths = {key: length} | _SHARED | dict.fromkeys(more, 40)
        keys = [sa.Column(each, bytewise(length), primary_key=True) for each, length in lengths.items()]
        sums = [sa.Column(each, sa.BigInteger, nullable=False) for each in counts]
        tables.append(sa.Table(f"{name}_{proper}", Base.metadata, *keys, *sums, sqlite_with_rowid=False))
    return CaseTallies(*tables)


CASE_TALLY = _by_case("cases", ("cases", *CASE_SUMS, *CASE_NUMBERS))
MONEY_TALLY = _by_case("money", ("cases", *CASE_SUMS, *CASE_NUMBERS), "source")
"""The same of the cases with money of each source, and of their money what comes from it."""
IDLE_TALLY = _by_case("idle", ("cases",), "reason", "late_from")
"""Of those that are decided and not begun, by the reason told and the day from which they are late, "" for none."""
IDLE_MONEY_TALLY = _by_case("idle_money", ("cases",), "source", "reason", "late_from")
"""The same of those with money of each source."""


_TOLD_EACH = {
    "ethnic_group": 40, "programme": 36, "year": 20, "target_group": 40,
    **dict.fromkeys(("proposed_on", "decided_on", "completed_on", "reason", "late_from"), 40),
}  # fmt: skip


def _by_itself(name: str, *more: str) -> sa.Table:
    """Cases one by one, by the village, what more is told of them, and the record."""
    first = {"area": 32, **dict.fromkeys(more, 40)}
    keys = [sa.Column(key, bytewise(length), primary_key=True) for key, length in first.items()]
    texts = [sa.Column(each, bytewise(length), nullable=False) for each, length in _TOLD_EACH.items()]
    numbers = [sa.Column(each, sa.BigInteger, nullable=False) for each in ("promised", "approved", "paid", "figures")]
    record = sa.Column("record", sa.String(36), primary_key=True, index=True)
    return sa.Table(name, Base.metadata, *keys, record, *texts, *numbers, sqlite_with_rowid=False)


COUNTED_CASE = _by_itself("counted_case")
"""Each case with all by which it is counted, "" where it is not known or not so, and as what: ``figures`` has a bit for
each of :data:`CASE_FIGURES` that is no sum. It is narrow, so that the cases of any days are quickly
counted one by one."""
COUNTED_MONEY = _by_itself("counted_money", "source")
"""The same once for each fund source of which a case has money, with what of it is approved and paid."""


class PaidTally(Base):
    """How many vouchers of a month and source count over the province, by the programme of their case and the year
    whose money it takes, "" where it is not known; and what they add up to, in đồng."""

    __tablename__ = "paid_by_month"

    month: Mapped[str] = mapped_column(bytewise(7), primary_key=True)
    source: Mapped[str] = mapped_column(bytewise(40), primary_key=True)
    programme: Mapped[str] = mapped_column(bytewise(36), primary_key=True)
    year: Mapped[str] = mapped_column(bytewise(20), primary_key=True)
    vouchers: Mapped[int] = mapped_column(sa.BigInteger)
    amount: Mapped[int] = mapped_column(sa.BigInteger)


class CasePart(Base):
    """A visit or a payment, and the case it was counted for: where it goes over to another, both are made again."""

    __tablename__ = "case_part"

    part: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    record: Mapped[str] = mapped_column(sa.String(36), primary_key=True, index=True)


class CaseDecision(Base):
    """A case and a decision that names it; ``signed``: the decision stands."""

    __tablename__ = "case_decision"

    decision: Mapped[str] = mapped_column(sa.String(36), primary_key=True)
    record: Mapped[str] = mapped_column(sa.String(36), primary_key=True, index=True)
    signed: Mapped[bool] = mapped_column()
