"""The law, case by case: ``law_cases.json`` says what each must come to and quotes the article it comes from.

A case names what differs from the poor Tày household of four in a flimsy house that stands first in the file, and the
rules that hold beside those of the package. An
expectation is a path into what ``fieldapp law try`` prints; a criterion is found by its word.
"""

from __future__ import annotations

import json
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from fieldapp.housing.assessment import as_json, assess
from fieldapp.housing.criteria import WORDS
from fieldapp.places import lineage
from fieldapp.reference import Rules, default_rules, defaults, rules_from
from fieldapp.surveys import questions

FILE = json.loads(Path(__file__).with_name("law_cases.json").read_text(encoding="utf-8"))
MET = {True: "met", False: "not met", None: "not known"}


def full(case: dict[str, Any]) -> dict[str, Any]:
    """The case with all its answers, as ``fieldapp law try`` takes it."""
    need = {**FILE["need"], "visited_on": case["on"], **case["need"]}
    return {**case, "household": {**FILE["household"], **case["household"]}, "need": need}


CASES = [full(case) for case in FILE["cases"]]


def law_of(case: dict[str, Any]) -> dict[str, Any]:
    """What the law makes of it."""
    places = lineage.packaged().of(case["place"]) if case["place"] else ()
    day = date.fromisoformat(case["on"])
    return as_json(assess(case["household"], case["need"], rules=rules_of(case), places=places, day=day))


def rules_of(case: dict[str, Any]) -> Rules:
    """The rules of the package, and those of the case beside them."""
    if "rules" not in case:
        return default_rules()
    return rules_from({survey: [*shipped, *case["rules"].get(survey, ())] for survey, shipped in defaults().items()})


@cache
def everything() -> dict[str, dict[str, Any]]:
    """What the law makes of every case, by its name."""
    return {case["case"]: law_of(case) for case in CASES}


def at(found: Any, path: str) -> Any:
    """What stands at ``programmes.gnbv_2022.eligible``; a criterion by its word."""
    for step in path.split("."):
        found = next(one["met"] for one in found if one["code"] == step) if isinstance(found, list) else found[step]
    return found


@pytest.mark.parametrize("case", CASES, ids=[case["case"] for case in CASES])
def test_the_law_says(case: dict[str, Any]) -> None:
    found = everything()[case["case"]]
    assert {path: at(found, path) for path in case["expect"]} == case["expect"], case["why"]


def test_every_case_quotes_where_it_comes_from_and_asks_what_the_forms_ask() -> None:
    asked = {*questions("household"), *questions("housing_need")}
    for case in CASES:
        assert any(
            word in case["why"] for word in ("Đ.", "QĐ", "NĐ", "TT", "Lễ", "Chương trình", "Kết luận", "Luật")
        ), case["case"]
        assert {*case["household"], *case["need"]} <= asked, case["case"]


@pytest.mark.parametrize("word", sorted(WORDS))
def test_every_criterion_is_tried_met_not_met_and_not_known(word: str) -> None:
    seen = {
        MET[one["met"]]
        for found in everything().values()
        for programme in found["programmes"].values()
        for one in programme["criteria"]
        if one["code"] == word
    }
    assert seen == {"met", "not met", "not known"}


USED = {criterion.word for one in default_rules().programmes for _part, criterion in one.criteria}


def test_every_word_of_the_shipped_programmes_is_of_the_closed_list() -> None:
    assert set(WORDS) - USED == {"in_disaster_area"}
    assert not USED - set(WORDS)


def test_what_is_not_known_says_what_would_make_it_known_and_what_is_known_says_nothing() -> None:
    for case, found in everything().items():
        for code, programme in found["programmes"].items():
            if programme["criteria"]:
                assert bool(programme["lacks"]) is (programme["eligible"] is None), (case, code)


def test_a_programme_that_is_not_open_makes_nobody_eligible() -> None:
    for found in everything().values():
        for programme in found["programmes"].values():
            assert programme["state"] == "open" or programme["eligible"] is False
