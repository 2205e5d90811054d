"""The journal: every change this node ever got, with its exact bytes, in order of arrival. Nothing is ever taken out.

A journal works inside the transaction of the connection it is handed and never ends it: what comes in together is
stored together, or not at all.
"""

from __future__ import annotations

import dataclasses
import datetime
import secrets
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from sync import chains, rulings
from sync.change import (
    RULING,
    WITHDRAWN,
    Change,
    canonical,
    change_id,
    decode,
    encode,
    new_record_id,
    read_back,
    same_as,
)
from sync.clock import Clock, wall_ms
from sync.fold import SnapshotRecord, State, fold, snapshot_of
from sync.problems import BadChange, SyncProblem
from sync.tables import (
    FOLDED,
    among,
    batch,
    batch_entry,
    change,
    feed,
    greatest,
    insert,
    lock,
    metadata,
    node,
    peer_cursor,
    quarantine,
    record_area,
)

__all__ = ["BatchRow", "Entry", "Identity", "Journal", "Page", "PeerCursor", "Result", "metadata"]

PAGE_BYTES = 512 * 1024
RULED_AT_ONCE = 1000
"""So many ids of 32 digits fit into one ruling, which is a change of at most 64 KB."""

Judge = Callable[[Change], str | None]
Marked = tuple[Change, bool]


@dataclass(frozen=True, slots=True)
class Identity:
    """Who this node is. ``device`` signs its own changes; it differs from ``node`` once a backup was restored."""

    node: str
    epoch: str
    device: str


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one text: stored, duplicate, clock_ahead (stored), held, fork (held), too_big or bad."""

    id: str
    verdict: str
    reason: str | None
    change: Change | None


@dataclass(frozen=True, slots=True)
class Entry:
    """A change as the journal holds it. ``held``: why, if it was; ``ruling``: what an admin said since, if anything."""

    change: Change
    received_at: int
    batch: int
    verdict: str
    held: str | None
    ruling: str | None
    ahead: bool

    @property
    def counts(self) -> bool:
        """Whether the fold takes it in."""
        return self.ruling == "release" or (self.held is None and self.ruling is None)


@dataclass(frozen=True, slots=True)
class Page:
    """A stretch of a feed. What is evicted was evicted before any of these changes. ``next`` is the cursor to go on."""

    changes: list[str]
    evicted: list[str]
    ahead: list[str]
    next: int
    more: bool


@dataclass(frozen=True, slots=True)
class PeerCursor:
    """How far the exchange with another node got: in its journal (``pulled``) and in this one (``pushed``).

    What came from that node is not offered back to it, except, after it was restored from a backup and has a new
    epoch, what came before this node knew of it: up to the position ``everything_until``.
    """

    node: str
    epoch: str
    pulled: int = 0
    pushed: int = 0
    everything_until: int = 0


@dataclass(frozen=True, slots=True)
class BatchRow:
    """The changes that came in together, and how many got which verdict. ``received_at`` in milliseconds."""

    id: int
    kind: str
    device: str | None
    author: str | None
    from_node: str | None
    file_hash: str | None
    received_at: int
    counts: dict[str, int]
    undone: bool


@dataclass(slots=True)
class _Page:
    after: int
    changes: list[str] = field(default_factory=list)
    evicted: list[str] = field(default_factory=list)
    ahead: list[str] = field(default_factory=list)
    bytes: int = 0

    def is_full(self, row: Any, limit: int, most_bytes: int) -> bool:
        if len(self.changes) + len(self.evicted) >= limit:
            return True
        if row.text is None:
            return False
        return (self.bytes > 0 and self.bytes + len(row.text) > most_bytes) or row.record in self.evicted

    def take(self, row: Any) -> None:
        self.after = row.position
        if row.text is None:
            self.evicted.append(row.evicted)
            return
        self.changes.append(row.text)
        self.bytes += len(row.text)
        if row.ahead:
            self.ahead.append(row.id)


class Journal:
    """The door to the tables of the journal."""

    def __init__(self, connection: sa.Connection, now: Callable[[], int] = wall_ms) -> None:
        self.connection = connection
        self.now = now

    # --- who this node is ---------------------------------------------------------------------------------------

    def identity(self) -> Identity:
        """The ids of this node, drawn at the first call."""
        row = self.connection.execute(sa.select(node.c.node, node.c.epoch, node.c.device)).one_or_none()
        if row is None:
            lock(self.connection)
            drawn = secrets.token_hex(8)
            values = {"id": 1, "node": drawn, "epoch": secrets.token_hex(8), "device": drawn, "stamp": None}
            insert(self.connection, node, [values])
            return self.identity()
        return Identity(*row)

    def new_epoch(self) -> str:
        """For after a restore or a copy: peers offer again what they hold, and own changes start a new chain."""
        self.identity()
        epoch = secrets.token_hex(8)
        self.connection.execute(node.update().values(epoch=epoch, device=secrets.token_hex(8)))
        return epoch

    # --- what comes in ------------------------------------------------------------------------------------------

    def open_batch(
        self,
        kind: str,
        *,
        device: str | None = None,
        author: str | None = None,
        file_hash: str | None = None,
        from_node: str | None = None,
    ) -> int:
        """Begin a batch: ``wire``, ``file``, ``office`` or ``node``. Returns its number."""
        values: dict[str, Any] = {
            "kind": kind,
            "device": device,
            "author": author,
            "file_hash": file_hash,
            "from_node": from_node,
            "received_at": self.now(),
            "counts": {},
        }
        query = batch.insert().values(values).returning(batch.c.id)
        return int(self.connection.execute(query).scalar_one())

    def append(self, texts: Iterable[str], *, batch: int, judge: Judge, ahead: Collection[str] = ()) -> list[Result]:
        """Store what is new and say what became of each text, in their order; a bad one never spoils the others.

        ``judge`` gives the reason why a change is held, or None. ``ahead``: ids the sender has marked as too far in the
        future. Nothing is refused for being late, unknown or not allowed.
        """
        self.identity()
        lock(self.connection)
        read = [_read(text) for text in texts]
        results = self._store(read, batch, judge, frozenset(ahead))
        self._note_others(read, results, batch)
        return results

    def compose(
        self,
        survey: str,
        record: str,
        answers: Mapping[str, Any],
        *,
        author: str,
        form_version: int,
        device: str | None = None,
        knowing: Mapping[str, Sequence[str]] | None = None,
    ) -> str | None:
        """The text of a new change made here, yet to be appended; None if nothing would differ.

        ``knowing`` names the heads its author saw, by default those of now. An answer is left out if it is the value
        that was seen, unless several different ones were: naming it then settles the conflict.
        """
        marked = self._changes_of([record]).get(record, [])
        known = _Known(marked, knowing)
        kept = {
            question: value for question, value in canonical(dict(answers)).items() if known.differs(question, value)
        }
        return self._sign(survey, record, kept, known.base(kept), author, form_version, device) if kept else None

    # --- what it says -------------------------------------------------------------------------------------------

    def state(self, record: str) -> State | None:
        """The state of a record, None if no change of it counts."""
        return self.states([record]).get(record)

    def states(self, records: Collection[str]) -> dict[str, State]:
        """The states of many records; those of which no change counts are left out."""
        found = self._changes_of(records).items()
        return {record: fold([each for each, _ in marked], _ahead(marked)) for record, marked in found}

    def history(self, record: str) -> list[Entry]:
        """Every change of a record, in order of arrival, whatever its standing."""
        return self._entries(change.c.record == record)

    def entry(self, id: str) -> Entry | None:
        """One change."""
        return next(iter(self._entries(change.c.id == id)), None)

    def all_records(self) -> list[tuple[str, str]]:
        """(record, survey) of every record of which a change ever came, except rulings."""
        rows = self.connection.execute(
            sa.select(record_area.c.record, record_area.c.survey).order_by(record_area.c.record)
        )
        return [(row.record, row.survey) for row in rows]

    def records_touched(self, results: Iterable[Result]) -> list[str]:
        """The records of which the state may differ since these results: fold them again."""
        fresh = [each.change for each in results if each.change and each.verdict not in ("duplicate", "bad", "too_big")]
        ruled = [id for each in fresh if each.survey == RULING for id in each.answers.get("about") or []]
        own = {each.record for each in fresh if each.survey != RULING}
        return sorted(own.union(self.records_of(ruled)))

    def records_of(self, ids: Collection[str]) -> set[str]:
        """The records of these changes."""
        if not ids:
            return set()
        query = sa.select(change.c.record).distinct().where(among(self.connection, change.c.id, ids))
        return set(self.connection.execute(query).scalars())

    def acked_seq(self, device: str) -> int:
        """The greatest seq of a device up to which nothing is missing here."""
        return chains.acked(self.connection, device)

    def gaps(self, device: str) -> list[tuple[int, int]]:
        """The stretches (first, last) of a device's seq that are missing below what is held."""
        return chains.gaps(self.connection, device)

    # --- areas and feeds ----------------------------------------------------------------------------------------

    def place(self, record: str, area: str) -> None:
        """Give a record its area, "" where that is not known yet."""
        self.place_all({record: area})

    def place_all(self, areas: Mapping[str, str]) -> None:
        """Give records their areas: each appears in the feed of its new area and is evicted from that of the old."""
        lock(self.connection)
        known = self.areas_of(areas)
        moves = {record: areas[record] for record, area in known.items() if areas[record] != area}
        if moves:
            self._feed_again(moves, known)

    def area_of(self, record: str) -> str:
        """The area of a record, "" if it has none yet."""
        return self.areas_of([record]).get(record, "")

    def areas_of(self, records: Collection[str]) -> dict[str, str]:
        """The areas of many records; "" for one that has none yet, and those never heard of are left out."""
        query = sa.select(record_area.c.record, record_area.c.area)
        query = query.where(among(self.connection, record_area.c.record, list(records)))
        return {row.record: row.area for row in self.connection.execute(query)} if records else {}

    def feed(self, areas: Collection[str] | None, after: int, limit: int = 1000) -> Page:
        """The changes after a cursor: of some areas those that count, or with None all there are, in order of arrival.

        Cursors of areas and of None are counted apart. A page ends early at 512 KB.
        """
        query = _whole_feed(after) if areas is None else _area_feed(areas, after)
        return self._page(query, after, limit, PAGE_BYTES)

    def snapshot(
        self, areas: Collection[str] | None, after_record: str | None = None, limit: int = 500
    ) -> tuple[list[SnapshotRecord], str | None]:
        """A page of the records of some areas without their history, and the record to go on after."""
        query = sa.select(record_area.c.record).order_by(record_area.c.record)
        if areas is not None:
            query = query.where(record_area.c.area.in_(sorted(areas)))
        if after_record is not None:
            query = query.where(record_area.c.record > after_record)
        found = list(self.connection.execute(query.limit(limit + 1)).scalars())
        marked = self._changes_of(found[:limit])
        page = [snapshot_of([c for c, _ in marked[record]], _ahead(marked[record])) for record in sorted(marked)]
        return page, found[limit - 1] if len(found) > limit else None

    def position(self, areas: Collection[str] | None = ()) -> int:
        """Where the feeds of all areas (with None: the feed of everything) end now."""
        return greatest(self.connection, change.c.n if areas is None else feed.c.pos)

    # --- other nodes --------------------------------------------------------------------------------------------

    def peer_cursor(self, peer: str, epoch: str) -> PeerCursor:
        """Where the exchange with another node goes on; from the start, if its epoch is not the one known."""
        row = self.connection.execute(sa.select(peer_cursor).where(peer_cursor.c.node == peer)).one_or_none()
        if row is None:
            return PeerCursor(peer, epoch)
        if row.epoch != epoch:
            return PeerCursor(peer, epoch, everything_until=self.position(None))
        return PeerCursor(*row)

    def keep_cursor(self, cursor: PeerCursor) -> None:
        """Note how far the exchange with another node got."""
        values = dataclasses.asdict(cursor)
        own = peer_cursor.c.node == cursor.node
        if self.connection.execute(peer_cursor.update().where(own).values(values)).rowcount == 0:
            insert(self.connection, peer_cursor, [values])

    def offer(self, cursor: PeerCursor, limit: int, most_bytes: int) -> Page:
        """The next changes for another node, without those that came from it."""
        end = self.position(None)
        strange = sa.or_(batch.c.from_node.is_distinct_from(cursor.node), change.c.n <= cursor.everything_until)
        query = _whole_feed(cursor.pushed).join(batch, batch.c.id == change.c.batch).where(strange, change.c.n <= end)
        page = self._page(query, cursor.pushed, limit, most_bytes)
        return page if page.more else dataclasses.replace(page, next=end)

    # --- held changes, rulings, batches -------------------------------------------------------------------------

    def held(self, limit: int | None = None) -> list[Entry]:
        """The changes that wait for an admin, in order of arrival."""
        waits = sa.and_(change.c.held.is_not(None), change.c.ruled.is_(None), change.c.excluded.is_(sa.false()))
        return self._entries(waits, limit)

    def rule(self, about: Collection[str], verdict: str, author: str) -> list[str]:
        """Write a ruling, which takes effect here at once and on every node that gets it. Returns its texts.

        Many ids make several texts. To release one side of a fork is to release both; to refuse one is to release the
        other, so that every node tells the same whichever side it saw first.
        """
        if verdict not in rulings.VERDICTS:
            raise SyncProblem("unknown_verdict", verdict=verdict)
        also = self._forked(about)
        texts = self._rule(sorted({*about, *also} if verdict == "release" else set(about)), verdict, author)
        if verdict == "refuse" and also.difference(about):
            texts += self._rule(sorted(also.difference(about)), "release", author)
        return texts

    def batches(
        self, limit: int = 50, before: int | None = None, kinds: Collection[str] | None = None
    ) -> list[BatchRow]:
        """The latest batches first; ``before`` a number, for the next page; of some kinds only, if told."""
        query = sa.select(batch).order_by(batch.c.id.desc()).limit(limit)
        if kinds is not None:
            query = query.where(batch.c.kind.in_(sorted(kinds)))
        rows = self.connection.execute(query if before is None else query.where(batch.c.id < before)).all()
        return [self._batch_row(row) for row in rows]

    def batch(self, id: int) -> BatchRow | None:
        """One batch."""
        row = self.connection.execute(sa.select(batch).where(batch.c.id == id)).one_or_none()
        return self._batch_row(row) if row else None

    def entries(self, batch: int, limit: int | None = None) -> list[Result]:
        """What became of the texts of a batch: first the changes it brought, then what was known or not readable."""
        brought = [
            Result(e.change.id, e.verdict, e.held, e.change) for e in self._entries(self._in_batch(batch), limit)
        ]
        others = sa.select(batch_entry, change.c.text).outerjoin(change, change.c.id == batch_entry.c.id)
        others = others.where(batch_entry.c.batch == batch).order_by(batch_entry.c.i).limit(limit)
        rows = self.connection.execute(others)
        return brought + [Result(r.id, r.verdict, r.reason, read_back(r.id, r.text) if r.text else None) for r in rows]

    def changes_of_batch(self, batch: int) -> list[str]:
        """The ids of the changes a batch brought, in order of arrival: exclude them to undo it, include to redo."""
        query = sa.select(change.c.id).where(self._in_batch(batch)).order_by(change.c.n)
        return list(self.connection.execute(query).scalars())

    def quarantined(self, batch: int) -> list[tuple[str, str, bytes]]:
        """(id, reason, bytes) of what a batch brought that is no change."""
        query = sa.select(quarantine.c.id, quarantine.c.reason, quarantine.c.bytes).where(quarantine.c.batch == batch)
        return [(row.id, row.reason, row.bytes) for row in self.connection.execute(query)]

    # --- inside -------------------------------------------------------------------------------------------------

    def _page(self, query: sa.Select[Any], after: int, limit: int, most_bytes: int) -> Page:
        page, more = _Page(after), False
        for row in self.connection.execute(query.limit(limit + 1)):
            if more := page.is_full(row, limit, most_bytes):
                break
            page.take(row)
        return Page(page.changes, page.evicted, page.ahead, page.after, more)

    def _store(self, read: list[Change | _Bad], batch: int, judge: Judge, told: frozenset[str]) -> list[Result]:
        fresh = self._fresh([each for each in read if isinstance(each, Change)])
        forks = chains.forks(self.connection, fresh.values())
        clock = self._clock(self.identity().device)
        limit = clock.limit
        results, rows, n = [], [], greatest(self.connection, change.c.n)
        for each in read:
            if isinstance(each, _Bad):
                results.append(Result(each.id, each.verdict, each.reason, None))
            elif fresh.get(each.id) is each:
                n += 1
                reason = "fork" if each.id in forks else judge(each)
                ahead = each.stamp > limit or each.id in told
                rows.append(_row(n, each, batch, reason, ahead))
                results.append(Result(each.id, _verdict(reason, ahead), reason, each))
            else:
                results.append(Result(each.id, "duplicate", None, each))
        insert(self.connection, change, rows)
        self._mark_ahead(told.difference(fresh))
        self._after_store(fresh, rows, clock)
        return results

    def _fresh(self, read: list[Change]) -> dict[str, Change]:
        """The changes not here yet, the first of each id."""
        found: dict[str, Change] = {}
        for each in read:
            found.setdefault(each.id, each)
        query = sa.select(change.c.id).where(among(self.connection, change.c.id, found))
        for id in self.connection.execute(query).scalars() if found else ():
            del found[id]
        return found

    def _after_store(self, fresh: dict[str, Change], rows: list[dict[str, Any]], clock: Clock) -> None:
        if not rows:
            return
        for stamp in sorted({row["stamp"] for row in rows if not row["ahead"]})[-1:]:
            clock.see(stamp)
        self.connection.execute(node.update().values(stamp=clock.last))
        chains.extend(self.connection, fresh.values())
        about = rulings.note(self.connection, fresh.values())
        self._append_to_feeds(fresh, rows)
        self._turn(rulings.apply(self.connection, about | rulings.awaited(self.connection, fresh)))

    def _append_to_feeds(self, fresh: dict[str, Change], rows: list[dict[str, Any]]) -> None:
        surveys = {each.record: each.survey for each in fresh.values() if each.survey != RULING}
        areas = self.areas_of(surveys)
        blank = [{"record": r, "survey": s, "area": "", "since": 0} for r, s in surveys.items() if r not in areas]
        insert(self.connection, record_area, blank)
        fed = [(row["n"], area) for row in rows if row["held"] is None and (area := areas.get(row["record"]))]
        pos = greatest(self.connection, feed.c.pos) if fed else 0
        insert(
            self.connection,
            feed,
            [{"pos": pos + i, "area": area, "n": n, "evicted": None} for i, (n, area) in enumerate(fed, 1)],
        )

    def _note_others(self, read: list[Change | _Bad], results: list[Result], number: int) -> None:
        """Write down what has no row of its own, and count."""
        counts: dict[str, int] = dict(
            self.connection.execute(sa.select(batch.c.counts).where(batch.c.id == number)).scalar_one()
        )
        before = sum(counts.values())
        for each in results:
            counts[each.verdict] = counts.get(each.verdict, 0) + 1
        others = [
            {"batch": number, "i": before + i, "id": each.id, "verdict": each.verdict, "reason": each.reason}
            for i, each in enumerate(results)
            if each.change is None or each.verdict == "duplicate"
        ]
        insert(self.connection, batch_entry, others)
        self._keep_bytes({each.id: each for each in read if isinstance(each, _Bad)}, number)
        stored = sa.select(sa.func.max(change.c.n)).scalar_subquery()
        first = sa.func.coalesce(batch.c.first, stored - sum(_is_new(each) for each in results) + 1)
        self.connection.execute(
            batch.update().where(batch.c.id == number).values(counts=counts, first=first, last=stored)
        )

    def _keep_bytes(self, bad: dict[str, _Bad], number: int) -> None:
        query = sa.select(quarantine.c.id).where(among(self.connection, quarantine.c.id, bad))
        for id in self.connection.execute(query).scalars() if bad else ():
            del bad[id]
        rows = [{"id": b.id, "batch": number, "reason": b.reason, "bytes": b.bytes} for b in bad.values()]
        insert(self.connection, quarantine, rows)

    def _mark_ahead(self, ids: Collection[str]) -> None:
        if ids:
            self.connection.execute(change.update().where(among(self.connection, change.c.id, ids)).values(ahead=True))

    def _clock(self, device: str) -> Clock:
        return Clock(device, self.now, self.connection.execute(sa.select(node.c.stamp)).scalar_one())

    def _sign(
        self,
        survey: str,
        record: str,
        answers: dict[str, Any],
        base: dict[str, list[str]],
        author: str,
        form_version: int,
        device: str | None = None,
    ) -> str:
        """The text of a change with the next stamp, seq and prev of its device, which are taken by it."""
        device = device or self.identity().device
        clock = self._clock(device)
        seq, prev = chains.next_link(self.connection, device)
        text = encode(
            survey=survey,
            record=record,
            answers=answers,
            base=base,
            stamp=clock.tick(),
            device=device,
            seq=seq,
            prev=prev,
            author=author,
            form_version=form_version,
            made_at={"wall": _iso(self.now()), "tz": "+00:00", "offset_ms": 0},
        )
        chains.take(self.connection, device, seq, change_id(text))
        self.connection.execute(node.update().values(stamp=clock.last))
        return text

    def _changes_of(self, records: Collection[str]) -> dict[str, list[Marked]]:
        """The changes that count, with their clock marks, by record."""
        query = (
            sa.select(change.c.id, change.c.record, change.c.text, change.c.ahead)
            .where(among(self.connection, change.c.record, records), FOLDED)
            .order_by(change.c.n)
        )
        found: dict[str, list[Marked]] = {}
        for row in self.connection.execute(query) if records else ():
            found.setdefault(row.record, []).append((read_back(row.id, row.text), row.ahead))
        return found

    def _entries(self, where: sa.ColumnElement[bool], limit: int | None = None) -> list[Entry]:
        query = sa.select(change, batch.c.received_at).join(batch, batch.c.id == change.c.batch)
        rows = self.connection.execute(query.where(where).order_by(change.c.n).limit(limit))
        return [
            Entry(
                read_back(row.id, row.text),
                row.received_at,
                row.batch,
                _verdict(row.held, row.ahead),
                row.held,
                "exclude" if row.excluded else row.ruled,
                row.ahead,
            )
            for row in rows
        ]

    def _feed_again(self, areas: Mapping[str, str], known: Mapping[str, str]) -> None:
        """Evict records from the areas they were in, and feed what counts of them to the areas they are in now."""
        pos = greatest(self.connection, feed.c.pos)
        rows: list[dict[str, Any]] = []
        for record in areas:
            if known[record]:
                pos += 1
                rows.append({"pos": pos, "area": known[record], "n": None, "evicted": record})
        self.connection.execute(
            record_area.update()
            .where(record_area.c.record == sa.bindparam("moved"))
            .values(area=sa.bindparam("to"), since=pos),
            [{"moved": record, "to": area} for record, area in areas.items()],
        )
        placed = [record for record, area in areas.items() if area]
        for row in self._numbers_of(placed):
            pos += 1
            rows.append({"pos": pos, "area": areas[row.record], "n": row.n, "evicted": None})
        insert(self.connection, feed, rows)

    def _numbers_of(self, records: Collection[str]) -> Iterator[Any]:
        query = sa.select(change.c.record, change.c.n).where(among(self.connection, change.c.record, records), FOLDED)
        return iter(self.connection.execute(query.order_by(change.c.n))) if records else iter(())

    def _turn(self, turned: list[rulings.Turned]) -> None:
        """Let the tablets know: what counts again is fed, and where something counts no more the record starts anew."""
        touched = {each.record for each in turned if each.counts != each.counted}
        areas = {record: area for record, area in self.areas_of(touched).items() if area}
        if areas:
            self._feed_again(areas, areas)

    def _rule(self, about: Sequence[str], verdict: str, author: str) -> list[str]:
        texts = []
        number = self.open_batch("office", device=self.identity().device, author=author)
        for start in range(0, len(about), RULED_AT_ONCE):
            ids = list(about[start : start + RULED_AT_ONCE])
            answers = {"about": ids, "verdict": verdict}
            known = rulings.earlier(self.connection, ids)
            text = self._sign(RULING, new_record_id(self.now()), answers, {"about": known} if known else {}, author, 1)
            self.append([text], batch=number, judge=lambda _: None)
            texts.append(text)
        return texts

    def _forked(self, about: Collection[str]) -> set[str]:
        query = sa.select(change.c.id).where(among(self.connection, change.c.id, about), change.c.held == "fork")
        forked = list(self.connection.execute(query).scalars())
        return {id for fork in forked for id in chains.siblings(self.connection, fork)}

    def _in_batch(self, number: int) -> sa.ColumnElement[bool]:
        row = self.connection.execute(sa.select(batch.c.first, batch.c.last).where(batch.c.id == number)).one_or_none()
        if row is None or row.first is None:
            return sa.false()
        return sa.and_(change.c.n.between(row.first, row.last), change.c.batch == number)

    def _batch_row(self, row: Any) -> BatchRow:
        own = self._in_batch(row.id)
        some = sa.select(sa.exists().where(own))
        alive = sa.select(sa.exists().where(own, change.c.excluded.is_(sa.false())))
        undone = self.connection.execute(some).scalar_one() and not self.connection.execute(alive).scalar_one()
        return BatchRow(
            row.id, row.kind, row.device, row.author, row.from_node, row.file_hash, row.received_at, row.counts, undone
        )


@dataclass(frozen=True, slots=True)
class _Bad:
    id: str
    verdict: str
    reason: str
    bytes: bytes


class _Known:
    """What an author knew of a record: by default all its heads."""

    def __init__(self, marked: list[Marked], knowing: Mapping[str, Sequence[str]] | None) -> None:
        self.changes = {each.id: each for each, _ in marked}
        self.ahead = _ahead(marked)
        now = fold(self.changes.values(), self.ahead).heads() if marked else {}
        self.heads = now if knowing is None else {**now, **{question: list(ids) for question, ids in knowing.items()}}

    def differs(self, question: str, value: Any) -> bool:
        """Whether this answer says anything: it is not the one value seen."""
        seen = [self.changes[id] for id in self.heads.get(question, ()) if id in self.changes]
        values = {same_as(each.answers[question]) for each in seen if question in each.answers} or {same_as(None)}
        return values != {same_as(value)}

    def base(self, answers: Mapping[str, Any]) -> dict[str, list[str]]:
        """The heads that a change with these answers names: of all questions, if it withdraws the record."""
        asked = self.heads if WITHDRAWN in answers else {*answers, WITHDRAWN}
        return {question: list(self.heads[question]) for question in asked if self.heads.get(question)}


def _read(text: str) -> Change | _Bad:
    try:
        return decode(text)
    except BadChange as problem:
        verdict = "too_big" if problem.code == "too_big" else "bad"
        return _Bad(change_id(text), verdict, problem.code, text.encode("utf-8", "surrogatepass"))


def _row(n: int, each: Change, batch: int, reason: str | None, ahead: bool) -> dict[str, Any]:
    return {
        "n": n,
        "id": each.id,
        "record": each.record,
        "device": each.device,
        "seq": each.seq,
        "prev": each.prev,
        "stamp": each.stamp,
        "batch": batch,
        "held": reason,
        "ruled": None,
        "excluded": False,
        "ahead": ahead,
        "text": each.text,
    }


def _verdict(reason: str | None, ahead: bool) -> str:
    if reason == "fork":
        return "fork"
    if reason is not None:
        return "held"
    return "clock_ahead" if ahead else "stored"


def _is_new(result: Result) -> bool:
    return result.change is not None and result.verdict != "duplicate"


def _ahead(marked: Iterable[Marked]) -> frozenset[str]:
    return frozenset(each.id for each, ahead in marked if ahead)


def _whole_feed(after: int) -> sa.Select[Any]:
    query = sa.select(change.c.n.label("position"), change.c.id, change.c.record, change.c.text, change.c.ahead)
    return query.where(change.c.n > after).order_by(change.c.n)


def _area_feed(areas: Collection[str], after: int) -> sa.Select[Any]:
    current = sa.and_(record_area.c.area == feed.c.area, feed.c.pos > record_area.c.since, FOLDED)
    return (
        sa.select(
            feed.c.pos.label("position"), feed.c.evicted, change.c.id, change.c.record, change.c.text, change.c.ahead
        )
        .outerjoin(change, change.c.n == feed.c.n)
        .outerjoin(record_area, record_area.c.record == change.c.record)
        .where(feed.c.area.in_(sorted(areas)), feed.c.pos > after, sa.or_(feed.c.n.is_(None), current))
        .order_by(feed.c.pos)
    )


def _iso(millis: int) -> str:
    moment = datetime.datetime.fromtimestamp(millis / 1000, datetime.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
