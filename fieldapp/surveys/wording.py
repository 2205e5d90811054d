"""The sentences rules speak when a question does not bring its own: whole sentences, with named places to fill."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from fieldapp import vietnamese as vn
from fieldapp.i18n import _l
from fieldapp.surveys.question import Question
from fieldapp.surveys.rules import Rule

SIGNS = ("m²", "%")
"""Units that are the same in every language, and so may stand in a sentence beside their number."""


def finished(question: Question, name: str, names: Mapping[str, str], *, in_office: bool = False) -> Question:
    """A question with its name, and with a sentence for every rule and for what cannot be read.

    :param names: what the other questions of the survey are called in a sentence.
    :param in_office: it is filled in at a desk, where there is nobody to be asked.
    """
    unfilled = {"required": _l("%(name)s: not filled in yet.", name=question.short)} if in_office else {}
    rules = tuple(
        replace(rule, message=rule.message or unfilled.get(rule.word) or sentence(rule, question, names))
        for rule in question.rules
    )
    return replace(question, name=name, rules=rules, unreadable=question.unreadable or unreadable(question))


def sentence(rule: Rule, question: Question, names: Mapping[str, str]) -> str:
    """The default sentence of a rule.

    :raises KeyError: the word has none: the question must bring its own.
    """
    name = question.short
    if rule.word in ("min", "max"):
        return _range(rule, question)
    if rule.word in ("not_after", "not_before"):
        return _time(rule, name, names)
    if rule.word in ("at_least_items", "at_most_items"):
        return _items(rule, question)
    if rule.word == "pattern":
        return _pattern(rule, name)
    return _plain(rule, question, names)


def _plain(rule: Rule, question: Question, names: Mapping[str, str]) -> str:
    name, arg = question.short, rule.arg
    match rule.word:
        case "required":
            return _l("%(name)s: not answered yet. Please ask, then fill it in.", name=name)
        case "longest":
            return _l("%(name)s: at most %(count)s letters fit here. Please shorten it.", name=name, count=arg)
        case "full_date":
            return _l("%(name)s: the day, the month and the year are needed, for example 05/02/2026.", name=name)
        case "at_most":
            return _l("%(name)s cannot be more than “%(other)s”. Please check both.", name=name, other=names[arg])
        case "not_also_in":
            return _l("%(name)s: the same photo is at another question too. Please look at both.", name=name)
        case "accurate":
            return _l(
                "The position may be more than %(metres)s m off. "
                "If you can, step outside under open sky and take it again.",
                metres=vn.show_integer(arg),
            )
        case "only_alone":
            return _l("%(name)s: “none” cannot be chosen together with other answers. Please choose again.", name=name)
    raise KeyError(f"the rule {rule.word!r} of {question.label} needs a sentence of its own")


def _range(rule: Rule, question: Question) -> str:
    limits = {
        other.word: _number(question, other.arg)
        for other in question.rules
        if other.word in ("min", "max") and other.level == rule.level and other.when == rule.when
    }
    name = question.short
    if rule.level == "warning":
        return _unusual(name, limits)
    if len(limits) == 2:
        return _l("%(name)s must be from %(min)s to %(max)s. Please check it.", name=name, **limits)
    if "min" in limits:
        return _l("%(name)s must be %(min)s or more. Please check it.", name=name, **limits)
    return _l("%(name)s must be %(max)s or less. Please check it.", name=name, **limits)


def _unusual(name: str, limits: Mapping[str, str]) -> str:
    if len(limits) == 2:
        return _l(
            "%(name)s is usually from %(min)s to %(max)s. Please look again; if it is right, go on.",
            name=name,
            **limits,
        )
    if "min" in limits:
        return _l("%(name)s is rarely below %(min)s. Please look again; if it is right, go on.", name=name, **limits)
    return _l("%(name)s is rarely above %(max)s. Please look again; if it is right, go on.", name=name, **limits)


def _number(question: Question, arg: int | str) -> str:
    if question.kind == "money":
        return vn.show_money(int(arg))
    if question.is_year:
        return str(arg)
    shown = vn.show_decimal(str(arg))
    return vn.with_unit(shown, question.unit) if question.unit in SIGNS else shown


def _time(rule: Rule, name: str, names: Mapping[str, str]) -> str:
    after = rule.word == "not_after"
    if rule.arg == "today":
        if after:
            return _l("%(name)s cannot be in the future. Please check it.", name=name)
        return _l("%(name)s cannot be in the past. Please check it.", name=name)
    if rule.arg[:1].isdigit():
        limit = vn.show_date(rule.arg)
        if after:
            return _l("%(name)s cannot be later than %(limit)s. Please check it.", name=name, limit=limit)
        return _l("%(name)s cannot be before %(limit)s. Please check it.", name=name, limit=limit)
    other = names[rule.arg]
    if after:
        return _l("%(name)s cannot be later than “%(other)s”. Please check both.", name=name, other=other)
    return _l("%(name)s cannot be before “%(other)s”. Please check both.", name=name, other=other)


def _items(rule: Rule, question: Question) -> str:
    name, count = question.short, rule.arg
    if question.kind == "photo":
        if rule.word == "at_least_items":
            return _l("%(name)s: more photos are needed, at least %(count)s. Please take more.", name=name, count=count)
        return _l("%(name)s: too many photos, at most %(count)s fit here. Please remove some.", name=name, count=count)
    if rule.word == "at_least_items":
        return _l("%(name)s: choose at least %(count)s.", name=name, count=count)
    return _l("%(name)s: choose at most %(count)s.", name=name, count=count)


def _pattern(rule: Rule, name: str) -> str:
    match rule.arg:
        case "phone":
            return _l(
                "%(name)s must have 10 digits and begin with 03, 05, 07, 08 or 09 "
                "(a landline begins with 02). Please check it.",
                name=name,
            )
        case "citizen_id":
            return _l("%(name)s must have 12 digits (an old card has 9). Please count them again.", name=name)
        case "year":
            return _l("%(name)s must be a year of four digits, for example 1998.", name=name)
    raise KeyError(f"the pattern {rule.arg!r} has no sentence")


def unreadable(question: Question) -> str:
    """The sentence for what cannot be read as an answer of this kind."""
    name = question.short
    match question.kind:
        case "integer" if question.is_year:
            return _l("%(name)s must be a year of four digits, for example 1998.", name=name)
        case "integer":
            return _l("%(name)s must be a whole number in digits, for example 5.", name=name)
        case "money":
            return _l("%(name)s must be an amount in đồng, for example 60.000.000 or 60 triệu.", name=name)
        case "decimal":
            return _l("%(name)s must be a number in digits, for example 31,5.", name=name)
        case "date":
            return _date_unreadable(question)
        case "one_of" | "many_of" | "yes_no":
            return _l("%(name)s: please choose one of the answers listed.", name=name)
        case "photo":
            return _l("%(name)s: this photo cannot be used. Please take it again.", name=name)
        case "point":
            return _l("%(name)s must be a latitude and a longitude, for example 22.147000, 105.834800.", name=name)
        case "village" | "reference":
            return _l("%(name)s: please choose from the list.", name=name)
    return _l("%(name)s holds characters that cannot be kept. Please type it again.", name=name)


def _date_unreadable(question: Question) -> str:
    if any(rule.word == "full_date" for rule in question.rules):
        return _l("%(name)s must be a real date, day/month/year, for example 05/02/2026.", name=question.short)
    return _l(
        "%(name)s must be a real date such as 05/02/2026; if only the year is known, write the year, such as 1965.",
        name=question.short,
    )
