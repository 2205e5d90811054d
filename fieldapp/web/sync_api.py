"""``/sync/v1/``: the door for devices. Bearer tokens, JSON only, never a redirect.

Every answer carries ``proto``, ``node``, ``epoch`` and ``now``; a client takes anything else for no network.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import zlib
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime
from functools import wraps
from typing import Any, TypeVar

import msgspec
import sqlalchemy as sa
from flask import Blueprint, Response, g, jsonify, request, send_file

from fieldapp import attachments, i18n, intake, nodes, people, places, surveys, verdicts
from fieldapp.db import begin_writing, db
from fieldapp.nodes import directory
from fieldapp.people import Device
from fieldapp.problems import Forbidden, NotFound, NotOurJson, Problem, TooLarge, TooOldClient, UnknownToken, explain
from fieldapp.web import csrf
from sync import compare, protocol
from sync.entries import verdict_of
from sync.feeds import EVERYWHERE
from sync.journal import Journal, Result
from sync.tables import among, chain, change

T = TypeVar("T")

PUSH_CHANGES, PUSH_BYTES = 500, 256 * 1024
INFLATED_BYTES, INFLATION = 8 * 1024 * 1024, 100
PULL_CHANGES, SNAPSHOT_RECORDS = 1000, 200
PACKED_FROM = 1024
LIMITS = {
    "push_changes": PUSH_CHANGES,
    "push_bytes": PUSH_BYTES,
    "part_bytes": 60 * 1024,
    "photo_pixels": 1600,
    "photo_bytes": 200 * 1024,
}

bp = Blueprint("sync_api", __name__, url_prefix="/sync/v1")
csrf.exempt(bp)  # no cookies here, so nothing a forged form could borrow


class Enrolment(msgspec.Struct):
    """What a new device sends: its one-time code, and a name people know it by."""

    code: str
    name: str = ""


class Push(msgspec.Struct):
    """Changes as they were made: each the exact text. ``held``: those the sender holds, and why; nodes only."""

    changes: list[str]
    held: dict[str, str] = {}


class Comparison(msgspec.Struct):
    """What a device holds, as hashes of buckets; or what it wants to have, found lacking (``want``).

    ``until``: the position up to which a node has read. Of a tablet, ``positions``: the same by area; ``without``: the
    records on which it has work of its own that does not count here; ``own``: for each device it ever was, the hash of
    the ids of all changes that the server has acknowledged.
    """

    buckets: dict[str, str] = {}
    want: list[str] = []
    until: int = 2**53
    positions: dict[str, int] = {}
    without: list[str] = []
    own: dict[str, str] = {}


def journal() -> Journal:
    """The journal, in the transaction of this request."""
    return Journal(db.session.connection())


def answer(body: dict[str, Any], status: int = 200) -> Response:
    """Our JSON, with what tells it from anybody else's."""
    identity = journal().identity()
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    response = jsonify({"proto": _proto(), "node": identity.node, "epoch": identity.epoch, "now": now, **body})
    db.session.commit()
    response.status_code = status
    response.headers["Cache-Control"] = "no-store"
    return response


def _proto() -> int:
    """The version of the wire this answer is in: the client's, or the newest one here."""
    return min(protocol.told_by(request.headers.get(protocol.HEADER)), protocol.spoken().newest)


def _too_old() -> bool:
    return protocol.spoken().serves(protocol.told_by(request.headers.get(protocol.HEADER))) is None


TAKES_ALL = frozenset({"sync_api.hello", "sync_api.push", "sync_api.salvage"})
"""Where a client that is too old is heard all the same: it hands over what it holds before it is updated."""


@bp.before_request
def fits() -> None:
    """Ask a client that is too old to update.

    :raises TooOldClient: it is.
    """
    if _too_old() and request.endpoint not in TAKES_ALL:
        raise TooOldClient()


@bp.after_request
def pack(response: Response) -> Response:
    """Compress what is worth it, for those who ask for it."""
    response.headers.setdefault("Vary", "Accept-Encoding")
    if response.mimetype == "application/json" and request.accept_encodings["gzip"] and response.status_code != 304:
        data = response.get_data()
        if len(data) >= PACKED_FROM:
            response.set_data(gzip.compress(data, 6, mtime=0))
            response.headers["Content-Encoding"] = "gzip"
    return response


def refuse(problem: Problem) -> Response:
    """A problem, as devices read it."""
    return answer({"error": explain(problem)}, problem.status)


def device_only(view: Callable[..., Response]) -> Callable[..., Response]:
    """Let in a device by its token."""

    @wraps(view)
    def let_in(*args: Any, **kwargs: Any) -> Response:
        g.device = _bearer()
        return view(*args, **kwargs)

    return let_in


def _bearer(*, revoked: bool = False) -> Device:
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    device = people.device_of(token, revoked) if scheme.lower() == "bearer" and token else None
    if device is None:
        raise UnknownToken()
    return device


def body_of(kind: type[T]) -> T:
    """The request's JSON as a typed value; gzip allowed, bombs not.

    :raises NotOurJson: it is not what this address takes.
    :raises TooLarge: it inflates to more than 8 MB or a hundredfold.
    """
    request.max_content_length = INFLATED_BYTES
    data = request.get_data(cache=True)
    if request.headers.get("Content-Encoding", "").lower() == "gzip":
        data = _inflate(data)
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise NotOurJson() from error


def _inflate(data: bytes) -> bytes:
    limit = min(INFLATED_BYTES, max(len(data) * INFLATION, 64 * 1024))
    machine = zlib.decompressobj(wbits=31)
    try:
        out = machine.decompress(data, limit)
    except zlib.error as error:
        raise NotOurJson() from error
    if machine.unconsumed_tail:
        raise TooLarge()
    if not machine.eof:
        raise NotOurJson()
    return out


@bp.post("/enrol")
def enrol() -> Response:
    """A one-time code becomes a device with its own token."""
    wish = body_of(Enrolment)
    kind = "node" if request.args.get("kind") == "node" else "tablet"
    source = request.remote_addr or ""
    device, token = people.enrol(wish.code, wish.name.strip()[:80], datetime.now(UTC), kind=kind, source=source)
    if kind == "node" and not people.may(device.account, "admin"):
        raise Forbidden()  # a node answers for what it brings, and nothing it brings is judged by an area
    account = device.account
    who = {"id": account.id, "name": account.name, "username": account.username, "role": account.role}
    return answer(
        {
            "device": device.id,
            "token": token,
            "author": account.id,
            "account": who,
            "areas": _areas(device),
            "server_key": nodes.public_key(),
            "limits": LIMITS,
        }
    )


@bp.get("/hello")
@device_only
def hello() -> Response:
    """The online test, and what a device needs to know before it sends."""
    device: Device = g.device
    people.seen(device, datetime.now(UTC), _report(device))
    account = device.account
    return answer(
        {
            "proto_min": protocol.spoken().oldest,
            "proto_max": protocol.spoken().newest,
            "acked_seq": journal().acked_seq(device.id),
            "last_seq": _last_seq(device.id),
            "areas": _areas(device),
            "account": {"id": account.id, "name": account.name, "username": account.username, "role": account.role},
            "limits": LIMITS,
            "messages": [],
        }
    )


def _last_seq(device: str) -> int:
    """The greatest number of a change of this device that is here, whatever is missing below it."""
    return db.session.connection().execute(sa.select(chain.c.top).where(chain.c.device == device)).scalar() or 0


def _report(device: Device) -> dict[str, Any]:
    """What the device says of itself: its last number, what waits, whether its storage is kept, and what it lost."""
    known = {name: request.args[name] == "true" for name in ("persisted", "copied") if name in request.args}
    losses = people.with_loss(device, request.args.get("lost", ""), _counts("changes", "drafts", "photos", "missing"))
    return {**_counts("said", "pending"), **known, **({"losses": losses} if losses else {})}


def _counts(*names: str) -> dict[str, int]:
    return {name: int(value) for name in names if re.fullmatch(r"\d{1,15}", value := request.args.get(name, ""))}


def _areas(device: Device) -> list[dict[str, str]]:
    """The villages of a device, with the names people use. A node for everything is given one area: ``*``."""
    allowed = people.areas_of(device.account)
    if device.kind == "node" or allowed is None:
        return [{"id": "*", "name": i18n.gettext("The whole province"), "commune": ""}]
    return [
        {"id": village.id, "name": village.name, "commune": commune.name}
        for village, commune in places.with_communes(allowed)
    ]


@bp.get("/directory")
@device_only
def names() -> Response:
    """The names of villages and people, for a node that relays records of them. Tablets get what they need in hello."""
    if g.device.kind != "node":
        raise NotFound()
    return answer(directory.give())


@bp.get("/forms")
def forms() -> Response:
    """The surveys as a client needs them, in the language asked for. Public: questions are no secret."""
    described = surveys.describe(i18n.language())
    tag = hashlib.sha256(json.dumps(described, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:32]
    response = answer(described)
    response.set_etag(tag)
    response.headers["Cache-Control"] = "no-cache"
    response.make_conditional(request)
    return response


def _pushed() -> Push:
    try:
        sent = body_of(Push)
    except NotOurJson:
        if not _too_old():
            raise
        return Push([request.get_data().decode("utf-8", "backslashreplace")])  # whatever it means, it is kept
    size = sum(len(text.encode("utf-8", "surrogatepass")) for text in sent.changes)
    if len(sent.changes) > PUSH_CHANGES or size > PUSH_BYTES:
        raise TooLarge()
    return sent


@bp.post("/push")
@device_only
def push() -> Response:
    """Changes come in; each gets its own verdict, and a bad one never spoils the others."""
    sent = _pushed()
    device_id = g.device.id
    begin_writing()
    device = db.session.get_one(Device, device_id)
    if device.kind == "node":
        receipt = intake.receive(sent.changes, kind="node", device=device, held=sent.held)
    else:
        receipt = intake.receive(sent.changes, kind="wire", device=device)
    told = {"results": _verdicts(receipt.results), "batch": receipt.batch, "acked_seq": journal().acked_seq(device_id)}
    if _too_old():
        problem = TooOldClient()
        return answer({**told, "error": explain(problem)}, problem.status)
    return answer(told)


def _verdicts(results: Sequence[Result]) -> list[dict[str, Any]]:
    """What a device is told. Known and held is told as held: the answer that said so before may have been lost."""
    held = _held({r.id for r in results if r.verdict == "duplicate"})
    return [
        _told(r.id, verdict_of(why, False), why) if (why := held.get(r.id)) else _told(r.id, r.verdict, r.reason)
        for r in results
    ]


def _told(id: str, verdict: str, reason: str | None) -> dict[str, Any]:
    why = {"reason": reason} if reason else {}
    message = {} if verdict in verdicts.TAKEN else {"message": verdicts.sentence(verdict, reason)}
    return {"id": id, "verdict": verdict, **why, **message}


def _held(ids: Collection[str]) -> dict[str, str]:
    """Those of these changes that are held, or were refused, and why they were held."""
    connection = db.session.connection()
    unreleased = sa.and_(change.c.held.is_not(None), change.c.ruled.is_distinct_from("release"))
    query = sa.select(change.c.id, change.c.held).where(among(connection, change.c.id, ids), unreleased)
    return {row.id: row.held for row in connection.execute(query)} if ids else {}


@bp.post("/salvage")
def salvage() -> Response:
    """What a device that was switched off still holds: kept whole, held for an administrator, and only a receipt back.

    The answer tells nothing about any record, and nothing is pulled: the device may be in the wrong hands.
    """
    sent = _pushed()
    device_id = _bearer(revoked=True).id
    begin_writing()
    device = db.session.get_one(Device, device_id)
    receipt = intake.receive(sent.changes, kind="wire", device=device)
    return answer({"received": len(receipt.results), "acked_seq": journal().acked_seq(device_id)})


def _asked_areas() -> frozenset[str] | None:
    """The villages a pull is about: one of the device's own, or ``*`` for all of them; None for a node, which is told
    of all there is, whether it counts or not.

    :raises UnknownToken: it is none of the device's.
    """
    allowed = people.areas_of(g.device.account)
    wanted = request.args.get("area", "*")
    if wanted == "*":
        return allowed if allowed is not None or g.device.kind == "node" else EVERYWHERE
    if allowed is not None and wanted not in allowed:
        raise NotOurJson()
    return frozenset([wanted])


def _number(name: str, default: int, most: int) -> int:
    text = request.args.get(name, "")
    return min(int(text), most) if re.fullmatch(r"\d{1,15}", text) else default


@bp.get("/pull")
@device_only
def pull() -> Response:
    """Changes of an area after a position, in the order this node got them."""
    limit = _number("limit", PULL_CHANGES, PULL_CHANGES)
    page = journal().feed(_asked_areas(), _number("after", 0, 2**53), max(limit, 1))
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


@bp.get("/snapshot")
@device_only
def snapshot() -> Response:
    """The first download: the state of every record of an area, by pages, and the position it stands for."""
    here = journal()
    areas = _asked_areas()
    position = here.position(areas)
    limit = max(1, _number("limit", SNAPSHOT_RECORDS, SNAPSHOT_RECORDS))
    records, next_page = here.snapshot(areas, request.args.get("page") or None, limit)
    return answer({"records": msgspec.to_builtins(records), "next_page": next_page, "position": position})


@bp.post("/compare")
@device_only
def comparison() -> Response:
    """What either side lacks, whatever the cursors say: two sides that hold the same need this one request."""
    told = body_of(Comparison)
    if g.device.kind == "node":
        return answer(_wanted_by_node(told) if told.want else _compared_with_node(told))
    return answer(_wanted_by_tablet(told) if told.want else _compared_with_tablet(told))


def _compared_with_node(told: Comparison) -> dict[str, Any]:
    connection = db.session.connection()
    later = compare.since(connection, told.until)
    differ, listed, left = dict[str, list[str]](), 0, compare.differing(compare.hashes(connection, later), told.buckets)
    for bucket, ids in compare.ids(connection, left):
        if listed and listed + len(ids) > compare.LISTED:
            break
        differ[bucket], listed = ids, listed + len(ids)
    return {"differ": differ, "left": left[len(differ) :], "later": sorted(later) if differ else []}


def _wanted_by_node(told: Comparison) -> dict[str, Any]:
    page = compare.some(db.session.connection(), told.want[:PULL_CHANGES])
    return {"changes": page.changes, "ahead": page.ahead, "held": page.held}


def _compared_with_tablet(told: Comparison) -> dict[str, Any]:
    allowed = people.areas_of(g.device.account)
    connection = db.session.connection()
    later = compare.fed_since(connection, _own_areas(told.positions, allowed))
    held = intake.versions(allowed, without=later.union(told.without))
    differ = set(compare.differing(compare.hashes_of(held), told.buckets))
    pairs = {record: version for record, version in held.items() if record[-2:] in differ}
    return {"differ": sorted(differ), "records": pairs, "later": sorted(later) if differ else [], "own": _own(told.own)}


def _own_areas(positions: dict[str, int], allowed: Collection[str] | None) -> dict[str, int]:
    return {area: position for area, position in positions.items() if allowed is None or area in allowed}


def _own(told: dict[str, str]) -> dict[str, list[str]]:
    """Of the devices of this person whose acknowledged changes are not those held here: the ids of those that are."""
    own = {device.id for device in g.device.account.devices} & told.keys()
    held = compare.of_devices(db.session.connection(), own)
    return {device: ids for device, ids in held.items() if compare.digest(ids) != told[device]}


def _wanted_by_tablet(told: Comparison) -> dict[str, Any]:
    allowed = people.areas_of(g.device.account)
    areas = journal().areas_of(told.want[:SNAPSHOT_RECORDS])
    seen = {record: area for record, area in areas.items() if area and (allowed is None or area in allowed)}
    return {"records": msgspec.to_builtins(journal().snapshots(seen)), "areas": seen}


@bp.put("/blob/<sha256>/<int:i>")
@device_only
def put_part(sha256: str, i: int) -> Response:
    """One part of a photo. The last one checks the whole."""
    request.max_content_length = attachments.MAX_PART
    data = request.get_data(cache=False)
    parts = _number("parts", 1, attachments.MAX_PARTS + 1)
    begin_writing()
    state, missing = attachments.take_part(sha256, i, parts, data)
    return answer({"state": state, "missing": missing})


@bp.get("/blob/<sha256>/missing")
@device_only
def missing_parts(sha256: str) -> Response:
    """What of a photo has not arrived."""
    parts = _number("parts", 1, attachments.MAX_PARTS)
    return answer({"state": attachments.state(sha256), "missing": attachments.missing(sha256, parts)})


@bp.get("/blob/<sha256>")
@device_only
def get_blob(sha256: str) -> Response:
    """A photo some record of the device's areas names: whole, or as a thumbnail (``?size=thumb``)."""
    intake.must_be_named(sha256, people.areas_of(g.device.account))
    small = request.args.get("size") == "thumb"
    file = attachments.thumbnail(sha256) if small else attachments.path(sha256)
    if not file.exists():
        raise NotFound()
    return send_file(file, mimetype="image/jpeg", max_age=31_536_000)
