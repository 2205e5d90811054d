"""Photos that come with a form of the desk which is not a survey's own: looked at before anything is written."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, NamedTuple

from fieldapp.db import begin_writing, db
from fieldapp.i18n import _
from fieldapp.photos import attachments
from fieldapp.photos.attachments import PhotoCheck
from fieldapp.problems import NoWay
from fieldapp.web import asked
from fieldapp.web.access import me


class UploadedFile(NamedTuple):
    """A file that was sent, by its name, and what it turned out to be."""

    name: str
    seen: PhotoCheck


def begin(field: str) -> list[UploadedFile]:
    """Look at the files of a field while nobody waits for it, then begin as a writer."""
    db.session.rollback()  # nobody waits for a connection while pictures are decoded
    files = [UploadedFile(each.filename or "", attachments.look(each.read())) for each in asked.files(field)]
    begin_writing()
    return files


def keep(files: Sequence[UploadedFile]) -> list[dict[str, Any]]:
    """Keep these photos as this person's; each as an answer names it. :raises NoWay: one is no photo."""
    found = []
    for file in files:
        attachments.note(file.seen)
        attachments.note_bringer(file.seen.sha256, me().id)
        if why := attachments.refusal(file.seen.sha256):
            raise NoWay(why=_("“%(file)s” was not added. %(why)s", file=file.name, why=why))
        found.append(json.loads(file.seen.named()))
    return found
