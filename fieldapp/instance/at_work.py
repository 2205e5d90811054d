"""Who is at work on an instance, and who must be alone there: a server, its workers, the commands of an operator.

Each has a file of its own in ``in-use/`` and keeps it locked. The system takes the lock away when a process ends,
however it ends, so that what nobody holds any more keeps nobody out. Who comes looks at all of them behind a gate that
only one passes at a time.
"""

from __future__ import annotations

import errno
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Literal

from fieldapp.problems import InstanceInUse

FOLDER, GATE = "in-use", "gate"
HolderKind = Literal["beside", "worker", "server", "alone"]
KEPT_OUT_BY: dict[str, set[str]] = {
    "beside": {"alone"},
    "worker": {"alone"},
    "server": {"alone", "server", "worker"},
    "alone": {"alone", "server", "worker", "beside"},
}
"""Who finds whom there must not begin. A worker of a server that was killed is still a server."""


@contextmanager
def at_work(instance: Path, kind: HolderKind, what: str) -> Iterator[None]:
    """Be at work on an instance until the context ends. ``what``: the command, as its operator typed it.

    :raises InstanceInUse: somebody is there whom this cannot be beside; nothing was begun.
    """
    try:
        locked = _come(instance / FOLDER, kind, what)
    except OSError as error:
        if kind != "beside" or error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EROFS):
            raise
        locked = None  # on a full disk one may still read, and make a backup to another
    try:
        yield
    finally:
        if locked:
            os.close(locked[0])
            locked[1].unlink(missing_ok=True)


def _come(folder: Path, kind: HolderKind, what: str) -> tuple[int, Path]:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    gate = opened(folder / GATE)
    try:
        _wait(gate)
        for found, command, process, _token in sorted(_others(folder), key=lambda other: other[0] == "worker"):
            if found in KEPT_OUT_BY[kind]:
                raise InstanceInUse(what=command.replace("_", " "), process=process, instance=folder.parent)
        own = folder / f"{kind}.{what.replace(' ', '_')}.{os.getpid()}.{secrets.token_hex(4)}"
        locked = opened(own)
        take(locked)
        return locked, own
    finally:
        os.close(gate)


def _others(folder: Path) -> Iterator[list[str]]:
    """What the names of the files say that are held; those of who is no more are removed."""
    for path in folder.glob("*.*.*.*"):
        with suppress(FileNotFoundError):
            file = os.open(path, os.O_RDWR)
            free = take(file)
            os.close(file)
            if free:
                path.unlink(missing_ok=True)
            else:
                yield path.name.split(".")


def opened(path: Path) -> int:
    """A file that is locked for as long as it is open, made if it is not there."""
    return os.open(path, os.O_RDWR | os.O_CREAT, 0o600)


if sys.platform == "win32":
    import msvcrt

    def take(file: int) -> bool:
        """Whether nobody else holds it; then this process does."""
        try:
            msvcrt.locking(file, msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

    def give_back(file: int) -> None:
        """Let others hold it."""
        msvcrt.locking(file, msvcrt.LK_UNLCK, 1)

    def _wait(file: int) -> None:
        msvcrt.locking(file, msvcrt.LK_LOCK, 1)

else:
    import fcntl

    def take(file: int) -> bool:
        """Whether nobody else holds it; then this process does."""
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def give_back(file: int) -> None:
        """Let others hold it."""
        fcntl.flock(file, fcntl.LOCK_UN)

    def _wait(file: int) -> None:
        """Until nobody else holds it."""
        fcntl.flock(file, fcntl.LOCK_EX)
