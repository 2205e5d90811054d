"""What records are found and sorted by, made from their answers."""

from __future__ import annotations

from fieldapp.surveys import SURVEYS
from fieldapp.surveys.asked_if import Answers
from fieldapp.vietnamese import search_key, sort_key


def search_key_of(survey: str, answers: Answers) -> str:
    """The names and numbers of a record, without accents: see :func:`fieldapp.vietnamese.search_key`."""
    model = SURVEYS[survey]
    found = [str(answers[name]) for name in (*model.named_by, *model.searched_by) if answers.get(name)]
    return search_key(" ".join(found))


def sort_key_of(survey: str, answers: Answers) -> str:
    """The place of a record in a list, by given name; empty when nothing names it yet."""
    first = next((str(answers[name]) for name in SURVEYS[survey].named_by if answers.get(name)), "")
    return sort_key(first)
