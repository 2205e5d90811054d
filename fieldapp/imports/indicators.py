"""Lists of other offices that say what is known of places: one row a place or an indicator, one column an indicator."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from fieldapp.db import db
from fieldapp.imports import values
from fieldapp.imports.fates import Fates, RowPart
from fieldapp.imports.fields import Field, order_of_guesses
from fieldapp.imports.files import Cell, CellRow
from fieldapp.imports.models import ListRow
from fieldapp.imports.rows import SHOWN, SIGNED, TOTAL, Cells, ImportedRow, Reader
from fieldapp.imports.values import LEFT_EMPTY, UnreadableCell
from fieldapp.places import Gazetteer, Place
from fieldapp.reference.naming import id_of
from fieldapp.surveys.question import Question
from fieldapp.vietnamese import NotUnderstood, canonical_decimal, read_decimal, search_key

WHOLE = "*"
"""What a person says that a word means, if it means the whole province."""
UNITS = {
    "tong_so_ho": "ho", "ho_ngheo": "ho", "ho_can_ngheo": "ho", "dan_toc_thieu_so": "phan_tram", "xa_chuan_y_te": "xa",
    "nuoc_hop_ve_sinh": "phan_tram", "dien_thoai_thong_minh": "phan_tram", "thon_phu_song": "phan_tram",
    "ho_cap_quang": "phan_tram", "trung_tam_truyen_thong": "trung_tam", "dai_khong_day": "dai",
    "dai_cong_nghe_thong_tin": "dai", "cum_loa": "cum", "giai_ngan": "phan_tram",
}  # fmt: skip
"""What an indicator counts where its list does not say."""
_UNIT_WORDS = (
    ("phan_tram", r"phan tram|ti le"), ("ho", r"\b(so|tong) ho\b|^ho$"), ("nguoi", r"so nguoi|^nguoi$"),
    ("thon", r"so thon|^(thon|thon to)$"), ("xa", r"so xa|^xa$"), ("trung_tam", r"^trung tam$"), ("dai", r"^dai$"),
    ("cum", r"^cum$"),
)  # fmt: skip
_PROVINCE = re.compile(r"(toan|ca) tinh|tinh [a-z]+( [a-z]+)?$|^tinh$")
_DISTRICT = r"(huien|thanh pho|tp|thi xa)"
_LEVEL = rf"(xa|phuong|thi tran|tt|{_DISTRICT})"


class ListedPlaces:
    """Every place by its name and code. ``words``: what a person said that a name means."""

    def __init__(self, words: dict[str, str]) -> None:
        self.words = words
        self._here = Gazetteer(db.session())
        self._named: dict[str, set[Place]] = defaultdict(set)
        for place in self._here.everywhere.values():
            for key in (place.search_key, search_key(place.bare_name), place.code, f"{place.code}@{place.vintage}"):
                self._named[key].add(place)

    def find(self, text: str, district: str, day: str) -> tuple[str, str]:
        """The place a text means, ``02155@2025``, "" for the whole province; and why none, "" where there is one.

        :param day: of which year or day it is told: a name of two lists of places is that of its time.
        """
        key = _numberless(text)
        if meant := self.words.get(search_key(text)):
            return ("" if meant in (WHOLE, LEFT_EMPTY) else meant), ""
        if _PROVINCE.fullmatch(key):
            return "", ""
        found = self._known(text, key)
        if len(found) > 1:
            found = self._of_time(self._in_district(found, district), day)
        if len(found) == 1:
            place = found[0]
            return ("" if place.is_province else f"{place.code}@{place.vintage}"), ""
        return "", "several_places" if found else "unknown_place"

    def _known(self, text: str, key: str) -> list[Place]:
        digits = re.sub(r"\D", "", text) if re.fullmatch(r"[0-9 ]{2,5}", text.strip()) else ""
        codes = (digits.zfill(5), digits.zfill(3)) if digits else ()
        keys = (text.strip(), *codes, key, re.sub(rf"^{_LEVEL} ", "", key))
        found = next((self._named[each] for each in keys if each in self._named), set())
        if re.match(rf"{_DISTRICT} ", key):
            return [place for place in found if place.is_district]
        return [place for place in found if not place.is_district] or list(found)

    def _in_district(self, found: list[Place], district: str) -> list[Place]:
        key = re.sub(rf"^{_DISTRICT} ", "", search_key(district))
        above = [place for place in found if (up := self._here.above(place)) and key == search_key(up.bare_name)]
        return above or found

    @staticmethod
    def _of_time(found: list[Place], day: str) -> list[Place]:
        """Those of the list of places of that time; a list may have begun within the year of a day."""
        year = int(day[:4])
        within = [place for place in found if place.vintage == year]
        if within and (len(day) == 4 or day.endswith("-12-31")):
            return within
        past = [place for place in found if place.vintage < year]
        newest = max((place.vintage for place in past), default=0)
        oldest = min(place.vintage for place in found)
        return [place for place in past if place.vintage == newest] + within or [
            place for place in found if place.vintage == oldest
        ]

    def offered(self) -> list[tuple[str, str]]:
        """What a word can mean: code and name, the newest list first."""
        lying = sorted(self._here.everywhere.values(), key=lambda each: (-each.vintage, each.search_key, each.code))
        return [
            (f"{place.code}@{place.vintage}", f"{place.name} ({place.vintage})")
            for place in lying
            if not place.is_province
        ]


def _numberless(text: str) -> str:
    return re.sub(r"^([0-9]+|[ivx]+) (?=[a-z])", "", search_key(text))


class IndicatorReader(Reader):
    """Reads a list of indicators of places."""

    def __init__(self, *told: Any) -> None:
        super().__init__(*told)
        self.places = ListedPlaces(self.plan.words.get("place.commune", {}))
        self._district = ""

    def _title(self, row: CellRow) -> str | None:
        """A row that only names a district: it holds for the communes below it."""
        said = [cell for cell in row if cell is not None]
        texts = [cell for cell in said if isinstance(cell, str) and re.search(r"[^\W\d_]{2}", cell)]
        if len(said) > 2 or len(set(texts)) != 1 or self._says_something(row):
            return None
        return str(texts[0]).strip() if re.match(rf"{_DISTRICT} ", _numberless(str(texts[0]))) else None

    def _says_something(self, row: CellRow) -> bool:
        return any(row[at] is not None for at, each in self.columns if at < len(row) and _is_value(each.code))

    def _note_title(self, title: str) -> None:
        self._district = re.sub(r"^\W*([0-9]+|[IVX]+)[.) ]+", "", title)

    def _is_none(self, cells: Cells, row: CellRow) -> str:
        texts = [search_key(str(cell)) for cell in row if isinstance(cell, str)]
        if texts and TOTAL.match(texts[0]) and "place_indicator.indicator" not in cells:
            return "total"
        said = [str(cells[code][1]) for code in cells if _is_value(code)]
        if any(SIGNED.match(text) for text in texts) and not any(re.search(r"[0-9]", cell) for cell in said):
            return "signature"
        return "" if said else "no_value"

    def _cell(self, said: ImportedRow, each: Field, cell: Cell, title: str) -> None:
        if not _is_value(each.code) and each.code not in ("place_indicator.unit", "place_indicator.denominator"):
            super()._cell(said, each, cell, title)

    def _value(self, question: Question, each: Field, cell: Cell, words: Any) -> Any:
        found = super()._value(question, each, cell, words)
        if isinstance(found, UnreadableCell) and each.code == "place_indicator.indicator":
            return indicator_in(str(cell)) or found
        return found

    def _complete(self, said: ImportedRow, cells: Cells) -> None:
        common = dict(said.answers.pop("place_indicator", {}))
        self._place(said, cells, common)
        read = {code: self._read_one(said, cells, code, common) for code in cells if _is_value(code)}
        found = {one["indicator"]: one for one in read.values() if one}
        if not found and not said.wrong:
            said.aside.append(("no_value", {}))
        for one in found.values():
            said.wrong += self._broken("place_indicator", one)
        if not common.get("period") and not _is_told(said, "period"):
            said.wrong.append(("no_period", {}))
        said.answers["place_indicator"] = found

    def _place(self, said: ImportedRow, cells: Cells, common: dict[str, Any]) -> None:
        district = str(cells["place.district"][1]) if "place.district" in cells else self._district
        text = str(cells["place.commune"][1]) if "place.commune" in cells else ""
        text = text or (district if "place.district" in cells else "")
        if "place.commune" not in cells and any(each.code == "place.commune" for _at, each in self.columns):
            said.wrong.append(("no_place", {}))
        place, why = self.places.find(text, district, common.get("period") or self.day) if text else ("", "")
        said.name, said.place = (values.plain(text)[:120] or "–"), place
        if why:
            said.wrong.append((why, {"value": text[:SHOWN]}))
            line = self.unknown.setdefault("place.commune", {}).setdefault(search_key(text), [text[:SHOWN], 0])
            line[1] += 1
        elif place:
            common["place"] = place

    def _read_one(self, said: ImportedRow, cells: Cells, code: str, common: dict[str, Any]) -> dict[str, Any] | None:
        """The answers of one indicator; None where its cell says nothing or is told to be wrong."""
        each, cell, title = cells[code]
        indicator = common.get("indicator") if code == "place_indicator.value" else each.name
        try:
            value, whole, is_share = value_of(cell)
            if not whole and "place_indicator.denominator" in cells:
                whole = value_of(cells["place_indicator.denominator"][1])[0]
        except UnreadableCell as error:
            self.note_wrong(said, error.code, each, cell, title)
            return None
        if not value:
            return None
        if not indicator:
            if not _is_told(said, "indicator"):
                said.wrong.append(("no_indicator", {}))
            return None
        unit = "phan_tram" if is_share else self._unit(cells, title, indicator)
        one = {**common, "indicator": indicator, "unit": unit, "value": value, "denominator": whole}
        return {name: answer for name, answer in one.items() if answer}

    def _unit(self, cells: Cells, title: str, indicator: str) -> str:
        said = str(cells["place_indicator.unit"][1]) if "place_indicator.unit" in cells else ""
        every = self.plan.every.get("place_indicator.unit", "")
        return unit_in(said) or every or unit_in(title) or UNITS.get(indicator, "")


def _is_told(said: ImportedRow, name: str) -> bool:
    return any(told[1].get("field") == f"place_indicator.{name}" for told in said.wrong)


def _is_value(code: str) -> bool:
    return code == "place_indicator.value" or code.startswith("value.")


def indicator_in(text: str) -> str:
    """The indicator that a text names, as a heading would."""
    key = search_key(text)
    lines = order_of_guesses("indicators")
    found = next((code for code, pattern in lines if code.startswith("value.") and pattern.search(key)), "")
    return found.removeprefix("value.")


def unit_in(text: str) -> str:
    """What a heading or a cell says that is counted; "" where it does not say it."""
    if "%" in text:
        return "phan_tram"
    key = search_key(text)
    return next((unit for unit, pattern in _UNIT_WORDS if re.search(pattern, key)), "")


_OF = re.compile(r"([0-9., ]+)/([0-9., ]+)")


def value_of(cell: Cell) -> tuple[str, str, bool]:
    """A value, out of how many, and whether it is a share: ``106/108 xã``, ``98,22%``, ``1.234``; "" for none.

    :raises UnreadableCell: it is no number.
    """
    if cell is None or isinstance(cell, bool):
        return "", "", False
    if isinstance(cell, int | float):
        return canonical_decimal(f"{round(cell, 6):f}"), "", False
    text = str(cell).strip(" -–")
    is_share = text.endswith("%")
    number = re.sub(r"(%| *[^\W\d_][^0-9]*)$", "", text).strip()
    if not number:
        if re.search(r"\w", text):
            raise UnreadableCell("unreadable")
        return "", "", False
    part = _OF.fullmatch(number)
    try:
        if part:
            return read_decimal(part[1].strip()), read_decimal(part[2].strip()), is_share
        return read_decimal(number), "", is_share
    except NotUnderstood:
        raise UnreadableCell("unreadable") from None


class IndicatorFates(Fates):
    """Judges rows of indicators. ``row.record`` is the first indicator of the row."""

    def parts(self, row: ListRow) -> list[RowPart]:
        """The indicators of a row, each a record of its own."""
        return [
            (f"place_indicator.{code}", "place_indicator", id_of("place_indicator", one), one)
            for code, one in row.answers["place_indicator"].items()
        ]

    def may_be_new(self, row: ListRow) -> bool:
        """What an indicator, a place and a time say is one record."""
        return False

    def _identify(self, row: ListRow) -> None:
        for _key, _survey, record, _answers in self.parts(row):
            first = self._taken.setdefault(record, row.row)
            row.record = row.record or record
            if first != row.row:
                row.fate, row.told = "wrong", [*row.told, ("twice_place", {"row": first})]

    def compare(self, rows: Sequence[ListRow]) -> None:
        """As of any list."""
        super().compare([row for row in rows if row.fate != "wrong"])
