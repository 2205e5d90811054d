"""What Datasette is to know of the file of everything: titles, what columns mean, facets, the map."""

from __future__ import annotations

from typing import Any

from fieldapp.exports.facts import FACTS, FactColumn
from fieldapp.exports.wordlists import used
from fieldapp.i18n import _, language
from fieldapp.surveys import SURVEYS, choices, questions
from fieldapp.surveys.base import Record
from fieldapp.surveys.question import Question

MOST_FACETS = 4
"""So many lists of counts stand above a table: each costs a query over all of it."""
FEWEST, MOST = 2, 20
"""A question is worth counting by whose answers are so many."""
MAP = {"datasette-cluster-map": {"latitude_column": "lat", "longitude_column": "lon"}}


def metadata(database: str) -> dict[str, Any]:
    """The metadata of a database of this name, in the language of the moment; see Datasette's own documents."""
    tables = {name: _of_survey(survey) for name, survey in SURVEYS.items()}
    tables |= {table.name: _of_facts(str(table.title), table.columns) for table in FACTS}
    tables |= {
        f"code_{name}": {"label_column": language(), "title": _("Code list: %(name)s", name=name)} for name in used()
    }
    tables |= {
        "village": {"title": _("Villages"), "label_column": "name", "facets": ["commune_today"]},
        "place": {"title": _("Places"), "label_column": "name", "facets": ["vintage", "level"]},
        "person": {"title": _("People"), "label_column": "name"},
    }
    return {"title": _("Housing survey"), "databases": {database: {"title": _("Housing survey"), "tables": tables}}}


def _of_survey(survey: type[Record]) -> dict[str, Any]:
    asked = questions(survey)
    described = {name: _described(question) for name, question in asked.items()}
    state = {"_author": _("Entered by"), "_created_at": _("Created"), "_changed_at": _("Changed")}
    found = {"title": str(survey.plural), "columns": {**described, **state}, "facets": _facets(list(asked.values()))}
    named = next((name for name in survey.named_by if asked[name].kind == "text"), None)
    return {**found, "plugins": MAP, **({"label_column": named} if named else {})}


def _described(question: Question) -> str:
    unit = question.unit_in(language())
    return f"{question.label} ({unit})" if unit else str(question.label)


def _facets(asked: list[Question]) -> list[str]:
    """What can be counted by: short lists of codes, the ones of the form that come first, and lists of several."""
    few = [
        q for q in asked if q.kind in ("one_of", "yes_no") and FEWEST <= len(choices.choices(str(q.choices))) <= MOST
    ]
    return ["area", *(question.name for question in few if not question.private)][:MOST_FACETS]


def _of_facts(title: str, columns: tuple[FactColumn, ...]) -> dict[str, Any]:
    described = {each.name: f"{each.label} ({each.unit})" if each.unit else str(each.label) for each in columns}
    facets = [each.name for each in columns if (each.words or each.name == "area") and not each.private][:MOST_FACETS]
    found: dict[str, Any] = {"title": title, "columns": described, "facets": facets}
    return {**found, "plugins": MAP} if "lat" in described else found
