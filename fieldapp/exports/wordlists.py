"""The code lists as they are given away: each code with its wording in every language."""

from __future__ import annotations

from collections.abc import Iterator

from fieldapp.exports.facts import FACTS, WORDS
from fieldapp.i18n import LANGUAGES, speaking
from fieldapp.surveys import SURVEYS, choices, questions

CODE = "code"
"""What the column of the code is called."""


def used() -> list[str]:
    """The names of the lists that the codes of records and facts are of."""
    asked = {q.choices for name in SURVEYS for q in questions(name).values() if q.choices}
    return sorted(asked | {column.words for table in FACTS for column in table.columns if column.words})


def wordings(name: str) -> Iterator[tuple[str | int, ...]]:
    """The rows of a list: a code, its wording in each language, and whether it is retired."""
    if name in WORDS:
        for code, label in WORDS[name].items():
            yield code, *(_in(language, label) for language in LANGUAGES), 0
        return
    for choice in choices.choices(name):
        yield choice.code, *(choice.label(language) for language in LANGUAGES), int(choice.retired)


def word(name: str, code: str, language: str) -> str:
    """A code of one of these lists in words; an unknown one as it is."""
    if name in WORDS:
        return _in(language, WORDS[name].get(code, code))
    return choices.label(name, code, language)


def _in(language: str, label: str) -> str:
    with speaking(language):
        return str(label)
