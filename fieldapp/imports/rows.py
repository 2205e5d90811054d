"""What each row of a list says: answers by survey, with a reason for whatever cannot be read.

Reasons are codes with their values; :mod:`fieldapp.imports.sentences` says them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, ClassVar, TypeAlias

from fieldapp.imports import headings, letters, values
from fieldapp.imports.fields import MARKS, Field, ListKind, fields
from fieldapp.imports.files import Cell, CellRow, Worksheet, filled
from fieldapp.imports.models import Plan
from fieldapp.imports.places import Villages
from fieldapp.imports.values import UnreadableCell
from fieldapp.surveys import questions
from fieldapp.surveys.question import Question
from fieldapp.surveys.support_case import SOURCES
from fieldapp.vietnamese import search_key

Told = tuple[str, dict[str, Any]]
TOTAL = re.compile(r"(tong( cong| so)?|cong)\b")
SIGNED = re.compile(r"(nguoi lap|lap bieu|tm ubnd|chu tich|truong thon|xac nhan|noi nhan)")
Cells: TypeAlias = Mapping[str, tuple[Field, Cell, str]]
"""The cells of a row that are read, by field: the field, the cell, the heading of its column."""
SHOWN = 60


@dataclass
class ImportedRow:
    """What one row says. ``wrong``: why it cannot be taken; ``notes``: what was left empty; ``aside``: why it is no
    household."""

    row: int
    answers: dict[str, dict[str, Any]] = field(default_factory=lambda: defaultdict(dict))
    name: str = ""
    place: str = ""
    wrong: list[Told] = field(default_factory=list)
    notes: list[Told] = field(default_factory=list)
    aside: list[Told] = field(default_factory=list)


class Reader:
    """Reads the rows of one table by a plan, and notes the words it does not understand. ``named``: the columns of
    which one names whom a row is about."""

    named: ClassVar[tuple[str, ...]] = ("household.head_name",)

    def __init__(self, kind: ListKind, plan: Plan, villages: Villages, today: date, day: str) -> None:
        self.kind, self.plan, self.villages, self.today, self.day = kind, plan, villages, today, day
        offered = fields(kind)
        self.columns = [(at, offered[code]) for at, code in enumerate(plan.columns) if code in offered]
        self.unknown: dict[str, dict[str, list[Any]]] = {}
        self._read: dict[tuple[str, Cell, type], Any] = {}
        self._codes: dict[tuple[str, str], int] = {}
        self.work = "support_case.need_type" if kind == "cases" else "housing_need.need_type"

    def rows(self, table: Worksheet, header: headings.FoundHeadings) -> Iterator[ImportedRow]:
        """What the rows below the headings say; empty ones are left out."""
        body = _mended(filled(table, header.last), header.last)
        self._commune = self._hamlet = ""
        for number, row in enumerate(body, start=header.last + 1):
            if all(cell is None for cell in row):
                continue
            if (title := self._title(row)) is not None:
                self._note_title(title)
                yield ImportedRow(number, name=title[:120], aside=[("group", {})])
                continue
            yield self._row(number, row, header.headings)

    def _note_title(self, title: str) -> None:
        """What a title names holds for the rows below it."""
        if self.villages.is_commune(title):
            self._commune, self._hamlet = title, ""
        else:
            self._hamlet = title

    def _title(self, row: CellRow) -> str | None:
        """The text of a row that is a title between the rows, such as the name of a village; None for any other."""
        said = [cell for cell in row if cell is not None]
        texts = [cell for cell in said if isinstance(cell, str) and re.search(r"[^\W\d_]{2}", cell)]
        if len(said) > 2 or len(set(texts)) != 1 or self._has_head(row):
            return None
        return str(texts[0]).strip() if self.villages.is_like(str(texts[0])) else None

    def _has_head(self, row: CellRow) -> bool:
        found = {each.code: row[at] for at, each in self.columns if at < len(row)}
        born = ("household.birth_date", "household.citizen_id", "list.male", "list.female")
        return found.get("household.head_name") is not None and any(found.get(code) is not None for code in born)

    def _row(self, number: int, row: CellRow, titles: Sequence[str]) -> ImportedRow:
        said = ImportedRow(number)
        if headings.is_numbering(row):
            said.aside.append(("numbering", {}))
            return said
        cells = {
            each.code: (each, row[at], titles[at]) for at, each in self.columns if at < len(row) and row[at] is not None
        }
        if why := self._is_none(cells, row):
            said.aside.append((why, {}))
            said.name = " ".join(str(cell) for cell in row if cell is not None)[:120]
            return said
        for code, text in self.plan.every.items():
            if text and code not in cells and (known := fields(self.kind).get(code)):
                self._cell(said, known, text, "")
        for each, cell, title in cells.values():
            self._cell(said, each, cell, title)
        self._complete(said, cells)
        self._note_code(said, cells)
        return said

    def _note_code(self, said: ImportedRow, cells: Cells) -> None:
        """A code that another row of the village has: a slip, and no reason to be one household."""
        if "list.code" not in cells:
            return
        code = str(cells["list.code"][1]).strip()
        first = self._codes.setdefault((said.place, code), said.row)
        if first != said.row:
            said.notes.append(("same_code", {"value": code[:SHOWN], "row": first}))

    def _is_none(self, cells: Cells, row: CellRow) -> str:
        return _is_none(cells, row, next((code for code in self.named if code in cells), ""))

    # --- cells ------------------------------------------------------------------------------------------------

    def _cell(self, said: ImportedRow, each: Field, cell: Cell, title: str) -> None:
        if each.code in MARKS:
            self._mark(said, each, cell, title)
        elif each.question is not None and each.question.kind != "reference":
            self._answer(said, each, cell, title, self.plan.words.get(each.code, {}))

    def _mark(self, said: ImportedRow, each: Field, cell: Cell, title: str) -> None:
        if not values.is_marked(cell):
            return
        target, code = MARKS[each.code]
        survey, _, name = target.format(work=self.work).partition(".")
        if code in ("xay_moi", "sua_chua") or survey != "household" or name != "head_sex" or _is_cross(cell):
            said.answers[survey][name] = code
            return
        said.answers[survey][name] = code
        self._answer(said, fields(self.kind)["household.birth_date"], cell, title, {})

    def _answer(self, said: ImportedRow, each: Field, cell: Cell, title: str, words: Mapping[str, str]) -> None:
        question = each.question
        if question is None:
            return
        key = (each.code, cell, type(cell))
        if key not in self._read:
            self._read[key] = self._value(question, each, cell, words)
        found = self._read[key]
        if isinstance(found, UnreadableCell):
            self.note_wrong(said, found.code, each, cell, title)
        elif found is not None:
            said.answers[each.group][each.name] = found

    def _value(self, question: Question, each: Field, cell: Cell, words: Mapping[str, str]) -> Any:
        try:
            value = values.read(question, cell, words, self.plan.unit)
        except UnreadableCell as error:
            return error
        if (
            question.kind == "text"
            and isinstance(value, str)
            and any(rule.word == "longest" and len(value) > int(rule.arg) for rule in question.rules)
        ):
            return UnreadableCell("too_long")
        return value

    def note_wrong(self, said: ImportedRow, code: str, each: Field, cell: Cell, title: str) -> None:
        told = (code, {"field": each.code, "column": title, "value": str(cell)[:SHOWN]})
        (said.notes if self.plan.lenient and each.code != "household.head_name" else said.wrong).append(told)
        if code == "unknown_word":
            line = self.unknown.setdefault(each.code, {}).setdefault(values.word_of(cell), [str(cell)[:SHOWN], 0])
            line[1] += 1

    # --- the row as a whole -----------------------------------------------------------------------------------

    def _complete(self, said: ImportedRow, cells: Cells) -> None:
        household = said.answers["household"]
        _follow(household)
        self._village(said, cells)
        self._position(said, cells)
        said.name = str(household.get("head_name") or "")
        if not said.name and not any(told[1].get("field") == "household.head_name" for told in said.wrong):
            said.wrong.append(("no_name", {}))
        if self.kind == "cases":
            ImportedCase(self, said, cells).complete()
        self._check(said)

    def _village(self, said: ImportedRow, cells: Cells) -> None:
        texts = {code: str(cell) for code, (_field, cell, _title) in cells.items() if code.startswith("place.")}
        found = self.villages.find(
            village=texts.get("place.village") or ("" if "place.address" in texts else self._hamlet),
            commune=texts.get("place.commune") or self._commune,
            district=texts.get("place.district", ""),
            address=texts.get("place.address", ""),
        )
        if found.village:
            said.answers["household"]["village"] = said.place = found.village
            return
        said.wrong.append((found.why, {"value": found.value[:SHOWN], "commune": found.commune[:SHOWN]}))
        if found.word:
            line = self.unknown.setdefault("place.village", {}).setdefault(found.word, [found.shown[:SHOWN], 0])
            line[1] += 1

    def _position(self, said: ImportedRow, cells: Cells) -> None:
        pair = [cells[code] for code in ("list.latitude", "list.longitude") if code in cells]
        if len(pair) != 2:
            return
        lat, lon = (str(cell).replace(",", ".") for _field, cell, _title in pair)
        try:
            said.answers["household"]["location"] = questions("household")["location"].read(f"{lat}; {lon}")
        except ValueError:
            said.notes.append(("position", {"value": f"{lat}; {lon}"[:SHOWN]}))

    def _check(self, said: ImportedRow) -> None:
        """What the rules of the forms say is impossible; what a list does not say is nobody's error."""
        for survey, answers in said.answers.items():
            if survey in ("household", "housing_need", "support_case", "other_support"):
                said.wrong += self._broken(survey, answers)

    def _broken(self, survey: str, answers: Mapping[str, Any]) -> Iterator[Told]:
        known = questions(survey)
        for name, value in answers.items():
            broken = known[name].problems(value, answers, self.today) if name in known else ()
            for each in broken:
                if each.level == "error" and each.word not in ("required", "one_of_each"):
                    yield "rule", {"survey": survey, "question": name, "word": each.word, "value": _shown(value)}


def _is_cross(cell: Cell) -> bool:
    return not re.search(r"[0-9]{2}", str(cell))


def _shown(value: Any) -> str:
    return str(value)[:SHOWN]


def _follow(household: dict[str, Any]) -> None:
    """What a form asks before it asks for what the list says."""
    if number := household.get("citizen_id"):
        household.setdefault("id_document", "cccd" if len(number) == 12 else "cmnd")
    if household.get("phone"):
        household.setdefault("whose_phone", "chu_ho")
    if household.get("split_off_year"):
        household.setdefault("split_off", True)


def _is_none(cells: Cells, row: CellRow, named: str) -> str:
    """Why a row is no household: a sum, a signature, another member; "" for one that is. ``named``: the column that
    names whom it is about, if there is one."""
    texts = [search_key(str(cell)) for cell in row if isinstance(cell, str)]
    first = texts[0] if texts else ""
    if TOTAL.match(first) and (not named or TOTAL.match(search_key(str(cells[named][1])))):
        return "total"
    if not named and len(texts) <= 4 and any(SIGNED.match(text) for text in texts):
        return "signature"
    if not named and not texts:
        return "empty"
    if "list.relation" in cells and not re.search(
        r"chu ho$|^chu\b|^1$|^ch$", search_key(str(cells["list.relation"][1]))
    ):
        return "member"
    return ""


def _mended(rows: Sequence[CellRow], last_heading: int) -> list[CellRow]:
    """The rows below the headings, columns of old fonts in letters of today."""
    body = rows[last_heading:]
    width = max(map(len, body), default=0)
    fonts = []
    for column in range(width):
        texts = [row[column] for row in body if column < len(row) and isinstance(row[column], str)]
        fonts.append(letters.font_of([text for text in texts[:2000] if isinstance(text, str)]))
    odd = [cell for row in body for cell in row if isinstance(cell, str) and letters.is_odd(cell)]
    whole: letters.Font = next((font for font in fonts if font), "") or letters.font_of(odd[:2000])
    return [
        tuple(
            letters.repaired(c, fonts[at] or _as_whole(c, whole)) if isinstance(c, str) else c
            for at, c in enumerate(row)
        )
        for row in body
    ]


def _as_whole(text: str, whole: letters.Font) -> letters.Font:
    """The font of one text in a column of today: lists are put together from others. A text that may be of either
    is of the font that other columns are of."""
    own = "" if text.isascii() else letters.font_of([text])
    return own if own == "tcvn3" or own == whole else whole if letters.is_odd(text) else ""


class ImportedCase:
    """What the row of a case says beside its household: the case, the visit it implies, and its payments."""

    def __init__(self, reader: Reader, said: ImportedRow, cells: Cells) -> None:
        self.reader, self.said, self.cells = reader, said, cells
        self.case = said.answers["support_case"]

    def complete(self) -> None:
        """Add what follows."""
        self._programme()
        stated = self.case.get("state")
        started, done = self._day("list.started_on"), self._day("list.completed_on")
        if done and stated in (None, "started", "approved"):
            stated = "complete"
        if stated is None:
            stated = "started" if started else "approved" if self._is_approved() else "proposed"
            self.said.answers["implied"]["state"] = stated
        self._visit(stated, started, done)
        self.case["state"] = "approved" if stated in ("started", "complete") else stated
        self.case["state_on"] = done or started or self.case.get("decision_on") or self.reader.day
        if not self.case.get("need_type"):
            self.said.wrong.append(("no_work", {}))
        self._payments()

    def _is_approved(self) -> bool:
        return any(self.case.get(f"approved_{source}") for source in SOURCES) or "decision_number" in self.case

    def _programme(self) -> None:
        text = self.cells["support_case.programme"][1] if "support_case.programme" in self.cells else None
        text = text if text is not None else self.reader.plan.every.get("support_case.programme")
        meant = self.reader.plan.words.get("support_case.programme", {})
        found = self.reader.villages.programme(str(text or ""), meant)
        if found:
            self.case["programme"] = found
        elif text:
            each = fields("cases")["support_case.programme"]
            self.reader.note_wrong(self.said, "unknown_word", each, str(text), str(each.label))
        else:
            self.said.wrong.append(("no_programme", {}))

    def _day(self, code: str) -> str | None:
        if code not in self.cells:
            return None
        each, cell, title = self.cells[code]
        try:
            found = values.day(cell)
        except ValueError as error:
            why = error.code if isinstance(error, UnreadableCell) else "unreadable"
            self.reader.note_wrong(self.said, why, each, cell, title)
            return None
        return found if len(found) == 10 else f"{found}-12-31" if f"{found}-12-31" <= self.reader.day else None

    def _visit(self, state: str, started: str | None, done: str | None) -> None:
        """Started and complete are what visits find: the list is entered as one."""
        work = self.case.get("need_type")
        if state not in ("started", "complete", "settled") or not work:
            return
        complete = state != "started"
        repair = work == "sua_chua"
        stage = ("3" if repair else "5") if complete else "1"
        visit = {
            "visited_on": done or (self.reader.day if complete else started or self.reader.day),
            "need_type": work,
            "milestone_repair" if repair else "milestone_new": stage,
            "started_on": started,
            "completed_on": done if complete else None,
        }
        self.said.answers["progress_visit"] = {name: value for name, value in visit.items() if value}

    def _payments(self) -> None:
        found = [payment for part in ("", "_1", "_2") for payment in self._paid(part)]
        if found:
            self.said.answers["payment"] = {str(place): payment for place, payment in enumerate(found)}

    def _paid(self, part: str) -> list[dict[str, Any]]:
        code = f"payment.paid{part}"
        if code not in self.cells:
            return []
        each, cell, title = self.cells[code]
        try:
            amount = values.money(cell, self.reader.plan.unit)
        except UnreadableCell as error:
            self.reader.note_wrong(self.said, error.code, each, cell, title)
            return []
        if not amount:
            return []
        shares = self._shares(amount)
        if not shares:
            self.said.wrong.append(("no_source", {"column": title}))
        return [self._voucher(part, share, source) for source, share in shares.items()]

    def _shares(self, amount: int) -> dict[str, int]:
        """Who paid how much of it: what a column says, the only source of which anything was approved, or all of them
        where all that was approved is paid."""
        if "payment.source" in self.cells:
            code = values.code_of("paid_source", values.word_of(self.cells["payment.source"][1]))
            return {code: amount} if code else {}
        approved = {source: value for source in SOURCES if (value := self.case.get(f"approved_{source}"))}
        if len(approved) == 1:
            return dict.fromkeys(approved, amount)
        return approved if amount == sum(approved.values()) else {}

    def _voucher(self, part: str, amount: int, source: str) -> dict[str, Any]:
        paid_on = self._day(f"payment.on{part}") or self._day("payment.on") or self.case["state_on"]
        number = self._said(f"payment.voucher{part}") or self._said("payment.voucher")
        receiver = self._said("payment.receiver")
        if not number:
            self.said.notes.append(("no_voucher", {}))
        name = self.said.answers["household"].get("head_name")
        payment = {
            "entry": "chi", "tranche": part.removeprefix("_") or "all", "fund_source": source, "amount": amount,
            "paid_on": paid_on, "voucher": number or None, "receiver": values.name(receiver) if receiver else name,
            "relation": "chu_ho" if not receiver or search_key(receiver) == search_key(str(name)) else None,
        }  # fmt: skip
        return {key: value for key, value in payment.items() if value}

    def _said(self, code: str) -> str:
        return values.plain(self.cells[code][1])[:SHOWN] if code in self.cells else ""
