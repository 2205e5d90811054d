"""Signing a list off and opening it again: all of its cases are moved, or none is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from fieldapp import intake, naming
from fieldapp.cases.forward import BASIS, put_forward
from fieldapp.cases.lists import FROM, ListedLine, RecordEdit, lines_of, meeting_of, must_be_open
from fieldapp.cases.moving import written_by
from fieldapp.cases.signed import ListOutcome, Paper, Signed, packed, unpacked
from fieldapp.db import db
from fieldapp.facts.case_story import day_of, state_of
from fieldapp.facts.cases import stories
from fieldapp.housing.states import Move, move_named
from fieldapp.i18n import _, language
from fieldapp.people import Account
from fieldapp.problems import ListStays, Problem
from fieldapp.reference.current import current_rules
from fieldapp.surveys import Household, SupportCase, SupportList, choices, questions
from fieldapp.today import today
from fieldapp.vietnamese import show_date

LISTING = {"village": "meeting", "commune": "posting"}
OPENING = {"village": "unlist", "commune": "unpost"}
TO = {"village": "on_village_list", "commune": "on_commune_list"}
MOST_NAMES = 8


def faults(one: SupportList, lines: Sequence[ListedLine]) -> list[str]:
    """What keeps a list from being signed off, a sentence each."""
    said = _of_village(one, lines) if one.level == "village" else _of_commune(one, lines)
    return [*_of_any(lines), *said]


def _of_any(lines: Sequence[ListedLine]) -> Iterator[str]:
    if not lines:
        yield _("There is nobody on the list.")
    if moved := [f"{_name(line)} ({_state(line.state)})" for line in lines if line.moved]:
        yield _(
            "Moved on meanwhile by somebody else: %(names)s. Bring the list up to date and look at it again.",
            names=_listed(moved),
        )
    if withdrawn := [_name(line) for line in lines if line.case.withdrawn]:
        yield _(
            "Their cases were withdrawn: %(names)s. Bring the list up to date and look at it again.",
            names=_listed(withdrawn),
        )
    if elsewhere := [line for line in lines if line.elsewhere and not line.case.withdrawn]:
        yield told_elsewhere(elsewhere)
    if twice := _twice(lines):
        yield _(
            "These stand on it twice, as two entries were said to be one household: %(names)s. Refuse one of the two "
            "cases, then bring the list up to date.",
            names=_listed(twice),
        )
    if contested := [_name(line) for line in lines if line.case.contested or line.record.contested]:
        yield _("Two offices entered different things: %(names)s. Say first which holds.", names=_listed(contested))


def told_elsewhere(lines: Sequence[ListedLine]) -> str:
    """That these households lie in no village any more that the list is about."""
    return _(
        "They lie in another place since: %(names)s. Bring the list up to date and look at it again.",
        names=_listed([_name(line) for line in lines]),
    )


def _twice(lines: Sequence[ListedLine]) -> list[str]:
    """The names of the households with more than one case on a list."""
    count = Counter(line.case.household for line in lines if line.case.household and not line.gone)
    first = {line.case.household: _name(line) for line in reversed(lines)}
    return [first[household] for household, cases in count.items() if cases > 1]


def _of_village(one: SupportList, lines: Sequence[ListedLine]) -> Iterator[str]:
    meeting, known = meeting_of(one), questions("village_meeting")
    missing = [name for name in ("held_on", "present", "chair") if not meeting or not getattr(meeting, name)]
    if missing:
        yield _("Fill in: %(what)s.", what=", ".join(str(known[name].short) for name in missing))
    if meeting and meeting.withdrawn:
        yield _("The meeting was withdrawn. Bring it back among the cases and money to be looked at.")
    if meeting and meeting.contested:
        yield _("Two people filled in the meeting differently. Say first which holds.")
    if meeting and meeting.held_on and meeting.held_on > today().isoformat():
        yield _("The day of the meeting, %(day)s, lies in the future.", day=show_date(meeting.held_on))
    if uncounted := [_name(line) for line in lines if line.record.agreed is None]:
        yield _("No vote is filled in for: %(names)s.", names=_listed(uncounted))
    present = (meeting.present if meeting else None) or 0
    if beyond := [_name(line) for line in lines if present and (line.record.agreed or 0) > present]:
        yield _("More agreed than the %(present)s present: %(names)s.", present=present, names=_listed(beyond))


def _of_commune(one: SupportList, lines: Sequence[ListedLine]) -> Iterator[str]:
    known = questions("support_list")
    missing = [name for name in ("posted_from", "posted_until") if not getattr(one, name)]
    until = one.posted_until or ""
    if missing:
        yield _("Fill in: %(what)s.", what=", ".join(str(known[name].short) for name in missing))
    elif until < (one.posted_from or ""):
        yield _("The last day of the posting lies before the first.")
    elif until > today().isoformat():
        yield _("It is posted until %(day)s: it can be sent up once that day is over.", day=show_date(until))
    elif (days := least_days()) and days_posted(one) < days:
        yield _("Days it was posted: %(n)s; the rules ask for %(least)s.", n=days_posted(one), least=days)
    if open_ := [_name(line) for line in lines if line.record.objections and not line.record.outcome]:
        yield _("Say what became of the objections against: %(names)s.", names=_listed(open_))
    if unsaid := [_name(line) for line in lines if not line.passes and not line.record.outcome_note]:
        yield _("Say why these are taken off: %(names)s.", names=_listed(unsaid))


def least_days() -> int:
    """So many days a list is posted at least by the rules of today; 0 where they do not say."""
    return int(current_rules(db.session()).on(today()).number("posting_days") or 0)


def days_posted(one: SupportList) -> int:
    """On how many days a list is posted, the first and the last counted."""
    first, last = day_of(one.posted_from), day_of(one.posted_until)
    return (last - first).days + 1 if first and last else 0


def _listed(names: Sequence[str]) -> str:
    rest = len(names) - MOST_NAMES
    return "; ".join(names[:MOST_NAMES]) + (" " + _("and %(n)s more", n=rest) if rest > 0 else "")


def _name(line: ListedLine) -> str:
    return naming.household(line.household.head_name if line.household else None)


def _state(code: str) -> str:
    return choices.label("case_state", code, language())


def not_put_forward(one: SupportList, lines: Sequence[ListedLine]) -> list[str]:
    """The names of those who stay on a commune's list and stood on no signed village list on which they passed."""
    return [_name(line) for line in _not_put_forward(one, lines)]


def _not_put_forward(one: SupportList, lines: Sequence[ListedLine]) -> list[ListedLine]:
    if one.level != "commune":
        return []
    known = put_forward(one.programme or "", {line.case.area or "" for line in lines})
    return [line for line in lines if line.passes and line.case.id not in known]


def told_of(names: Sequence[str]) -> str:
    """What stands against putting these on the list of a commune, with the article."""
    return _(
        "On no signed village list on which they passed (%(basis)s): %(names)s. Take them off, or say why they stay.",
        basis=BASIS,
        names=_listed(names),
    )


def sign(one: SupportList, paper: Paper, *, account: Account, reason: str = "") -> None:
    """Sign a list off: each case that passes is moved on, and the list is kept as it is, all at once. The caller
    commits.

    :param paper: the list as it is printed.
    :param reason: why those stay on a commune's list whom no village has put forward; each such case keeps it for ever.
    :raises ListStays: something keeps it from that; nothing was changed.
    """
    must_be_open(one)
    lines = lines_of(one, whole=True)
    if wrong := faults(one, lines):
        raise ListStays(why=" ".join(wrong))
    unheard = _not_put_forward(one, lines)
    if unheard and not reason.strip():
        raise ListStays(why=told_of([_name(line) for line in unheard]))
    warned = {line.case.id for line in unheard}
    moved = [edit for line in lines if (edit := _moved(one, line, line.case.id in warned, reason))]
    content, digest = packed(Signed(today().isoformat(), paper, tuple(map(fate_of, lines))))
    said = {"state": "signed", "state_on": today().isoformat(), "reason": None}
    signed = "support_list", one.id, {**said, "content": content, "content_hash": digest}
    intake.save_all([*moved, signed], account=account)


def _moved(one: SupportList, line: ListedLine, warned: bool, reason: str) -> RecordEdit | None:
    level, state = one.level or "village", FROM[one.level or "village"]
    if line.passes:
        return _edit(line.case, move_named(LISTING[level], state), _answers(one, line), warned, reason)
    if level == "commune":
        return _edit(line.case, move_named("return", state), {"state_note": line.record.outcome_note})
    return None


def _answers(one: SupportList, line: ListedLine) -> dict[str, Any]:
    if one.level == "commune":
        posted = {"posted_from": one.posted_from, "posted_until": one.posted_until}
        return {**posted, "objections": _objected(line)}
    meeting = meeting_of(one)
    assert meeting is not None  # or the list could not be signed off
    counted = {"meeting_present": meeting.present, "meeting_agreed": line.record.agreed}
    return {"meeting_on": meeting.held_on, **counted, "meeting_minutes": meeting.minutes}


def _objected(line: ListedLine) -> str | None:
    said, outcome = line.record.objections, line.record.outcome
    label = choices.label("objection_outcome", outcome, language()) if outcome else ""
    return ". ".join(filter(None, (said, label, line.record.outcome_note))) or None


def _edit(
    case: SupportCase, line: Move | None, answers: dict[str, Any], warned: bool = False, reason: str = ""
) -> RecordEdit:
    assert line is not None  # it is one of the table
    warnings = ["not_put_forward"] if warned else []
    try:
        return "support_case", case.id, written_by(case, line, answers, warnings, reason=reason, known=warnings)
    except Problem as problem:
        raise ListStays(why=problem.message) from problem


def fate_of(line: ListedLine) -> ListOutcome:
    """What a list comes to for one of its lines, as it is kept when it is signed off."""
    record = line.record
    return ListOutcome(line.case.id, bool(line.passes), record.agreed, line.present, record.objections)


def signed_as(one: SupportList) -> Signed | None:
    """What a list said when it was last signed off; None where it never was."""
    return unpacked(one.content, one.content_hash)


def changed_since(one: SupportList, lines: Sequence[ListedLine]) -> bool:
    """Whether the votes or the objections of a signed list are others now: something came later, from a tablet."""
    signed = signed_as(one) if one.state == "signed" else None
    return signed is not None and set(signed.fates) != set(map(fate_of, lines))


def reopen(one: SupportList, reason: str, *, account: Account) -> None:
    """Open a signed list again: its cases go back to where they were before it. The caller commits.

    :raises ListStays: it is open, no reason is given, or one of its cases has gone further.
    """
    if one.state != "signed":
        raise ListStays(why=_("It is open already."))
    if not reason.strip():
        raise ListStays(why=_("Say why it is opened again."))
    level, signed = one.level or "village", signed_as(one)
    there = [fate.case for fate in (signed.fates if signed else ()) if fate.stays]
    states = {story.case["id"]: state_of(story.case, story.seen)[0] for story in stories(there)}
    if further := [case for case, state in states.items() if state != TO[level]]:
        raise ListStays(why=_further(further, states))
    back, why = move_named(OPENING[level], TO[level]), {"state_note": reason.strip()}
    moved = [_edit(db.session.get_one(SupportCase, case), back, dict(why)) for case in there if case in states]
    said = {"state": "reopened", "state_on": today().isoformat(), "reason": reason.strip()}
    intake.save_all([*moved, ("support_list", one.id, said)], account=account)


def _further(cases: Sequence[str], states: dict[str, str]) -> str:
    names = [f"{_head_of(case)} ({_state(states[case])})" for case in cases]
    return _("These cases have moved on since, so the list stays as it is: %(names)s.", names=_listed(names))


def _head_of(case: str) -> str:
    found = db.session.get_one(SupportCase, case)
    home = db.session.get(Household, found.household or "")
    return naming.household(home.head_name if home else None)
