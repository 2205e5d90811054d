"""Photos, to people whose area holds a record that names them, and to nobody else."""

from __future__ import annotations

from flask import Blueprint, send_file
from flask.typing import ResponseReturnValue

from fieldapp import intake
from fieldapp.db import db
from fieldapp.photos import attachments
from fieldapp.problems import NotFound
from fieldapp.web import asked
from fieldapp.web.access import my_areas, signed_in

bp = Blueprint("photos", __name__)

A_DAY = 24 * 3600


@bp.get("/photos/<sha256>")
@signed_in("see")
def whole(sha256: str) -> ResponseReturnValue:
    """A photo, or with ``?size=thumb`` a small one.

    :raises NotFound: it has not arrived, is no photo, or belongs to no record the person may see.
    """
    intake.must_be_named(sha256, my_areas())
    found = db.session.get(attachments.Attachment, sha256)
    if found is None or found.state != attachments.STORED or not attachments.path(sha256).exists():
        raise NotFound()
    if asked.query.text("size") == "thumb":
        answer = send_file(attachments.thumbnail(sha256), mimetype="image/jpeg", max_age=A_DAY)
    else:
        answer = send_file(attachments.path(sha256), mimetype=found.type, max_age=A_DAY)
    answer.cache_control.public, answer.cache_control.private = False, True
    return answer
