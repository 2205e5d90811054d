"""The tables of cases, in Python."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from fieldapp.i18n import speaking
from fieldapp.surveys import rules
from fieldapp.surveys.question import UnreadableAnswer
from fieldapp.surveys.rules import Rule
from fieldapp.vietnamese import collation_key, search_key, sort_key, sought
from tests.surveys.cases import question_of, table, why


@pytest.mark.parametrize("row", table("rules")["rules"], ids=why)
def test_a_rule_judges_as_the_table_says(row: dict[str, Any]) -> None:
    rule = Rule(row["word"], row["arg"], "", when=row.get("when"))
    assert rules.keeps(rule, row["value"], row.get("answers", {}), date.fromisoformat(row["today"])) is row["keeps"]


def test_every_word_of_the_vocabulary_is_in_the_table_kept_and_broken() -> None:
    seen = {(row["word"], row["keeps"]) for row in table("rules")["rules"]}
    assert seen == {(word, keeps) for word in rules.WORDS for keeps in (True, False)}


def test_every_pattern_is_in_the_table_kept_and_broken() -> None:
    seen = {(row["arg"], row["keeps"]) for row in table("rules")["rules"] if row["word"] == "pattern"}
    assert seen == {(name, keeps) for name in rules.PATTERNS for keeps in (True, False)}


@pytest.mark.parametrize("row", table("rules")["asked"], ids=why)
def test_a_question_is_asked_as_the_table_says(row: dict[str, Any]) -> None:
    counted: dict[str, Any] = {}
    for name, conditions in row["asked_if"].items():
        each = conditions if isinstance(conditions, list) else [conditions]
        if conditions is None or any(rules.holds(condition, counted) for condition in each):
            counted[name] = row["answers"].get(name)
    assert sorted(counted) == row["asked"]


@pytest.mark.parametrize("row", table("read"), ids=why)
def test_typing_is_read_as_the_table_says(row: dict[str, Any]) -> None:
    question = question_of(row)
    if row.get("refused"):
        with pytest.raises(UnreadableAnswer, match="cannot be read"):
            question.read(row["typed"])
    else:
        value = question.read(row["typed"])
        assert value == row["value"]
        assert type(value) is type(row["value"])


def test_every_kind_is_read_and_refused_in_the_table() -> None:
    from fieldapp.surveys.question import KINDS

    seen = {(row["kind"], bool(row.get("refused"))) for row in table("read")}
    never_refused = {("long_text", True)}
    assert seen | never_refused >= {(kind, refused) for kind in KINDS for refused in (True, False)}


@pytest.mark.parametrize("row", table("format")["show"], ids=why)
def test_an_answer_is_shown_and_edited_as_the_table_says(row: dict[str, Any]) -> None:
    question = question_of(row)
    with speaking("vi"):
        assert question.show(row["value"], "vi") == row["shown"]
        assert question.typed(row["value"]) == row["typed"]


@pytest.mark.parametrize("row", table("format")["sought"], ids=why)
def test_what_is_typed_is_looked_for_as_the_table_says(row: dict[str, Any]) -> None:
    assert sought(row["text"]) == row["sought"]


@pytest.mark.parametrize("row", table("format")["search_key"], ids=why)
def test_a_name_is_found_by_its_key(row: dict[str, Any]) -> None:
    assert search_key(row["text"]) == row["key"]
    assert search_key(row["key"]) == row["key"]


@pytest.mark.parametrize("row", table("format")["order"], ids=why)
def test_lists_are_sorted_as_the_table_says(row: dict[str, Any]) -> None:
    key = sort_key if row["of"] == "names" else collation_key
    keys = [key(text) for text in row["sorted"]]
    assert keys == sorted(keys)
    assert all(text.isascii() for text in keys)
