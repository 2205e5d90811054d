"""A survey as a web form: one field a question, read and judged by the question itself; WTForms draws and carries.

The office posts the form; the tablet's shell carries the same HTML, blank, which ``form.js`` brings to life.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from flask_wtf import FlaskForm
from wtforms import Field

from fieldapp import surveys
from fieldapp.i18n import _, language
from fieldapp.surveys import choices as lists
from fieldapp.surveys.asked_if import Answers
from fieldapp.surveys.base import Record
from fieldapp.surveys.question import Finding, Question, UnreadableAnswer
from fieldapp.surveys.telling import asked_back, key, told_once, unconfirmed
from fieldapp.today import today
from fieldapp.web import asked

FILES = "-files"
"""How the name of a field ends by which photos are added in the office; before it stands that of the question."""
MOST_RADIOS = 9
"""A longer list of choices is drawn as a drop-down."""

GROUPED = ("one_of", "many_of", "yes_no", "photo", "point")
KEYPADS = {"integer": "numeric", "decimal": "decimal"}
NONE_OFFERED: Mapping[str, Sequence[tuple[str, str]]] = {}
PATTERN_KEYPADS = {"phone": "tel", "citizen_id": "numeric"}


@dataclass(frozen=True)
class DrawnSection:
    """A section of a survey with its fields, as it is drawn."""

    title: str
    intro: str | None
    fields: list[AnswerField]


class AnswerField(Field):
    """The answer to one question: what was typed, what it reads as, and what is wrong with it.

    - ``answer``: the canonical answer, given or read; None for none
    - ``typed``: what the field shows: a text, or a list of texts
    - ``warnings``: sentences that ask to look again and stop nothing
    - ``offered``: id and name of the villages, or of the records, to choose from
    """

    def __init__(self, question: Question, offered: Sequence[tuple[str, str]] = (), **more: Any) -> None:
        super().__init__(label=question.label, **more)
        self.question = question
        self.offered = offered
        self.answer: Any = None
        self.typed: Any = self._shown(None)
        self.warnings: list[str] = []

    def process_data(self, value: Any) -> None:
        self.answer = value
        self.typed = self._shown(value)

    def process_formdata(self, valuelist: list[Any]) -> None:
        texts = [text for text in valuelist if isinstance(text, str)]
        if self.kind in ("many_of", "photo"):
            self.typed = texts
        elif texts:
            self.typed = texts[0]

    def read(self) -> Any:
        """The canonical answer in what was typed. :raises UnreadableAnswer: with the sentence for the person."""
        if self.kind == "photo":
            return self.question.read(self._photos())
        value = self.question.read(self.typed)
        kept = self.kind == "point" and value and self.answer and _pair(value) == _pair(self.answer)
        return self.answer if kept else value

    def _photos(self) -> list[Any]:
        try:
            return [json.loads(text) for text in self.typed]
        except (ValueError, RecursionError):
            raise UnreadableAnswer(str(self.question.unreadable)) from None

    def _shown(self, value: Any) -> Any:
        if self.question.kind == "photo":
            return [json.dumps(photo, separators=(",", ":")) for photo in value or []]
        if self.question.kind == "point":
            return _pair(value) if value else ""
        return self.question.typed(value)

    @property
    def kind(self) -> str:
        """The kind of the question."""
        return self.question.kind

    @property
    def is_grouped(self) -> bool:
        """Whether the question heads several controls, and so needs a legend instead of a label."""
        return self.kind in GROUPED and not self.is_dropdown

    @property
    def is_dropdown(self) -> bool:
        """Whether the choices are too many for a radio button each."""
        if self.kind == "reference":
            return bool(self.offered)
        return self.kind == "village" or (self.kind == "one_of" and len(self.choices) > MOST_RADIOS)

    @property
    def choices(self) -> list[tuple[str, str]]:
        """Value and wording of each choice offered; a retired one only where it is the answer."""
        if self.kind in ("village", "reference"):
            return list(self.offered)
        given = self.typed if isinstance(self.typed, list) else [self.typed]
        each = lists.choices(self.question.choices or "")
        return [(c.code, c.label(language())) for c in each if not c.retired or c.code in given]

    @property
    def keypad(self) -> str | None:
        """The ``inputmode``: which keys the tablet should offer."""
        patterns = [rule.arg for rule in self.question.rules if rule.word == "pattern"]
        return next((PATTERN_KEYPADS[arg] for arg in patterns if arg in PATTERN_KEYPADS), KEYPADS.get(self.kind))

    @property
    def example(self) -> str | None:
        """How an answer is written, for the kinds where people ask."""
        if self.kind == "date":
            needs_day = any(rule.word == "full_date" for rule in self.question.rules)
            return _("day/month/year, for example 05/02/2026") if needs_day else _("day/month/year, or the year alone")
        return _("whole đồng; “60 triệu” is understood too") if self.kind == "money" else None


class SurveyForm(FlaskForm):
    """The form of one survey. After ``validate()`` the ``answers`` are what a change may carry."""

    survey: ClassVar[type[Record]]
    confirmed: Collection[str] = ()
    """What a person said is right of what was asked back; see ``asking``."""
    told: Sequence[Finding] = ()

    def questions(self) -> Iterator[AnswerField]:
        """The fields that are questions, in the order of the survey."""
        return (field for field in self if isinstance(field, AnswerField))

    def parts(self) -> list[DrawnSection]:
        """The sections with their fields."""
        fields = list(self.questions())
        names = [field.name for field in fields]
        starts = [names.index(section.first) for section in self.survey.sections]
        bounds = zip(self.survey.sections, starts, [*starts[1:], len(fields)], strict=True)
        return [DrawnSection(str(s.title), s.intro and str(s.intro), fields[low:high]) for s, low, high in bounds]

    def validate(self, extra_validators: Mapping[str, Any] | None = None) -> bool:
        """Read every answer, drop those that are not asked, and judge the rest. Warnings do not stop it: what of
        them has to be confirmed is told by ``asking``."""
        sound = super().validate(extra_validators)
        readable = self._read()
        values = {field.name: field.answer for field in self.questions()}
        wanted = surveys.asked(self.survey.survey, values)
        for field in self.questions():
            if field.name not in wanted:
                field.answer, field.errors = None, []
        found = surveys.check(self.survey.survey, self.answers, today())
        self.told = told_once(unconfirmed(found, self.answers, self.confirmed), list(values))
        self._tell(self.told, readable)
        return sound and not any(field.errors for field in self.questions())

    def doubt(self, findings: Iterable[Finding]) -> None:
        """After ``validate()``: ask back too what only other records make odd."""
        more = unconfirmed(findings, self.answers, self.confirmed)
        self.told = [*self.told, *more]
        self._tell(more, set())

    def asking(self, given: Answers) -> list[tuple[str, str, str]]:
        """After ``validate()`` what is asked back before this can be saved: question, sentence, and the key by which it
        is confirmed. ``given``: the record as it came, empty for a new one."""
        open = asked_back(self.told, self.answers, given)
        return [(each.question, each.message, key(each, self.answers)) for each in open]

    def _read(self) -> set[str]:
        readable = set()
        for field in self.questions():
            field.errors, field.warnings = [], []
            try:
                field.answer = field.read()
                readable.add(field.name)
            except UnreadableAnswer as unreadable:
                field.answer, field.errors = None, [unreadable.message]
        return readable

    def _tell(self, findings: Iterable[Finding], readable: set[str]) -> None:
        for finding in findings:
            field: AnswerField = self[finding.question]
            if finding.level == "warning":
                field.warnings.append(finding.message)
            elif finding.question in readable:
                field.errors = [*field.errors, finding.message]

    def changed(self, was: Answers) -> dict[str, Any]:
        """After ``validate()`` the answers that are others than those of :func:`first_shown`."""
        return {name: value for name, value in self.answers.items() if value != was[name]}

    @property
    def answers(self) -> dict[str, Any]:
        """The canonical answer to each question; None where there is none."""
        return {field.name: field.answer for field in self.questions()}


def form_for(
    survey: type[Record],
    *,
    answers: Mapping[str, Any] | None = None,
    villages: Sequence[tuple[str, str]] = (),
    records: Mapping[str, Sequence[tuple[str, str]]] = NONE_OFFERED,
    blank: bool = False,
) -> SurveyForm:
    """The form of a survey, filled with ``answers``, or with what was posted.

    :param villages: id and name of the villages to choose from.
    :param records: the same of the records that a question points to one of, by the name of the question.
    :param blank: draw it only: no posted values, and no token in it.
    """
    known = surveys.questions(survey).items()
    offered = {name: villages if question.kind == "village" else records.get(name, ()) for name, question in known}
    fields = {name: AnswerField(question, offered[name]) for name, question in known}
    kind = type(f"{survey.__name__}Form", (SurveyForm,), {"survey": survey, **fields})
    more: dict[str, Any] = {"formdata": None, "meta": {"csrf": False}} if blank else {}
    form: SurveyForm = kind(data=dict(answers or {}), **more)
    return form


def first_shown(survey: str, now: Answers) -> dict[str, Any]:
    """What a form showed when its page was opened, which it brings along as ``was``; what is so now where it does not
    say. Only what differs from it was changed by its person: the rest may be somebody else's by now."""
    told, known = asked.form.json("was", dict[str, Any]) or {}, surveys.questions(survey)
    said = {name: value for name, value in told.items() if name in known and known[name].fits(value)}
    return {name: said.get(name, value) for name, value in now.items()}


def _pair(point: Mapping[str, Any]) -> str:
    return f"{point['lat']}, {point['lon']}"
