"""Photos: in by parts, out whole or as thumbnails."""

from __future__ import annotations

from flask import Response, g, request, send_file

from fieldapp import arrivals, attachments, intake, people
from fieldapp.db import begin_writing
from fieldapp.problems import NotFound
from fieldapp.web.sync_api.door import answer, bp, device_only, number


@bp.put("/blob/<sha256>/<int:i>")
@device_only
def put_part(sha256: str, i: int) -> Response:
    """One part of a photo, or from a byte on (``?from=``) the rest of one that broke off. The last checks the whole."""
    parts, device = number("parts", 1, attachments.MAX_PARTS + 1), g.device.id
    attachments.must_be_a_part(sha256, i, parts)
    data = _arrived(device, sha256, i)
    if data is None:
        return _told(sha256, parts)
    begin_writing()
    attachments.take_part(sha256, i, parts, data)
    arrivals.forget(device, sha256, i)
    return _told(sha256, parts)


def _arrived(device: str, sha256: str, i: int) -> bytes | None:
    request.max_content_length = attachments.MAX_PART
    start, length = number("from", 0, attachments.MAX_PART), request.content_length or 0
    return arrivals.take(device, sha256, i, request.stream, start=start, length=length)


def _told(sha256: str, parts: int) -> Response:
    missing = attachments.missing(sha256, parts)
    begun = arrivals.begun(g.device.id, sha256, missing)
    return answer({"state": attachments.state(sha256), "missing": missing, "begun": begun})


@bp.get("/blob/<sha256>/missing")
@device_only
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
    small = request.args.get("size") == "thumb"
    file = attachments.thumbnail(sha256) if small else attachments.path(sha256)
    if not file.exists():
        raise NotFound()
    return send_file(file, mimetype="image/jpeg", max_age=31_536_000)
