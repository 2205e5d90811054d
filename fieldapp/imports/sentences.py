"""Why a row has its fate, for people: one sentence, with the column and what stands there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fieldapp.i18n import _l, language
from fieldapp.imports.fields import KINDS, fields
from fieldapp.surveys import SURVEYS, questions
from fieldapp.vietnamese import show_date

SENTENCES = {
    "unreadable": _l("Column “%(column)s”: “%(value)s” cannot be read as %(field)s."),
    "unknown_word": _l("Column “%(column)s”: “%(value)s” is not known as %(field)s. Say above the list what it means."),
    "lost_digits": _l(
        "Column “%(column)s”: “%(value)s” has lost its last digits in the spreadsheet. Enter it as text."
    ),
    "short_year": _l("Column “%(column)s”: the year in “%(value)s” has two digits. Write it with four."),
    "too_long": _l("Column “%(column)s”: “%(value)s …” is too long for %(field)s."),
    "rule": _l("%(question)s, “%(value)s”: %(message)s"),
    "position": _l("The position “%(value)s” cannot be read and was left out."),
    "no_name": _l("There is no name of a head of household."),
    "no_village": _l("There is no village. Say in which column it is, or name it in a title above its rows."),
    "unknown_village": _l(
        "There is no village “%(value)s” %(commune)s here. Say above the list which it is, or add it first."
    ),
    "several_villages": _l("There are several villages “%(value)s” %(commune)s. Say above the list which it is."),
    "unknown_commune": _l("There is no commune “%(value)s” here. Say above which village it is, or choose a commune."),
    "no_work": _l("It does not say whether it is a new build or a repair."),
    "no_programme": _l("It does not say under which programme. Choose one for the whole list, or its column."),
    "no_source": _l("Column “%(column)s”: it does not say which source paid. Say in which column it is."),
    "no_voucher": _l("There is no number of a voucher: it is to be added from the paper."),
    "no_household": _l("This household is not here. Import it with a list of households first, or let it be entered."),
    "alike": _l("A household that is here looks like it. Is it the same?"),
    "several": _l("Several households here look just like it. Which is it?"),
    "unknown_unit": _l("Column “%(column)s”: “%(value)s” does not say what is counted: persons, times, households."),
    "no_school_year": _l("Column “%(column)s”: “%(value)s” is no school year, such as 2022-2023."),
    "no_person": _l("There is no name: neither of a head of household nor of who got it."),
    "no_policy": _l("It does not say what it was for. Choose it for the whole list, or its column."),
    "no_year": _l("It does not say of which year it is. Enter the year of the whole list, or choose its column."),
    "no_quantity": _l("It does not say how many million đồng."),
    "no_unit": _l("It does not say what is counted: persons, times, households. Choose it for the whole list."),
    "no_paid_source": _l("It does not say who paid. Choose it for the whole list, or its column."),
    "no_household_given": _l(
        "Nobody here has this name in this village, neither a head nor a member. Correct the row, or let the household"
        " be entered first."
    ),
    "twice_support": _l("Row %(row)s of this list says the same of this household already. Was it given twice?"),
    "twice_place": _l("Row %(row)s of this list says this of the same place and time already. Leave one of them."),
    "unknown_place": _l("There is no place “%(value)s” here. Say above the list which it is."),
    "several_places": _l("There are several places “%(value)s”. Say above the list which it is."),
    "no_place": _l("There is no place in this row."),
    "no_period": _l("It does not say of which year or day it is. Enter it for the whole list, or choose its column."),
    "no_indicator": _l("It does not say which indicator it is."),
    "no_value": _l("No value."),
    "twice": _l("It looks like a household of row %(row)s of this list."),
    "same_code": _l("Its code “%(value)s” is that of row %(row)s too."),
    "was_withdrawn": _l("This household was here and was withdrawn."),
    "later": _l("An answer here was given after %(day)s, the day of the list. Which holds?"),
    "group": _l("A title between the rows."),
    "numbering": _l("The numbers of the columns."),
    "total": _l("A sum."),
    "signature": _l("Below the list."),
    "empty": _l("No name and no answer."),
    "member": _l("Another member of a household: only the head is taken."),
}


def sentence(code: str, told: Mapping[str, Any]) -> str:
    """One reason, in the language of the moment."""
    values = {name: str(value) for name, value in told.items()}
    values["field"] = label(values.get("field", ""))
    values["commune"] = f"({values['commune']})" if values.get("commune") else ""
    values["day"] = show_date(values.get("day", ""))
    if code == "rule":
        values |= _rule(told)
    known = {
        name: values.get(name, "")
        for name in ("column", "value", "field", "question", "message", "commune", "row", "day")
    }
    return " ".join((str(SENTENCES[code]) % known).split()) if code in SENTENCES else code


def sentences(told: Sequence[Any]) -> list[str]:
    """All of them."""
    return [sentence(code, values) for code, values in told]


def _rule(told: Mapping[str, Any]) -> dict[str, str]:
    question = questions(str(told["survey"]))[str(told["question"])]
    broken = next((rule for rule in question.rules if rule.word == told["word"]), None)
    message = str(broken.message) if broken else str(question.unreadable)
    return {"question": str(question.short), "message": message}


def label(code: str) -> str:
    """What a field is called."""
    found = next((offered[code] for kind in KINDS if code in (offered := fields(kind))), None)
    return str(found.label) if found else code


def shown(survey: str, name: str, value: Any) -> tuple[str, str]:
    """The question and an answer to it, for people."""
    if survey not in SURVEYS or name not in questions(survey):
        return name, str(value)
    question = questions(survey)[name]
    return str(question.short), question.show(value, language()) if value is not None else "–"
