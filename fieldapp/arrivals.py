"""Parts of photos that broke off on the way: what came of them is kept, so that the rest is enough next time.

On a poor line a connection rarely lives as long as a part takes. The bytes lie in a file for each part and device, as
they were sent; a part that is whole leaves nothing here.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Protocol

from werkzeug.exceptions import ClientDisconnected

from fieldapp.config import settings

CHUNK = 4096


class Stream(Protocol):
    """What bytes are read from as they arrive."""

    def read(self, size: int, /) -> bytes:
        """At most so many bytes; none at the end."""


def begun(device: str, sha256: str, parts: Iterable[int]) -> dict[int, int]:
    """Of those parts of a photo that this device has begun to send: how many bytes are here."""
    files = {i: _file(device, sha256, i) for i in parts}
    return {i: file.stat().st_size for i, file in files.items() if file.exists()}


def take(device: str, sha256: str, i: int, stream: Stream, *, start: int, length: int) -> bytes | None:
    """Read one part, or the rest of it, and keep it as it comes.

    :param start: how many of its bytes are here already, as the sender was told.
    :param length: how many bytes the sender has announced.
    :returns: the whole part; None when the line broke, or when less is here than the sender believes.
    """
    file = _file(device, sha256, i)
    if start > (file.stat().st_size if file.exists() else 0):
        return None
    file.parent.mkdir(parents=True, exist_ok=True)
    if _follow(stream, file, start) < length:
        return None
    return file.read_bytes()[: start + length]


def forget(device: str, sha256: str, i: int) -> None:
    """A part is whole: nothing of it is needed here."""
    _file(device, sha256, i).unlink(missing_ok=True)


def _follow(stream: Stream, file: Path, start: int) -> int:
    """Write what comes to its place. A sender that was believed dead and lives writes the same bytes there."""
    came = 0
    with file.open("r+b" if file.exists() else "w+b", buffering=0) as out:
        out.seek(start)
        while chunk := _next(stream):
            came += out.write(chunk)
    return came


def _next(stream: Stream) -> bytes:
    try:
        return stream.read(CHUNK)
    except (ClientDisconnected, OSError):
        return b""


def _file(device: str, sha256: str, i: int) -> Path:
    return settings().attachments / "arriving" / device / f"{sha256}.{i}"
