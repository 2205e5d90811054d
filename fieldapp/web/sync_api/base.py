"""What every endpoint of the wire shares: authentication by token, limits of a request, and the form of an answer."""

from __future__ import annotations

import gzip
import re
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from functools import wraps
from typing import Annotated, Any, TypeVar

import msgspec
from flask import Blueprint, Response, g, json, request

from fieldapp import people
from fieldapp.db import db
from fieldapp.people import Device, KnownTablet, Visitor
from fieldapp.problems import NotOurJson, Problem, TooLarge, TooOldClient, UnknownToken, explain
from fieldapp.web import asked, csrf
from sync import protocol
from sync.journal import Journal

T = TypeVar("T")

Text = Annotated[str, msgspec.Meta(max_length=1000, pattern="^[^\\x00]*\\Z")]
"""A short text that every database keeps."""
Position = Annotated[int, msgspec.Meta(ge=0, le=2**53)]
"""A position in a feed."""

INFLATED_BYTES, INFLATION = 8 * 1024 * 1024, 100
PACKED_FROM = 1024

bp = Blueprint("sync_api", __name__, url_prefix="/sync/v1")
csrf.exempt(bp)  # no cookies here, so nothing a forged form could borrow


def journal() -> Journal:
    """The journal, in the transaction of this request."""
    return Journal(db.session.connection())


def answer(body: dict[str, Any], status: int = 200) -> Response:
    """Our JSON, with what tells it from anybody else's."""
    response = send(json.dumps({**heading(), **body}).encode())
    response.status_code = status
    return response


def heading() -> dict[str, Any]:
    """What tells our JSON from anybody else's."""
    identity = g.get("here") or journal().identity()
    now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {"proto": _proto(), "node": identity.node, "epoch": identity.epoch, "now": now}


def send(text: bytes) -> Response:
    """JSON that is written already, and the transaction ends well."""
    db.session.commit()
    return Response(text, mimetype="application/json", headers={"Cache-Control": "no-store"})


def _proto() -> int:
    """The version of the wire this answer is in: the client's, or the newest one here."""
    return min(protocol.told_by(request.headers.get(protocol.HEADER)), protocol.spoken().newest)


def too_old() -> bool:
    """Whether the client speaks a wire this node does not serve any more."""
    return protocol.spoken().serves(protocol.told_by(request.headers.get(protocol.HEADER))) is None


TAKES_ALL = frozenset({"sync_api.hello", "sync_api.push", "sync_api.salvage"})
"""Where a client that is too old is heard all the same: it hands over what it holds before it is updated."""


@bp.before_request
def fits() -> None:
    """Ask a client that is too old to update.

    :raises TooOldClient: it is.
    """
    if too_old() and request.endpoint not in TAKES_ALL:
        raise TooOldClient()


@bp.after_request
def named(response: Response) -> Response:
    """Say to which question this is the answer: one that a proxy gives to another question is then known for it."""
    told = request.headers.get(protocol.REQUEST, "")
    if re.fullmatch("[0-9a-f-]{1,64}", told):
        response.headers[protocol.REQUEST] = told
    return response


@bp.after_request
def pack(response: Response) -> Response:
    """Compress what is worth it, for those who ask for it."""
    response.headers.setdefault("Vary", "Accept-Encoding")
    packed = "Content-Encoding" in response.headers or response.status_code == 304
    if response.mimetype == "application/json" and request.accept_encodings["gzip"] and not packed:
        data = response.get_data()
        if len(data) >= PACKED_FROM:
            response.set_data(gzip.compress(data, 6, mtime=0))
            response.headers["Content-Encoding"] = "gzip"
    return response


def refuse(problem: Problem) -> Response:
    """A problem, as devices read it."""
    return answer({"error": explain(problem)}, problem.status)


View = Callable[..., Response]
Find = Callable[[str, bool], Device | Visitor | KnownTablet | None]
TOKEN: dict[str, Find] = {"bearer": people.device_of}
VISITOR: dict[str, Find] = {"bearer": people.visitor_of}
PUSHER: dict[str, Find] = {"bearer": people.pusher_of}
COURIER: dict[str, Find] = {"courier": people.device_of_courier}


def device_only(view: View) -> View:
    """Let in a device by its token."""
    return _let_in(view, TOKEN)


def visitors_only(view: View) -> View:
    """The same, as a :class:`Visitor`: for what is asked so often that it must be quick."""
    return _let_in(view, VISITOR)


def couriers_too(view: View) -> View:
    """Let in a device by its token, and a locked tablet by its courier, which only hands in what is sealed."""
    return _let_in(view, TOKEN | COURIER)


def pushers(view: View) -> View:
    """The same, of which a tablet that was here before is a :class:`KnownTablet`, yet to be let in, and another device
    that shows its token a :class:`Visitor`."""
    return _let_in(view, PUSHER | COURIER)


def couriers_only(view: View) -> View:
    """Let in a locked tablet."""
    return _let_in(view, COURIER)


def revoked_too(view: View) -> View:
    """Let in a device by its token or its courier, even one that was switched off."""
    return _let_in(view, TOKEN | COURIER, revoked=True)


def _let_in(view: View, ways: dict[str, Find], *, revoked: bool = False) -> View:
    @wraps(view)
    def let_in(*args: Any, **kwargs: Any) -> Response:
        scheme, _space, shown = request.headers.get("Authorization", "").partition(" ")
        find = ways.get(scheme.lower())
        device = find(shown, revoked) if find and shown else None
        if device is None:
            raise UnknownToken()
        g.device, g.by_courier = device, scheme.lower() == "courier"
        if isinstance(device, Visitor):
            g.here = device.here
        return view(*args, **kwargs)

    return let_in


def body_of(kind: type[T], most: int = INFLATED_BYTES) -> T:
    """The request's JSON as a typed value, of so many bytes on the line; gzip allowed, bombs not.

    :raises NotOurJson: it is not what this address takes.
    :raises TooLarge: it inflates to more than 8 MB or a hundredfold.
    """
    request.max_content_length = most
    data = request.get_data(cache=True)
    if request.headers.get("Content-Encoding", "").lower() == "gzip":
        data = _inflate(data)
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
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


def number(name: str, default: int, most: int) -> int:
    """A number from the address, at most ``most``; the default for anything that is none."""
    text = asked.query.text(name)
    return min(int(text), most) if re.fullmatch("[0-9]{1,15}", text) else default
