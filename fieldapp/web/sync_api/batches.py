"""``/sync/v1/batch``: a batch file over the network, whole or in parts that may be sent again, as photos are.

Whoever brings it is only its carrier: what is believed is the signature within. So a joined node and an
administrator's device may bring a file of any node that is trusted here.
"""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
from pathlib import Path

from flask import Blueprint, Response, g, request

from fieldapp import batches, people
from fieldapp.batches import CheckedBatch
from fieldapp.instance import waiting_files
from fieldapp.people import Device
from fieldapp.problems import NotFound, NotOurJson, Problem
from fieldapp.web import asked, csrf
from fieldapp.web.sync_api import answer, device_only, fits, named, pack
from sync.files import drafting, write_over

PART_BYTES = 1024 * 1024
MAX_PARTS = 4096
WHOLE_BYTES = 64 * 1024 * 1024

bp = Blueprint("sync_batch", __name__, url_prefix="/sync/v1/batch")
csrf.exempt(bp)
bp.before_request(fits)
bp.after_request(named)
bp.after_request(pack)


@bp.post("")
@device_only
def whole() -> Response:
    """A file in one piece: what became of it, and the receipt for the node that made it."""
    device = _carrier()
    request.max_content_length = WHOLE_BYTES
    with drafting(_folder(device)) as draft:
        draft.write_bytes(request.get_data(cache=False))
        return _take_in(draft, device)


@bp.put("/<sha256>/<int:i>")
@device_only
def put_part(sha256: str, i: int) -> Response:
    """One part of a file; the last one to arrive takes it in. Any part may come twice."""
    device, parts = _carrier(), _parts()
    request.max_content_length = PART_BYTES
    data = request.get_data(cache=False)
    if not re.fullmatch(r"[0-9a-f]{64}", sha256) or not 0 <= i < parts or not data:
        raise NotOurJson()
    folder = _folder(device) / sha256
    folder.mkdir(exist_ok=True)
    write_over(folder / str(i), data)
    missing = _missing(folder, parts)
    return answer({"state": "partial", "missing": missing}) if missing else _put_together(folder, parts, device)


@bp.get("/<sha256>/missing")
@device_only
def missing_parts(sha256: str) -> Response:
    """What of a file has not arrived, and how large a part may be."""
    device, parts = _carrier(), _parts()
    if batches.taken_whole(sha256) is not None:
        return answer({"state": "taken", "missing": [], "part_bytes": PART_BYTES})
    missing = _missing(_folder(device) / sha256, parts) if re.fullmatch(r"[0-9a-f]{64}", sha256) else []
    return answer({"state": "partial", "missing": missing, "part_bytes": PART_BYTES})


def _carrier() -> Device:
    """The device that asks, if it may bring files; for others this address does not exist."""
    device: Device = g.device
    if device.kind != "node" and not people.may(device.account, "import"):
        raise NotFound()
    return device


def _parts() -> int:
    return asked.query.number("parts", 1, least=1, most=MAX_PARTS) or 1


def _folder(device: Device) -> Path:
    """Where the parts that a device brings wait for each other, at most a day."""
    own = waiting_files.folder(device.id)
    waiting_files.forget_old(own.iterdir())
    return own


def _missing(folder: Path, parts: int) -> list[int]:
    return [i for i in range(parts) if not (folder / str(i)).exists()]


def _put_together(folder: Path, parts: int, device: Device) -> Response:
    """Take in a file of which all parts are here. One that is not what its name says starts again."""
    with drafting(folder) as draft:
        if _joined(folder, parts, draft) != folder.name:
            shutil.rmtree(folder)
            return answer({"state": "partial", "missing": list(range(parts))})
        taken = _take_in(draft, device)
    shutil.rmtree(folder, ignore_errors=True)
    return taken


def _joined(folder: Path, parts: int, draft: Path) -> str:
    """Put the parts one after the other; the SHA-256 of the whole."""
    found = hashlib.sha256()
    with draft.open("wb") as file:
        for i in range(parts):
            data = (folder / str(i)).read_bytes()
            found.update(data)
            file.write(data)
    return found.hexdigest()


def _take_in(draft: Path, device: Device) -> Response:
    parcel = batches.take_in(draft, author=device.account_id)
    return answer(
        {
            "state": "taken",
            "missing": [],
            "batch": parcel.batch,
            "imported_before": parcel.before is not None,
            "undone": parcel.undone,
            "counts": parcel.counts,
            "receipt": _receipt(parcel, draft.with_suffix(".far")),
        }
    )


def _receipt(parcel: CheckedBatch, path: Path) -> str | None:
    """The receipt to hand back, in base64."""
    try:
        batches.write_receipt(parcel.batch or 0, path)
        return base64.b64encode(path.read_bytes()).decode("ascii")
    except Problem:
        return None
    finally:
        path.unlink(missing_ok=True)
