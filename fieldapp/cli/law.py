"""``fieldapp law``: what the law says of cases written in a file, without a single record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

import click

from fieldapp import surveys
from fieldapp.cli.base import application, format_option, tell, tell_one
from fieldapp.db import db
from fieldapp.housing.assessment import Assessment, as_json, assess
from fieldapp.housing.programmes import ProgrammeVerdict
from fieldapp.housing.wording import NO_CLASS, difficulties
from fieldapp.i18n import _, _l, language
from fieldapp.places import lineage
from fieldapp.problems import BadLawCase, BadLawFile, EmptyDatabase, NotInitialised
from fieldapp.reference import Rules, default_rules
from fieldapp.reference.current import current_rules
from fieldapp.surveys import choices
from fieldapp.vietnamese import show_money

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
STATES = {"open": _l("open"), "ended": _l("ended"), "not_yet": _l("not yet")}
OF_CASE = {"case": _l("Case"), "class": _l("Class"), "difficulty": _l("Difficulty")}
OF_PROGRAMME = {
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
        _tell_people(tried)


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


def _tell_people(tried: list[tuple[str, Assessment]]) -> None:
    """Of each case what it is, then a line a programme."""
    for at, (name, found) in enumerate(tried):
        if at:
            click.echo()
        tell_one(_of_case(name, found), "table", _worded(OF_CASE))
        tell([_of_programme(verdict) for verdict in found.verdicts], "table", _worded(OF_PROGRAMME))


def _of_case(name: str, found: Assessment) -> dict[str, Any]:
    classes = (("priority_tt01", found.general.main), ("priority2_tt01", found.general.sub))
    said = [choices.label(of, code, language()) for of, code in classes if code]
    return {
        "case": name,
        "class": "; ".join(said) or str(NO_CLASS),
        "difficulty": "; ".join(difficulties(found.difficulty)),
    }


def _of_programme(verdict: ProgrammeVerdict) -> dict[str, Any]:
    norm = verdict.norm("xay_moi")
    return {
        "programme": verdict.programme.name,
        "state": str(STATES[verdict.state]),
        "eligible": _("not known") if verdict.eligible is None else verdict.eligible,
        "norm": show_money(norm.amount) if norm else "",
    }


def _worded(headings: Mapping[str, str]) -> dict[str, str]:
    return {name: str(words) for name, words in headings.items()}
