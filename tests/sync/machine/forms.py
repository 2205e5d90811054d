"""Forms and the rows of records on a tablet: the twin of ``records.js``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from sync.change import WITHDRAWN, Change, canonical, decode, encode, same_as
from sync.clock import Clock
from sync.fold import SnapshotRecord, State, fold
from tests.sync.machine.connected import Connected
from tests.sync.machine.disk import Row, Rows, drop, put

TAKEN = ("stored", "duplicate", "clock_ahead")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SLACK_MS, MOST_AWAY_MS = 300_000, 60 * 86_400_000


class WithRecords(Connected):
    """Forms, and the row of a record as it is folded from what is held."""

    def begin(self, survey: str, record: str, area: str) -> Row:
        """Open a form: what its author sees is what the change will know."""
        row = self.store.rows["records"].get(record)
        return {
            "id": record,
            "record": record,
            "survey": survey,
            "area": row["area"] if row else area,
            "given": {"values": row["values"] if row else {}, "heads": row["heads"] if row else {}},
            "seen": self.seen(record),
        }

    def open_form(self, survey: str, record: str, area: str) -> Row:
        """Begin a form and leave it open, or find the one that was left open."""
        draft = self.store.rows["drafts"].get(record) or self.begin(survey, record, area)
        self.store.write(lambda rows: put(rows, "drafts", [draft]))
        return draft

    def finish(self, draft: Row, answers: Mapping[str, Any]) -> Change | None:
        """End a form: a change with the answers that differ, in one transaction with the end of the draft."""
        shown = draft["given"]["values"]
        different = {q: v for q, v in answers.items() if same_as(canonical(v)) != same_as(shown.get(q))}
        if not different:
            self.store.write(lambda rows: drop(rows, "drafts", [draft["id"]]))
            return None
        return self.make(draft, different)

    def settle(self, record: str, answers: Mapping[str, Any]) -> Change:
        """Settle what is contested."""
        row = self.store.rows["records"][record]
        return self.make(self.begin(row["survey"], record, row["area"]), answers)

    def make(self, draft: Row, answers: Mapping[str, Any]) -> Change:
        """A change of these answers, by an author who saw what the draft says."""
        made = self.compose(draft, answers)
        row = {"id": made.id, "text": made.text, "record": made.record, "seq": made.seq, "receipt": None}
        row |= {"settled": False}
        folded = self.refolded(made.record, also=[row], area=draft["area"])

        def work(rows: Rows) -> None:
            put(rows, "changes", [row])
            put(rows, "records", [folded])
            for name, value in (("seq", made.seq), ("prev", made.id), ("clock", made.stamp)):
                put(rows, "meta", [{"name": name, "value": value}])
            drop(rows, "drafts", [draft["id"]])

        self.store.write(work)
        return made

    def compose(self, draft: Row, answers: Mapping[str, Any]) -> Change:
        """The change itself, numbered and stamped."""
        device, seq = self.store.known("device"), self.store.known("seq", 0) + 1
        text = encode(
            survey=draft["survey"],
            record=draft["record"],
            answers=answers,
            base=self.base_of(answers, draft["given"]["heads"]),
            stamp=Clock(device["id"], self.now, self.store.known("clock")).tick(),
            device=device["id"],
            seq=seq,
            prev=self.store.known("prev"),
            author=device["author"],
            form_version=1,
            made_at={"wall": wall(self.now()), "tz": "+07:00", "offset_ms": self.wrong_by()},
        )
        return decode(text)

    def wrong_by(self) -> int:
        """How wrong the clock is now: as it was at the last hello, not at all where somebody has put it right since, or
        0 where nobody knows."""
        offset, told = self.store.known("offset", 0), self.store.known("told_at")
        ahead = millis_between(told, self.now()) if told else offset
        found = next((off for off in (offset, 0) if ahead - SLACK_MS <= off <= ahead + MOST_AWAY_MS), None)
        if found is not None:
            return found
        return offset if offset >= ahead else 0

    def base_of(self, answers: Mapping[str, Any], heads: Mapping[str, list[str]]) -> dict[str, list[str]]:
        """Every head its author saw of what it answers, and the withdrawals it knew; a withdrawal names them all."""
        about = heads if WITHDRAWN in answers else [*answers, WITHDRAWN]
        return {question: heads[question] for question in about if heads.get(question)}

    def refolded(
        self,
        record: str,
        *,
        also: Iterable[Row] = (),
        snapshot: Row | None = None,
        anew: bool = False,
        area: str | None = None,
        ahead: Iterable[str] = (),
    ) -> Row:
        """The row of a record, made again from what is held."""
        before, replaced = self.store.rows["records"].get(record), snapshot is not None or anew
        old: Row = {"area": before["area"] if before else None} if replaced else before or {}
        pulled = [] if replaced else self.store.all("pulled", record)
        own = [r for r in self.store.all("changes", record) if not (r["settled"] or (replaced and taken(r)))]
        texts = dict.fromkeys(row["text"] for row in (*pulled, *own, *also))
        marked = sorted({*old.get("ahead", ()), *ahead})
        base = snapshot or old.get("snapshot")
        frozen = msgspec.convert(base, SnapshotRecord) if base else None
        state = fold([decode(text) for text in texts], marked, frozen)
        behind = self.behind(record) if snapshot else old.get("behind", frozenset()) if base else frozenset()
        shown = {"snapshot": base, "ahead": marked, "behind": behind, "evicted": bool(old.get("evicted"))}
        return {**row_of(record, state, area or old.get("area") or ""), **shown}

    def _clock_after(self, stamps: Iterable[str]) -> Row:
        clock = Clock(self.device, self.now, self.store.known("clock"))
        for stamp in stamps:
            clock.see(stamp)
        return {"name": "clock", "value": clock.last}

    def held(self, record: str) -> dict[str, Any]:
        """What its row of a record is folded from: changes (texts), marks, first download."""
        row = self.store.rows["records"][record]
        own = [each for each in self.store.all("changes", record) if not each["settled"]]
        texts = dict.fromkeys(each["text"] for each in (*self.store.all("pulled", record), *own))
        return {"changes": list(texts), "ahead": row["ahead"], "snapshot": row["snapshot"]}

    def seen(self, record: str) -> frozenset[str]:
        """The ids of all changes behind what is shown of a record."""
        row = self.store.rows["records"].get(record)
        if row is None:
            return frozenset()
        own = [each["id"] for each in self.store.all("changes", record) if not each["settled"]]
        return frozenset([*row["behind"], *own, *(each["id"] for each in self.store.all("pulled", record))])


def taken(row: Row) -> bool:
    """Did the server take this change into the record?"""
    return bool(row["receipt"]) and row["receipt"]["verdict"] in TAKEN


def wall(millis: int) -> str:
    """A moment as the app writes it into what it makes."""
    return (EPOCH + timedelta(milliseconds=millis)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def millis_between(told: str, now: int) -> int:
    """How far a server is ahead of a clock."""
    return (datetime.fromisoformat(told) - EPOCH) // timedelta(milliseconds=1) - now


def state_of(held: Mapping[str, Any]) -> State:
    """The state that follows from what a tablet holds of a record."""
    snapshot = msgspec.convert(held["snapshot"], SnapshotRecord) if held["snapshot"] else None
    return fold([decode(text) for text in held["changes"]], held["ahead"], snapshot)


def row_of(record: str, state: State, area: str) -> Row:
    values = state.values()
    return {
        "id": record,
        "survey": state.survey,
        "area": values.get("village") or area,
        "values": values,
        "heads": state.heads(),
        "conflicts": state.conflicts,
        "withdrawn": state.withdrawn,
        "changed": state.changed.stamp,
    }
