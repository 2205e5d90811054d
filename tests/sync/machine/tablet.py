"""A tablet as the modules of the app have it that ``modules.py`` lists, but without a page.

What is on its disk changes only in whole transactions, and a tablet that dies keeps those that were complete. The one
thing it has beside the app is knowledge for the tests: which changes stood behind what was shown to its author.
``test_browser_lives.py`` holds it and the modules to each other, request by request and row by row.
"""

from __future__ import annotations

import copy
import gzip
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import msgspec

from sync.change import WITHDRAWN, Change, canonical, change_id, decode, encode, same_as
from sync.clock import Clock
from sync.fold import SnapshotRecord, State, fold

Row = dict[str, Any]
Rows = dict[str, dict[str, Row]]

STORES = ("meta", "changes", "drafts", "pulled", "records", "cursors")
TAKEN = ("stored", "duplicate", "clock_ahead")
IN_JOURNAL = (*TAKEN, "held", "fork")
MOST_CHANGES = 3
AT_ONCE = 2
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EVERY_MS = 300_000
SLACK_MS, MOST_AWAY_MS = 300_000, 60 * 86_400_000
"""So long a round of news that broke off goes on where it was."""


class Died(Exception):
    """The tablet lost its power before a transaction was complete."""


class NoNetwork(Exception):
    """Nobody of ours answered."""


class Refused(Exception):
    """The server answered, and said no."""

    def __init__(self, status: int, code: str) -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code = status, code


class Store:
    """The disk. ``fuse``: after so many transactions the power fails, before the next is complete."""

    def __init__(self) -> None:
        self.rows: Rows = {name: {} for name in STORES}
        self.fuse: int | None = None

    def write(self, work: Callable[[Rows], None]) -> None:
        """All of it or nothing. Rows are replaced, never altered."""
        changed = {name: dict(rows) for name, rows in self.rows.items()}
        work(changed)
        if self.fuse is not None:
            if self.fuse == 0:
                self.fuse = None
                raise Died
            self.fuse -= 1
        self.rows = changed

    def known(self, name: str, otherwise: Any = None) -> Any:
        return self.rows["meta"].get(name, {}).get("value", otherwise)

    def all(self, name: str, record: str | None = None) -> list[Row]:
        """The rows of a store, or those of one record."""
        return [row for row in self.rows[name].values() if record in (None, row.get("record"))]


class Tablet:
    """One tablet. ``behind(record)`` is asked for the changes that a first download stands for."""

    def __init__(
        self, name: str, url: str, now: Callable[[], int], behind: Callable[[str], frozenset[str]], client: httpx.Client
    ) -> None:
        self.name, self.url, self.now, self.behind, self.client = name, url, now, behind, client
        self.store = Store()
        self.open_app()

    def open_app(self) -> None:
        """What is in memory alone begins anew: what of a round is up to date, whether a comparison was asked for."""
        self.round: set[str] = set()
        self.round_began: int | None = None
        self.checking = False

    def copied(self, name: str) -> Tablet:
        """The same profile on another device."""
        twin = copy.copy(self)
        twin.name, twin.store = name, Store()
        twin.store.rows = copy.deepcopy(self.store.rows)
        twin.open_app()
        return twin

    # --- session.js ---------------------------------------------------------------------------------------------

    @property
    def device(self) -> str:
        return str(self.store.known("device")["id"])

    @property
    def areas(self) -> list[str]:
        """The ids of the villages it may see."""
        return [area["id"] for area in self.store.known("areas", [])]

    def learn(self, values: Mapping[str, Any]) -> None:
        """Keep new values."""
        self.store.write(lambda rows: rows["meta"].update({k: {"name": k, "value": v} for k, v in values.items()}))

    def enrol(self, code: str) -> None:
        """Exchange a one-time code for a place on the server: a new row of numbers."""
        known = self.store.known("device")
        answer = self.ask(
            "enrol", body={"code": code, "name": self.name, **({"author": known["author"]} if known else {})}
        )
        self.learn(
            {
                "device": {"id": answer["device"], "token": answer["token"], "author": answer["author"]},
                "areas": answer["areas"],
                "node": answer["node"],
                "epoch": self.store.known("epoch") or answer["epoch"],
                "revoked": False,
                "seq": 0,
                "prev": None,
            }
        )

    # --- wire.js ------------------------------------------------------------------------------------------------

    def ask(self, path: str, *, body: Any = None, **params: Any) -> dict[str, Any]:
        """GET, or POST where there is a body. Raises NoNetwork or Refused."""
        known = self.store.known("device") if path != "enrol" else None
        asked = {name: value for name, value in params.items() if value is not None}
        status, told = self.carry(path, body, asked, known and known["token"])
        if told.get("proto") != 1 or not told.get("node"):
            raise NoNetwork(f"status {status}")
        if "error" in told:
            raise Refused(status, told["error"]["code"])
        return told

    def carry(self, path: str, body: Any, params: dict[str, Any], token: str | None) -> tuple[int, dict[str, Any]]:
        """The status and the JSON that come back over the line. Raises NoNetwork."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        packed = None if body is None else gzip.compress(msgspec.json.encode(body))
        if packed is not None:
            headers |= {"Content-Type": "application/json", "Content-Encoding": "gzip"}
        try:
            answer = self.client.request(
                "GET" if body is None else "POST",
                f"{self.url}/sync/v1/{path}",
                params=params,
                content=packed,
                headers=headers,
            )
            return answer.status_code, msgspec.json.decode(answer.content)
        except (httpx.HTTPError, msgspec.DecodeError) as error:
            raise NoNetwork(str(error)) from None

    # --- sync.js ------------------------------------------------------------------------------------------------

    def sync(self, *, check: bool = False, meanwhile: Callable[[], object] | None = None) -> None:
        """Hello, push, pull and counts; where that was asked for (``check``), perhaps in vain before, compare.

        ``meanwhile`` is what a person does while the first page of news is on its way. Raises NoNetwork, Refused or
        Died, and goes on from there next time.
        """
        self.checking = self.checking or check
        try:
            self.hello()
            self.push()
            self.pull(meanwhile)
            self.counts()
            self.forget_left()
            if self.checking:
                self.compare()
                self.checking = False
        except Refused as refused:
            if refused.status == 401:
                self._switched_off()
            raise
        self.round_began = None
        self.learn({"revoked": False})

    def _switched_off(self) -> None:
        self.learn({"revoked": True})
        with suppress(NoNetwork, Refused):
            self.salvage()

    def hello(self) -> None:
        """Learn which epoch it is, and what may be seen."""
        answer = self.ask("hello", said=self.store.known("seq", 0), pending=len(self.waiting()))
        if answer["epoch"] != self.store.known("epoch"):
            self.round_began = None
            self.offer_again()
        offset = millis_between(answer["now"], self.now())
        known = {"offset": offset, "told_at": answer["now"], "epoch": answer["epoch"], "areas": answer["areas"]}
        self.learn(known)

    # --- outbox.js ----------------------------------------------------------------------------------------------

    def waiting(self) -> list[Row]:
        """Changes without a receipt, oldest first."""
        made = sorted(self.store.all("changes"), key=lambda row: row["seq"])
        return [row for row in made if not row["receipt"]]

    def push(self) -> None:
        """Send what waits, in portions; every change gets its receipt."""
        while left := self.waiting():
            some = left[:MOST_CHANGES]
            self.store.write(lambda _: None)  # the app notes when these were tried
            answer = self.ask("push", body={"changes": [row["text"] for row in some]})
            self.keep_receipts(some, answer["results"])

    def keep_receipts(self, changes: list[Row], results: list[dict[str, Any]]) -> None:
        """Note what became of changes."""
        verdicts = {each["id"]: each for each in results}
        receipted = [row for row in changes if row["id"] in verdicts]
        if not receipted:
            raise NoNetwork("an answer without receipts")
        self.store.write(lambda rows: put(rows, "changes", ({**r, "receipt": verdicts[r["id"]]} for r in receipted)))

    def salvage(self) -> None:
        """Hand in what waits although this tablet was switched off: the server keeps it, and tells nothing else."""
        while left := self.waiting():
            some = left[:MOST_CHANGES]
            answer = self.ask("salvage", body={"changes": [row["text"] for row in some]})
            assert answer["received"] == len(some), "an answer without receipts"
            self.keep_receipts(some, [{"id": row["id"], "verdict": "held", "reason": "revoked"} for row in some])

    def offer_lost(self, lost: set[str]) -> int:
        """The server lacks changes it has given a receipt for: offer them again."""
        made = [_unsent(row) for row in self.store.all("changes") if row["id"] in lost]
        self.store.write(lambda rows: put(rows, "changes", made))
        return len(made)

    def offer_again(self) -> None:
        """The server was put back to an earlier day: offer again everything it may have lost."""
        made = [_unsent(row) for row in self.store.all("changes")]
        self.store.write(lambda rows: put(rows, "changes", made))

    # --- pull.js ------------------------------------------------------------------------------------------------

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
            self.store.write(lambda rows: _drop(rows, "cursors", lost))

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
            _drop(rows, "records", ids)
            put(rows, "changes", ({**row, "settled": True} for row in settled))
            _drop(rows, "pulled", stale)

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
            _drop(rows, "pulled", stale)
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
            _drop(rows, "pulled", stale)
            put(rows, "changes", ({**row, "receipt": {"verdict": "stored"}} for row in confirmed))
            put(rows, "meta", [clock])
            put(rows, "pulled", arrived)
            put(rows, "records", folded)
            _drop(rows, "records", gone)
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
        known = [each["text"] for each in (*self.store.all("pulled", record), *own) if not _stays_here(each)]
        if not known and not row["snapshot"]:
            return ""
        return str(
            state_of({**self.held(record), "changes": list(dict.fromkeys(known))}).values().get("village")
            or row["area"]
        )

    # --- counts.js ----------------------------------------------------------------------------------------------

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

    # --- compare.js ---------------------------------------------------------------------------------------------

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

    # --- records.js ---------------------------------------------------------------------------------------------

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
            self.store.write(lambda rows: _drop(rows, "drafts", [draft["id"]]))
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
            _drop(rows, "drafts", [draft["id"]])

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
        return {**_row_of(record, state, area or old.get("area") or ""), **shown}

    def _clock_after(self, stamps: Iterable[str]) -> Row:
        clock = Clock(self.device, self.now, self.store.known("clock"))
        for stamp in stamps:
            clock.see(stamp)
        return {"name": "clock", "value": clock.last}

    # --- for the tests ------------------------------------------------------------------------------------------

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


def digest(items: Iterable[str]) -> str:
    """The first half of SHA-256 over the items, sorted, a line each."""
    lines = sorted(set(items))
    return change_id("\n".join(lines)) if lines else ""


def taken(row: Row) -> bool:
    """Did the server take this change into the record?"""
    return bool(row["receipt"]) and row["receipt"]["verdict"] in TAKEN


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


def wall(millis: int) -> str:
    """A moment as the app writes it into what it makes."""
    return (EPOCH + timedelta(milliseconds=millis)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def millis_between(told: str, now: int) -> int:
    """How far a server is ahead of a clock."""
    return (datetime.fromisoformat(told) - EPOCH) // timedelta(milliseconds=1) - now


def _stays_here(row: Row) -> bool:
    """Is it a change made here that the server has not taken, or one that stands in a first download already?"""
    return "receipt" in row and (row["settled"] or not taken(row))


def _unsent(row: Row) -> Row:
    return {**row, "receipt": None, "settled": False}


def state_of(held: Mapping[str, Any]) -> State:
    """The state that follows from what a tablet holds of a record."""
    snapshot = msgspec.convert(held["snapshot"], SnapshotRecord) if held["snapshot"] else None
    return fold([decode(text) for text in held["changes"]], held["ahead"], snapshot)


def _row_of(record: str, state: State, area: str) -> Row:
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


KEYS = {"meta": "name", "cursors": "area"}


def put(rows: Rows, name: str, each: Iterable[Row]) -> None:
    """Write rows into a store, each over the one before."""
    rows[name].update({row[KEYS.get(name, "id")]: row for row in each})


def _drop(rows: Rows, name: str, ids: Iterable[str]) -> None:
    for id in ids:
        rows[name].pop(id, None)
