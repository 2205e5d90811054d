"""A rule in words, for the pages of rules."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from fieldapp import naming
from fieldapp import vietnamese as vn
from fieldapp.db import db
from fieldapp.i18n import _, _l, language
from fieldapp.people import Account
from fieldapp.places import Village
from fieldapp.problems import NotFound
from fieldapp.reference import shipped, wording
from fieldapp.reports.issuer import PLACE
from fieldapp.surveys import REFERENCE, SURVEYS, questions
from fieldapp.surveys import choices as lists
from fieldapp.surveys.reference import Reference
from fieldapp.web import shown

STATES = {"open": _l("Open"), "ended": _l("Ended"), "not_yet": _l("Not open yet")}
VERIFIED = {"no": _l("not checked against the document"), "partly": _l("checked in part")}


def find(record: str) -> Reference:
    """The rule of this id. :raises NotFound: there is none."""
    for survey in sorted(REFERENCE):
        found = db.session.get(SURVEYS[survey], record)
        if isinstance(found, Reference):
            return found
    raise NotFound()


def values(rule: Reference) -> dict[str, Any]:
    """Its answers."""
    return {name: getattr(rule, name) for name in questions(rule.survey)}


def state(rule: Mapping[str, Any], day: date) -> str:
    """Whether a rule holds on a day: ``open``, ``ended`` or ``not_yet``."""
    first, last = (rule.get("opens_on") or rule.get("from_on")), (rule.get("ends_on") or rule.get("to_on"))
    if first and first > day.isoformat():
        return "not_yet"
    return "ended" if last and last < day.isoformat() else "open"


def sentence(survey: str, rule: Mapping[str, Any]) -> str:
    """What a rule says, in one line."""
    return _of_each_commune(_sentence(survey, rule))


def _of_each_commune(said: str) -> str:
    return said.replace(PLACE, _("[name of the commune]"))


def _sentence(survey: str, rule: Mapping[str, Any]) -> str:
    match survey:
        case "programme_criterion":
            return wording.criterion(rule, language())
        case "programme_norm":
            return _norm(rule)
        case "material_ruling":
            return _ruling(rule)
        case "place_status":
            return f"{place_name(rule.get('place'))}: {label(survey, 'status', rule)}"
        case "office":
            return " – ".join(str(rule[name]) for name in ("above", "name") if rule.get(name))
        case "signer":
            named = [label(survey, "mode", rule), rule.get("position"), rule.get("name")]
            return f"{shown.answer(questions(survey)['office'], rule.get('office'))}: {', '.join(filter(None, named))}"
        case "approval_chain":
            return _("Step %(step)s: %(level)s", step=rule.get("step"), level=label(survey, "level", rule))
        case "threshold":
            number = rule.get("number")
            return f"{label(survey, 'code', rule)}: {vn.show_decimal(number) if number else '…'}"
        case "budget":
            return _budget(rule)
    return str(rule.get("name") or rule.get("code") or "")


def _norm(rule: Mapping[str, Any]) -> str:
    amount = rule.get("amount")
    return _(
        "%(work)s: %(amount)s (%(meaning)s)",
        work=label("programme_norm", "need_type", rule),
        amount="…" if amount is None else vn.show_money(amount),
        meaning=label("programme_norm", "meaning", rule),
    )


def _budget(rule: Mapping[str, Any]) -> str:
    amount, place = rule.get("amount"), rule.get("place")
    return _(
        "%(year)s, %(source)s, %(place)s: %(amount)s (%(programme)s)",
        year=rule.get("budget_year") or "…",
        source=label("budget", "fund_source", rule),
        place=place_name(place) if place else _("whole province"),
        amount="…" if amount is None else vn.show_money(amount),
        programme=shown.answer(questions("budget")["programme"], rule.get("programme")),
    )


def _ruling(rule: Mapping[str, Any]) -> str:
    known = {True: _("durable"), False: _("not durable"), None: _("not known")}
    return _(
        "%(part)s of %(material)s: %(durable)s (%(law)s)",
        part=label("material_ruling", "part", rule),
        material=wording.material(rule.get("part"), rule.get("material"), language()),
        durable=known[rule.get("durable")],
        law=label("material_ruling", "law", rule),
    )


def answer(survey: str, rule: Mapping[str, Any], name: str, value: Any) -> str:
    """What a rule says, or said, to one question; the material of a ruling by the name it has in the part of the house
    that the rule speaks of."""
    part = rule.get("part")
    if (survey, name) == ("material_ruling", "material") and isinstance(value, str) and isinstance(part, str | None):
        return wording.material(part, value, language())
    return _of_each_commune(shown.answer(questions(survey).get(name), value))


def label(survey: str, question: str, rule: Mapping[str, Any]) -> str:
    """The wording of a code."""
    return lists.label(questions(survey)[question].choices or "", rule.get(question) or "", language())


def place_name(place: str | None) -> str:
    """``Xã Ba Bể (2025)`` for a code with its year; a village by its name; what is on no list as it stands."""
    return shown.place_line(place) if place and db.session.get(Village, place) else naming.coded_place(place or "")


def span(rule: Mapping[str, Any]) -> str:
    """From when until when it holds."""
    return wording.span(rule.get("opens_on") or rule.get("from_on"), rule.get("ends_on") or rule.get("to_on"))


def doubt(rule: Mapping[str, Any]) -> str:
    """That it was not checked against the document, or only in part; "" where it was, or where nobody asks."""
    return str(VERIFIED.get(rule.get("verified") or "", ""))


def author(account: str) -> str:
    """The name of whoever said something; of the package that it came with the program."""
    if account == shipped.AUTHOR:
        return _("Comes with the program")
    found = db.session.get(Account, account)
    return found.name if found else account
