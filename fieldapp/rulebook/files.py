"""The rules as a file: plain answers by survey, as the package has its own."""

from __future__ import annotations

import json
from typing import Any

from fieldapp import intake
from fieldapp.db import db
from fieldapp.i18n import _, _l
from fieldapp.people import Account
from fieldapp.people.rights import may
from fieldapp.problems import Forbidden, Problem
from fieldapp.reference.naming import id_of, with_ids
from fieldapp.surveys import REFERENCE, SURVEYS, questions
from fieldapp.surveys.reference import ALL
from sync import WITHDRAWN


class NoRules(Problem):
    code, status = "no_rules", 400
    sentence = _l("%(where)s: %(why)s Nothing was changed.")


def read(text: str) -> dict[str, list[dict[str, Any]]]:
    """What a file says.

    :raises NoRules: it is no file of rules; says where and why.
    """
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict) or not found.keys() <= REFERENCE:
        raise NoRules(
            where=_("The file"), why=_("it is not a list of rules, as “fieldapp reference export” writes one.")
        )
    for survey, rules in found.items():
        for number, rule in enumerate(rules if isinstance(rules, list) else [None], start=1):
            _check(survey, number, rule)
    return found


def _check(survey: str, number: int, rule: Any) -> None:
    where = _("%(rules)s, number %(number)s", rules=str(SURVEYS[survey].plural), number=number)
    if not isinstance(rule, dict):
        raise NoRules(where=where, why=_("it holds no answers."))
    known = questions(survey)
    for name, value in with_ids(survey, rule).items():
        if name not in known:
            raise NoRules(where=where, why=_("there is no question “%(name)s”.", name=name))
        if not known[name].fits(value):
            raise NoRules(where=where, why=_("the answer to “%(name)s” cannot be kept.", name=str(known[name].short)))


def take(found: dict[str, list[dict[str, Any]]], account: Account) -> dict[str, int]:
    """Make the rules here say what a file says; how many were new, changed, and the same. The caller commits.

    :raises Forbidden: the account may not write rules.
    """
    if not may(account, "set_rules"):
        raise Forbidden()
    counts = {"new": 0, "changed": 0, "same": 0}
    for model in ALL:
        for rule in found.get(model.survey, ()):
            counts[_take(model.survey, with_ids(model.survey, rule), account)] += 1
    return counts


def _take(survey: str, rule: dict[str, Any], account: Account) -> str:
    record = id_of(survey, rule)
    row = db.session.get(SURVEYS[survey], record)
    back = {WITHDRAWN: False} if row is not None and row.withdrawn else {}
    done = intake.save(survey, record, {**rule, **back}, account=account)
    return "new" if row is None else "changed" if done.results else "same"
