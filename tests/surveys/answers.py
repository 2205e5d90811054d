"""Answers for any question, drawn at random: sensible, at the edges, and impossible."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from fieldapp.surveys import questions
from fieldapp.surveys.choices import choices
from fieldapp.surveys.question import Question
from fieldapp.vietnamese import canonical_decimal, clean, clean_lines

HEX = "0123456789abcdef"
NAMES = ("Hoàng Thị Lan", "Lan", "Ma Văn 2", "Bàn Đức")
DATES = ("1899", "1965", "1990-03-04", "2019-12-31", "2024-02-29", "2026", "2026-08-01", "2026-08-02", "2045")
YEARS = (98, 1899, 1965, 1990, 2019, 2026, 2027, 2045, 2046)
NUMBERS = ("006190001234", "006090001234", "003190001234", "095012345", "12")
PHONES = ("0912345678", "02093870123", "091234", "không")


def of(question: Question) -> SearchStrategy[Any]:
    """A canonical answer to a question, or none."""
    return st.none() | STRATEGIES[question.kind](question)


def answers(survey: str) -> SearchStrategy[dict[str, Any]]:
    """Answers to a whole survey; some questions are missing."""
    return st.fixed_dictionaries({}, optional={name: of(question) for name, question in questions(survey).items()})


def _text(question: Question) -> SearchStrategy[str]:
    patterns = {rule.arg for rule in question.rules if rule.word == "pattern"}
    if "phone" in patterns:
        return st.sampled_from(PHONES)
    if "citizen_id" in patterns:
        return st.sampled_from(NUMBERS)
    free = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=200)
    tidy = clean_lines if question.kind == "long_text" else clean
    return st.sampled_from(NAMES) | free.map(tidy).filter(bool)


def _integer(question: Question) -> SearchStrategy[int]:
    return st.sampled_from(YEARS) if question.is_year else st.integers(-2, 40) | st.integers(-(2**53) + 1, 2**53 - 1)


def _decimal(question: Question) -> SearchStrategy[str]:
    return st.decimals(-10, 600, places=2).map(lambda number: canonical_decimal(f"{number:f}"))


def _codes(question: Question) -> list[str]:
    return [choice.code for choice in choices(question.choices or "")]


def _photo() -> SearchStrategy[dict[str, Any]]:
    size = st.integers(1, 5000)
    kinds = st.sampled_from(["image/jpeg", "image/png"])
    hashes = st.text(HEX, min_size=64, max_size=64)
    return st.fixed_dictionaries({"sha256": hashes, "type": kinds, "bytes": size, "width": size, "height": size})


def _point() -> SearchStrategy[dict[str, Any]]:
    degrees = st.decimals(-90, 90, places=6).map(lambda number: f"{number:f}").filter(lambda text: text[:2] != "-0")
    return st.fixed_dictionaries(
        {
            "lat": degrees,
            "lon": degrees,
            "accuracy_m": st.none() | st.integers(0, 5000),
            "at": st.sampled_from([None, "2026-08-01T07:30:00.000Z"]),
            "source": st.sampled_from(["gps", "pin"]),
        }
    )


STRATEGIES: dict[str, Any] = {
    "text": _text,
    "long_text": _text,
    "integer": _integer,
    "money": lambda question: st.sampled_from([0, 60, 40_000_000, 40_001_000, 10**12]),
    "decimal": _decimal,
    "date": lambda question: st.sampled_from(DATES),
    "one_of": lambda question: st.sampled_from(_codes(question)),
    "many_of": lambda question: st.sets(st.sampled_from(_codes(question)), min_size=1).map(sorted),
    "yes_no": lambda question: st.booleans(),
    "photo": lambda question: st.lists(_photo(), min_size=1, max_size=7),
    "point": lambda question: _point(),
    "reference": lambda question: st.uuids().map(str),
    "village": lambda question: st.from_regex(r"\A2023\.0[0-9]{4}\.[0-9]{3}\Z"),
    "ids": lambda question: st.sets(st.text(HEX, min_size=32, max_size=32), min_size=1, max_size=4).map(sorted),
    "pins": lambda question: st.lists(
        st.fixed_dictionaries({"question": st.sampled_from(["roof_material"]), "text": st.sampled_from(NAMES)}),
        min_size=1,
        max_size=2,
    ),
}
