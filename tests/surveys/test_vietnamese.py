"""Numbers, dates and names: what is shown is read back, whatever it is."""

from __future__ import annotations

import unicodedata
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fieldapp import vietnamese as vn

WORDS = st.text("aăâbcdđeêghiklmnoôơpqrstuưvxy", min_size=1, max_size=5)


@given(st.integers(-vn.LARGEST, vn.LARGEST))
def test_an_integer_is_read_as_it_is_shown(value: int) -> None:
    assert vn.read_integer(vn.show_integer(value)) == value


@given(st.integers(0, vn.LARGEST))
def test_money_is_read_as_it_is_shown(value: int) -> None:
    assert vn.read_money(vn.show_money(value)) == value


@given(st.integers(0, 9_000_000))
def test_millions_are_read_with_their_unit(value: int) -> None:
    assert vn.read_money(f"{value} triệu") == vn.read_money(f"{value}tr") == value * 1_000_000


@given(st.decimals(-999_999, 999_999, places=6))
def test_a_decimal_is_read_as_it_is_shown_unless_its_dot_could_group(value: object) -> None:
    canonical = vn.canonical_decimal(f"{value:f}")
    assert vn.read_decimal(vn.show_decimal(canonical)) == canonical


@given(st.dates(date(1000, 1, 1), date(2999, 12, 31)))
def test_a_day_is_read_as_it_is_shown(value: date) -> None:
    assert vn.read_date(vn.show_date(value.isoformat())) == value.isoformat()


@given(st.integers(1000, 2999))
def test_a_year_alone_stays_a_year(value: int) -> None:
    assert vn.read_date(vn.show_date(str(value))) == str(value)


@given(st.builds("0{}{:08}".format, st.sampled_from("35789"), st.integers(0, 10**8 - 1)))
def test_a_mobile_number_is_the_same_in_every_dress(number: str) -> None:
    dresses = [vn.show_phone(number), f"+84{number[1:]}", f"+84 {number[1:]}", f"0084{number[1:]}", f"({number})"]
    assert {vn.read_phone(dress) for dress in dresses} == {number}
    assert vn.is_phone(number)


@given(st.text())
def test_a_search_key_has_no_accents_and_is_its_own_key(text: str) -> None:
    key = vn.search_key(text)
    assert vn.search_key(key) == key
    assert key == key.strip()
    assert "  " not in key
    assert not any(unicodedata.combining(letter) for letter in unicodedata.normalize("NFD", key))


@given(st.text())
def test_a_search_key_does_not_mind_how_the_keyboard_composes(text: str) -> None:
    composed, apart = unicodedata.normalize("NFC", text), unicodedata.normalize("NFD", text)
    assert vn.search_key(composed) == vn.search_key(apart)


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")))
def test_clean_text_is_clean(text: str) -> None:
    assert vn.clean(vn.clean(text)) == vn.clean(text)
    assert vn.clean_lines(vn.clean_lines(text)) == vn.clean_lines(text)
    assert "\n" not in vn.clean(text)


@given(WORDS, WORDS, WORDS)
def test_names_are_sorted_by_the_given_name_first(family: str, one: str, other: str) -> None:
    in_order = vn.collation_key(one) <= vn.collation_key(other)
    assert (vn.sort_key(f"{family} {one}") <= vn.sort_key(f"{family} {other}")) == in_order


@given(WORDS, WORDS)
def test_a_word_comes_before_the_words_it_begins(word: str, more: str) -> None:
    assert vn.collation_key(word) < vn.collation_key(word + more)


@pytest.mark.parametrize("read", [vn.read_integer, vn.read_decimal, vn.read_money, vn.read_date])
@given(text=st.text())
def test_a_reader_reads_or_says_that_it_cannot(read: object, text: str) -> None:
    assert callable(read)
    try:
        read(text)
    except vn.NotUnderstood:
        return


def test_what_an_identity_number_says() -> None:
    assert vn.citizen_id_parts("006190001234") == ("006", "nu", 1990)
    assert vn.citizen_id_parts("019203001234") == ("019", "nam", 2003)
    assert vn.citizen_id_parts("095012345") is None
    assert len(vn.PROVINCES) == 63
