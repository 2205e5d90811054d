"""``fieldapp law``: what the law says of cases written in a file, without a single record."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import click

from fieldapp import surveys
from fieldapp.cli.base import application, format_option, tell
from fieldapp.db import db
from fieldapp.housing.assessment import Assessment, as_json, assess
from fieldapp.i18n import _, _l
from fieldapp.places import lineage
from fieldapp.problems import BadLawCase, BadLawFile, EmptyDatabase, NotInitialised
from fieldapp.reference import Rules, default_rules
from fieldapp.reference.current import current_rules
from fieldapp.vietnamese import show_money

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
STATES = {"open": _l("open"), "ended": _l("ended"), "not_yet": _l("not yet")}
HEADINGS = {
    "case": _l("Case"),
    "class": _l("Class"),
    "difficulty": _l("Difficulty"),
    "programme": _l("Programme"),
    "state": _l("State"),
    "eligible": _l("Eligible"),
    "norm": _l("Norm for a new house"),
}


@click.group()
def law() -> None:
    """The law of housing support, tried on written cases."""


@law.command("try")
@click.argument("file", type=FILE)
@format_option("table", "json")
def try_(file: Path, form: str) -> None:
    """Say what the law makes of the cases in FILE, a JSON list: case, on, place, household, need.

    The rules and the places are those of this node; where there is none yet, those that come with the app.
    """
    ground = _ground()
    tried = _tried(_read(file), *ground)
    if form == "json":
        tell([{"case": name, **as_json(found)} for name, found in tried], form)
    else:
        tell([line for name, found in tried for line in _lines(name, found)], form, _worded(HEADINGS))


def _ground() -> tuple[Rules, lineage.Lineage]:
    """The rules and the places of this node, or those of the package where it has none."""
    try:
        with application():
            return current_rules(db.session()), lineage.current()
    except (NotInitialised, EmptyDatabase):
        return default_rules(), lineage.packaged()


def _read(file: Path) -> list[Mapping[str, Any]]:
    try:
        cases = json.loads(file.read_text(encoding="utf-8-sig"))
    except ValueError:
        raise BadLawFile(file=file.name) from None
    if not isinstance(cases, list) or not all(isinstance(case, dict) for case in cases):
        raise BadLawFile(file=file.name)
    return cases


def _tried(cases: list[Mapping[str, Any]], rules: Rules, places: lineage.Lineage) -> list[tuple[str, Assessment]]:
    found = []
    for number, case in enumerate(cases, start=1):
        name = str(case.get("case") or number)
        household, need = (_answers(name, survey, case.get(key)) for survey, key in SURVEYS.items())
        lies_in = places.of(str(case["place"])) if case.get("place") else ()
        found.append((name, assess(household, need, rules=rules, places=lies_in, day=_day(name, case.get("on")))))
    return found


SURVEYS = {"household": "household", "housing_need": "need"}


def _day(name: str, given: Any) -> date:
    try:
        return date.fromisoformat(given)
    except (TypeError, ValueError):
        raise BadLawCase(case=name, name="on") from None


def _answers(name: str, survey: str, given: Any) -> dict[str, Any]:
    """The answers of one sheet; those to questions that are not known here are passed over.

    :raises BadLawCase: one of them is no answer to its question.
    """
    if not isinstance(given, dict):
        raise BadLawCase(case=name, name=SURVEYS[survey])
    known = surveys.questions(survey)
    for question, value in given.items():
        if question in known and not known[question].fits(value):
            raise BadLawCase(case=name, name=question)
    return given


def _lines(name: str, found: Assessment) -> Iterator[dict[str, Any]]:
    for verdict in found.verdicts:
        norm = verdict.norm("xay_moi")
        yield {
            "case": name,
            "class": (found.general.main or "") + (f", {found.general.sub}" if found.general.sub else ""),
            "difficulty": ", ".join(found.difficulty.met),
            "programme": verdict.code,
            "state": str(STATES[verdict.state]),
            "eligible": _("not known") if verdict.eligible is None else verdict.eligible,
            "norm": show_money(norm.amount) if norm else "",
        }


def _worded(headings: Mapping[str, str]) -> dict[str, str]:
    return {name: str(words) for name, words in headings.items()}
