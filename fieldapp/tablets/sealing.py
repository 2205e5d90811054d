"""What tablets have sealed for this node, opened: finished changes, photos, and the key of whoever forgot her PIN."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import msgspec

from fieldapp import faults
from fieldapp.config import settings
from fieldapp.i18n import _l
from fieldapp.people import Device
from fieldapp.problems import Problem
from sync.change import change_id
from sync.problems import SyncProblem
from sync.sealing import SealingKey, change_place, device_purpose, part_place, photo_purpose, unbox

log = logging.getLogger(__name__)

LONGEST_TEXT = 256 * 1024
"""To so many bytes a sealed change may inflate; a change may have a quarter of it."""
MORE_BYTES = 28
"""So much longer is a part of a photo that was encrypted: its iv and its tag."""


class Unopened(Problem):
    code, status = "unopened", 409
    sentence = _l(
        "The server cannot open what this tablet has sealed: it was sealed with the key of another server, or for "
        "another purpose. Nothing is lost. Unlock the app with its PIN; it then sends everything again."
    )


class NotOurLock(Unopened):
    sentence = _l(
        "This server does not have the key with which this tablet was locked, so no code opens it. Nothing on it is "
        "deleted, and the code was not used up. Your administrator can put the file sealing.keys back from a backup of "
        "the server; then try the code again."
    )


class Sealed(msgspec.Struct):
    """A change as a tablet sealed it: the id of its text, the name of the key it was sealed with, the box."""

    id: str
    kid: str
    box: str


class _Kept(msgspec.Struct):
    """What is inside the box of a change, of all its fields the one that matters here."""

    text: str


def key() -> SealingKey | None:
    """The key that opens what tablets seal, made on first use and kept in the instance, readable by its owner only.

    None while its file cannot be used, which ``fieldapp doctor`` tells: tablets then send in the clear when they are
    unlocked, and what they have sealed waits on them.
    """
    path = settings().sealing_key
    try:
        return _as_it_lies(path) or _make(path)
    except (SyncProblem, OSError) as error:
        log.error("the sealing key cannot be used: %s\n%s", path, faults.told(error))
        return None


def _as_it_lies(path: Path) -> SealingKey | None:
    try:
        there = path.stat()
    except FileNotFoundError:
        return None
    return _load(path, there.st_ino, there.st_size, there.st_mtime_ns)


@lru_cache(maxsize=16)
def _load(path: Path, *_file: int) -> SealingKey:
    """Read once for as long as the file is the same."""
    return SealingKey.load(path)


def _make(path: Path) -> SealingKey:
    path.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileExistsError):  # another process made it a moment before
        SealingKey.generate().save(path)
    return SealingKey.load(path)


def told() -> dict[str, str] | None:
    """What tablets are told: ``kid`` and ``public``; None while there is no key they could seal with."""
    ours = key()
    return {"kid": ours.kid, "public": ours.public} if ours else None


def fingerprint() -> str:
    """The name of the key as two people can compare it, on a tablet and on a page: ``5dc0 bb87 075a 98b2``."""
    ours = key()
    return " ".join(re.findall(".{4}", ours.kid)) if ours else ""


def named(text: str) -> str | None:
    """The name of a key, as a tablet tells it; None if that is none."""
    return text if re.fullmatch(r"[0-9a-f]{16}", text) else None


def open_changes(sealed: Iterable[Sealed], most: int) -> tuple[list[str], list[str]]:
    """The texts of sealed changes, in their order, and the ids of those that this node cannot open.

    Once they have together more than ``most`` bytes the rest is left alone: a locked tablet cannot know how large what
    it sends is. What gets no answer it sends again.
    """
    ours, texts, unopened, size = key(), list[str](), list[str](), 0
    for each in sealed:
        text = open_change(ours, each)
        if text is None:
            unopened.append(each.id)
            continue
        size += len(text.encode())
        if size > most:
            break
        texts.append(text)
    return texts, unopened


def open_change(ours: SealingKey | None, sealed: Sealed) -> str | None:
    """The text of a sealed change, None if this key does not open it."""
    if ours is None or sealed.kid != ours.kid:
        return None
    try:
        return ours.unseal_change(sealed.id, sealed.box, LONGEST_TEXT)
    except SyncProblem as problem:
        log.warning("a sealed change is not opened: %s", problem)
        return None


def open_boxed_change(device: Device, sealed_key: str, id: str, boxed: bytes) -> str:
    """The text of a change that lies as a tablet keeps it: under the key of all it keeps, which is sealed.

    :raises Unopened: this node cannot open it.
    """
    opened = open_key(device, sealed_key)
    try:
        text = msgspec.json.decode(unbox(opened, boxed, change_place(id)), type=_Kept).text
    except (SyncProblem, msgspec.DecodeError) as problem:
        log.warning("a boxed change is not opened: %s", problem)
        raise Unopened() from problem
    if change_id(text) != id:
        raise Unopened()
    return text


def open_photo(sealed_key: str, data: bytes, sha256: str, i: int) -> bytes:
    """A part of a photo that was encrypted on the tablet, with the sealed key of that photo.

    :raises Unopened: this node cannot open it.
    """
    opened = _opened(sealed_key, photo_purpose(sha256))
    try:
        return unbox(opened, data, part_place(sha256, i))
    except SyncProblem as problem:
        log.warning("a part of a photo is not opened: %s", problem)
        raise Unopened() from problem


def open_key(device: Device, sealed_key: str) -> bytes:
    """The key of all that a device keeps of its person.

    :raises NotOurLock: this node cannot open it.
    """
    try:
        return _opened(sealed_key, device_purpose(device.id))
    except Unopened as problem:
        raise NotOurLock() from problem


def _opened(sealed_key: str, purpose: str) -> bytes:
    ours = key()
    try:
        if ours:
            return ours.unseal_key(sealed_key, purpose)
    except SyncProblem as problem:
        log.warning("a sealed key is not opened: %s", problem)
    raise Unopened()
