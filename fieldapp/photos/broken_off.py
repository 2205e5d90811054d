"""Parts of photos that broke off on the way: what came of them is kept, so that the rest is enough next time.

On a poor line a connection rarely lives as long as a part takes. The bytes lie in a file for each part and device, as
they were sent; a part that is whole leaves nothing here.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from werkzeug.exceptions import ClientDisconnected

from fieldapp.config import settings

CHUNK = 4096
ABANDONED_DAYS = 30
"""Longer than any tour of the villages without signal. Who comes back later sends that part from its beginning."""


class Stream(Protocol):
    """What bytes are read from as they arrive."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""


def begun(device: str, sha256: str, parts: Iterable[int]) -> dict[int, int]:
    """Of those parts of a photo that this device has begun to send: how many bytes are here."""
    sizes = {i: len(_kept(_file(device, sha256, i))) for i in parts}
    return {i: size for i, size in sizes.items() if size}


def take(device: str, sha256: str, i: int, stream: Stream, *, start: int, length: int) -> bytes | None:
    """Read one part, or the rest of it, and keep it as it comes.

    :param start: how many of its bytes are here already, as the sender was told.
    :param length: how many bytes the sender has announced.
    :returns: the whole part; None when the line broke, or when less is here than the sender believes.
    """
    file = _file(device, sha256, i)
    head = _kept(file)[:start]
    if len(head) < start:
        return None
    file.parent.mkdir(parents=True, exist_ok=True)
    rest = _follow(stream, file, start)
    return head + rest if len(rest) >= length else None


def forget(device: str, sha256: str, i: int) -> None:
    """A part is whole: nothing of it is needed here."""
    _remove(_file(device, sha256, i))


def leftovers() -> Iterator[tuple[Path, os.stat_result]]:
    """The file of every part that broke off and is not whole yet, and what the disk tells of it."""
    for file in _folder().glob("*/*"):
        with suppress(FileNotFoundError):  # it became whole meanwhile
            yield file, file.stat()


def sizes(device: str) -> dict[str, int]:
    """How many bytes lie here of each photo that this device began to send."""
    found: dict[str, int] = {}
    for file in (_folder() / device).glob("*"):
        with suppress(FileNotFoundError):
            found[file.stem] = found.get(file.stem, 0) + file.stat().st_size
    return found


def sweep() -> int:
    """Remove what nobody has gone on with for a long time. Every byte that comes counts as going on.

    :returns: how many parts were removed.
    """
    before = time.time() - ABANDONED_DAYS * 86400
    abandoned = [file for file, known in leftovers() if known.st_mtime < before]
    for file in abandoned:
        _remove(file)
    return len(abandoned)


def _remove(file: Path) -> None:
    with suppress(PermissionError):  # Windows, while a sender that was believed dead still writes there
        file.unlink(missing_ok=True)


def _follow(stream: Stream, file: Path, start: int) -> bytes:
    """Give what comes, and write it to its place. A sender that was believed dead and lives writes the same there."""
    came = bytearray()
    with open(os.open(file, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0)), "r+b", buffering=0) as out:
        out.seek(start)
        while chunk := _next(stream):
            came += chunk
            out.write(chunk)
    return bytes(came)


def _kept(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""


def _next(stream: Stream) -> bytes:
    try:
        return stream.read(CHUNK)
    except (ClientDisconnected, OSError):
        return b""


def _file(device: str, sha256: str, i: int) -> Path:
    return _folder() / device / f"{sha256}.{i}"


def _folder() -> Path:
    return settings().attachments / "arriving"
