"""Changes in and out: pushed, handed in by devices that were switched off, pulled, downloaded for the first time."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec
from flask import Response, g, request

from fieldapp import intake, people, verdicts
from fieldapp.db import begin_writing, db
from fieldapp.intake import Receipt
from fieldapp.people import Device
from fieldapp.problems import NotOurJson, TooLarge, TooOldClient, explain
from fieldapp.surveys.reference import EVERYWHERE as RULES
from fieldapp.tablets import sealing
from fieldapp.tablets.sealing import Sealed
from fieldapp.web import asked
from fieldapp.web.sync_api import together
from fieldapp.web.sync_api.base import (
    answer,
    body_of,
    bp,
    journal,
    number,
    pushers,
    revoked_too,
    too_old,
    visitors_only,
)
from sync.feeds import EVERYWHERE
from sync.journal import Result, verdict_of

PUSH_CHANGES, PUSH_BYTES = 500, 256 * 1024
PULL_CHANGES, SNAPSHOT_RECORDS = 1000, 200


class Push(msgspec.Struct):
    """Changes as they were made: each the exact text. ``sealed``: those a tablet has sealed; of a courier only these.

    ``held``: those the sender holds, and why; nodes only.
    """

    changes: list[str]
    sealed: list[Sealed] = []
    held: dict[str, str] = {}


@dataclass(frozen=True)
class _Pushed:
    """The texts to take in, those in the clear first; the ids of what stayed sealed; what the sender holds."""

    texts: list[str]
    unopened: list[str]
    held: dict[str, str]


def _pushed() -> _Pushed:
    try:
        sent = body_of(Push)
    except NotOurJson:
        if g.by_courier or not too_old():
            raise
        kept = request.get_data().decode("utf-8", "backslashreplace")  # whatever it means
        return _Pushed([kept], [], {})
    if g.by_courier and sent.changes:
        raise NotOurJson()  # only the person who made them may send them in the clear
    size = sum(len(text.encode("utf-8", "surrogatepass")) for text in sent.changes)
    if len(sent.changes) + len(sent.sealed) > PUSH_CHANGES or size > PUSH_BYTES:
        raise TooLarge()
    opened, unopened = sealing.open_changes(sent.sealed, PUSH_BYTES - size)
    return _Pushed(sent.changes + opened, unopened, sent.held)


@bp.post("/push")
@pushers
def push() -> Response:
    """Changes come in; each gets its own verdict, and a bad one never spoils the others.

    ``unopened``: those sealed for another key. What opens to more than a push may hold is in neither: it comes again.
    """
    sent = _pushed()
    receipt = _alone(sent) if g.by_courier or g.device.kind == "node" else _of_several(sent)
    told = {
        "results": _verdicts(receipt.results),
        "unopened": sent.unopened,
        "batch": receipt.batch,
        "acked_seq": receipt.acked,
    }
    if too_old():
        problem = TooOldClient()
        return answer({**told, "error": explain(problem)}, problem.status)
    return answer(told)


def _of_several(sent: _Pushed) -> Receipt:
    """What a tablet sends is stored with what others of this process send at the same time."""
    taken = together.pushes().take_in(together.TabletPush(g.device.id, sent.texts))
    g.here = taken.device.here
    return taken.receipt


def _alone(sent: _Pushed) -> Receipt:
    device_id = g.device.id
    begin_writing()
    device = db.session.get_one(Device, device_id)  # as it is now, whatever happened while this waited for its turn
    if g.by_courier:
        people.seen(device, datetime.now(UTC))  # it does not say hello
    if device.kind == "node":
        receipt = intake.receive(sent.texts, kind="node", device=device, held=sent.held)
    else:
        receipt = intake.receive(sent.texts, kind="wire", device=device)
    db.session.commit()
    return receipt


def _verdicts(results: Sequence[Result]) -> list[dict[str, Any]]:
    """What a device is told. Known and held is told as held: the answer that said so before may have been lost."""
    again = {r.id for r in results if r.verdict == "duplicate"}
    held = journal().unreleased(again) if again else {}
    return [
        _told(r.id, verdict_of(why, False), why) if (why := held.get(r.id)) else _told(r.id, r.verdict, r.reason)
        for r in results
    ]


def _told(id: str, verdict: str, reason: str | None) -> dict[str, Any]:
    why = {"reason": reason} if reason else {}
    wordless = verdict in verdicts.TAKEN or g.by_courier  # a locked tablet keeps receipts where anybody may read them
    message = {} if wordless else {"message": verdicts.sentence(verdict, reason)}
    return {"id": id, "verdict": verdict, **why, **message}


@bp.post("/salvage")
@revoked_too
def salvage() -> Response:
    """What a device that was switched off still holds: kept whole, held for an administrator, and only a receipt back.

    Of what is sealed and opens to more than a push may hold, the first ``received`` that are not ``unopened`` are here.
    The answer tells nothing about any record, and nothing is pulled: the device may be in the wrong hands.
    """
    sent = _pushed()
    device_id = g.device.id
    begin_writing()
    device = db.session.get_one(Device, device_id)
    receipt = intake.receive(sent.texts, kind="wire", device=device)
    return answer({"received": len(receipt.results), "unopened": sent.unopened, "acked_seq": receipt.acked})


def asked_areas() -> frozenset[str] | None:
    """The areas a pull is about: one of the device's own, or ``*`` for all of them and for the rules, which lie in the
    area of that name; None for a node, which is told of all there is, whether it counts or not.

    :raises NotOurJson: it is none of the device's.
    """
    allowed = people.areas_of(g.device.account)
    wanted = asked.query.text("area", "*")
    if wanted == "*":
        if g.device.kind == "node" and allowed is None:
            return None
        return EVERYWHERE if allowed is None else allowed | {RULES}
    if allowed is not None and wanted not in allowed:
        raise NotOurJson()
    return frozenset([wanted])


@bp.get("/pull")
@visitors_only
def pull() -> Response:
    """Changes of an area after a position, in the order this node got them."""
    limit = number("limit", PULL_CHANGES, PULL_CHANGES)
    page = journal().feed(asked_areas(), number("after", 0, 2**53), max(limit, 1))
    return answer(
        {
            "changes": page.changes,
            "evicted": page.evicted,
            "ahead": page.ahead,
            "held": page.held,
            "next": page.next,
            "more": page.more,
        }
    )
