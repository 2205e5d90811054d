"""Moving a case on: what the table of states says, with the checks that each move needs."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from fieldapp import intake
from fieldapp.cases.budget import exceeded_by
from fieldapp.cases.forward import BASIS, put_forward
from fieldapp.cases.seeing import seen_now
from fieldapp.db import db
from fieldapp.facts.case_story import (
    Story,
    approved_by_source,
    is_decided,
    is_reopened,
    paid_by_source,
    taken_from,
)
from fieldapp.facts.cases import stories
from fieldapp.housing import vote_of
from fieldapp.housing.objections import Objection, to_amount, to_deciding
from fieldapp.housing.states import Move
from fieldapp.i18n import _, language
from fieldapp.intake import Receipt
from fieldapp.people import Account
from fieldapp.problems import MeetingRefused, NotThatLevel, NoWay, WarnedCase, WhatIsMissing
from fieldapp.reference.chain import chain_on
from fieldapp.reference.current import rules_version
from fieldapp.surveys import SupportCase, choices, questions
from fieldapp.surveys.support_case import SOURCES
from fieldapp.today import today

STATE = ("nstw", "nsdp_tinh", "nsdp_huyen", "nsdp_xa")
"""The sources that are the state's own budgets."""
OTHER = "khac"
OTHER_BUDGETS = ("nhcsxh",)
"""Loans, which no norm of support counts."""
APPROVED = tuple(f"approved_{source}" for source in SOURCES)


def story_of(case: SupportCase) -> Story:
    """A case with its visits and payments."""
    return next(iter(stories([case.id])))


def move(
    case: SupportCase,
    line: Move,
    answers: Mapping[str, Any],
    *,
    account: Account,
    reason: str = "",
    known: Collection[str] = (),
) -> Receipt:
    """Make a move. The caller has seen that it may be made, holds the writer's place, and commits.

    :param answers: to the questions of the move, in canonical form; without ``state_on`` it is made today.
    :raises WhatIsMissing, MeetingRefused, NotThatLevel, NoWay: what was typed does not make the move.
    :raises WarnedCase: as for a proposal.
    """
    _must_be_whole(line, answers)
    warnings = [one.code for one in warnings_of_move(case, line, answers)]
    given = _written(case, line, answers, warnings, reason, known)
    _take_approval_back(case, given)
    if line.name == "confirm":
        given["confirmed_seen"] = _confirmed(case)
    return intake.save("support_case", case.id, given, account=account)


def written_by(
    case: SupportCase,
    line: Move,
    answers: Mapping[str, Any],
    warnings: Collection[str],
    *,
    reason: str = "",
    known: Collection[str] = (),
) -> dict[str, Any]:
    """What a move writes into a case, for whoever makes many at once; problems as for :func:`move`.

    :param warnings: the codes of what stands against it.
    """
    _must_be_whole(line, answers)
    return _written(case, line, answers, warnings, reason, known)


def _written(
    case: SupportCase,
    line: Move,
    answers: Mapping[str, Any],
    warnings: Collection[str],
    reason: str,
    known: Collection[str],
) -> dict[str, Any]:
    given = {**answers, "state": line.to or case.blocked_from or "proposed"}
    given["state_on"] = given.get("decision_on") or given.get("meeting_on") or given.get("posted_from") or _today()
    for name in ("state_reason", "state_reason_other", "state_note"):
        given[name] = answers.get(name)
    given["blocked_from"] = case.state if line.name == "block" else None
    if warnings and not (reason.strip() and set(warnings) <= set(known)):
        raise WarnedCase()
    if warnings:
        given["overridden"] = sorted({*(case.overridden or ()), *warnings})
        given["override_reason"] = added(case.override_reason, reason)
    if line.name == "decision":
        given |= {"decision": None, "decision_seen": None, "confirmed_seen": None}
        given["taken_from"] = " ".join(sorted(taken_from(story_of(case).case))) or None
        given["decision_rules"] = rules_version(db.session()) or None
    return given


def _take_approval_back(case: SupportCase, given: dict[str, Any]) -> None:
    """Note of a case that is approved no more from which decisions it is taken.

    :raises NoWay: money paid by its approval is out.
    """
    story = story_of(case)
    if is_decided(given) or not is_decided(story.case):
        return
    if any(paid_by_source(story.payments).values()):
        raise NoWay(why=_("Money was paid for this case. Take the payments back by counter-entries first."))
    given["taken_from"] = " ".join(sorted(taken_from(story.case) | story.signed)) or None


def _confirmed(case: SupportCase) -> str:
    """What is seen of it now. :raises NoWay: nothing is changed since the decision."""
    story = story_of(case)
    if not is_reopened(story):
        raise NoWay(why=_("Nothing has changed since the decision."))
    return seen_now(case, approved_by_source(story.case))


def last_level(day: str) -> str:
    """The last level of the chain of approval on a day; "" where no chain is known."""
    chain = chain_on(db.session(), date.fromisoformat(day))
    return chain[-1] if chain else ""


def _today() -> str:
    return today().isoformat()


def added(before: str | None, reason: str) -> str:
    """A reason behind those that were given before."""
    return f"{before}\n{reason.strip()}" if before else reason.strip()


def _must_be_whole(line: Move, answers: Mapping[str, Any]) -> None:
    missing = [_short(name) for name in line.needs if not _is_given(name, answers)]
    if answers.get("state_reason") == OTHER and not answers.get("state_reason_other"):
        missing.append(_short("state_reason_other"))
    if missing:
        raise WhatIsMissing(what=", ".join(missing))
    if line.name == "meeting":
        _must_have_agreed(answers)
    if line.name == "decision":
        _must_be_of_the_chain(answers)
    late = [
        _short(name) for name in ("meeting_on", "posted_from", "decision_on") if (answers.get(name) or "") > _today()
    ]
    if late:
        raise NoWay(why=_("“%(what)s” lies in the future.", what=", ".join(late)))
    if line.name == "posting" and answers["posted_until"] < answers["posted_from"]:
        raise NoWay(why=_("The last day of the posting lies before the first."))


def _is_given(name: str, answers: Mapping[str, Any]) -> bool:
    if name == "approved":
        return any(answers.get(each) for each in APPROVED)
    return answers.get(name) not in (None, "")


def _short(name: str) -> str:
    return _("Approved amounts") if name == "approved" else str(questions("support_case")[name].short)


def _must_have_agreed(answers: Mapping[str, Any]) -> None:
    present, agreed = answers["meeting_present"], answers["meeting_agreed"]
    vote = vote_of(agreed, present)
    if vote == "too_many":
        raise NoWay(why=_("More people agreed than were present."))
    if vote != "passes":
        raise MeetingRefused(agreed=agreed, present=present)


def _must_be_of_the_chain(answers: Mapping[str, Any]) -> None:
    last = last_level(answers["decision_on"])
    if last and answers["decision_level"] != last:
        raise NotThatLevel(
            day=questions("support_case")["decision_on"].show(answers["decision_on"], "vi"), level=_level(last)
        )


def _level(code: str) -> str:
    return choices.label("office_level", code, language())


def warnings_of_move(case: SupportCase, line: Move, answers: Mapping[str, Any]) -> Sequence[Objection]:
    """What stands against a move though all of it is there: no village has put it forward, its programme is closed,
    amounts beside the norm, a house that is not as required, money that does not come out even."""
    return list(_warnings(case, line, answers))


def _warnings(case: SupportCase, line: Move, answers: Mapping[str, Any]) -> Iterator[Objection]:
    if line.name == "posting" and case.id not in put_forward(case.programme or "", [case.area or ""]):
        yield Objection("not_put_forward", BASIS)
    if line.name not in ("decision", "settle"):
        return
    story = story_of(case)
    if line.name == "decision":
        day = date.fromisoformat(answers["decision_on"])
        norm = story.programme.norm(case.need_type or "", day) if story.programme else None
        yield from (one for one in to_deciding(story.programme, day) if one.code not in (case.overridden or ()))
        amounts = {source: answers.get(f"approved_{source}") or 0 for source in SOURCES if source not in OTHER_BUDGETS}
        yield from to_amount(norm, sum(amounts.values()), sum(amounts.get(each, 0) for each in STATE))
        wanted = {source: answers.get(f"approved_{source}") or 0 for source in SOURCES}
        year = case.planned_year or day.year
        if exceeded_by(case.programme or "", year, [(case.area, wanted)]):
            yield Objection("over_budget")
        return
    if story.seen.as_required is False:
        yield Objection("house_not_as_required", story.programme.legal_basis if story.programme else "")
    paid, approved = paid_by_source(story.payments), approved_by_source(story.case)
    if any(paid.get(source, 0) != approved.get(source, 0) for source in {*paid, *approved}):
        yield Objection("not_paid_out")
