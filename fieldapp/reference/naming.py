"""The ids of reference records: drawn from what a rule is about, so that they are the same wherever it is filled in."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from fieldapp.surveys import SURVEYS, of_kind
from fieldapp.surveys.reference import Reference

_SPACE = uuid.UUID("6669656c-6461-5070-8000-7265666e6365")
CODES = {"programme": "code", "office": "code"}
"""The question that names a record to people and files, of the surveys that others refer to."""


def id_of(survey: str, answers: Mapping[str, Any]) -> str:
    """The id of the record that says this; what it refers to is named by its id or by its code, which is the same."""
    model = SURVEYS[survey]
    assert issubclass(model, Reference)
    known = with_ids(survey, answers)
    return str(uuid.uuid5(_SPACE, "/".join([survey, *(_text(known.get(name)) for name in model.key)])))


@lru_cache(maxsize=1000)
def id_of_code(survey: str, code: str) -> str:
    """The id of the record with this code."""
    return id_of(survey, {CODES[survey]: code})


def with_ids(survey: str, answers: Mapping[str, Any]) -> dict[str, Any]:
    """The answers with the ids of what they refer to, as records hold them, in place of its codes."""
    found = dict(answers)
    for question in of_kind(survey, "reference"):
        code = found.get(question.name)
        if isinstance(code, str) and question.of and not question.fits(code):
            found[question.name] = id_of_code(question.of, code)
    return found


def _text(value: Any) -> str:
    return "" if value is None else str(value)
