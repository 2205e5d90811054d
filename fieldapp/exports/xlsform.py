"""The questionnaires as one XLSForm, so that anyone can see or reuse them in ODK, Kobo or SurveyCTO.

A household is the form; what there can be several of for one household (its members, surveys of its house, visits …) is
a repeat inside it. A question whose name another survey has too is called by that of its survey as well.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

import xlsxwriter

from fieldapp.i18n import DEFAULT, LANGUAGES, speaking
from fieldapp.surveys import SURVEYS, choices, listed, questions, sections
from fieldapp.surveys.asked_if import Condition
from fieldapp.surveys.base import Record
from fieldapp.surveys.question import Question
from fieldapp.surveys.rules import Rule

FormRow = dict[str, str]

KINDS = {
    "text": "text", "long_text": "text", "integer": "integer", "money": "integer", "decimal": "decimal", "date": "date",
    "photo": "image", "point": "geopoint", "village": "text", "reference": "text",
}  # fmt: skip
"""The types of XLSForm; what is chosen from a list is ``select_one`` or ``select_multiple`` of it."""
LEFT_OUT = ("ids", "pins")
ABOUT = "household"
MAIN = "household"
"""The survey that the form is of: what others say about a household stands inside it, and needs not name it."""
LONGEST_SIDE = 1600
"""So many pixels a photo is wide or high at most, as on our tablets."""
COMPARED = {"min": ">=", "max": "<="}
PATTERNS = {
    "citizen_id": "[0-9]{9}|[0-9]{12}",
    "phone": "0[0-9]{9,10}",
}


def to_xlsform(out: BinaryIO) -> None:
    """Write the workbook: the sheets ``survey``, ``choices`` and ``settings``."""
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        bold = book.add_format({"bold": True})
        survey = list(_form())
        _sheet(book.add_worksheet("survey"), bold, survey)
        _sheet(book.add_worksheet("choices"), bold, list(_lists()))
        _sheet(book.add_worksheet("settings"), bold, [_settings()])


def _sheet(sheet: Any, bold: Any, lines: list[FormRow]) -> None:
    names = list(dict.fromkeys(name for line in lines for name in line))
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(names) - 1, 24)
    for column, name in enumerate(names):
        sheet.write_string(0, column, name, bold)
        for row, line in enumerate(lines, 1):
            if line.get(name):
                sheet.write_string(row, column, line[name])


def _settings() -> FormRow:
    version = sum(survey.FORM_VERSION for survey in SURVEYS.values())
    with speaking(DEFAULT):
        title = str(SURVEYS[MAIN].title)
    said = {"form_title": title, "form_id": "fieldapp", "version": str(version)}
    return {**said, "default_language": f"{LANGUAGES[DEFAULT].name} ({DEFAULT})"}


# --- the questions --------------------------------------------------------------------------------------------


def _form() -> Iterator[FormRow]:
    names = _Names()
    for survey in listed():
        repeated = survey.survey != MAIN
        if repeated:
            yield {"type": "begin repeat", "name": f"{survey.survey}_repeat", **_in_every_language(survey.title)}
        for number, (section, asked) in enumerate(sections(survey), 1):
            yield {"type": "begin group", "name": f"{survey.survey}_{number}", **_in_every_language(section.title)}
            for name in asked:
                yield from _question(survey, questions(survey)[name], names)
            yield {"type": "end group"}
        if repeated:
            yield {"type": "end repeat"}


class _Names:
    """What each question is called: its name, behind that of its survey where another survey asks one of that name."""

    def __init__(self) -> None:
        several = [name for survey in listed() for name in questions(survey)]
        self._twice = {name for name in several if several.count(name) > 1}

    def of(self, survey: type[Record], name: str) -> str:
        """The name of a question in the form."""
        return f"{survey.survey}_{name}" if name in self._twice else name


def _question(survey: type[Record], question: Question, names: _Names) -> Iterator[FormRow]:
    if question.kind in LEFT_OUT or (question.kind == "reference" and question.of == ABOUT):
        return
    line = {"type": _type(question), "name": names.of(survey, question.name), **_in_every_language(question.label)}
    hint = _in_every_language(question.hint, "hint") if question.hint else {}
    constraint = " and ".join(filter(None, (_constraint(rule, question, survey, names) for rule in question.rules)))
    said = {
        "required": "yes" if question.required else "",
        "relevant": _relevant(survey, question, names),
        "constraint": constraint,
        **({_column("constraint_message", code): _message(question, code) for code in LANGUAGES} if constraint else {}),
        "appearance": "multiline" if question.kind == "long_text" else "",
        "parameters": f"max-pixels={LONGEST_SIDE}" if question.kind == "photo" else "",
    }
    yield {**line, **hint, **{name: text for name, text in said.items() if text}}


def _type(question: Question) -> str:
    if question.kind == "many_of":
        return f"select_multiple {question.choices}"
    if question.kind in ("one_of", "yes_no"):
        return f"select_one {question.choices}"
    return KINDS[question.kind]


def _in_every_language(text: object, what: str = "label") -> FormRow:
    found = {}
    for code in LANGUAGES:
        with speaking(code):
            found[_column(what, code)] = str(text)
    return found


def _column(what: str, language: str) -> str:
    """A heading that says its language, as ``label::Tiếng Việt (vi)``."""
    return f"{what}::{LANGUAGES[language].name} ({language})"


# --- when and how ---------------------------------------------------------------------------------------------


def _relevant(survey: type[Record], question: Question, names: _Names) -> str:
    """When it is asked, of any of its conditions; a condition is that every question has one of some answers."""
    if question.asked_if is None:
        return ""
    said = [_condition(survey, condition, names) for condition in question.asked_if]
    return said[0] if len(said) == 1 else " or ".join(f"({each})" for each in said)


def _condition(survey: type[Record], condition: Condition, names: _Names) -> str:
    asked = questions(survey)
    return " and ".join(_one_of(asked[name], names.of(survey, name), codes) for name, codes in condition.items())


def _one_of(question: Question, name: str, codes: Iterable[Any]) -> str:
    said = [f"selected(${{{name}}}, '{_code(code)}')" for code in codes]
    return said[0] if len(said) == 1 else f"({' or '.join(said)})"


def _code(code: Any) -> str:
    return {True: "yes", False: "no"}[code] if isinstance(code, bool) else str(code)


def _constraint(rule: Rule, question: Question, survey: type[Record], names: _Names) -> str:
    """A rule that an answer must keep, as XPath; "" for one that only warns, or that XLSForm cannot say."""
    if rule.level != "error" or rule.when is not None:
        return ""
    if rule.word in COMPARED and question.kind in ("integer", "money", "decimal"):
        return f". {COMPARED[rule.word]} {rule.arg}"
    if rule.word == "longest":
        return f"string-length(.) <= {rule.arg}"
    if rule.word == "pattern" and rule.arg in PATTERNS:
        return f"regex(., '^({PATTERNS[rule.arg]})$')"
    if rule.word == "at_most":
        return f". <= ${{{names.of(survey, str(rule.arg))}}}"
    if rule.word == "only_alone":
        return f"not(selected(., '{rule.arg}') and count-selected(.) > 1)"
    return _in_time(rule, question, survey, names) if rule.word in ("not_before", "not_after") else ""


def _in_time(rule: Rule, question: Question, survey: type[Record], names: _Names) -> str:
    """A limit in time: today, a day, a year, or an earlier question of the same kind."""
    compare, limit = ">=" if rule.word == "not_before" else "<=", str(rule.arg)
    said = (_day if question.kind == "date" else _year)(limit, survey, names)
    return f". {compare} {said}" if said else ""


def _day(limit: str, survey: type[Record], names: _Names) -> str:
    asked = questions(survey).get(limit)
    if asked is not None:
        return f"${{{names.of(survey, limit)}}}" if asked.kind == "date" else ""
    return "today()" if limit == "today" else f"date('{limit if len(limit) > len('1900') else f'{limit}-01-01'}')"


def _year(limit: str, survey: type[Record], names: _Names) -> str:
    asked = questions(survey).get(limit)
    if asked is not None:
        name = f"${{{names.of(survey, limit)}}}"
        return f"number(format-date({name}, '%Y'))" if asked.kind == "date" else name
    return "number(format-date(today(), '%Y'))" if limit == "today" else limit[:4]


def _message(question: Question, language: str) -> str:
    """The sentences of the rules that are held, in a language."""
    with speaking(language):
        errors = [rule for rule in question.rules if rule.level == "error" and rule.when is None and str(rule.message)]
        return " ".join(dict.fromkeys(str(rule.message) for rule in errors if rule.word != "required"))


def _lists() -> Iterator[FormRow]:
    """The choices of every list that is asked from; retired ones are not offered."""
    used = {str(q.choices): None for survey in listed() for q in questions(survey).values() if q.choices}
    for name in used:
        for choice in choices.offered(name):
            labels = {_column("label", code): choice.label(code) for code in LANGUAGES}
            yield {"list_name": name, "name": choice.code, **labels}
