"""The reports that count cases, and that of the records of households, each by what its columns count. How they are
counted: :mod:`fieldapp.reports.of_cases`.

Every column is a condition on one case or household, in which nothing is unknown: it is in a column or it is not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa

from fieldapp.facts.case_figures import ALL, FIGURES, IS_BLOCKED, IS_IDLE, IS_OVER, STAGES, all_of, told
from fieldapp.facts.case_story import GIVEN_UP
from fieldapp.facts.figures import MISSING, SURVEYED, count_in
from fieldapp.facts.states import OPEN
from fieldapp.facts.tables import CASE_TALLY, IDLE_TALLY, MONEY_TALLY
from fieldapp.i18n import _, _l, language, ngettext
from fieldapp.reports.geography import BY
from fieldapp.reports.kept_counts import KeptSum
from fieldapp.reports.of_cases import OF_MONEY, Amount, CaseReport, Measure
from fieldapp.reports.subjects import FACT, HOME, HOMES, HOUSEHOLD, Clause, Expression, counts_as
from fieldapp.surveys import choices, questions

LOCAL = ("nsdp_tinh", "nsdp_huyen", "nsdp_xa")
SOURCES: dict[str, tuple[str, ...]] = {
    "nstw": ("nstw",),
    "nsdp": LOCAL,
    "quy_nguoi_ngheo": ("quy_nguoi_ngheo",),
    "tai_tro": ("tai_tro",),
    "bca": ("bca",),
    "nhcsxh": ("nhcsxh",),
}
"""Fund sources as papers show them: the three local budgets in one column."""


def _always(*clauses: Clause) -> Callable[[date], Clause]:
    return lambda _day: all_of(*clauses)


def figure(key: str, heading: tuple[str, ...] = (), of: str = "") -> Measure:
    """A column of what cases are counted as, by its name where that is not the key."""
    name = of or key
    return Measure(key, heading, _always(FIGURES[name]), kept=_kept_as(name))


def amount(name: Amount, heading: tuple[str, ...]) -> Measure:
    """A column of what is added up of all cases."""
    return Measure(name, heading, _always(ALL), name, kept=_kept_as(name))


def _kept_as(name: str) -> KeptSum:
    return KeptSum(CASE_TALLY, name)


def _of_sources(name: Amount, group: str, heading: tuple[str, ...]) -> Measure:
    sources = SOURCES[group]
    kept = KeptSum(MONEY_TALLY, name, "source", lambda source, _day: source.in_(sources))
    return Measure(f"{name}_{group}", heading, _always(ALL), name, sources, kept=kept)


def _is_late(day: date) -> Clause:
    return sa.and_(sa.not_(IS_BLOCKED), _is_over(sa.func.coalesce(FACT.c.late_from, ""), day))


def _is_over(late_from: Expression, day: date) -> Clause:
    """Whether the day from which a case is late has come; "" is none."""
    return sa.and_(late_from != "", late_from < day.isoformat())


def _by_work(key: str, heading: str) -> tuple[Measure, ...]:
    """Cases in all, of them new houses, of them repairs."""
    return (
        Measure(key, (heading, _("Total")), parts=(f"{key}_new", f"{key}_repair")),
        figure(f"{key}_new", (heading, _("New house"))),
        figure(f"{key}_repair", (heading, _("Repair"))),
    )


def _source(group: str) -> str:
    return _("Local budgets") if group == "nsdp" else choices.label("paid_source", group, language())


def _parts(amount: str) -> tuple[str, ...]:
    return tuple(f"{amount}_{group}" for group in SOURCES)


def _approved(heading: str) -> tuple[Measure, ...]:
    return (Measure("approved", (heading, _("Total")), parts=_parts("approved")), *(
        _of_sources("approved", group, (heading, _source(group))) for group in SOURCES
    ))  # fmt: skip


def _paid(heading: str) -> tuple[Measure, ...]:
    return (Measure("paid", (heading, _("Total")), parts=_parts("paid")), *(
        _of_sources("paid", group, (heading, _source(group))) for group in SOURCES
    ))  # fmt: skip


def _state(code: str, of: str = "", name: str = "") -> Measure:
    heading = (_("Where they are now"), name or choices.label("case_state", code, language()))
    return figure(code, heading, of)


# --- the columns ----------------------------------------------------------------------------------------------


def proposals() -> tuple[Measure, ...]:
    """How many households were proposed, of what kind, and where their cases stand."""
    decided = (_("Where they are now"), _("Approved by a decision"))
    return (
        *_by_work("cases", _("Proposed")),
        *(_state(code) for code in ("proposed", "on_village_list", "on_commune_list", "returned")),
        _state("blocked", "blocked_undecided", _("Blocked before the approval")),
        figure("decided", decided),
        *(_state(code, f"{code}_undecided") for code in GIVEN_UP),
        amount("promised", (_("Amount asked for (đồng)"),)),
    )


def approvals() -> tuple[Measure, ...]:
    """How many were approved, and how much from which source."""
    return (*_by_work("decided", _("Approved households")), *_approved(_("Amount approved (đồng)")))


def progress() -> tuple[Measure, ...]:
    """How far the work is, new houses and repairs apart."""
    both, done = _("New house and repair"), ("complete_new", "complete_repair")
    return (
        Measure("decided", (_("Approved by a decision"),), parts=("new", "repair")),
        *_stages("new", _("New house")),
        *_stages("repair", _("Repair")),
        Measure("complete", (both, _("Complete")), parts=done),
        Measure(
            "complete_rate", (_("New house and repair"), _("Complete of those approved")), rate=("complete", "decided")
        ),
        figure("blocked", (_("New house and repair"), _("Of them blocked"))),
    )


def _stages(work: str, heading: str) -> Iterator[Measure]:
    idle, over = f"idle_{work}", f"complete_{work}"
    found = {f"{work}_{milestone}": milestone for milestone in STAGES[work]}
    yield Measure(work, (heading, _("Total")), parts=(idle, *found, over))
    yield figure(idle, (heading, _("Not started")))
    for key, milestone in found.items():
        yield figure(key, (heading, choices.label(f"milestone_{work}", milestone, language())))
    yield figure(over, (heading, _("Complete")))


def disbursement() -> tuple[Measure, ...]:
    """How much of what is approved was paid."""
    heading = _("Approved households")
    return (
        Measure("decided", (heading, _("Total")), parts=("unpaid", "in_part", "in_full")),
        figure("unpaid", (heading, _("Nothing paid yet"))),
        figure("in_part", (heading, _("Paid in part"))),
        figure("in_full", (heading, _("Paid in full"))),
        amount("approved", (_("Amount approved (đồng)"),)),
        *_paid(_("Amount paid (đồng)")),
        Measure("paid_rate", (_("Paid of approved"),), rate=("paid", "approved")),
        _OVER_PAID,
    )


def funding() -> tuple[Measure, ...]:
    """What was mobilised, by source."""
    by_source = [each for group in SOURCES for each in _of_source(group)]
    return (
        Measure(
            "approved", (_("Total"), _("Approved by a decision")), parts=tuple(f"approved_{group}" for group in SOURCES)
        ),
        Measure("paid", (_("Total"), _("Paid")), parts=tuple(f"paid_{group}" for group in SOURCES)),
        Measure("paid_rate", (_("Total"), _("Paid of approved")), rate=("paid", "approved")),
        *by_source,
        _OVER_PAID,
    )


def _of_source(group: str) -> tuple[Measure, ...]:
    name = _source(group)
    return (
        _of_sources("approved", group, (name, _("Approved by a decision"))),
        _of_sources("paid", group, (name, _("Paid"))),
    )


def results() -> tuple[Measure, ...]:
    """How many houses are complete, and what they took."""
    money = _("Money of the completed houses (đồng)")
    return (
        *_by_work("complete", _("Households with a completed house")),
        figure("settled", (_("Of them settled"),)),
        _of_complete("approved", (money, _("Approved by a decision"))),
        _of_complete("paid", (money, _("Paid"))),
        Measure("paid_rate", (_("Paid of approved"),), rate=("paid", "approved")),
    )


def _of_complete(name: Amount, heading: tuple[str, ...]) -> Measure:
    return Measure(name, heading, _always(IS_OVER), name, kept=_kept_as(f"{name}_over"))


def not_started() -> tuple[Measure, ...]:
    """Who is approved and has not begun, and why; who does not want it, or may not have it."""
    heading, codes = _("Approved and not started"), [one.code for one in choices.choices("not_started_reason")]
    late = KeptSum(IDLE_TALLY, "cases", "late_from", _is_over)
    on_time: Callable[[date], Clause] = lambda day: all_of(IS_IDLE, sa.not_(IS_BLOCKED), sa.not_(_is_late(day)))  # noqa: E731  it is a column like its neighbours
    return (
        Measure("idle", (heading, _("Total")), parts=("on_time", "late", "blocked")),
        Measure("on_time", (heading, _("In time")), on_time, kept=_kept_as("idle_unblocked"), less=("late",)),
        Measure("late", (heading, _("Late")), lambda day: all_of(IS_IDLE, _is_late(day)), kept=late),
        figure("blocked", (heading, _("Blocked")), "idle_blocked"),
        *(_because(code) for code in codes),
        _idle("because_none", (_("Why not"), _("No reason told")), lambda reason: reason.not_in(codes)),
        *(_given_up(code) for code in GIVEN_UP),
    )


def _because(code: str) -> Measure:
    label = choices.label("not_started_reason", code, language())
    return _idle(f"because_{code}", (_("Why not"), label), lambda reason: reason == code)


def _idle(key: str, heading: tuple[str, ...], which: Callable[[Expression], Clause]) -> Measure:
    """Of those not begun the ones whose reason is one of some."""
    kept = KeptSum(IDLE_TALLY, "cases", "reason", lambda reason, _day: which(reason))
    return Measure(key, heading, _always(IS_IDLE, which(told)), kept=kept)


def _given_up(code: str) -> Measure:
    label = choices.label("case_state", code, language())
    return figure(code, (_("No longer supported"), label))


def quality() -> tuple[Measure, ...]:
    """What the finished houses are like."""
    area, asked = _("Floor area"), _("What the programme asks for")
    return (
        Measure("complete", (_("Completed houses"), _("Total")), parts=("complete_new", "complete_repair")),
        figure("complete_new", (_("Completed houses"), _("New house"))),
        figure("complete_repair", (_("Completed houses"), _("Repair"))),
        figure("large", (area, _("30 m² or more"))),
        figure("small", (area, _("Below 30 m²"))),
        figure("unmeasured", (area, _("Not measured"))),
        figure("hard", (_("Hard floor, frame and roof"),)),
        figure("lasting", (_("Good for 20 years or more"),)),
        figure("good", (_("All three: 30 m², three hard parts, 20 years"),)),
        Measure("good_rate", (_("All three, of the completed ones"),), rate=("good", "complete")),
        figure("fit", (asked, _("Is met"))),
        figure("unfit", (asked, _("Is not met"))),
        figure("unjudged", (asked, _("Not known"))),
    )


def dossier() -> tuple[Measure, ...]:
    """Which papers the files of the approved cases hold."""
    with_, without = _("With"), _("Without")
    papers = {
        "met": _("Village meeting"),
        "posted": _("Posted list"),
        "numbered": _("Decision with a number"),
        "visited": _("Visit to the site"),
        "voucher": _("Voucher"),
    }
    done = _("Of the completed houses")
    return (
        *_by_work("decided", _("Approved households")),
        *(figure(mark, (with_, name)) for mark, name in papers.items()),
        *(figure(f"no_{mark}", (without, name)) for mark, name in papers.items()),
        figure("minutes", (done, _("With minutes of acceptance"))),
        figure("no_minutes", (done, _("Without minutes of acceptance"))),
        figure("settled", (done, _("Settled"))),
        figure("doubted", (_("With something to look at"),)),
    )


def _home(key: str, heading: tuple[str, ...], which: Clause, of: Callable[[Any], Expression] | None = None) -> Measure:
    """A column of what households are counted as, by its key where nothing else is said."""
    told = of or (lambda kept: count_in(kept, key))
    return Measure(key, heading, _always(which), kept=KeptSum(None, of_homes=told))


def _surveyed(kept: Any) -> Expression:
    found: Expression = sum((count_in(kept, name) for name in SURVEYED), sa.literal_column("0"))
    return found


def _unplaced(kept: Any) -> Expression:
    return sa.case((kept.area == "", count_in(kept, "households")), else_=0)


def reconciliation() -> tuple[Measure, ...]:
    """What is still to be cleared up in the records of the households."""
    survey, look, missing = _("Housing survey"), _("To be cleared up"), _("Answer missing")
    surveyed: Clause = HOUSEHOLD.c.need.is_not(None)
    named = questions("household")
    twice = sa.select(HOME.c.citizen_id).where(HOME.c.citizen_id.is_not(None), sa.not_(HOME.c.withdrawn))
    twice = twice.group_by(HOME.c.citizen_id).having(sa.func.count() > 1)
    return (
        Measure("households", (_("Households"),), parts=("surveyed", "not_surveyed")),
        _home("surveyed", (survey, _("Surveyed")), surveyed, _surveyed),
        _home(
            "not_surveyed",
            (survey, _("Not surveyed")),
            sa.not_(surveyed),
            lambda kept: count_in(kept, "households") - _surveyed(kept),
        ),
        _home("waiting", (look, _("Waiting for review")), HOUSEHOLD.c.status.in_(OPEN)),
        _home("returned", (look, _("Returned for completion")), HOUSEHOLD.c.status == "returned"),
        _home("contested", (look, _("Answers do not agree")), HOUSEHOLD.c.contested),
        _home("unclear", (look, _("Difficulty cannot be told")), counts_as("unclear")),
        Measure("twice", (look, _("Identity number of another household too")), _always(HOME.c.citizen_id.in_(twice))),
        _home("unplaced", (look, _("Village not known")), HOUSEHOLD.c.area.is_(None), _unplaced),
        _home("no_position", (missing, _("Position")), HOME.c.location.is_(None)),
        _home("no_id", (missing, _("Identity number")), HOME.c.citizen_id.is_(None)),
        *(_home(f"no_{name}", (missing, str(named[name].short)), HOME.c[name].is_(None)) for name in MISSING),
    )


_OVER_PAID = figure("over_paid")


# --- the notes ------------------------------------------------------------------------------------------------


def _of_approval(_totals: Mapping[str, int]) -> tuple[str, ...]:
    return (_("Approved means a decision with number, date, signer and amount; taken back, it counts no more."),)


def _of_proposals(totals: Mapping[str, int]) -> tuple[str, ...]:
    asked = _("Amount asked for: what is approved, or what the norm of the programme gives while the case waits.")
    return (*_of_approval(totals), asked)


def _of_progress(totals: Mapping[str, int]) -> tuple[str, ...]:
    return (*_of_approval(totals), _("How far the work is follows from the visits of the households."))


def _of_money(totals: Mapping[str, int]) -> tuple[str, ...]:
    lines = [_("Paid: the vouchers, without what counter-entries take back. Loans are a source of their own.")]
    if over := totals["over_paid"]:
        lines.append(ngettext(
            "In %(n)s case more was paid than is approved: it is among those to be looked at.",
            "In %(n)s cases more was paid than is approved: they are among those to be looked at.", over,
        ))  # fmt: skip
    return tuple(lines)


def _of_funding(totals: Mapping[str, int]) -> tuple[str, ...]:
    own = _("What households and neighbours add themselves, in money or days of work, is not in this table.")
    return (*_of_money(totals), own)


def _of_results(_totals: Mapping[str, int]) -> tuple[str, ...]:
    return (_("Complete: a visit found the house complete and in use, or the case is settled."),)


def _of_not_started(_totals: Mapping[str, int]) -> tuple[str, ...]:
    return (
        _("The reason is that of the newest visit, or the one for which the case is blocked."),
        _("Late: the days that the rules give for the start are over."),
    )


def _of_quality(_totals: Mapping[str, int]) -> tuple[str, ...]:
    return (
        *_of_results({}),
        _("As the visit measured that found the house complete. A programme may ask for less, above all of a repair."),
    )


def _of_dossier(totals: Mapping[str, int]) -> tuple[str, ...]:
    return (
        *_of_approval(totals),
        _("The page of each case prints its file on one page, with the minutes to be signed."),
    )


def _of_reconciliation(_totals: Mapping[str, int]) -> tuple[str, ...]:
    return (
        _("Withdrawn households are in no figure. What came from which tablet stands on the pages of administration."),
        _("One household may be in several columns of what is to be cleared up, and of what is missing."),
    )


PROPOSED, APPROVED, COMPLETED = _l("Year of the proposal"), _l("Year of the decision"), _l("Year of completion")
_OF_HOMES = (*BY, "ethnic", "status", "author")
CASE_REPORTS = (
    CaseReport("proposals", _l("Households proposed for support"), "proposed_on", PROPOSED, proposals, _of_proposals),
    CaseReport("approvals", _l("Households approved for support"), "decided_on", APPROVED, approvals, _of_approval,
               OF_MONEY),
    CaseReport("progress", _l("Progress of building and repair"), "decided_on", APPROVED, progress, _of_progress),
    CaseReport("disbursement", _l("Disbursement of support"), "decided_on", APPROVED, disbursement, _of_money,
               OF_MONEY),
    CaseReport("funding", _l("Money mobilised by source"), "decided_on", APPROVED, funding, _of_funding, OF_MONEY),
    CaseReport("results", _l("Results so far: completed houses"), "completed_on", COMPLETED, results, _of_results,
               OF_MONEY),
    CaseReport("not-started", _l("Houses not started, and why"), "proposed_on", PROPOSED, not_started, _of_not_started),
    CaseReport("quality", _l("Quality of the houses after support"), "completed_on", COMPLETED, quality, _of_quality),
    CaseReport("reconciliation", _l("Reconciliation of the records"), "", "", reconciliation, _of_reconciliation,
               _OF_HOMES, of=HOMES),
    CaseReport("dossier", _l("Files of the support cases"), "decided_on", APPROVED, dossier, _of_dossier),
)  # fmt: skip
PURPOSES = {
    "proposals": _l("Who was proposed, for a new house or a repair, and where the cases stand."),
    "approvals": _l("Who was approved by a decision, with how much from which source."),
    "progress": _l("Not started, foundation, frame, roof, complete: how far the approved houses are."),
    "disbursement": _l("How much of the approved money was paid, by source."),
    "funding": _l("What each source gives, and what of it was paid."),
    "results": _l("Completed houses, and the money they took."),
    "not-started": _l("Approved and not begun, late or blocked, by reason; who gave it up."),
    "quality": _l("Floor area, hard floor, frame and roof, and how long the finished houses last."),
    "reconciliation": _l("What waits, what does not agree, what was entered twice, and which answers are missing."),
    "dossier": _l("Which papers the files of the approved cases hold, and which are missing."),
}
SHOWN_FIRST = {
    "proposals": ("cases", "decided", "promised"),
    "approvals": ("decided", "approved"),
    "progress": ("decided", "complete", "complete_rate"),
    "disbursement": ("approved", "paid", "paid_rate"),
    "funding": ("approved", "paid"),
    "results": ("complete", "approved", "paid"),
    "not-started": ("idle", "late", "blocked"),
    "quality": ("complete", "good", "unfit"),
    "reconciliation": ("households", "waiting", "contested", "twice"),
    "dossier": ("decided", "no_voucher", "no_minutes", "doubted"),
}
SAID_ALONE = {
    ("overview", "complete"): _l("Completed houses"),
    ("funding", "approved"): _l("Approved from all sources (đồng)"),
    ("funding", "paid"): _l("Paid from all sources (đồng)"),
    ("results", "approved"): _l("Approved for these houses (đồng)"),
    ("results", "paid"): _l("Paid for these houses (đồng)"),
    ("dossier", "no_voucher"): _l("Without a voucher"),
}
"""What stands above a table, where the heading of its column says too little without the headings around it."""
