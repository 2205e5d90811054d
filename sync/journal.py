"""The journal: every change this node ever got, with its exact bytes, in order of arrival. Nothing is ever taken out.

A journal works inside the transaction of the connection it is handed and never ends it: what comes in together is
stored together, or not at all.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import sqlalchemy as sa

from sync import appending, batches, chains, feeds, kept, rulings
from sync.appending import Arrived, Parcel, Read, read
from sync.asking import Stopped, beside
from sync.batches import Coming
from sync.change import RULING, new_record_id
from sync.clock import Clock, wall_ms
from sync.entries import (
    AreaOf,
    BatchRow,
    Claim,
    Edit,
    Entry,
    Expect,
    HoldReason,
    Identity,
    Page,
    PeerCursor,
    Result,
    verdict_of,
)
from sync.kept import unpacked
from sync.node_state import NodeState, node_state
from sync.problems import BadChange, SyncProblem
from sync.statements import among, insert
from sync.tables import (
    batch,
    change,
    claim,
    greatest,
    lock,
    metadata,
    peer_cursor,
)
from sync.telling import Telling

__all__ = [
    "BatchRow",
    "Claim",
    "Edit",
    "Entry",
    "HoldReason",
    "Identity",
    "Journal",
    "Page",
    "Parcel",
    "PeerCursor",
    "Read",
    "Result",
    "Stopped",
    "beside",
    "metadata",
    "read",
    "unpacked",
    "verdict_of",
]

RULED_AT_ONCE = 1000
"""So many ids at most go into one ruling; fewer, where with the earlier rulings that it names it would be too big."""


class Journal(Telling):
    """The journal as its users call it: texts in, changes composed, states, feeds and rulings out.

    All of it within the transaction of the connection; the caller commits.
    """

    def __init__(self, connection: sa.Connection, now: Callable[[], int] = wall_ms) -> None:
        self.connection = connection
        self.now = now
        self._whereabouts = feeds.Whereabouts(connection)
        self._arrived = Arrived([], {}, {})
        self._since: sa.RootTransaction | None = None

    def claim(self) -> None:
        """Take the one writer's place at the beginning of a transaction, which on SQLite was begun as IMMEDIATE."""
        claim(self.connection)

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
        coming = self.batch_to_come(kind, device=device, author=author, file_hash=file_hash, from_node=from_node)
        return self.number_of(coming)

    def batch_to_come(
        self,
        kind: str,
        *,
        device: str | None = None,
        author: str | None = None,
        file_hash: str | None = None,
        from_node: str | None = None,
    ) -> Coming:
        """As ``open_batch``, of a batch that begins, and has its number, with the first texts appended to it."""
        who = {"device": device, "author": author, "file_hash": file_hash, "from_node": from_node}
        return Coming(kind, self.now(), who)

    def number_of(self, coming: Coming) -> int:
        """The number of a batch; one to which nothing was appended begins now."""
        return batches.begin(self.connection, coming)

    def append(
        self,
        texts: Iterable[str],
        *,
        batch: int | Coming,
        judge: HoldReason,
        ahead: Collection[str] = (),
        trusting: bool = False,
        place: AreaOf = lambda _change: "",
        expect: Expect = lambda _changes: None,
    ) -> list[Result]:
        """Store what is new and say what became of each text, in their order; a bad one never spoils the others.

        ``judge`` gives the reason why a change is held, or None; nothing is refused for being late, unknown or not
        allowed. ``ahead``: ids the sender has marked as too far in the future; they are marked here too, beside what
        the clock of this node finds. With ``trusting`` the sender knows better, and exactly those are marked.
        ``place`` tells where a record met for the first time belongs by a change alone: what all its changes say
        together, and the caller then says with ``place_all``, is nearly always the same, and needs no move.
        ``expect`` is shown what is new before any of it is judged.
        """
        each_read = read(texts)
        lock(self.connection)
        coming = batches.coming(self.connection, batch) if isinstance(batch, int) else batch
        return self.append_all([Parcel(each_read, coming, judge, place, expect)], ahead, trusting)[0]

    def append_all(
        self, parcels: Sequence[Parcel], ahead: Collection[str] = (), trusting: bool = False
    ) -> list[list[Result]]:
        """As ``append``, of what came in from several at once, each a batch of its own, in a few statements for all.

        Nobody's part is seen by the judge of another: no record, device or photo may be spoken of in two parcels.
        """
        lock(self.connection)
        here = self._standing({each.device for parcel in parcels for each in parcel.changes})
        clock = Clock(here.identity.device, self.now, here.stamp)
        marking = appending.marks(clock, ahead, trusting)
        self._whereabouts.remember()
        done = appending.store(self.connection, parcels, here, clock, marking, self._whereabouts)
        self._arrived, self._since = done.after(self._just_arrived()), self.connection.get_transaction()
        return done.results

    def _standing(self, devices: Collection[str]) -> NodeState:
        found = node_state(self.connection, devices)
        if found is None:
            self.identity()
            found = node_state(self.connection, devices)
        assert found is not None, "the identity was drawn"
        return found

    # --- what it says -------------------------------------------------------------------------------------------

    def records_touched(self, results: Iterable[Result]) -> list[str]:
        """The records of which the state may differ since these results: fold them again."""
        news = [each.change for each in results if each.change and (each.is_new or each.reason == "marked")]
        own = {each.record for each in news if each.survey != RULING}
        return sorted(own.union(self.records_ruled([each.id for each in news if each.survey == RULING])))

    def records_ruled(self, ids: Collection[str]) -> set[str]:
        """The records on which these rulings bear, directly or through rulings that they are about."""
        return self.records_of(rulings.reach(self.connection, ids))

    def records_of(self, ids: Collection[str]) -> set[str]:
        """The records of these changes."""
        return appending.records_of(self.connection, ids)

    def acked_seq(self, device: str) -> int:
        """The greatest seq of a device up to which nothing is missing here."""
        known = self._just_arrived().acked.get(device)
        return chains.acked(self.connection, device) if known is None else known

    def gaps(self, device: str) -> list[tuple[int, int]]:
        """The stretches (first, last) of a device's seq that are missing below what is held."""
        return chains.gaps(self.connection, device)

    def reached(self) -> dict[str, int]:
        """As :meth:`acked_seq`, of every device of which anything is here."""
        return chains.reached(self.connection)

    def with_gaps(self) -> set[str]:
        """The devices of which something is missing."""
        return chains.with_gaps(self.connection)

    def all_gaps(self, devices: Collection[str]) -> dict[str, list[tuple[int, int]]]:
        """As :meth:`gaps`, of those of these devices of which something is missing."""
        return chains.all_gaps(self.connection, devices)

    # --- areas and feeds ----------------------------------------------------------------------------------------

    def place(self, record: str, area: str) -> None:
        """Give a record its area, "" where that is not known yet."""
        self.place_all({record: area})

    def place_all(self, areas: Mapping[str, str]) -> None:
        """Give records their areas: each appears in the feed of its new area and is evicted from that of the old."""
        lock(self.connection)
        known = self._whereabouts.of(areas)
        feeds.move(self.connection, areas, {record: area for record, (_survey, area) in known.items()})
        self._whereabouts.note({record: (survey, areas[record]) for record, (survey, _area) in known.items()})

    def feed(self, areas: Collection[str] | None, after: int, limit: int = 1000) -> Page:
        """The changes after a cursor: of some areas those that count, or with None all there are, in order of arrival.

        Cursors of areas and of None are counted apart. A page ends early at 512 KB.
        """
        query = feeds.whole(after) if areas is None else feeds.of_areas(areas, after)
        return feeds.page(self.connection, query, after, limit)

    def position(self, areas: Collection[str] | None = ()) -> int:
        """Where the feeds of all areas (with None: the feed of everything) end now."""
        return feeds.end(self.connection) if areas is not None else greatest(self.connection, change.c.n)

    def end_of(self, area: str) -> int:
        """Where the feed of one area ends now: as long as that is the same, a first download of it tells the same."""
        return feeds.end_of(self.connection, area)

    # --- other nodes --------------------------------------------------------------------------------------------

    def peer_cursor(self, peer: str, epoch: str) -> PeerCursor:
        """Where the exchange with another node goes on; from the start, if its epoch is not the one known."""
        row = self.connection.execute(sa.select(peer_cursor).where(peer_cursor.c.node == peer)).one_or_none()
        if row is None:
            return PeerCursor(peer, epoch)
        if row.epoch != epoch:
            return PeerCursor(peer, epoch, everything_until=self.position(None))
        return PeerCursor(*row)

    def epoch_of(self, peer: str) -> str | None:
        """The epoch another node had in the last exchange with it; None if there was none."""
        return self.connection.execute(sa.select(peer_cursor.c.epoch).where(peer_cursor.c.node == peer)).scalar()

    def keep_cursor(self, cursor: PeerCursor) -> None:
        """Note how far the exchange with another node got."""
        values = dataclasses.asdict(cursor)  # in the order of the columns
        own = peer_cursor.c.node == cursor.node
        if self.connection.execute(peer_cursor.update().where(own).values(values)).rowcount == 0:
            insert(self.connection, peer_cursor, [tuple(values.values())])

    def offer(self, cursor: PeerCursor, limit: int, most_bytes: int) -> Page:
        """The next changes for another node, without those that came from it."""
        end = self.position(None)
        strange = sa.or_(batch.c.from_node.is_distinct_from(cursor.node), change.c.n <= cursor.everything_until)
        query = feeds.whole(cursor.pushed).join(batch, batch.c.id == change.c.batch).where(strange, change.c.n <= end)
        page = feeds.page(self.connection, query, cursor.pushed, limit, most_bytes)
        return page if page.more else dataclasses.replace(page, next=end)

    # --- held changes and rulings ------------------------------------------------------------------------------

    def hold(self, reasons: Mapping[str, str | None]) -> set[str]:
        """Hold changes that are held already for another reason, or with None no longer. What is ruled of them stands.

        Returns the records of which the state may differ. For reasons that follow from what this node knows and did not
        know before; what people decide is a ruling.
        """
        lock(self.connection)
        self._since = None
        for reason in set(reasons.values()):
            ids = [id for id, wanted in reasons.items() if wanted == reason]
            self.connection.execute(change.update().where(among(self.connection, change.c.id, ids)).values(held=reason))
        lifted = self.records_of([id for id, reason in reasons.items() if reason is None])
        feeds.refresh(self.connection, lifted)
        kept.forget(self.connection, lifted)
        return lifted

    def hold_too(self, reasons: Mapping[str, str]) -> set[str]:
        """Hold changes that count here, since another node holds them, by id and why; what is ruled of them stands.

        Returns the records of which the state may differ.
        """
        if not reasons:
            return set()
        lock(self.connection)
        open_ = sa.and_(change.c.held.is_(None), change.c.ruled.is_(None))
        mine = among(self.connection, change.c.id, reasons.keys())
        found = set(self.connection.execute(sa.select(change.c.id).where(mine, open_)).scalars())
        if not found:
            return set()
        self._since = None
        for id in found:
            self.connection.execute(change.update().where(change.c.id == id).values(held=reasons[id]))
        records = self.records_of(found)
        feeds.refresh(self.connection, records)
        kept.forget(self.connection, records)
        return records

    def rule(self, about: Collection[str], verdict: str, author: str) -> list[str]:
        """Write a ruling, which takes effect here at once and on every node that gets it. Returns its texts.

        Many ids make several texts. To release one side of a fork is to release both; to refuse one is to release the
        other, so that every node tells the same whichever side it saw first. What goes on from a side is released with
        it, as far as it is here; what only another node has is held where it is met second, and waits there.

        :raises SyncProblem: ``unknown_verdict``.
        """
        if verdict not in rulings.VERDICTS:
            raise SyncProblem("unknown_verdict", verdict=verdict)
        lock(self.connection)
        also = self._released_too(about, verdict)
        if verdict == "release":
            return self._rule(sorted({*about, *also}), verdict, author)
        texts = self._rule(sorted(set(about)), verdict, author)
        return texts + (self._rule(sorted(also), "release", author) if also else [])

    # --- inside -------------------------------------------------------------------------------------------------

    def _released_too(self, about: Collection[str], verdict: str) -> set[str]:
        """The sides of the forks that a ruling is about, without those it refuses, and what goes on from them."""
        if verdict not in ("release", "refuse"):
            return set()
        sides = self._forked(about).difference(about if verdict == "refuse" else ())
        return (sides | chains.following(self.connection, sides)).difference(about)

    def _rule(self, about: Sequence[str], verdict: str, author: str) -> list[str]:
        number = self.open_batch("office", device=self.identity().device, author=author)
        portions = [about[start : start + RULED_AT_ONCE] for start in range(0, len(about), RULED_AT_ONCE)]
        return [text for ids in portions for text in self._rule_at_once(ids, verdict, author, number)]

    def _rule_at_once(self, ids: Sequence[str], verdict: str, author: str, number: int) -> list[str]:
        """One ruling, or two halves of it if it is too big."""
        known = rulings.earlier(self.connection, ids)
        answers, base = {"about": list(ids), "verdict": verdict}, {"about": known} if known else {}
        try:
            text = self._sign(RULING, new_record_id(self.now()), answers, base, author, 1)
        except BadChange as problem:
            if problem.code != "too_big" or len(ids) == 1:
                raise
            halves = ids[: len(ids) // 2], ids[len(ids) // 2 :]
            return [text for half in halves for text in self._rule_at_once(half, verdict, author, number)]
        self.append([text], batch=number, judge=lambda _: None)
        return [text]

    def _forked(self, about: Collection[str]) -> set[str]:
        query = sa.select(change.c.id).where(among(self.connection, change.c.id, about), change.c.held == "fork")
        forked = list(self.connection.execute(query).scalars())
        return {id for fork in forked for id in chains.siblings(self.connection, fork)}
