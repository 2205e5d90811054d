"""What happens when texts come in: each is read, judged and stored, and what follows from it is worked out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import sqlalchemy as sa

from sync import chains, feeds, kept, rulings
from sync.change import Change, change_id, decode
from sync.clock import Clock, millis_of
from sync.entries import Claim, Expect, Judge, Place, Result, verdict_of
from sync.problems import BadChange
from sync.tables import among, batch, batch_entry, change, greatest, insert, node, quarantine


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A text that is no change, with its bytes."""

    id: str
    verdict: str
    reason: str
    bytes: bytes
    claim: Claim | None


_claims = msgspec.json.Decoder(Claim)


@dataclass(frozen=True, slots=True)
class Caller:
    """What the journal asks of whoever hands in texts: see ``Journal.append``."""

    judge: Judge
    place: Place
    expect: Expect


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
    """How to mark what comes in. A clock that is behind what it has itself said before judges nobody."""
    is_behind = millis_of(clock.last) > clock.now() + clock.max_ahead_ms
    return Marks(frozenset(told), trusting, None if trusting or is_behind else clock.limit)


def read(text: str) -> Change | Unreadable:
    """Read a text, whatever it is."""
    try:
        return decode(text)
    except BadChange as problem:
        verdict = "too_big" if problem.code == "too_big" else "bad"
        raw = text.encode("utf-8", "surrogatepass")
        return Unreadable(change_id(raw), verdict, problem.code, raw, _claim(raw, problem.details.get("question", "")))


def _claim(raw: bytes, question: str) -> Claim | None:
    try:
        return msgspec.structs.replace(_claims.decode(raw), question=question)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def store(
    connection: sa.Connection, texts: Iterable[str], number: int, caller: Caller, clock: Clock, marking: Marks
) -> list[Result]:
    """Store what is new; one result per text, in their order."""
    each_read = [read(text) for text in texts]
    changes = [each for each in each_read if isinstance(each, Change)]
    fresh = _fresh(connection, changes)
    forks = chains.forks(connection, fresh.values())
    caller.expect(fresh.values())
    marked = _mark_known(connection, {each.id for each in changes} - fresh.keys(), marking)
    results: list[Result] = []
    news: list[tuple[Change, str | None, bool]] = []
    for each in each_read:
        if isinstance(each, Unreadable):
            results.append(Result(each.id, each.verdict, each.reason, None, each.claim))
        elif fresh.get(each.id) is each:
            reason, is_ahead = "fork" if each.id in forks else caller.judge(each), marking.is_ahead(each)
            news.append((each, reason, is_ahead))
            results.append(Result(each.id, verdict_of(reason, is_ahead), reason, each))
        else:
            results.append(Result(each.id, "duplicate", "marked" if each.id in marked else None, each))
    first = greatest(connection, change.c.n) + 1
    insert(connection, change, [_row(n, number, *new) for n, new in enumerate(news, first)])
    _follow_clock(connection, clock, [each.stamp for each, _reason, is_ahead in news if not is_ahead])
    counting = [(n, each) for n, (each, reason, _ahead) in enumerate(news, first) if reason is None]
    _work_out(connection, fresh, counting, caller.place, marked)
    _write_down(connection, number, (first, first + len(news) - 1), each_read, results)
    return results


def _fresh(connection: sa.Connection, changes: Sequence[Change]) -> dict[str, Change]:
    """The changes not here yet, the first of each id."""
    found: dict[str, Change] = {}
    for each in changes:
        found.setdefault(each.id, each)
    asked = found.keys() - chains.beyond(connection, found.values())
    query = sa.select(change.c.id).where(among(connection, change.c.id, asked))
    for id in connection.execute(query).scalars() if asked else ():
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
    if believed:
        clock.see(max(believed))
        connection.execute(node.update().values(stamp=clock.last))


def _work_out(
    connection: sa.Connection,
    fresh: Mapping[str, Change],
    counting: Sequence[tuple[int, Change]],
    place: Place,
    marked: set[str],
) -> None:
    """The chains, the feeds, the rulings and the first downloads after this."""
    chains.extend(connection, fresh.values())
    edited = feeds.add(connection, fresh.values(), counting, place)
    about = rulings.note(connection, fresh.values()) | rulings.awaited(connection, fresh.keys())
    turned = rulings.apply(connection, about | rulings.doubted(connection, marked))
    anew = {each.record for each in turned if each.counts != each.counted} | records_of(connection, marked)
    feeds.refresh(connection, anew)
    kept.forget(connection, edited | anew)


def records_of(connection: sa.Connection, ids: Collection[str]) -> set[str]:
    """The records of these changes."""
    if not ids:
        return set()
    query = sa.select(change.c.record).distinct().where(among(connection, change.c.id, ids))
    return set(connection.execute(query).scalars())


def _write_down(
    connection: sa.Connection,
    number: int,
    brought: tuple[int, int],
    each_read: Sequence[Change | Unreadable],
    results: Sequence[Result],
) -> None:
    """Count the verdicts of the batch, and keep what has no row of its own: duplicates, and what is no change."""
    told: dict[str, int] = connection.execute(sa.select(batch.c.counts).where(batch.c.id == number)).scalar_one()
    counts, before = dict(told), sum(told.values())
    for each in results:
        counts[each.verdict] = counts.get(each.verdict, 0) + 1
    others = [
        (number, before + i, each.id, each.verdict, each.reason) for i, each in enumerate(results) if not each.is_new
    ]
    insert(connection, batch_entry, others)
    _keep_bytes(connection, number, {each.id: each for each in each_read if isinstance(each, Unreadable)})
    values: dict[str, Any] = {"counts": counts}
    first, last = brought
    if last >= first:
        values |= {"first": sa.func.coalesce(batch.c.first, first), "last": last}
    connection.execute(batch.update().where(batch.c.id == number).values(values))


def _keep_bytes(connection: sa.Connection, number: int, bad: dict[str, Unreadable]) -> None:
    query = sa.select(quarantine.c.id).where(among(connection, quarantine.c.id, bad))
    for id in connection.execute(query).scalars() if bad else ():
        del bad[id]
    rows = [(each.id, number, each.reason, each.bytes) for each in bad.values()]
    insert(connection, quarantine, rows)


def _row(n: int, number: int, each: Change, reason: str | None, ahead: bool) -> tuple[Any, ...]:
    """All columns of the table of changes, in their order; no ruling is known yet."""
    link = (each.device, each.seq, each.prev, each.stamp)
    return (n, each.id, each.record, *link, number, reason, None, False, ahead, each.text)
