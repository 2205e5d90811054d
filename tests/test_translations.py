"""Vietnamese is the first language: a catalogue with a hole in it is a failure, not a warning."""

from __future__ import annotations

import pytest

from fieldapp import i18n
from tests import catalogue


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
