"""What a cell of a list says, as the answer to a question: dates of Excel, money with dots, free text for codes.

Pure. What cannot be an answer raises :class:`UnreadableCell` with the code of the reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from fieldapp import vietnamese as vn
from fieldapp.i18n import LANGUAGES
from fieldapp.imports.files import Cell
from fieldapp.surveys import choices as lists
from fieldapp.surveys.asked_if import Value
from fieldapp.surveys.question import Question

Words = Mapping[str, str]
"""What a person said that a word of the list means, without accents: the code of a choice, or "" for no answer."""

LEFT_EMPTY = "-"
MOST_OF_ONE = 1_000_000_000
"""Đồng: no house gets more."""
_EPOCH = date(1899, 12, 30)  # the day 0 of Excel, which counts 29 February 1900
_YES = frozenset(("x", "co", "1", "yes", "true", "v", "✓", "✔", "√", "dung", "ok"))
_NO = frozenset(("khong", "0", "no", "false", "ko", "sai"))
ALSO: dict[str, dict[str, str]] = {
    "poverty_class": {
        "n": "ngheo", "hn": "ngheo", "ngheo": "ngheo", "cn": "can_ngheo", "hcn": "can_ngheo", "can ngheo": "can_ngheo",
        "can ngeo": "can_ngheo", "ngheo da chieu": "ngheo", "thoat ngheo": "moi_thoat_ngheo",
        "thoat can ngheo": "moi_thoat_ngheo", "khong ngheo": "khac", "binh thuong": "khac", "trung binh": "trung_binh",
    },
    "sex": {"trai": "nam", "ong": "nam", "m": "nam", "male": "nam", "gai": "nu", "ba": "nu", "f": "nu", "female": "nu"},
    "ethnic_group": {"h mong": "mong", "hmong": "mong", "meo": "mong", "mong hoa": "mong", "san chi": "san_chay",
                     "cao lan": "san_chay", "kinh viet": "kinh", "man": "dao", "dao do": "dao"},
    "work_type": {"moi": "xay_moi", "lam moi": "xay_moi", "xai dung moi": "xay_moi", "sua": "sua_chua",
                  "cai tao": "sua_chua", "di doi": "di_chuyen"},
    "need_type": {"moi": "xay_moi", "lam moi": "xay_moi", "xai dung moi": "xay_moi", "sua": "sua_chua",
                  "cai tao": "sua_chua"},
    "case_state": {
        "da hoan thanh": "complete", "hoan thanh": "complete", "xong": "complete", "da ban giao": "complete",
        "dang xai": "started", "dang xai dung": "started", "dang thi cong": "started", "dang lam": "started",
        "khoi cong": "started", "chua khoi cong": "approved", "chua thuc hien": "approved", "chua lam": "approved",
        "da duiet": "approved", "da quiet toan": "settled", "quiet toan": "settled", "vuong mac": "blocked",
        "khong lam": "withdrawn", "xin rut": "withdrawn", "rut": "withdrawn",
    },
    "paid_source": {"nstw": "nstw", "tw": "nstw", "trung uong": "nstw", "tinh": "nsdp_tinh", "nsdp": "nsdp_tinh",
                    "huien": "nsdp_huyen", "xa": "nsdp_xa", "quy vnn": "quy_nguoi_ngheo", "xa hoi hoa": "tai_tro"},
}  # fmt: skip
"""Words of real lists, without accents, ``y`` as ``i``."""
_PREFIXES = ("dan toc ", "nguoi ", "ho ", "doi tuong ", "thuoc dien ", "dien ")


class UnreadableCell(ValueError):
    """A cell that cannot be an answer; ``code``: ``unreadable``, ``unknown_word``, ``lost_digits``, ``short_year``."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def read(question: Question, cell: Cell, words: Words, unit: int = 1) -> Value:
    """The answer in a cell; None where it says nothing.

    :param unit: đồng of one unit of an amount without a word beside it.
    :raises UnreadableCell: it cannot be one.
    """
    if cell is None or (isinstance(cell, str) and vn.is_blank(cell.replace("\0", ""))):
        return None
    if words and (meant := words.get(word_of(cell))) is not None:
        return None if meant == LEFT_EMPTY else _chosen(question, meant)
    try:
        return _READ.get(question.kind, _text)(question, cell, unit)
    except (vn.NotUnderstood, ValueError, OverflowError, InvalidOperation) as error:
        raise error if isinstance(error, UnreadableCell) else UnreadableCell("unreadable") from None


def word_of(cell: Cell) -> str:
    """What a word of a list is known by: without accents and case."""
    return vn.search_key(str(cell).replace("\0", ""))[:120]


def _chosen(question: Question, code: str) -> Value:
    if question.kind == "yes_no":
        return code == "yes"
    return [code] if question.kind == "many_of" else code


def is_marked(cell: Cell) -> bool:
    """Whether there is a cross, or anything that is not plainly none."""
    return cell is not None and word_of(cell) not in _NO and bool(str(cell).strip(" -–"))


# --- dates ----------------------------------------------------------------------------------------------------


def day(cell: Cell) -> str:
    """A day or a year: ``5/2/1975``, a day of Excel, its number, ``2/1975`` and ``//1975`` as the year alone.

    :raises UnreadableCell: it is none.
    """
    if isinstance(cell, date):
        return cell.isoformat()[:10]
    if isinstance(cell, bool):
        raise UnreadableCell("unreadable")
    text = str(cell).strip().lstrip("'")
    if re.fullmatch(r"[0-9]{5}(\.[0-9]+)?", text):
        return (_EPOCH + timedelta(days=int(float(text)))).isoformat()
    if found := re.fullmatch(r"(?:0{0,2}[/.-]){2}((?:19|20)[0-9]{2})|[0-9]{1,2}[/.-]((?:19|20)[0-9]{2})", text):
        return found[1] or found[2]
    if re.fullmatch(r"[0-9]{1,2}[/.-][0-9]{1,2}[/.-][0-9]{2}", text):
        raise UnreadableCell("short_year")
    found = re.fullmatch(r"([0-9]{4}-[0-9]{1,2}-[0-9]{1,2})[T ].*", text)
    return vn.read_date(found[1] if found else text)


def _date(_question: Question, cell: Cell, _unit: int) -> Value:
    return day(cell)


# --- numbers --------------------------------------------------------------------------------------------------


def _integer(question: Question, cell: Cell, _unit: int) -> Value:
    if isinstance(cell, int) and not isinstance(cell, bool):
        return cell
    if isinstance(cell, float) and not question.is_year:
        raise UnreadableCell("unreadable")
    found = re.fullmatch(r"([0-9.,  ]+)(?: *\(?[^\W\d_][^0-9]*\)?)?", str(cell).strip())
    return vn.read_integer(found[1] if found else str(cell))


def _decimal(_question: Question, cell: Cell, _unit: int) -> Value:
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return vn.canonical_decimal(f"{round(cell, 6):f}")
    return vn.read_decimal(re.sub(r" ?(m2|m²)$", "", str(cell).strip(), flags=re.IGNORECASE))


def money(cell: Cell, unit: int) -> int | None:
    """Whole đồng: a number in the unit of the list, ``60.000.000``, ``60 triệu``; None where there is no amount.

    :raises UnreadableCell: it is none.
    """
    if cell is None or (isinstance(cell, str) and not cell.strip(" -–")):
        return None
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        return _in_dong(Decimal(str(cell)), unit)
    text = str(cell).strip()
    try:
        if re.search(r"[^\W\d_]", text):
            return vn.read_money(text)
        return _in_dong(Decimal(vn.read_decimal(text)), unit)
    except vn.NotUnderstood:
        raise UnreadableCell("unreadable") from None


def _in_dong(amount: Decimal, unit: int) -> int:
    """What is far too much in the unit of the list was written in đồng, whatever the heading says."""
    return _whole(amount * unit if amount * unit <= MOST_OF_ONE else amount)


def _whole(amount: Decimal) -> int:
    if amount != int(amount) or abs(amount) > vn.LARGEST:
        raise UnreadableCell("unreadable")
    return int(amount)


def _money(_question: Question, cell: Cell, unit: int) -> Value:
    return money(cell, unit)


# --- texts ----------------------------------------------------------------------------------------------------


def plain(cell: Cell) -> str:
    """The text in a cell, a number without a fraction as its digits."""
    if isinstance(cell, float):
        cell = f"{cell:f}".rstrip("0").rstrip(".")
    return vn.clean(str(cell).replace("\0", "").replace("\xad", "").replace("_x000D_", " ").lstrip("'"))


def _text(question: Question, cell: Cell, _unit: int) -> Value:
    patterns = {rule.arg for rule in question.rules if rule.word == "pattern"}
    text = plain(cell)
    if "citizen_id" in patterns:
        return citizen_id(text)
    if "phone" in patterns:
        return phone(text)
    if "full_name" in patterns or question.name in ("other_name", "decision_signer"):
        return name(text)
    return text or None


def citizen_id(text: str) -> str | None:
    """The digits, with the zeros that a spreadsheet took away put back: 11 digits were 12, 8 were 9.

    :raises UnreadableCell: digits are lost, as in 6.06E+10.
    """
    if re.fullmatch(r"[0-9][.,][0-9]+[eE]\+?[0-9]+", text):
        raise UnreadableCell("lost_digits")
    digits = vn.read_citizen_id(text)
    if not re.fullmatch(r"[0-9]{8,12}", digits):
        raise UnreadableCell("unreadable")
    return digits.zfill(9 if len(digits) <= 9 else 12)


def phone(text: str) -> str | None:
    """A telephone number; of two the first; with the zero that a spreadsheet took away.

    :raises UnreadableCell: it is none.
    """
    first = re.split(r"[;,/]| - ", text)[0]
    number = vn.read_phone(first)
    number = f"0{number}" if re.fullmatch(r"[35789][0-9]{8}", number) else number
    if not vn.is_phone(number):
        raise UnreadableCell("unreadable")
    return number


def name(text: str) -> str | None:
    """A person's name with capitals, whatever the list wrote; without ``Ông`` and ``Bà`` before it."""
    text = re.sub(r"^(ông|bà|Ông|Bà|ÔNG|BÀ)[: ] *(?=\S+ \S)", "", text.strip(" .,-"))
    if not any(map(str.isalpha, text)):
        return None
    words = text.lower().split() if text.isupper() or text.islower() else text.split()
    return " ".join(word[:1].upper() + word[1:] for word in words)


# --- choices --------------------------------------------------------------------------------------------------


def _one_of(question: Question, cell: Cell, _unit: int) -> Value:
    code = code_of(question.choices or "", word_of(cell))
    if code is None:
        raise UnreadableCell("unknown_word")
    return code


def _many_of(question: Question, cell: Cell, unit: int) -> Value:
    whole = code_of(question.choices or "", word_of(cell))
    parts = [str(cell)] if whole else re.split(r"[;,/+\n]", str(cell))
    found = {str(_one_of(question, part, unit)) for part in parts if part.strip()}
    return sorted(found) or None


def _yes_no(_question: Question, cell: Cell, _unit: int) -> Value:
    word = word_of(cell) or str(cell).strip()
    if word in _YES or word in _NO:
        return word in _YES
    raise UnreadableCell("unknown_word")


def code_of(choices: str, word: str) -> str | None:
    """The choice that a word of a list means: its code, its wording, another name, or the longest name it begins
    with; None where that cannot be said."""
    known = _names(choices, lists.choices(choices))
    for each in (word, *(word.removeprefix(prefix) for prefix in _PREFIXES if word.startswith(prefix))):
        if each in known:
            return known[each]
    if choices != "ethnic_group":
        return None
    return next((known[part] for part in _beginnings(word) if part in known), None)


def _beginnings(word: str) -> list[str]:
    parts = word.split()
    return [" ".join(parts[:count]) for count in range(len(parts) - 1, 0, -1)]


@lru_cache(maxsize=64)
def _names(choices: str, listed: tuple[lists.Choice, ...]) -> dict[str, str]:
    """Every name of the choices of a list; one that two of them have is none."""
    found: dict[str, set[str]] = {}
    for each in listed:
        names = [each.code.replace("_", " "), *map(each.label, LANGUAGES), *each.also]
        names += [re.sub(r"\(.*?\)", "", name) for name in names]
        for name_ in names:
            key = vn.search_key(name_)
            for shown in (key, *(key.removeprefix(prefix) for prefix in _PREFIXES if key.startswith(prefix))):
                found.setdefault(shown, set()).add(each.code)
    codes = lists.codes(choices)
    known = {name_: next(iter(which)) for name_, which in found.items() if len(which) == 1 and name_}
    return known | {word: code for word, code in ALSO.get(choices, {}).items() if code in codes}


_READ: dict[str, Any] = {
    "date": _date,
    "integer": _integer,
    "decimal": _decimal,
    "money": _money,
    "one_of": _one_of,
    "many_of": _many_of,
    "yes_no": _yes_no,
}
