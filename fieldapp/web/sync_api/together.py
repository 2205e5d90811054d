"""One turn to write for several tablets: what waits for it at the same time is stored in one transaction.

To begin, to commit and to wait for the disk costs as much for one push as for ten. So of all the threads of a process
that bring a push, one stands in the line of writers, and stores what has come until it is its turn. Each push stays a
batch of its own with verdicts of its own, and nobody is told anything before it is on the disk. Where storing them
together fails, each is stored alone, so that what is wrong with one is not the trouble of another.

A tablet that was just told sends on in a moment. Who began a turn at once would leave it behind, and each turn would
store half of those who are at it: so whoever is next lingers until they are back.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from flask import current_app

from fieldapp import intake, people
from fieldapp.db import begin_writing, db
from fieldapp.intake import Receipt
from fieldapp.people import Visitor
from fieldapp.problems import UnknownToken
from sync.journal import read

MOST = 500
"""So many changes at most are stored in one turn, unless a single push has more: others wait to write too."""
MOMENT = 0.01
"""Seconds after a turn in which who was told is waited for."""


@dataclass(frozen=True)
class PushOutcome:
    """What became of a push. ``device``: who sent it, as it was at that moment."""

    receipt: Receipt
    device: Visitor


class TabletPush:
    """What a tablet sends over its own wire, read before anybody waits for it; and in the end, what became of it."""

    def __init__(self, device_id: str, texts: Sequence[str]) -> None:
        self.device_id = device_id
        self.read = read(texts)
        self.spoken_of = intake.spoken_of(self.read)
        self.called = threading.Event()
        self.leads = False
        self.end: PushOutcome | BaseException = RuntimeError("nobody has stored it")

    def taken(self) -> PushOutcome:
        """What became of it.

        :raises Exception: whatever went wrong.
        """
        if isinstance(self.end, BaseException):
            raise self.end
        return self.end

    def is_apart(self, others: Sequence[TabletPush]) -> bool:
        """Whether it speaks of nothing that one of the others speaks of, and is from another device."""
        return not others or all(
            self.device_id != other.device_id
            and self.spoken_of is not None
            and other.spoken_of is not None
            and self.spoken_of.isdisjoint(other.spoken_of)
            for other in others
        )


class Pushes:
    """The pushes of this process that wait for their turn."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._another_came = threading.Condition(self._guard)
        self._waiting: deque[TabletPush] = deque()
        self._is_led = False
        self._lately: deque[set[str]] = deque(maxlen=2)  # the devices of the last turns
        self._ended = 0.0

    def take_in(self, push: TabletPush) -> PushOutcome:
        """Store a push, alone or with others, or let another thread do it.

        :raises UnknownToken: its device was switched off since it came in.
        :raises Exception: it could not be stored, and nothing of it is.
        """
        db.session.rollback()  # whoever waits holds no connection
        if self._leads(push):
            try:
                self._serve()
            finally:
                self._hand_on()
        return push.taken()

    def _leads(self, push: TabletPush) -> bool:
        """Wait until it is stored, or is to be by this thread: at once where no other one is at it."""
        with self._guard:
            self._waiting.append(push)
            self._another_came.notify()
            if not self._is_led:
                self._is_led = True
                return True
        push.called.wait()
        return push.leads

    def _hand_on(self) -> None:
        with self._guard:
            self._is_led = bool(self._waiting)
            if self._waiting:
                self._waiting[0].leads = True
                self._waiting[0].called.set()

    def _serve(self) -> None:
        """Wait for the turn, and store what waits by then; the push of this thread is the first of it."""
        some: list[TabletPush] = []
        try:
            self._linger()
            begin_writing()
            some = self._next(MOST)
            _store(some)
            self._lately.append({push.device_id for push in some})
            self._ended = time.monotonic()
        except BaseException as error:
            db.session.rollback()
            is_of_one = len(some) < 2 or not isinstance(error, Exception)
            some = some or self._next()  # the turn did not come: whoever waited for it too is told the same
            for push in some:
                push.end = error
                if not is_of_one:
                    _store_alone(push)
        finally:
            for push in some:
                push.called.set()

    def _linger(self) -> None:
        """Let those come who were told a moment ago; a tablet that is alone waits for nobody."""
        with self._guard:
            self._another_came.wait_for(self._are_all_back, self._ended + MOMENT - time.monotonic())

    def _are_all_back(self) -> bool:
        return set().union(*self._lately) <= {push.device_id for push in self._waiting}

    def _next(self, most: float = math.inf) -> list[TabletPush]:
        """The first that wait, of so many changes."""
        some: list[TabletPush] = []
        with self._guard:
            while self._waiting and (not some or sum(len(each.read) for each in (*some, self._waiting[0])) <= most):
                some.append(self._waiting.popleft())
        return some


def pushes() -> Pushes:
    """Those of this application."""
    found: Pushes = current_app.extensions.setdefault("pushes", Pushes())
    return found


def _store_alone(push: TabletPush) -> None:
    try:
        begin_writing()
        _store([push])
    except Exception as error:
        db.session.rollback()
        push.end = error


def _store(some: Sequence[TabletPush]) -> None:
    """Store pushes, as the writer, and end the transaction."""
    devices = people.by_ids({push.device_id for push in some})  # as they are now, whatever happened meanwhile
    ends: dict[TabletPush, PushOutcome] = {}
    for apart in _stretches([push for push in some if _is_let_in(devices.get(push.device_id))]):
        receipts = intake.receive_all([(devices[push.device_id], push.read) for push in apart])
        for push, receipt in zip(apart, receipts, strict=True):
            ends[push] = PushOutcome(receipt, devices[push.device_id])
    db.session.commit()
    for push in some:
        push.end = ends.get(push) or UnknownToken()


def _is_let_in(device: Visitor | None) -> bool:
    return device is not None and device.account.active and not device.revoked


def _stretches(some: Sequence[TabletPush]) -> Iterator[list[TabletPush]]:
    """The same in their order, in stretches of which no two speak of the same."""
    apart: list[TabletPush] = []
    for push in some:
        if not push.is_apart(apart):
            yield apart
            apart = []
        apart.append(push)
    if apart:
        yield apart
