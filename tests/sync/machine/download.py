"""What a tablet downloads and lets go of: the twin of ``pull.js`` and ``leaving.js``."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from sync.change import decode
from tests.sync.machine.disk import Row, Rows, drop, put
from tests.sync.machine.forms import state_of, taken
from tests.sync.machine.outbox import WithOutbox

AT_ONCE = 2
EVERY_MS = 300_000
"""So long a round of news that broke off goes on where it was."""


class WithDownload(WithOutbox):
    """The first download and the feeds of its villages; what is let go of."""

    def pull(self, meanwhile: Callable[[], object] | None = None) -> None:
        """Bring every area up to date; those of a round that broke off a moment ago are so already."""
        if self.round_began is None or self.now() - self.round_began > EVERY_MS:
            self.round, self.round_began = set(), self.now()
        self.let_go()
        self._meanwhile = meanwhile
        for area in self.areas:
            if area not in self.round:
                self._read(area)
                self.round.add(area)

    def _read(self, area: str) -> None:
        cursor = self._cursor_of(area)
        while not cursor["whole"]:
            cursor = self._snapshot_page(cursor)
        while cursor["more"]:
            cursor = self._feed_page(cursor)

    def _ask_page(self, path: str, **params: Any) -> dict[str, Any]:
        meanwhile, self._meanwhile = self._meanwhile, None
        if meanwhile:
            meanwhile()
        return self.ask(path, **params)

    def let_go(self) -> None:
        """Let go of the villages that are this person's no more, unless there is work on what lies there."""
        allowed = {"", *self.areas}
        strange = [id for id, row in self.store.rows["records"].items() if row["area"] not in allowed]
        if gone := [id for id in strange if self.place_there(id) not in allowed]:
            self.forget(gone)
        if lost := self.store.rows["cursors"].keys() - allowed:
            self.store.write(lambda rows: drop(rows, "cursors", lost))

    def _cursor_of(self, area: str) -> Row:
        known, epoch = self.store.rows["cursors"].get(area), self.store.known("epoch")
        if known is None or known["epoch"] != epoch:
            known = {"area": area, "epoch": epoch, "position": None, "page": None, "whole": False}
        return {**known, "more": True}

    def _snapshot_page(self, cursor: Row) -> Row:
        answer = self._ask_page("snapshot", area=cursor["area"], page=cursor["page"])
        position = answer["position"] if cursor["position"] is None else cursor["position"]
        page = answer["next_page"]
        following = {**cursor, "position": position, "page": page, "whole": not page}
        self.keep_snapshot(answer["records"], lambda _: str(cursor["area"]), following)
        return following

    def fetch_anew(self, ids: list[str]) -> int:
        """Get some records anew, as in a first download."""
        count = 0
        for start in range(0, len(ids), AT_ONCE):
            answer = self.ask("compare", body={"want": ids[start : start + AT_ONCE]})
            self.keep_snapshot(answer["records"], answer["areas"].__getitem__)
            count += len(answer["records"])
        return count

    def forget(self, ids: Iterable[str]) -> int:
        """Forget records that are none of this tablet's any more, unless there is work on them."""
        gone, _ = self.evictable(ids)
        self._forget_these(gone)
        return len(gone)

    def _forget_these(self, ids: list[str]) -> None:
        settled, stale = self.replaced_by(ids)

        def work(rows: Rows) -> None:
            drop(rows, "records", ids)
            put(rows, "changes", ({**row, "settled": True} for row in settled))
            drop(rows, "pulled", stale)

        self.store.write(work)

    def forget_left(self) -> None:
        """Forget what stayed for somebody's work although it had left, once the server has all of that work."""
        left = [id for id, row in self.store.rows["records"].items() if row["evicted"]]
        if gone := [
            id for id in left if not self.store.all("drafts", id) and all(map(taken, self.store.all("changes", id)))
        ]:
            self._forget_these(gone)

    def keep_snapshot(self, snapshots: list[Row], area_of: Callable[[str], str], cursor: Row | None = None) -> None:
        """A page of the first download, and how far it goes: one transaction."""
        folded = [self.refolded(s["record"], snapshot=s, area=area_of(s["record"])) for s in snapshots]
        ids = {each["record"] for each in snapshots}
        own = [row for row in self.store.all("changes") if row["record"] in ids and row["receipt"]]
        stale = [row["id"] for row in self.store.all("pulled") if row["record"] in ids]
        clock = self._clock_after(row["changed"] for row in folded)

        def work(rows: Rows) -> None:
            put(rows, "meta", [clock])
            put(rows, "records", folded)
            put(rows, "changes", ({**row, "settled": taken(row)} for row in own))
            drop(rows, "pulled", stale)
            put(rows, "cursors", [cursor] if cursor else [])

        self.store.write(work)

    def _feed_page(self, cursor: Row) -> Row:
        answer = self._ask_page("pull", area=cursor["area"], after=cursor["position"])
        following = {**cursor, "position": answer["next"], "more": answer["more"]}
        if answer["changes"] or answer["evicted"] or answer["next"] != cursor["position"]:
            self.keep_feed(answer, following)
        return following

    def keep_feed(self, answer: dict[str, Any], cursor: Row) -> None:
        """A page of a feed, and how far it goes: one transaction."""
        decoded = [decode(text) for text in answer["changes"]]
        arrived = [{"id": each.id, "record": each.record, "text": each.text} for each in decoded]
        anew = {
            row["id"] for each in arrived if (row := self.store.rows["records"].get(each["record"])) and row["evicted"]
        }
        folded = [
            self.refolded(
                record,
                also=[each for each in arrived if each["record"] == record],
                anew=record in anew,
                area=cursor["area"],
                ahead=answer["ahead"],
            )
            for record in dict.fromkeys(each["record"] for each in arrived)
        ]
        gone, kept = self.evictable(answer["evicted"], cursor["area"])
        settled, stale = self.replaced_by([*sorted(anew), *gone])
        own = [row for each in arrived if (row := self.store.rows["changes"].get(each["id"]))]
        confirmed = [row for row in own if not taken(row)]
        clock = self._clock_after(each.stamp for each in decoded)

        def work(rows: Rows) -> None:
            put(rows, "changes", ({**row, "settled": True} for row in settled))
            drop(rows, "pulled", stale)
            put(rows, "changes", ({**row, "receipt": {"verdict": "stored"}} for row in confirmed))
            put(rows, "meta", [clock])
            put(rows, "pulled", arrived)
            put(rows, "records", folded)
            drop(rows, "records", gone)
            put(rows, "records", ({**row, "evicted": True} for row in kept))
            put(rows, "cursors", [cursor])

        self.store.write(work)

    def replaced_by(self, ids: Iterable[str]) -> tuple[list[Row], list[str]]:
        """Of records that are told anew: its own changes that the server has taken, and the ids of those pulled."""
        settled = [row for record in ids for row in self.store.all("changes", record) if taken(row)]
        return settled, [row["id"] for record in ids for row in self.store.all("pulled", record)]

    def evictable(self, ids: Iterable[str], area: str | None = None) -> tuple[list[str], list[Row]]:
        """Of the records that left the area, those that go, and those with work that is on this tablet alone."""
        gone: list[str] = []
        kept: list[Row] = []
        for record in ids:
            row = self.store.rows["records"].get(record)
            if row is None or (area is not None and row["area"] != area):
                continue
            unsent = any(not each["receipt"] for each in self.store.all("changes", record))
            if unsent or self.store.all("drafts", record):
                kept.append(row)
            else:
                gone.append(record)
        return gone, kept

    def place_there(self, record: str) -> str:
        """The village in which the server has a record, for all this tablet knows: what it holds moved nothing."""
        row, own = self.store.rows["records"][record], self.store.all("changes", record)
        if all(map(taken, own)):
            return str(row["area"])
        known = [each["text"] for each in (*self.store.all("pulled", record), *own) if not stays_here(each)]
        if not known and not row["snapshot"]:
            return ""
        return str(
            state_of({**self.held(record), "changes": list(dict.fromkeys(known))}).values().get("village")
            or row["area"]
        )


def stays_here(row: Row) -> bool:
    """Is it a change made here that the server has not taken, or one that stands in a first download already?"""
    return "receipt" in row and (row["settled"] or not taken(row))
