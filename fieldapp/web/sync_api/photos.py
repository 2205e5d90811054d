"""Photos: in by parts, out whole or as thumbnails."""

from __future__ import annotations

from flask import Response, g, request, send_file

from fieldapp import intake, people
from fieldapp.db import begin_writing, db
from fieldapp.photos import attachments, broken_off, unnamed
from fieldapp.problems import NotFound, UnknownToken, explain
from fieldapp.tablets import sealing
from fieldapp.tablets.sealing import Unopened
from fieldapp.web import asked
from fieldapp.web.sync_api.base import answer, bp, couriers_too, device_only, number

SEALED_KEY = "X-Sealed-Key"


@bp.put("/blob/<sha256>/<int:i>")
@couriers_too
def put_part(sha256: str, i: int) -> Response:
    """One part of a photo, or from a byte on (``?from=``) the rest of one that broke off. The last checks the whole.

    Of a tablet that is encrypted, the part is so too, and ``X-Sealed-Key`` is the sealed key of the photo.
    """
    if g.by_courier and SEALED_KEY not in request.headers:
        raise UnknownToken()
    parts, device, account = number("parts", 1, attachments.MAX_PARTS + 1), g.device.id, g.device.account_id
    attachments.must_be_a_part(sha256, i, parts)
    counted = unnamed.counts(g.device, sha256, request.content_length or 0)
    db.session.rollback()  # a part may take a minute to come: nobody waits for a connection that this one holds
    broke = broken_off.begun(device, sha256, [i]).get(i, 0) > number("from", 0, attachments.MAX_PART)
    data = _arrived(device, sha256, i)
    if data is None:
        return _told(sha256, parts, broke=broke)
    part = _opened(data, device, sha256, i)
    begin_writing()
    attachments.take_part(sha256, i, parts, part, by=account)
    if counted:
        unnamed.note(device, sha256, i, len(part))
    db.session.commit()
    broken_off.forget(device, sha256, i)
    return _told(sha256, parts, broke=broke)


def _opened(data: bytes, device: str, sha256: str, i: int) -> bytes:
    sealed_key = request.headers.get(SEALED_KEY)
    try:
        return sealing.open_photo(sealed_key, data, sha256, i) if sealed_key else data
    except Unopened:
        broken_off.forget(device, sha256, i)
        raise


def _arrived(device: str, sha256: str, i: int) -> bytes | None:
    request.max_content_length = most = attachments.MAX_PART + sealing.MORE_BYTES
    start, length = number("from", 0, most), request.content_length or 0
    return broken_off.take(device, sha256, i, request.stream, start=start, length=length)


def _told(sha256: str, parts: int, *, broke: bool = False) -> Response:
    """How a photo stands; ``refused``: it is all here and kept, and why it cannot be shown.

    ``broke``: more of the part was here than its sender knew, so it was begun a moment ago and the line broke.
    """
    attachments.finish(sha256)
    missing = attachments.missing(sha256, parts)
    begun = broken_off.begun(g.device.id, sha256, missing)
    refusal = attachments.refusal(sha256)
    why = {"refused": explain(refusal)} if refusal else {}
    told = answer({"state": attachments.state(sha256), "missing": missing, "begun": begun, "broke": broke, **why})
    if asked.query.has("once"):  # what breaks on a connection used before, a browser sends again by itself, all of it
        told.headers["Connection"] = "close"
    return told


@bp.get("/blob/<sha256>/missing")
@couriers_too
def missing_parts(sha256: str) -> Response:
    """What of a photo has not arrived; ``begun``: of a part that broke off, how many of its bytes have."""
    parts = number("parts", 1, attachments.MAX_PARTS)
    attachments.must_be_a_part(sha256, 0, parts)
    return _told(sha256, parts)


@bp.get("/blob/<sha256>")
@device_only
def get_blob(sha256: str) -> Response:
    """A photo some record of the device's areas names: whole, or as a thumbnail (``?size=thumb``)."""
    intake.must_be_named(sha256, people.areas_of(g.device.account))
    small = asked.query.text("size") == "thumb"
    file = attachments.thumbnail(sha256) if small else attachments.path(sha256)
    if not file.exists():
        raise NotFound()
    # A tablet that begins to sync drops the thumbnails it asked for: of one that is read at once, no file is left open.
    picture = Response(file.read_bytes(), mimetype="image/jpeg") if small else send_file(file, mimetype="image/jpeg")
    picture.headers["Cache-Control"] = "no-store"  # neither a browser nor a proxy keeps it where others may look
    return picture
