"""Photos: in by parts, out whole or as thumbnails."""

from __future__ import annotations

from flask import Response, g, request, send_file

from fieldapp import attachments, intake, people
from fieldapp.db import begin_writing
from fieldapp.problems import NotFound
from fieldapp.web.sync_api.door import answer, bp, device_only, number


@bp.put("/blob/<sha256>/<int:i>")
@device_only
def put_part(sha256: str, i: int) -> Response:
    """One part of a photo. The last one checks the whole."""
    request.max_content_length = attachments.MAX_PART
    data = request.get_data(cache=False)
    parts = number("parts", 1, attachments.MAX_PARTS + 1)
    begin_writing()
    state, missing = attachments.take_part(sha256, i, parts, data)
    return answer({"state": state, "missing": missing})


@bp.get("/blob/<sha256>/missing")
@device_only
def missing_parts(sha256: str) -> Response:
    """What of a photo has not arrived."""
    parts = number("parts", 1, attachments.MAX_PARTS)
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
