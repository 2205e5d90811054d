"""Vietnamese text, numbers, money, dates and names: how people type them, and how they want to read them.

Pure functions, no translations, no database. Whatever cannot be understood raises :class:`NotUnderstood`;
the question that asked knows the sentence for the person. ``read.js`` and ``format.js`` of
``static/app/twins`` are the same functions for the tablet, held to these by the tables in ``tests/cases``.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import NamedTuple

LARGEST = 2**53 - 1
"""The largest integer that JavaScript and JSON keep exact."""


LONGEST_NUMBER = 60
"""No number is typed with more characters than this."""


class NotUnderstood(ValueError):
    """What was typed is not what was asked for."""


# --- text -----------------------------------------------------------------------------------------------------


_BLANKS = re.compile("[\t\x0b\x0c\x1c-\x1f \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+")
_LINE_END = re.compile(" ?(?:\r\n?|\n) ?")
_UNKEEPABLE = re.compile("[\0\ud800-\udfff]")


def is_blank(text: str) -> bool:
    """Whether a text holds nothing but blanks and line breaks."""
    return not _BLANKS.sub("", text).strip("\r\n")


def clean(text: str) -> str:
    """One line of text as it is stored: NFC, trimmed, single spaces.

    :raises NotUnderstood: U+0000 or half a surrogate pair, which not every database can keep.
    """
    return text if _is_clean(text) else re.sub(" +", " ", clean_lines(text).replace("\n", " "))


def _is_clean(text: str) -> bool:
    """What is printable has no blank but the space, no line break, and nothing that cannot be kept."""
    trimmed = text[:1] != " " and text[-1:] != " " and "  " not in text
    return trimmed and text.isprintable() and unicodedata.is_normalized("NFC", text)


def clean_lines(text: str) -> str:
    """Several lines of text as they are stored: like :func:`clean`, and line breaks stay.

    :raises NotUnderstood: see :func:`clean`.
    """
    if _UNKEEPABLE.search(text):
        raise NotUnderstood(text)
    spaced = _BLANKS.sub(" ", unicodedata.normalize("NFC", text))
    return _LINE_END.sub("\n", spaced).strip(" \n")


def search_key(text: str) -> str:
    """What a name is found by: no accents, no case, ``y`` as ``i``, one space between words.

    Sĩ Bình and Sỹ Bình, hoà and hòa, Thuỷ and thủy have one key, and so has text typed without any accent.
    """
    letters = unicodedata.normalize("NFD", unicodedata.normalize("NFC", text).lower())
    return " ".join(letters.translate(_PLAIN).split())


def sought(text: str) -> list[str]:
    """What must all be in a space and a search key for it to be found by what was typed.

    A word is looked for where a word begins, so that ``hoang`` finds Hoàng and not khoảng; digits anywhere, for
    people remember the end of a number.
    """
    return [word if _has_digit(word) else f" {word}" for word in search_key(text).split()]


def _has_digit(word: str) -> bool:
    return any(unicodedata.category(letter)[0] == "N" for letter in word)


class _Plain(dict[int, str]):
    """What becomes of each letter in a search key, worked out when it is first met."""

    def __missing__(self, code: int) -> str:
        letter = chr(code)
        kind = unicodedata.category(letter)[0]
        self[code] = plain = "" if kind == "M" else letter if kind in "LN" else " "
        return plain


_PLAIN = _Plain({ord("đ"): "d", ord("ð"): "d", ord("y"): "i"})


# --- order ----------------------------------------------------------------------------------------------------

_ALPHABET = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_TONES = "\u0300\u0309\u0303\u0301\u0323"  # huyền, hỏi, ngã, sắc, nặng, in the order of the dictionary
_WEIGHT = {letter: chr(ord("A") + place) for place, letter in enumerate(_ALPHABET)}


def collation_key(text: str) -> str:
    """ASCII text whose bytes sort as a Vietnamese dictionary sorts: a ă â, then ngang huyền hỏi ngã sắc nặng."""
    return " ".join(_word_key(word) for word in clean(text).lower().split())


def sort_key(name: str) -> str:
    """The key of a person's name: by given name (the last word), then family name, then the middle names."""
    words = clean(name).split()
    return collation_key(" ".join([*words[-1:], *words[:-1]]))


@lru_cache(maxsize=20_000)
def _word_key(word: str) -> str:
    tone = 0
    letters: list[str] = []
    for letter in unicodedata.normalize("NFD", word):
        if letter in _TONES:
            tone = _TONES.index(letter) + 1
        elif unicodedata.category(letter)[0] == "M" and letters:
            letters[-1] += letter
        else:
            letters.append(letter)
    weights = (_weight(unicodedata.normalize("NFC", letter)) for letter in letters)
    return f"{''.join(weights)} {tone}"


def _weight(letter: str) -> str:
    if letter in _WEIGHT:
        return _WEIGHT[letter]
    if letter in "0123456789":
        return letter
    plain = search_key(letter)[:1]
    return _WEIGHT.get(plain, "!" if not plain else "~")


# --- numbers and money ----------------------------------------------------------------------------------------


def show_integer(value: int) -> str:
    """``1234567`` as ``1.234.567``."""
    return f"{value:,}".replace(",", ".")


def read_integer(text: str) -> int:
    """``1.234``, ``1 234`` or ``1234`` as 1234.

    :raises NotUnderstood: not a whole number, or too large to keep exact.
    """
    plain = _number(text)
    if not re.fullmatch(r"-?[0-9]{1,16}", plain) or abs(int(plain)) > LARGEST:
        raise NotUnderstood(text)
    return int(plain)


def show_decimal(value: str) -> str:
    """``"1234.5"`` as ``1.234,5``."""
    whole, _, fraction = value.partition(".")
    sign = "-" if whole.startswith("-") else ""
    shown = sign + show_integer(int(whole.lstrip("-") or 0))
    return f"{shown},{fraction}" if fraction else shown


def read_decimal(text: str) -> str:
    """``31,5`` (or ``31.5``, from a keyboard without a comma) as ``"31.5"``: canonical, no trailing zeros.

    :raises NotUnderstood: not a number, more than 12 digits before the comma or 6 after it.
    """
    plain = _number(text)
    if not re.fullmatch(r"-?[0-9]{1,12}(\.[0-9]{1,6})?", plain):
        raise NotUnderstood(text)
    return canonical_decimal(plain)


def canonical_decimal(plain: str) -> str:
    """The one spelling of a decimal: ``"031.50"`` is ``"31.5"``, ``"-0.0"`` is ``"0"``.

    :raises NotUnderstood: it is no decimal.
    """
    try:
        value = Decimal(plain)
    except InvalidOperation:
        raise NotUnderstood(plain) from None
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if Decimal(text) == 0 else text


def _number(text: str) -> str:
    """Typed digits with a point before the fraction. A dot before exactly three digits groups thousands.

    :raises NotUnderstood: after a nought it may be either, as in ``0.125``: that is asked about.
    """
    if len(text) > LONGEST_NUMBER:
        raise NotUnderstood(text)
    tight = clean(text).replace(" ", "")
    if re.match(r"-?0[0-9]*\.[0-9]{3}(?:[.,]|$)", tight):
        raise NotUnderstood(text)
    if "," in tight:
        return re.sub(r"\.(?=[0-9]{3}(?:[.,]|$))", "", tight).replace(",", ".", 1)
    return re.sub(r"(?<=[0-9])\.(?=[0-9]{3}(?:\.|$))", "", tight)


def with_unit(number: str, unit: str) -> str:
    """``31,5 m²``, but ``98,1%``: the percent sign stands close."""
    return f"{number}%" if unit == "%" else f"{number} {unit}"


def show_money(value: int) -> str:
    """``60000000`` as ``60.000.000 đồng``."""
    return f"{show_integer(value)} đồng"


_UNITS = {"k": 10**3, "nghin": 10**3, "ngan": 10**3, "tr": 10**6, "trieu": 10**6, "ti": 10**9}
_AMOUNT = re.compile(r"([0-9][0-9., ]*?) *(nghin|ngan|trieu|ti|tr|k)(?![a-z])")


def read_money(text: str) -> int:
    """Whole đồng from ``60.000.000 đồng``, ``60 triệu``, ``60tr``, ``1,5 tỷ`` or ``1 tỷ 200 triệu``.

    :raises NotUnderstood: not an amount, or not a whole number of đồng.
    """
    if len(text) > LONGEST_NUMBER:
        raise NotUnderstood(text)
    words = _plain_money(text)
    amounts = [(found[1], _UNITS[found[2]]) for found in _AMOUNT.finditer(words)]
    if not amounts:
        return read_integer(words)
    units = [unit for _, unit in amounts]
    if _AMOUNT.sub("", words).strip() or units != sorted(set(units), reverse=True):
        raise NotUnderstood(text)
    total = sum((Decimal(read_decimal(number)) * unit for number, unit in amounts), Decimal(0))
    return _whole(total, text)


def _plain_money(text: str) -> str:
    letters = unicodedata.normalize("NFD", clean(text).lower())
    plain = "".join(letter for letter in letters if unicodedata.category(letter)[0] != "M")
    return re.sub(r" *(dong|vnd|d)$", "", plain.replace("đ", "d").replace("y", "i"))


def _whole(amount: Decimal, text: str) -> int:
    if amount != int(amount) or abs(amount) > LARGEST:
        raise NotUnderstood(text)
    return int(amount)


# --- dates ----------------------------------------------------------------------------------------------------


def show_date(value: str) -> str:
    """``2026-02-05`` as ``05/02/2026``; a year alone stays ``1965``."""
    return "/".join(reversed(value.split("-")))


def read_date(text: str) -> str:
    """``5/2/2026``, ``05-02-2026``, ``05.02.2026``, ``05022026`` or ``2026-02-05`` as ``2026-02-05``; ``1965`` stays.

    :raises NotUnderstood: no such day in the calendar, or not a date.
    """
    tight = re.sub(r" ?([/.-]) ?", r"\1", clean(text)).replace(" ", "/")
    if re.fullmatch(r"[12][0-9]{3}", tight):
        return tight
    if found := re.fullmatch(r"([12][0-9]{3})-([0-9]{1,2})-([0-9]{1,2})", tight):
        return _day(*found.groups())
    if found := re.fullmatch(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([12][0-9]{3})", tight):
        return _day(found[4], found[3], found[1])
    if found := re.fullmatch(r"([0-9]{2})([0-9]{2})([12][0-9]{3})", tight):
        return _day(found[3], found[2], found[1])
    raise NotUnderstood(text)


def _day(year: str, month: str, day: str) -> str:
    try:
        return date(int(year), int(month), int(day)).isoformat()
    except ValueError:
        raise NotUnderstood(f"{day}/{month}/{year}") from None


# --- telephone numbers ----------------------------------------------------------------------------------------

_SINCE_2018 = {
    "0120": "070", "0121": "079", "0122": "077", "0126": "076", "0128": "078",
    "0123": "083", "0124": "084", "0125": "085", "0127": "081", "0129": "082",
    "0162": "032", "0163": "033", "0164": "034", "0165": "035", "0166": "036", "0167": "037", "0168": "038",
    "0169": "039", "0186": "056", "0188": "058", "0199": "059",
}  # fmt: skip
"""Old mobile prefixes (11 digits) and what they became on 15 September 2018 (10 digits)."""
_AREAS = {"0281": "0209", "0280": "0208"}
"""Old landline areas of Bắc Kạn and Thái Nguyên."""


def read_phone(text: str) -> str:
    """The digits of a telephone number as it is dialled today; what looks like no number stays as typed.

    ``+84 912 345 678`` is ``0912345678``; ``0168 234 5678`` of before 2018 is ``0382345678``.
    """
    digits = re.sub(r"[ ().-]", "", clean(text))
    digits = re.sub(r"^(\+84|0084|84(?=[0-9]{9}$))0?", "0", digits)
    if re.fullmatch(r"01[0-9]{9}", digits):
        return _SINCE_2018.get(digits[:4], digits[:4]) + digits[4:]
    if re.fullmatch(r"028[01][0-9]{7}", digits):
        return _AREAS[digits[:4]] + digits[4:]
    return digits


def is_phone(number: str) -> bool:
    """Whether a number of today can be dialled: a mobile of 10 digits, or a landline of 11."""
    return re.fullmatch(r"0[35789][0-9]{8}|02[0-9]{9}", number) is not None


def show_phone(number: str) -> str:
    """``0912345678`` as ``0912 345 678``; anything else as it is."""
    if re.fullmatch(r"0[0-9]{9,10}", number):
        return f"{number[:4]} {number[4:-3]} {number[-3:]}"
    return number


# --- citizen identity numbers ---------------------------------------------------------------------------------


class CitizenId(NamedTuple):
    """What the digits of a citizen identity number say (NĐ 137/2015, Article 13)."""

    province: str
    sex: str
    birth_year: int


_PREFIXES = (
    "001 002 004 006 008 010 011 012 014 015 017 019 020 022 024 025 026 027 030 031 033 034 035 036 037 038 040 042 "
    "044 045 046 048 049 051 052 054 056 058 060 062 064 066 067 068 070 072 074 075 077 079 080 082 083 084 086 087 "
    "089 091 092 093 094 095 096"
)
PROVINCES = frozenset(_PREFIXES.split())
"""The first three digits, by province of birth registration (63 provinces; a number never changes at a merger)."""


def citizen_id_parts(number: str) -> CitizenId | None:
    """What a 12-digit number says about its holder; None for any other text, such as an old 9-digit number."""
    if not re.fullmatch(r"[0-9]{12}", number):
        return None
    century = 1900 + 100 * (int(number[3]) // 2)
    return CitizenId(number[:3], "nu" if int(number[3]) % 2 else "nam", century + int(number[4:6]))


def citizen_id_has_a_real_prefix(number: str) -> bool:
    """Whether the first digits name one of the 63 provinces, or a country of birth (101 and up)."""
    return number[:3] in PROVINCES or number[:1] in "123456789"


def read_citizen_id(text: str) -> str:
    """The digits of an identity number, without the spaces, dots and dashes people put between them."""
    return re.sub(r"[ .-]", "", clean(text))
