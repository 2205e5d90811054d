"""What happens when texts come in: each is read, judged and stored, and what follows from it is worked out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import msgspec
import sqlalchemy as sa

from sync import batches, chains, feeds, kept, rulings
from sync.batches import Coming
from sync.change import Change, change_id, decode
from sync.clock import Clock, millis_of
from sync.entries import AreaOf, Claim, Expect, HoldReason, Result, verdict_of
from sync.feeds import Whereabouts
from sync.knowing import Marked
from sync.node_state import NodeState
from sync.problems import BadChange
from sync.statements import Ready, among, insert
from sync.tables import batch_entry, change, node, quarantine


@dataclass(frozen=True, slots=True)
class UnreadableText:
    """A text that is no change, with its bytes."""

    id: str
    verdict: str
    reason: str
    bytes: bytes
    claim: Claim | None


_claims = msgspec.json.Decoder(Claim)


@dataclass(frozen=True, slots=True)
class Parcel:
    """Texts that came in together, as they were read, and the batch that they are; and what the journal asks of whoever
    hands them in: see ``Journal.append``."""

    each_read: Sequence[Change | UnreadableText]
    coming: Coming
    judge: HoldReason
    place: AreaOf
    expect: Expect

    @property
    def changes(self) -> list[Change]:
        """Those of them that are changes."""
        return [each for each in self.each_read if isinstance(each, Change)]


@dataclass(frozen=True, slots=True)
class Marks:
    """What is marked as too far in the future: what the sender says (``told``; all of it, if ``trusting``), and
    otherwise what is above ``limit``, if this node judges at all."""

    told: frozenset[str]
    trusting: bool
    limit: str | None

    def is_ahead(self, each: Change) -> bool:
        """Whether a change that is new here is marked."""
        return each.id in self.told or (self.limit is not None and each.stamp > self.limit)

    def after(self, known: set[str], before: set[str]) -> set[str]:
        """Which of the changes known are marked from now on."""
        told = known & self.told
        return told if self.trusting else before | told


def marks(clock: Clock, told: Collection[str], trusting: bool) -> Marks:
    """How to mark what comes in. A clock that is behind stamps of its own marks nothing."""
    is_behind = millis_of(clock.last) > clock.now() + clock.max_ahead_ms
    return Marks(frozenset(told), trusting, None if trusting or is_behind else clock.limit)


Read = list[Change | UnreadableText]


def read(texts: Iterable[str]) -> Read:
    """Decode texts, whatever they are. Needs no lock."""
    return [_read(text) for text in texts]


def _read(text: str) -> Change | UnreadableText:
    try:
        return decode(text)
    except BadChange as problem:
        verdict = "too_big" if problem.code == "too_big" else "bad"
        raw = text.encode("utf-8", "surrogatepass")
        return UnreadableText(
            change_id(raw), verdict, problem.code, raw, _claim(raw, problem.details.get("question", ""))
        )


def _claim(raw: bytes, question: str) -> Claim | None:
    try:
        return msgspec.structs.replace(_claims.decode(raw), question=question)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


@dataclass(frozen=True, slots=True)
class Arrived:
    """What came of parcels: of each a result for each text, in their order; the changes that count of each record met
    for the first time (unless a ruling bears on them); how far the device of each new change is here without a gap;
    and whether what was here before counts otherwise since, or is marked otherwise."""

    results: list[list[Result]]
    new: dict[str, list[Marked]]
    acked: dict[str, int]
    upset: bool = False

    def after(self, before: Arrived) -> Arrived:
        """The same, which still knows the new records of what came before in the same transaction: those of which it
        says nothing more, and not of a whole province."""
        if self.upset or len(before.new) > MOST_NEW:
            return self
        spoken = {each.change.record for results in self.results for each in results if each.change}
        old = {record: marked for record, marked in before.new.items() if record not in spoken}
        return replace(self, new=old | self.new)


MOST_NEW = 10_000
"""Of so many new records, and of the next portion, the changes are not read from the database when they are folded."""

News = tuple[Change, str | None, bool]
"""A change that is new here, why it is held, if it is, and whether its stamp is too far in the future."""


def store(
    connection: sa.Connection,
    parcels: Sequence[Parcel],
    here: NodeState,
    clock: Clock,
    marking: Marks,
    whereabouts: Whereabouts,
) -> Arrived:
    """Store what is new."""
    changes = [each for parcel in parcels for each in parcel.changes]
    fresh = _fresh(connection, changes, here)
    forks = chains.forks(connection, fresh.values(), here.chains)
    for parcel in parcels:
        parcel.expect([each for each in parcel.changes if fresh.get(each.id) is each])
    marked = _mark_known(connection, {each.id for each in changes} - fresh.keys(), marking)
    news: list[News] = []
    rows: list[tuple[Any, ...]] = []
    results: list[list[Result]] = []
    for parcel in parcels:
        first, (told, own) = here.last + 1 + len(news), _judged(parcel, fresh, forks, marked, marking)
        brought = (first, first + len(own) - 1)
        number = _write_down(connection, parcel.coming, brought, parcel.each_read, told)
        rows += [_row(n, number, *new) for n, new in enumerate(own, first)]
        news += own
        results.append(told)
    insert(connection, change, rows)
    _follow_clock(connection, clock, [each.stamp for each, _reason, is_ahead in news if not is_ahead])
    acked = chains.extend(connection, fresh.values(), here.chains)
    counting = [(n, each) for n, (each, reason, _ahead) in enumerate(news, here.last + 1) if reason is None]
    new = feeds.add(connection, fresh.values(), counting, _placing(parcels), whereabouts, here.fed)
    turned, anew = _rule(connection, fresh, marked, here)
    kept.forget(connection, {each.record for _n, each in counting}.difference(new) | anew)
    return Arrived(results, {} if turned else _by_record(news, new), acked, turned or bool(marked))


def _judged(
    parcel: Parcel, fresh: Mapping[str, Change], forks: set[str], marked: set[str], marking: Marks
) -> tuple[list[Result], list[News]]:
    """What becomes of each text of a parcel, and what of it is new."""
    results: list[Result] = []
    news: list[News] = []
    for each in parcel.each_read:
        if isinstance(each, UnreadableText):
            results.append(Result(each.id, each.verdict, each.reason, None, each.claim))
        elif fresh.get(each.id) is each:
            reason, is_ahead = "fork" if each.id in forks else parcel.judge(each), marking.is_ahead(each)
            news.append((each, reason, is_ahead))
            results.append(Result(each.id, verdict_of(reason, is_ahead), reason, each))
        else:
            results.append(Result(each.id, "duplicate", "marked" if each.id in marked else None, each))
    return results, news


def _placing(parcels: Sequence[Parcel]) -> AreaOf:
    """Where a change puts its record is told by who handed it in."""
    if len(parcels) == 1:
        return parcels[0].place
    places = {each.id: parcel.place for parcel in parcels for each in parcel.changes}
    return lambda each: places[each.id](each)


def _by_record(news: Sequence[News], records: set[str]) -> dict[str, list[Marked]]:
    found: dict[str, list[Marked]] = {record: [] for record in records}
    for each, reason, is_ahead in news:
        if reason is None and each.record in records:
            found[each.record].append((each, is_ahead))
    return found


def _fresh(connection: sa.Connection, changes: Sequence[Change], here: NodeState) -> dict[str, Change]:
    """The changes not here yet, the first of each id."""
    found: dict[str, Change] = {}
    for each in changes:
        found.setdefault(each.id, each)
    asked = found.keys() - chains.beyond(found.values(), here.chains)
    if not asked:
        return found
    query = sa.select(change.c.id).where(among(connection, change.c.id, asked))
    for id in connection.execute(query).scalars():
        del found[id]
    return found


def _mark_known(connection: sa.Connection, known: set[str], marking: Marks) -> set[str]:
    """Take over the marks of changes that are here already; returns the ids of those that differ since now."""
    if not known or not (marking.told or marking.trusting):
        return set()
    query = sa.select(change.c.id).where(among(connection, change.c.id, known), change.c.ahead.is_(sa.true()))
    before = set(connection.execute(query).scalars())
    after = marking.after(known, before)
    for ids, ahead in ((after - before, True), (before - after, False)):
        if ids:
            connection.execute(change.update().where(among(connection, change.c.id, ids)).values(ahead=ahead))
    return after ^ before


def _follow_clock(connection: sa.Connection, clock: Clock, believed: Sequence[str]) -> None:
    before = clock.last
    if believed and clock.see(max(believed)) and clock.last != before:
        keep_stamp(connection, stamp=clock.last)


keep_stamp = Ready(lambda _: node.update().values(stamp=sa.bindparam("stamp", type_=node.c.stamp.type)))


def _rule(
    connection: sa.Connection, fresh: Mapping[str, Change], marked: set[str], here: NodeState
) -> tuple[bool, set[str]]:
    """What the rulings say after this: whether the standing of any change differs since, and the records of which
    others count."""
    about = rulings.note(connection, fresh.values())
    about |= rulings.awaited(connection, fresh.keys()) if here.ruled else set()
    turned = rulings.apply(connection, about | rulings.doubted(connection, marked))
    anew = {each.record for each in turned if each.counts != each.counted} | records_of(connection, marked)
    feeds.refresh(connection, anew)
    return bool(turned), anew


def records_of(connection: sa.Connection, ids: Collection[str]) -> set[str]:
    """The records of these changes."""
    if not ids:
        return set()
    query = sa.select(change.c.record).distinct().where(among(connection, change.c.id, ids))
    return set(connection.execute(query).scalars())


def _write_down(
    connection: sa.Connection,
    coming: Coming,
    brought: tuple[int, int],
    each_read: Sequence[Change | UnreadableText],
    results: Sequence[Result],
) -> int:
    """Count the verdicts of the batch, and keep what has no row of its own: duplicates, and what is no change."""
    before = sum(coming.counts.values())
    number = batches.note(connection, coming, [each.verdict for each in results], brought)
    others = [
        (number, before + i, each.id, each.verdict, each.reason) for i, each in enumerate(results) if not each.is_new
    ]
    insert(connection, batch_entry, others)
    _keep_bytes(connection, number, {each.id: each for each in each_read if isinstance(each, UnreadableText)})
    return number


def _keep_bytes(connection: sa.Connection, number: int, bad: dict[str, UnreadableText]) -> None:
    if not bad:
        return
    query = sa.select(quarantine.c.id).where(among(connection, quarantine.c.id, bad))
    for id in connection.execute(query).scalars():
        del bad[id]
    rows = [(each.id, number, each.reason, each.bytes) for each in bad.values()]
    insert(connection, quarantine, rows)


def _row(n: int, number: int, each: Change, reason: str | None, ahead: bool) -> tuple[Any, ...]:
    """All columns of the table of changes, in their order; no ruling is known yet."""
    link = (each.device, each.seq, each.prev, each.stamp)
    return (n, each.id, each.record, *link, number, reason, None, False, ahead, each.text)
