"""Receipts that changed since, and what differs from the server: the twin of ``counts.js`` and ``compare.js``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sync.change import change_id, decode
from tests.sync.machine.disk import Row, put
from tests.sync.machine.download import WithDownload
from tests.sync.machine.forms import TAKEN, taken

IN_JOURNAL = (*TAKEN, "held", "fork")


class WithComparison(WithDownload):
    """Whether the tablet and the server hold the same, whatever cursors and receipts say."""

    def counts(self) -> None:
        """Learn what became of changes after their receipts, and the server's own count of them."""
        changes = self.store.all("changes")
        devices = sorted({decode(row["text"]).device for row in changes})
        if not devices:
            return
        answer = self.ask("counts", tz="+07:00", device=devices)
        fates, asked = answer["fates"], set(answer["devices"])
        news = [
            {**row, "receipt": decided(row["receipt"], fates.get(row["id"]))}
            for row in changes
            if row["receipt"] and decode(row["text"]).device in asked and is_news(row["receipt"], fates.get(row["id"]))
        ]
        if news:
            self.store.write(lambda rows: put(rows, "changes", news))
        self.learn({"counts": answer["days"]})

    def compare(self) -> dict[str, int]:
        """Put right what differs from the server, whatever cursors and receipts say; what that was."""
        records, changes = self.store.rows["records"], self.store.all("changes")
        versions = {
            id: digest(head for heads in row["heads"].values() for head in heads) for id, row in records.items()
        }
        busy = {row["record"] for row in changes if not taken(row)} | {id for id, r in records.items() if r["evicted"]}
        receipted: dict[str, set[str]] = {}
        for row in changes:
            if row["receipt"] and row["receipt"]["verdict"] in IN_JOURNAL:
                receipted.setdefault(decode(row["text"]).device, set()).add(row["id"])
        answer = self.ask("compare", body=self._summary(versions, busy, receipted))
        lost = {id for device, ids in answer["own"].items() for id in receipted.get(device, set()) - set(ids)}
        sent = self.offer_lost(lost)
        if sent:
            self.push()
        left, there = {*busy, *answer["later"]}, answer["records"]
        fetched = self.fetch_anew(
            [id for id, version in there.items() if id not in left and version != versions.get(id)]
        )
        known = {*there, *left, *(row["record"] for row in changes)}
        gone = [id for id in versions if id[-2:] in answer["differ"] and id not in known]
        return {"sent": sent, "fetched": fetched, "removed": self.forget(gone)}

    def _summary(self, versions: dict[str, str], busy: set[str], receipted: dict[str, set[str]]) -> dict[str, Any]:
        buckets: dict[str, list[str]] = {f"{number:02x}": [] for number in range(256)}
        for id in versions.keys() - busy:
            buckets[id[-2:]].append(f"{id} {versions[id]}")
        cursors = self.store.rows["cursors"]
        return {
            "buckets": {name: digest(items) for name, items in buckets.items()},
            "positions": {area: cursors[area]["position"] for area in self.areas if area in cursors},
            "without": sorted(busy),
            "own": {device: digest(ids) for device, ids in receipted.items()},
        }


def digest(items: Iterable[str]) -> str:
    """The first half of SHA-256 over the items, sorted, a line each."""
    lines = sorted(set(items))
    return change_id("\n".join(lines)) if lines else ""


def is_news(receipt: Row, told: Row | None) -> bool:
    """Does it tell something that the receipt does not? Only what is said outright makes a held change a taken one."""
    counts = receipt["verdict"] in TAKEN
    if told and told["fate"] == "released":
        return not counts or "fate" in receipt
    if told:
        return bool(told["fate"] != receipt.get("fate", receipt["verdict"]))
    return "fate" in receipt and counts


def decided(receipt: Row, told: Row | None) -> Row:
    """A receipt with what an administrator has said since."""
    rest = {name: value for name, value in receipt.items() if name != "fate"}
    if told and told["fate"] == "released":
        return {**rest, "verdict": "stored", "reason": None}
    return {**rest, "fate": told["fate"]} if told else rest
