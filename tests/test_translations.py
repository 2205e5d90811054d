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


ALONE = re.compile(r"^[^%]*%\((count|n|number|said|waiting)\)s [a-z]+s\b(?!.*%\()")
NEVER_ONE = {"is", "was", "has", "counts", "does"}
OF_SEVERAL = {
    "More than %(n)s records",
    "More than %(n)s records in your area",
    "%(n)s days or more",
    "By the rules it is posted for at least %(n)s days.",
}
"""They never tell of one."""


def test_a_message_that_counts_one_thing_has_a_form_for_one() -> None:
    with (ROOT / "translations" / "vi" / "LC_MESSAGES" / "messages.po").open("rb") as file:
        plain = [each.id for each in read_po(file) if isinstance(each.id, str)]
    found = {text for text in plain if (hit := ALONE.match(text)) and hit[0].split()[-1] not in NEVER_ONE}
    assert found == OF_SEVERAL
