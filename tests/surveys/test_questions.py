"""True of every question of every survey, present and future."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fieldapp.i18n import LANGUAGES, speaking
from fieldapp.surveys import REFERENCE, SURVEYS, asked, carried, check, describe, name_of, questions, sections, tidy
from fieldapp.surveys.asked_if import Condition
from fieldapp.surveys.choices import choices, codes, official_ethnic_code
from fieldapp.surveys.keys import search_key_of, sort_key_of
from fieldapp.surveys.question import KINDS, Question
from fieldapp.surveys.rules import PATTERNS, WORDS, Rule
from tests.again import so_many
from tests.surveys import answers

TODAY = date(2026, 8, 1)
SIGNS = ("đồng", "m²", "%")
OTHERS_BY_WORD = {
    "at_most",
    "citizen_id_sex",
    "citizen_id_year",
    "together_at_most",
    "not_also_in",
    "not_after",
    "not_before",
}

a_few = settings(max_examples=so_many(4, 12, 50))
every_survey = pytest.mark.parametrize("survey", SURVEYS)


def every_question(claim: Callable[[str, str], None]) -> Callable[[str], None]:
    """Of every question of a survey, in one test: two thousand of a moment each cost more as tests than as claims."""

    @every_survey
    def test(survey: str) -> None:
        for name in questions(survey):
            try:
                claim(survey, name)
            except AssertionError as error:
                error.add_note(f"question {name}")
                raise

    return test


def earlier(survey: str, name: str) -> dict[str, Question]:
    """The questions asked before one."""
    names = list(questions(survey))
    return {before: questions(survey)[before] for before in names[: names.index(name)]}


def conditions(question: Question) -> Iterator[Condition]:
    """Everything a question or a rule of it depends on."""
    yield from question.asked_if or ()
    yield from (rule.when for rule in question.rules if rule.when)


def named_by(rule: Rule) -> Iterable[str]:
    """The other questions a rule looks at."""
    if rule.word not in OTHERS_BY_WORD:
        return []
    if isinstance(rule.arg, Mapping):
        return [*rule.arg["with"], rule.arg["limit"]]
    if isinstance(rule.arg, list):
        return list(rule.arg)
    return [] if rule.arg == "today" or rule.arg[0].isdigit() else [rule.arg]


def possible(question: Question) -> set[Any]:
    """The codes a question can be answered with."""
    return {True, False} if question.kind == "yes_no" else set(codes(question.choices or ""))


@every_question
def test_depends_only_on_earlier_questions_and_on_choices_they_offer(survey: str, name: str) -> None:
    before = earlier(survey, name)
    question = questions(survey)[name]
    for condition in conditions(question):
        for other, wanted in condition.items():
            assert other in before
            assert set(wanted) <= possible(before[other])
    assert all(other in before for rule in question.rules for other in named_by(rule))


@every_question
def test_rules_are_words_of_the_vocabulary_with_arguments_that_are_plain_data(survey: str, name: str) -> None:
    for rule in questions(survey)[name].rules:
        assert rule.word in WORDS
        assert json.loads(json.dumps(rule.arg)) == rule.arg
        if rule.word == "pattern":
            assert rule.arg in PATTERNS
        if rule.word in ("only_alone", "none_of"):
            given = [rule.arg] if rule.word == "only_alone" else rule.arg
            assert set(given) <= possible(questions(survey)[name])


@every_question
def test_every_text_of_a_question_is_said_in_both_languages(survey: str, name: str) -> None:
    question = questions(survey)[name]
    with speaking("en"):
        english = [str(text) for text in texts(question)]
    with speaking("vi"):
        vietnamese = [str(text) for text in texts(question)]
    for one, other in zip(english, vietnamese, strict=True):
        assert one != other
        assert all(text.strip() == text != "" and "%(" not in text for text in (one, other))
        assert unicodedata.is_normalized("NFC", other)


def texts(question: Question) -> list[str]:
    """Everything a question says to a person."""
    own = [question.label, question.short, question.hint, question.unit, question.unreadable]
    return [text for text in [*own, *(rule.message for rule in question.rules)] if text not in (None, *SIGNS)]


@every_question
def test_a_message_is_a_whole_sentence(survey: str, name: str) -> None:
    question = questions(survey)[name]
    for language in LANGUAGES:
        with speaking(language):
            for text in [question.unreadable, *(rule.message for rule in question.rules)]:
                assert str(text)[0].isupper() or str(text)[0].isdigit() or str(text)[0] in "“"
                assert str(text)[-1] in ".?!"


@every_question
def test_the_kind_is_known_and_has_what_it_needs(survey: str, name: str) -> None:
    question = questions(survey)[name]
    assert question.kind in KINDS
    assert question.name == name
    assert (question.choices is not None) == (question.kind in ("one_of", "many_of", "yes_no"))
    assert (question.of is not None) == (question.kind == "reference")
    assert question.of in {None, "", *SURVEYS}


@every_survey
def test_every_question_is_in_exactly_one_section(survey: str) -> None:
    listed = [name for _, names in sections(survey) for name in names]
    assert listed == list(questions(survey))
    assert [section.first for section, _ in sections(survey)] == [names[0] for _, names in sections(survey)]


UNTOLD = ("poverty_class", "house_form", "programmes")
"""Whose "other" needs no words of its own; a rule names programmes by their codes."""


@every_survey
def test_other_has_its_text(survey: str) -> None:
    following = {
        other
        for question in questions(survey).values()
        for condition in question.asked_if or ()
        for other, wanted in condition.items()
        if "khac" in wanted and question.kind in ("text", "long_text")
    }
    offering = {
        name
        for name, question in questions(survey).items()
        if question.choices and "khac" in codes(question.choices) and name not in UNTOLD
    }
    assert offering == following


@every_survey
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_two_answers_have_the_same_name(survey: str, language: str) -> None:
    with speaking(language):
        names = [str(question.short) for question in questions(survey).values()]
    assert sorted(set(names)) == sorted(names)


@every_survey
@a_few
@given(st.data())
def test_what_is_shown_in_a_field_is_read_back_as_the_same_answer(survey: str, data: st.DataObject) -> None:
    for name, value in data.draw(answers.answers(survey)).items():
        question = questions(survey)[name]
        assert question.read(question.typed(value)) == value
        assert question.read(value) == value
        assert isinstance(question.show(value, "vi"), str)


@every_survey
@a_few
@given(st.data())
def test_an_answer_that_breaks_no_rule_is_possible_too(survey: str, data: st.DataObject) -> None:
    drawn = data.draw(answers.answers(survey))
    for name, value in drawn.items():
        question = questions(survey)[name]
        impossible = question.admits(value)
        if impossible is not None:
            assert question.problems(value, drawn, TODAY), impossible


@every_survey
@a_few
@given(st.data())
def test_a_tidy_form_asks_the_same_and_breaks_the_same_rules(survey: str, data: st.DataObject) -> None:
    drawn = data.draw(answers.answers(survey))
    tidied = tidy(survey, drawn)
    assert asked(survey, tidied) == asked(survey, drawn)
    assert check(survey, tidied, TODAY) == check(survey, drawn, TODAY)
    assert tidy(survey, tidied) == tidied


@pytest.mark.parametrize("kind", KINDS)
@a_few
@given(value=st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists))
def test_nothing_that_arrives_makes_a_question_fall_over(kind: str, value: Any) -> None:
    question = Question(name="q", kind=kind, label="Q", short="Q", choices="yes_no", unreadable="no")  # type: ignore[arg-type]
    question.admits(value)
    question.show(value, "en")
    question.problems(value, {}, TODAY)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_description_of_the_surveys_is_plain_data(language: str) -> None:
    described = describe(language)
    assert json.loads(json.dumps(described)) == described
    assert list(described["surveys"]) == [survey for survey in SURVEYS if survey not in REFERENCE]
    assert described["language"] == language
    for survey, told in described["surveys"].items():
        assert (
            told["order"]
            == list(questions(survey))
            == [name for part in told["sections"] for name in part["questions"]]
        )


def test_yes_and_no_are_truth_values_in_the_description() -> None:
    split_off = describe("vi")["surveys"]["household"]["questions"]["split_off"]
    assert [(choice["code"], choice["label"]) for choice in split_off["choices"]] == [(True, "Có"), (False, "Không")]


def test_the_sentence_for_a_wrong_number_of_people_says_what_to_do() -> None:
    with speaking("vi"):
        finding = questions("household")["members"].problems(99, {}, TODAY)[0]
    assert (finding.level, finding.message) == ("error", "Số khẩu phải từ 1 đến 30. Hãy kiểm tra lại.")


@pytest.mark.parametrize("survey", [name for name, kind in SURVEYS.items() if kind not in carried()])
def test_who_fills_in_a_form_at_a_desk_is_not_told_to_ask_somebody(survey: str) -> None:
    with speaking("vi"):
        told = [str(rule.message) for question in questions(survey).values() for rule in question.rules]
    assert [sentence for sentence in told if "Hãy hỏi" in sentence] == []


def test_a_warning_waits_until_the_error_is_mended() -> None:
    members = questions("household")["members"]
    assert [finding.level for finding in members.problems(31, {}, TODAY)] == ["error"]
    assert [finding.level for finding in members.problems(13, {}, TODAY)] == ["warning"]
    assert members.problems(12, {}, TODAY) == []


def test_an_identity_number_that_does_not_fit_is_asked_about_and_never_refused() -> None:
    given = {"head_sex": "nam", "birth_date": "1985", "id_document": "cccd"}
    citizen_id = questions("household")["citizen_id"]
    found = citizen_id.problems("003190001234", given, TODAY)
    assert [finding.word for finding in found] == ["citizen_id_province", "citizen_id_sex", "citizen_id_year"]
    assert {finding.level for finding in found} == {"warning"}
    assert citizen_id.admits("003190001234") is None


def test_a_code_that_no_list_has_is_impossible_and_a_retired_one_is_not() -> None:
    assert questions("household")["head_sex"].admits("robot") is not None
    assert questions("household")["head_sex"].admits("nu") is None


def test_a_household_is_named_and_found_by_both_its_names_and_by_its_numbers() -> None:
    given = {"head_name": "Hoàng Thị Lan", "other_name": "Mụi", "phone": "0912345678", "citizen_id": None}
    assert name_of("household", given) == "Hoàng Thị Lan (Mụi)"
    assert search_key_of("household", given) == "hoang thi lan mui 0912345678"
    assert sort_key_of("household", given) < sort_key_of("household", {"head_name": "Hoàng Thị Lân"})
    assert name_of("household", {}) == ""


@pytest.mark.parametrize("name", sorted({q.choices for s in SURVEYS for q in questions(s).values() if q.choices}))
def test_a_code_list_is_worded_in_both_languages_without_doubles(name: str) -> None:
    found = choices(name)
    for wordings in ([c.code for c in found], *([c.label(language) for c in found] for language in LANGUAGES)):
        assert len(set(wordings)) == len(wordings)
        assert all(text.strip() == text != "" for text in wordings)


def test_there_are_54_ethnic_groups_foreigners_and_the_unknown_and_both_official_orders() -> None:
    assert len(choices("ethnic_group")) == 56
    assert [choice.label("vi") for choice in choices("ethnic_group")[:3]] == ["Kinh", "Tày", "Hoa"]
    assert (official_ethnic_code("hoa", "qd121"), official_ethnic_code("hoa", "gso")) == ("04", "06")
    assert (official_ethnic_code("san_chay", "qd121"), official_ethnic_code("san_chay", "gso")) == ("15", "13")
    assert official_ethnic_code("ngai", "gso") is None


def test_an_answer_met_before_is_not_taken_for_another_that_python_calls_equal() -> None:
    members = questions("household")["members"]
    assert members.fits(1)
    assert not members.fits(True)
    assert not members.fits("1")
    assert not members.fits(1.0)
    assert not members.fits(-1)
    assert members.fits(1)


@every_question
def test_a_sentence_about_an_answer_names_its_question_once(survey: str, name: str) -> None:
    question = questions(survey)[name]
    with speaking("vi"):
        short = str(question.short)
        for said in (question.unreadable, *(rule.message for rule in question.rules)):
            told = question.named(str(said))
            assert short.casefold() in told.casefold()
            assert not told.casefold().startswith(f"{short}: {short}".casefold())
