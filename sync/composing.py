"""What a node says itself: its ids, and changes with the next stamp and the next link of their chain."""

from __future__ import annotations

import datetime
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from sync import chains
from sync.appending import keep_stamp
from sync.asking import Asking
from sync.change import canonical, change_id, encode, read_back
from sync.clock import MAX_AHEAD_MS, Clock, millis_of, moment_at
from sync.entries import Edit, Identity
from sync.knowing import Known, Marked
from sync.statements import Ready, among_texts, insert, texts
from sync.tables import FOLDED, change, lock, node


class Composing(Asking):
    """The part of a journal that makes changes; what it makes is yet to be appended."""

    now: Callable[[], int]

    def identity(self) -> Identity:
        """The ids of this node, drawn at the first call."""
        found = self._identity()
        if found is None:
            lock(self.connection)
            found = self._identity() or self._draw_identity()
        return found

    def new_epoch(self) -> str:
        """Draw a new epoch, after a restore or a copy: peers offer again what they hold, own changes start a chain."""
        self.identity()
        lock(self.connection)
        epoch = secrets.token_hex(8)
        self.connection.execute(node.update().values(epoch=epoch, device=secrets.token_hex(8)))
        return epoch

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
        is_new: bool = False,
    ) -> str | None:
        """The text of a new change made here, yet to be appended; None if nothing would differ.

        ``knowing`` names the heads its author saw, by default those of now. An answer is left out if it is the value
        that was seen, unless several different ones were: naming it then settles the conflict.

        :param is_new: the id of the record was drawn for this change, so nothing of it can be here.
        """
        marked = [] if is_new else self._changes_of([record]).get(record, [])
        known = Known(marked, knowing)
        kept = {
            question: value for question, value in canonical(dict(answers)).items() if known.differs(question, value)
        }
        return self._sign(survey, record, kept, known.base(kept), author, form_version, device) if kept else None

    def compose_all(self, edits: Iterable[Edit], *, author: str) -> list[str]:
        """The texts of many new changes made here, yet to be appended: what each edit answers, whatever stands here,
        over the heads that its author knew."""
        lock(self.connection)
        device, last = self._voice()
        clock, (seq, prev), texts = (
            Clock(device, self.now, last),
            chains.next_link(self.connection, device),
            list[str](),
        )
        for each in edits:
            stamp = clock.tick()
            base = {question: list(ids) for question, ids in each.knowing.items() if ids}
            texts.append(
                encode(
                    survey=each.survey, record=each.record, answers=each.answers, base=base, stamp=stamp, device=device,
                    seq=seq, prev=prev, author=author, form_version=each.form_version, made_at=self._made_at(stamp),
                )
            )  # fmt: skip
            seq, prev = seq + 1, change_id(texts[-1])
        if texts and prev:
            chains.take(self.connection, device, seq - 1, prev)
            self.connection.execute(node.update().values(stamp=clock.last))
        return texts

    def _changes_of(self, records: Collection[str]) -> dict[str, list[Marked]]:
        """The changes that count, with their clock marks, by record, in no order."""
        if not records:
            return {}
        found: dict[str, list[Marked]] = {}
        for id, record, text, ahead in _counted(self.connection, records=texts(self.connection, records)):
            found.setdefault(record, []).append((read_back(id, text), bool(ahead)))
        return found

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
        lock(self.connection)
        own, last = self._voice()
        device = device or own
        clock = Clock(device, self.now, last)
        stamp = clock.tick()
        seq, prev = chains.next_link(self.connection, device)
        text = encode(
            survey=survey,
            record=record,
            answers=answers,
            base=base,
            stamp=stamp,
            device=device,
            seq=seq,
            prev=prev,
            author=author,
            form_version=form_version,
            made_at=self._made_at(stamp),
        )
        chains.take(self.connection, device, seq, change_id(text))
        keep_stamp(self.connection, stamp=clock.last)
        return text

    def _made_at(self, stamp: str) -> dict[str, Any]:
        """What a change made now says of the clock: what it shows, or what its stamp does and how far that is off. For
        stamps only grow: those of a machine whose clock was ahead once stay there when it has been put right."""
        now = self.now()
        if not self.is_stuck_ahead(stamp):
            return {"wall": _iso(now), "tz": "+00:00", "offset_ms": 0}
        claimed = moment_at(millis_of(stamp)).replace(tzinfo=datetime.UTC)
        off = datetime.datetime.fromtimestamp(now / 1000, datetime.UTC) - claimed
        shown = claimed.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return {"wall": shown, "tz": "+00:00", "offset_ms": off // datetime.timedelta(milliseconds=1)}

    def is_stuck_ahead(self, stamp: str | None = None) -> bool:
        """Whether the stamps made here (or this one) are ahead of a clock that what came from others tells to be right:
        a clock that shows less than they do may as well be behind."""
        limit = self.now() + MAX_AHEAD_MS
        own = self._voice()[1] if stamp is None else stamp
        if own is None or millis_of(own) <= limit:
            return False
        others = self.last_stamp_of_others()
        return others is not None and millis_of(others) <= limit

    def _voice(self) -> tuple[str, str | None]:
        """The device by which this node speaks, drawn at the first call, and the last stamp that it gave or saw."""
        row = _here(self.connection).one_or_none()
        return (row.device, row.stamp) if row else (self.identity().device, None)

    def _identity(self) -> Identity | None:
        row = _here(self.connection).one_or_none()
        return Identity(*row[:3]) if row else None

    def _draw_identity(self) -> Identity:
        drawn, epoch = secrets.token_hex(8), secrets.token_hex(8)
        insert(self.connection, node, [(1, drawn, epoch, drawn, None)])
        return Identity(drawn, epoch, drawn)


def _iso(millis: int) -> str:
    moment = datetime.datetime.fromtimestamp(millis / 1000, datetime.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _counted_of(dialect: sa.Dialect) -> sa.Select[Any]:
    query = sa.select(change.c.id, change.c.record, change.c.text, change.c.ahead)
    return query.where(among_texts(dialect, change.c.record, "records"), FOLDED)


_counted = Ready(_counted_of)
_here = Ready(lambda _dialect: sa.select(node.c.node, node.c.epoch, node.c.device, node.c.stamp))
