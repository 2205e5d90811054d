"""A question: its wording, its rules, when it is asked, how its answer is read, judged and shown."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Literal, TypeAlias, get_args

from fieldapp import vietnamese as vn
from fieldapp.i18n import DEFAULT, LANGUAGES, speaking
from fieldapp.surveys.asked_if import Answers, Conditions, Value, is_asked
from fieldapp.surveys.reading import READERS
from fieldapp.surveys.rules import Rule, Severity, keeps
from fieldapp.surveys.shapes import SHAPES
from fieldapp.surveys.showing import show, typed

QuestionKind: TypeAlias = Literal[
    "text", "long_text", "integer", "money", "decimal", "date", "one_of", "many_of", "yes_no",
    "photo", "point", "reference", "village", "ids", "pins",
]  # fmt: skip
KINDS: tuple[str, ...] = get_args(QuestionKind)


class UnreadableAnswer(ValueError):
    """What was typed cannot be an answer to this question. ``message`` is the sentence for the person."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


@dataclass(frozen=True)
class Finding:
    """A rule that an answer breaks, with the sentence in the language of the moment.

    ``others`` are the questions whose answers it contradicts, none where the answer is wrong by itself; ``by`` is the
    question whose rule it is, wherever it is told.
    """

    question: str
    word: str
    level: Severity
    message: str
    others: tuple[str, ...] = ()
    by: str = ""


@dataclass(frozen=True)
class Question:
    """One question of a survey. Its texts are lazy: they are translated when they are shown.

    - ``short``: the name of the answer as a noun, for lists, export headings and sentences
    - ``asked_if``: asked when any of these conditions holds; None means always
    - ``choices``: the name of a code list
    - ``of``: the survey a reference points to
    - ``unit``: what stands after the number: ``m²``, ``đồng``
    - ``private``: sensitive personal data: never on a posted list, masked in exports
    - ``unreadable``: the sentence for what cannot be read
    """

    name: str
    kind: QuestionKind
    label: str
    short: str
    hint: str | None = None
    rules: tuple[Rule, ...] = ()
    asked_if: Conditions = None
    choices: str | None = None
    of: str | None = None
    unit: str | None = None
    private: bool = False
    unreadable: str = ""

    @property
    def is_year(self) -> bool:
        """Whether the number is a year, which is written without dots."""
        return any(rule.word == "pattern" and rule.arg == "year" for rule in self.rules)

    @property
    def required(self) -> bool:
        """Whether the form cannot be finished without an answer, in every case it is asked."""
        return any(rule.word == "required" and rule.when is None for rule in self.rules)

    def is_asked(self, answers: Answers) -> bool:
        """Whether the question is asked, looking at ``answers`` alone; :func:`asked` follows the whole chain."""
        return is_asked(self.asked_if, answers)

    def read(self, typed: Any) -> Value:
        """The canonical answer in what was typed or chosen; None when nothing was.

        :param typed: the text of a field, the list of a field with several, or an answer that is canonical already.
        :raises UnreadableAnswer: with a sentence for the person.
        """
        if typed is None or typed == [] or (isinstance(typed, str) and vn.is_blank(typed)):
            return None
        try:
            value = READERS[self.kind](self, typed)
        except (ValueError, TypeError, KeyError, RecursionError):
            raise UnreadableAnswer(str(self.unreadable)) from None
        return None if value in ("", []) else value

    def typed(self, value: Value) -> str | list[str]:
        """What a field holds so that the answer can be edited; ``read`` of it is the answer again."""
        return typed(self, value)

    def show(self, value: Value, language: str) -> str:
        """The answer for people, whatever it is: see :func:`fieldapp.surveys.showing.show`."""
        return show(self, value, language)

    def problems(self, value: Value, answers: Answers, today: date) -> list[Finding]:
        """The rules an answer breaks, in the order of the question; an answer of the wrong shape breaks ``kind``.

        While there is an error, no warning is given: it would ask to look again at what has to be mended anyway.
        """
        if value is not None and not SHAPES[self.kind](self, value):
            return [Finding(self.name, "kind", "error", str(self.unreadable), by=self.name)]
        broken = [rule for rule in self.rules if not keeps(rule, value, answers, today)]
        errors = [rule for rule in broken if rule.level == "error"]
        return [self._breaks(rule) for rule in errors or broken]

    def _breaks(self, rule: Rule) -> Finding:
        return Finding(self.name, rule.word, rule.level, str(rule.message), rule.others, self.name)

    def unit_in(self, language: str) -> str:
        """The unit of a number in a language; "" where there is none."""
        return self._units.get(language) or self._units[DEFAULT]

    @cached_property
    def _units(self) -> dict[str, str]:
        found = {}
        for language in LANGUAGES:
            with speaking(language):
                found[language] = str(self.unit or "")
        return found

    def fits(self, value: Value) -> bool:
        """Whether nothing makes the answer impossible, see :meth:`admits`. What was found to fit is remembered."""
        kind = type(value)
        if kind is str or kind is int:
            key = value
        elif kind is bool:  # True is 1 to a set
            key = (value,)
        elif kind is list and self.kind == "many_of" and all(type(code) is str for code in value):
            key = tuple(value)
        else:
            return value is None or self.admits(value) is None
        if key in self._met:
            return True
        if self.admits(value) is not None:
            return False
        if len(self._met) < MOST_MET:
            self._met.add(key)
        return True

    @cached_property
    def _met(self) -> set[str | int | tuple[str | bool, ...]]:
        return set()

    def named(self, message: str) -> str:
        """What is said of the answer, with the name of the question before it where the sentence does not say it."""
        name = str(self.short)
        return message if name.casefold() in message.casefold() else f"{name}: {message}"

    def admits(self, value: Value) -> Finding | None:
        """What makes an answer impossible whatever the other answers are; None when it can stand.

        Judged: its shape, its code, its range and its length. Not judged: what a person could have had a reason for.
        """
        if value is None:
            return None
        if not SHAPES[self.kind](self, value):
            return Finding(self.name, "kind", "error", str(self.unreadable))
        for rule in self._hard_limits:
            if not keeps(rule, value, {}, date.max):
                return Finding(self.name, rule.word, "error", str(rule.message))
        return None

    @cached_property
    def _hard_limits(self) -> tuple[Rule, ...]:
        return tuple(r for r in self.rules if r.word in IMPOSSIBLE and r.level == "error" and r.when is None)


MOST_MET = 5000
"""So many answers are remembered for each question: codes, villages and dates come again and again, names do not."""

IMPOSSIBLE = frozenset({"min", "max", "longest", "at_most_items"})
