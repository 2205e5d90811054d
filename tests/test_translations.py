"""Vietnamese is the first language: a catalogue with a hole in it is a failure, not a warning."""

from __future__ import annotations

import ast
import re

import pytest
from babel.messages.pofile import read_po

from fieldapp import i18n
from tests import catalogue
from tests.catalogue import ROOT


def test_every_message_of_the_source_has_a_vietnamese_translation_with_the_same_placeholders() -> None:
    assert list(catalogue.faults()) == []


@pytest.mark.parametrize(
    ("wishes", "accepted", "spoken"),
    [
        (("en", "vi", "vi"), [], "en"),
        ((None, "en", "vi"), [], "en"),
        ((None, None, "en"), ["vi"], "en"),
        ((None, None, None), ["en-GB", "vi"], "en"),
        ((None, None, None), ["fr", "vi-VN"], "vi"),
        ((None, None, None), ["fr", "de"], "vi"),
        ((None, None, None), [], "vi"),
        (("xx", None, None), ["en"], "en"),
    ],
)
def test_the_language_follows_the_order_of_precedence(
    wishes: tuple[str | None, ...], accepted: list[str], spoken: str
) -> None:
    assert i18n.negotiate(*wishes, accepted=accepted) == spoken


def test_a_language_spoken_for_a_block_is_left_at_its_end() -> None:
    i18n.use("vi")
    with i18n.speaking("en"):
        assert i18n.language() == "en"
    assert i18n.language() == "vi"


@pytest.mark.parametrize("lang", ["vi", "en"])
def test_a_count_of_thousands_is_written_the_vietnamese_way(lang: str) -> None:
    with i18n.speaking(lang):
        assert "1.332 " in i18n.ngettext("%(n)s record waits for you.", "%(n)s records wait for you.", 1332)


def test_no_message_stands_inside_a_formatted_string_where_it_is_not_extracted() -> None:
    """The catalogue never sees such a message, so that people read it in English."""
    names, found = {"_", "_l", "gettext", "ngettext"}, []
    for path in sorted((ROOT / "fieldapp").rglob("*.py")):
        formatted = [each for each in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(each, ast.JoinedStr)]
        calls = [call for each in formatted for call in ast.walk(each) if isinstance(call, ast.Call)]
        found += [f"{path.name}:{call.lineno}" for call in calls if getattr(call.func, "id", "") in names]
    assert found == []


def test_no_message_leaves_it_open_whether_one_or_several_are_meant() -> None:
    with (ROOT / "translations" / "vi" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        said = [each.id if isinstance(each.id, str) else each.id[0] for each in read_po(file)]
    assert len(said) > 1000
    assert [text for text in said if "(s)" in text.lower()] == []


COUNTED = re.compile(r"%\((?!(?:file|label|line|name|row|there)\))\w+\)s (?:[a-z-]+ )?(?P<noun>[a-z]+s|people)\b")
"""A count and what is counted; files, lines and names are none."""
LIMIT = re.compile(r"(?i)\b(?:at most|at least|than|first|than [\w ]*) $")
"""What stands before a count that is a limit: no limit of ours is one."""
NO_NOUNS = {"is", "was", "has", "counts", "does", "becomes", "says", "less"}
OF_SEVERAL = {
    "%(n)s days or more",
    "%(old)s communes of 2023, %(new)s of 2025",
    "These are %(n)s households; at most %(most)s are given away at once. Choose fewer.",
    "This token has asked %(most)s times within a minute. Wait a minute and ask for larger pages.",
    "%(n)s percentage points",
    "%(file)s is too large: at most %(megabytes)s MB and %(rows)s rows are read at once. Divide it, for example by "
    "commune, and import the parts one after the other.",
    "This photo has %(n)s million pixels, more than this tablet can open. Set the camera to 12 million pixels or "
    "fewer, then take it again. Your answers are safe.",
    "The %(n)s communes with the most households, by the list of places of %(year)s; the full report has all.",
    "“%(said)s” is no code of %(width)s digits",
}
"""They never tell of one, or of a part of one."""


def counts(text: str) -> bool:
    """Whether a message counts things that may be one, in words that are right of several only."""
    found = ((hit["noun"], text[: hit.start()]) for hit in COUNTED.finditer(text))
    return any(noun not in NO_NOUNS and not LIMIT.search(before) for noun, before in found)


def test_a_message_that_counts_things_has_a_form_for_one() -> None:
    """Wherever it counts, and however many counts it has: each in a form of its own, or behind a colon."""
    with (ROOT / "translations" / "vi" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        said = [each.id for each in read_po(file)]
    twice = {
        text[1] for text in said if isinstance(text, tuple) and len(COUNTED.findall(text[1])) > 1 and counts(text[1])
    }
    assert {text for text in said if isinstance(text, str) and counts(text)} == OF_SEVERAL
    assert twice == set()
