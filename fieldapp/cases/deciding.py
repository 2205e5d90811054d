"""A decision over many cases: drawn up, signed, taken back. It is one batch, or nothing and a problem."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from fieldapp import intake, naming
from fieldapp.cases import budget, chain
from fieldapp.cases.doubting import doubt
from fieldapp.cases.moving import OTHER_BUDGETS, STATE, last_level
from fieldapp.cases.seeing import seen_of_all
from fieldapp.db import db
from fieldapp.facts.case_story import Story, day_of, doubts_of, state_of, taken_from
from fieldapp.facts.cases import stories
from fieldapp.facts.pinned import canonical, hash_of, short_hash
from fieldapp.facts.plan import PlanTargets, plan_of, text_of
from fieldapp.facts.tables import CaseDecision, CaseFact, HouseholdFact
from fieldapp.housing.objections import CENTRAL, to_amount, to_deciding
from fieldapp.i18n import _, language, ngettext
from fieldapp.intake import Receipt
from fieldapp.people import Account, Areas
from fieldapp.problems import DecisionRefused, DecisionStands, WarnedCase
from fieldapp.reference import Programme, Rules
from fieldapp.reference.current import current_rules, rules_version
from fieldapp.reference.naming import id_of_code
from fieldapp.surveys import Household, SupportCase, SupportDecision, choices, questions
from fieldapp.surveys.support_case import SOURCES
from fieldapp.today import today
from fieldapp.vietnamese import show_date, show_money
from sync import new_record_id
from sync.statements import among

MOST = 600
"""So many cases at most in one decision: a change holds 64 KB."""
NAMED = 3
"""So many households are named in a sentence; of the others there is a number."""
_FACT: Any = CaseFact.__table__
_RANK: Any = HouseholdFact.__table__
_NAMED: Any = CaseDecision.__table__


def ready(programme: str, areas: Areas, most: int = MOST) -> list[str]:
    """The cases on the lists of communes that no draft and no decision names, but for those that a decision approves no
    more: in the order of the law."""
    query = sa.select(_FACT.c.record).outerjoin(_RANK, _RANK.c.household == _FACT.c.household)
    taken = sa.select(_NAMED.c.record).join(SupportDecision, SupportDecision.id == _NAMED.c.decision)
    taken = taken.join(SupportCase, SupportCase.id == _NAMED.c.record)
    taken = taken.where(sa.or_(SupportDecision.state == chain.DRAFT, _NAMED.c.signed & ~_is_taken_from()))
    query = query.where(_FACT.c.programme == programme, _FACT.c.state == "on_commune_list")
    query = query.where(_FACT.c.record.not_in(taken))
    if areas is not None:
        query = query.where(among(db.session.connection(), _FACT.c.area, areas))
    return list(db.session.scalars(query.order_by(_RANK.c.rank, _FACT.c.since, _FACT.c.record).limit(most)))


def _is_taken_from() -> sa.ColumnElement[bool]:
    """As :func:`fieldapp.facts.case_story.taken_from`, of a case that is not decided."""
    said = sa.func.coalesce(SupportCase.taken_from, "").contains(_NAMED.c.decision)
    return sa.or_(sa.func.coalesce(SupportCase.decision, "") == _NAMED.c.decision, said)


def amounts_for(case: Mapping[str, Any]) -> dict[str, int]:
    """What the norm of the programme gives for a case on the day of its proposal: from the central budget where the
    norm says so, or else from that of the province, for a person to look at."""
    rules = current_rules(db.session())
    programme = _programmes(rules).get(case["programme"] or "")
    day = day_of(case["proposed_on"]) or today()
    norm = programme.norm(case["need_type"] or "", day) if programme else None
    if norm is None:
        return {}
    return {"nstw" if norm.meaning in CENTRAL else "nsdp_tinh": norm.amount}


def _programmes(rules: Rules) -> dict[str, Programme]:
    return {id_of_code("programme", one.code): one for one in rules.programmes}


def begin(programme: str, year: int, cases: Collection[str], *, account: Account, said: Mapping[str, Any]) -> str:
    """A draft with these cases and what the norm gives for each. Returns its id; the caller commits.

    :param said: what is known of it already: office, level, signer.
    :raises DecisionRefused: there are none, or too many.
    """
    rows = _rows(cases)
    if not rows:
        raise DecisionRefused(why=_("Tick the cases that it approves."))
    plan = {row["id"]: amounts_for(row) for row in rows}
    record = new_record_id()
    answers = {**said, "programme": programme, "budget_year": year, "state": chain.DRAFT, "plan": _text(plan)}
    intake.save("support_decision", record, answers, account=account)
    return record


def _text(plan: PlanTargets) -> str:
    text = text_of(plan)
    if len(plan) > MOST or len(text) > LONGEST:
        raise DecisionRefused(why=_("It has too many cases: at most %(most)s. Make two decisions of it.", most=MOST))
    return text


LONGEST = 55_000


def _rows(cases: Collection[str]) -> list[dict[str, Any]]:
    """The rows of these cases, in this order."""
    table = SupportCase.__table__
    query = sa.select(table).where(among(db.session.connection(), table.c.id, cases), sa.not_(table.c.withdrawn))
    found = {row["id"]: dict(row) for row in db.session.execute(query).mappings()}
    return [found[case] for case in cases if case in found]


def edit(decision: SupportDecision, answers: Mapping[str, Any], plan: PlanTargets, *, account: Account) -> Receipt:
    """Save a draft. :raises DecisionStands: it is signed."""
    if decision.state != chain.DRAFT:
        raise DecisionStands()
    return intake.save("support_decision", decision.id, {**answers, "plan": _text(plan) or None}, account=account)


# --- signed -------------------------------------------------------------------------------------------------------


def sign(decision: SupportDecision, *, account: Account, reason: str = "", may_override: bool = False) -> Receipt:
    """Sign a draft: its cases are approved, pinned to what was seen of them. The caller holds the writer's place and
    commits.

    :param reason: why it is gone on with against warnings of the norm or the budget.
    :raises DecisionRefused: something is wrong; every case it names is told of, and nothing was done.
    :raises WarnedCase: warnings stand against it, and no reason was given by somebody who may.
    """
    if decision.state != chain.DRAFT:
        raise DecisionStands()
    plan = plan_of(decision.plan)
    found = {story.case["id"]: story for story in stories(plan)}
    if wrong := [*_wrong_head(decision, found), *_wrong_cases(decision, plan, found)]:
        raise DecisionRefused(why=" ".join(wrong))
    warned = warnings_by_case(decision, plan, found)
    if any(warned.values()) and not (reason.strip() and may_override):
        raise WarnedCase()
    return intake.save_all(_edits(decision, plan, found, warned, reason.strip()), account=account)


def wrong(decision: SupportDecision) -> list[str]:
    """What keeps a draft from being signed, a sentence each."""
    plan = plan_of(decision.plan)
    found = {story.case["id"]: story for story in stories(plan)}
    return [*_wrong_head(decision, found), *_wrong_cases(decision, plan, found)]


HEAD = ("number", "decided_on", "signer", "office", "level", "budget_year")


def _wrong_head(decision: SupportDecision, found: Mapping[str, Story]) -> Iterator[str]:
    known = questions("support_decision")
    if missing := [str(known[name].short) for name in HEAD if getattr(decision, name) in (None, "")]:
        yield _("Fill in: %(what)s.", what=", ".join(missing))
        return
    day, number, office = decision.decided_on or "", decision.number or "", decision.office or ""
    if day > today().isoformat():
        yield _("The date of the decision, %(day)s, lies in the future.", day=show_date(day))
    last = last_level(day)
    if last and decision.level != last:
        level = choices.label("office_level", last, language())
        yield _("On %(day)s the last level of the chain of approval was: %(level)s.", day=show_date(day), level=level)
    if chain.is_numbered(number, office, day, decision.id):
        yield _("%(office)s has a decision %(number)s of %(year)s already.", office=office, number=number, year=day[:4])
    posted = [case for case, story in found.items() if (story.case["posted_until"] or "") > day]
    yield from _telling(_("Their list is posted longer than until the date of the decision"), posted)


def _wrong_cases(decision: SupportDecision, plan: PlanTargets, found: Mapping[str, Story]) -> Iterator[str]:
    if not plan:
        yield _("It approves no case yet.")
    told: dict[str, list[str]] = {}
    doubted: dict[str, list[str]] = {}
    for case, amounts in plan.items():
        codes = doubts_of(found[case], current_rules(db.session())) if case in found else []
        for code in codes:
            doubted.setdefault(code, []).append(case)
        if why := _why_not(decision, amounts, found.get(case)):
            told.setdefault(why, []).append(case)
    for why, some in told.items():
        yield from _telling(why, some)
    for code, some in doubted.items():
        yield from (f"{named} {doubt(code)}" for named in _telling(_("To be looked at on the page of the case"), some))


def _why_not(decision: SupportDecision, amounts: Mapping[str, int], story: Story | None) -> str:
    if story is None:
        return _("Withdrawn, or not here yet")
    case = story.case
    state = state_of(case, story.seen)[0]
    if case["programme"] != decision.programme:
        return _("Proposed under another programme")
    if state != "on_commune_list":
        return _("Not on the list of the commune, but: %(state)s", state=choices.label("case_state", state, language()))
    return "" if any(amounts.values()) else _("No amount")


def _telling(why: str, cases: Sequence[str]) -> Iterator[str]:
    """One sentence about some cases, of which a few are named."""
    if not cases:
        return
    names = "; ".join(_names(cases[:NAMED]))
    more = len(cases) - NAMED
    if more > 0:
        names += " " + ngettext("and %(n)s more", "and %(n)s more", more)
    yield f"{why}: {names}."


def _names(cases: Collection[str]) -> list[str]:
    query = sa.select(SupportCase.id, Household.head_name).outerjoin(Household, Household.id == SupportCase.household)
    found = {row[0]: row[1] for row in db.session.execute(query.where(SupportCase.id.in_(cases)))}
    return [naming.household(found.get(case)) for case in cases]


def warnings_by_case(decision: SupportDecision, plan: PlanTargets, found: Mapping[str, Story]) -> dict[str, list[str]]:
    """The warnings that stand against each case: its programme is closed, an amount beside the norm, more than the
    allocation."""
    day = date.fromisoformat(decision.decided_on or today().isoformat())
    over = excesses(decision, plan, found)
    return {
        case: [*_against(found[case], plan[case], day), *(["over_budget"] if _takes(over, plan[case]) else [])]
        for case in plan
        if case in found
    }


def _against(story: Story, amounts: Mapping[str, int], day: date) -> list[str]:
    norm = story.programme.norm(story.case["need_type"] or "", day) if story.programme else None
    total = sum(amount for source, amount in amounts.items() if source not in OTHER_BUDGETS)
    state = sum(amounts.get(source, 0) for source in STATE)
    known = story.case["overridden"] or ()
    found = [*to_deciding(story.programme, day), *to_amount(norm, total, state)]
    return [one.code for one in found if one.code not in known]


def excesses(decision: SupportDecision, plan: PlanTargets, found: Mapping[str, Story]) -> list[budget.Excess]:
    """The allocations that do not have what a draft takes."""
    wanted = [(found[case].case["area"], amounts) for case, amounts in plan.items() if case in found]
    return budget.exceeded_by(decision.programme or "", decision.budget_year, wanted)


def _takes(over: Sequence[budget.Excess], amounts: Mapping[str, int]) -> bool:
    return any(amounts.get(one.given.source) for one in over)


def told_excess(one: budget.Excess, place: str) -> str:
    """That an allocation does not have what is wanted, in a sentence. ``place``: its name."""
    return _(
        "%(source)s, %(place)s: %(left)s is left of the allocation, %(wanted)s is wanted.",
        source=choices.label("paid_source", one.given.source, language()),
        place=place,
        left=show_money(max(one.left, 0)),
        wanted=show_money(one.wanted),
    )


RecordEdit = tuple[str, str, Mapping[str, Any]]


def _edits(
    decision: SupportDecision,
    plan: PlanTargets,
    found: Mapping[str, Story],
    warned: Mapping[str, list[str]],
    reason: str,
) -> list[RecordEdit]:
    seen = seen_of_all(plan, found)
    content = canonical(_content(decision, seen))
    signed = {"state": chain.SIGNED, "reason": None, "content": content, "content_hash": hash_of(content)}
    rows = [
        ("support_case", case, _approval(decision, found[case].case, plan[case], seen[case], warned[case], reason))
        for case in plan
    ]
    return [("support_decision", decision.id, signed), *rows]


def _content(decision: SupportDecision, seen: Mapping[str, str]) -> chain.Content:
    said = {name: getattr(decision, name) for name in chain.SAID}
    cases = {case: short_hash(text) for case, text in seen.items()}
    return chain.Content(before=chain.tips(chain.links(), decision.office), cases=cases, **said)


def _approval(
    decision: SupportDecision,
    case: Mapping[str, Any],
    amounts: Mapping[str, int],
    seen: str,
    warned: Sequence[str],
    reason: str,
) -> dict[str, Any]:
    given: dict[str, Any] = {f"approved_{source}": amounts.get(source) for source in SOURCES}
    given |= {"state": "approved", "state_on": decision.decided_on, "planned_year": decision.budget_year}
    given |= dict.fromkeys(("state_reason", "state_reason_other", "state_note", "blocked_from", "confirmed_seen"))
    given["taken_from"] = " ".join(sorted(taken_from(case))) or None
    given |= {"decision": decision.id, "decision_seen": seen, "decision_rules": rules_version(db.session()) or None}
    given |= {"decision_number": decision.number, "decision_on": decision.decided_on}
    given |= {"decision_signer": decision.signer, "decision_level": decision.level}
    if warned:
        before = case["override_reason"]
        given["overridden"] = sorted({*(case["overridden"] or ()), *warned})
        given["override_reason"] = f"{before}\n{reason}" if before else reason
    return given


# --- taken back ---------------------------------------------------------------------------------------------------


def take_back(decision: SupportDecision, reason: str, *, account: Account) -> Receipt:
    """Take a signed decision back: its cases stand on the list of their commune again. The caller commits.

    :raises DecisionRefused: it is not signed, no reason is given, or money was paid for a case of it.
    """
    if decision.state != chain.SIGNED:
        raise DecisionRefused(why=_("It is not signed."))
    if not reason.strip():
        raise DecisionRefused(why=_("Say why it is taken back."))
    mine = [row for row in _rows(plan_of(decision.plan)) if row["decision"] == decision.id]
    query = sa.select(_FACT.c.record).where(_FACT.c.record.in_([row["id"] for row in mine]), _FACT.c.paid != 0)
    if paid := list(db.session.scalars(query)):
        why = _("Money was paid; take the payments back by counter-entries first")
        raise DecisionRefused(why=" ".join(_telling(why, sorted(paid))))
    note = _("Decision %(number)s was taken back: %(reason)s", number=decision.number, reason=reason.strip())
    back = {"state": "on_commune_list", "state_on": today().isoformat(), "state_note": note}
    cases = [("support_case", row["id"], back) for row in mine if row["state"] in ("approved", "started", "complete")]
    edits: list[RecordEdit] = [("support_decision", decision.id, {"state": chain.TAKEN_BACK, "reason": reason.strip()})]
    return intake.save_all([*edits, *cases], account=account)
