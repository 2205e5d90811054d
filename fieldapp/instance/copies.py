"""Notice that a database was put back, or that the folder of an instance was copied.

Peers go on from a cursor in this node's journal. After an older database was put in place, the same positions mean
other changes; so the node takes a new epoch, and everybody offers again what they hold. How far the journal had come
is therefore also kept outside the database.

Of two copies of a folder both would give the same numbers to different changes. So the folder is marked with where it
is; a copy differs from its mark, and goes on under a new epoch and a new device. A folder that was only moved does so
too, which does no harm.
"""

from __future__ import annotations

import hashlib
import sys
from contextlib import suppress
from pathlib import Path

import click

from fieldapp import intake
from fieldapp.config import settings
from fieldapp.db import begin_writing, db
from fieldapp.i18n import _
from fieldapp.photos import attachments
from sync.files import write_over

MACHINE_IDS = Path("/etc/machine-id"), Path("/var/lib/dbus/machine-id")


def guard_epoch() -> bool:
    """Take a new epoch if the journal is shorter than it was, or another, or photos are lost; note how far it is now.

    :returns: whether a new epoch was taken.
    """
    lost = attachments.forget_lost()
    begin_writing()
    journal = intake.journal()
    epoch, position = journal.identity().epoch, journal.position(None)
    known = _noted()
    put_back = lost > 0 or (known is not None and (known[0] != epoch or known[1] > position))
    if put_back:
        epoch = journal.new_epoch()
    db.session.commit()
    write_over(settings().epoch_file, f"{epoch} {position}\n".encode())
    return put_back


def guard_copy() -> bool:
    """Take a new epoch and a new device if this folder is a copy, or was moved, and say so. Marks it where it is.

    A database on a server is not copied with the folder: then nothing is done.

    :returns: whether it was copied or moved.
    """
    if not settings().on_sqlite:
        return False
    path = settings().mark_file
    known = path.read_text(encoding="utf-8").strip() if path.exists() else ""
    path.touch()
    mark = _mark(path)
    if known == mark:
        return False
    if known:
        go_on_as_another()
        click.echo(
            _(
                "The folder of this instance was copied or moved. So that its work is not mixed up with that of the "
                "other copy, it goes on under a new number; nothing is lost. Use only one of two copies."
            ),
            err=True,
        )
    with path.open("r+", encoding="utf-8") as file:  # over the old one: the mark tells of this very file
        file.write(f"{mark}\n")
    return bool(known)


def go_on_as_another() -> None:
    """Take a new epoch and a new device: another database that holds the same node may be at work too."""
    begin_writing()
    journal = intake.journal()
    epoch, position = journal.new_epoch(), journal.position(None)
    db.session.commit()
    write_over(settings().epoch_file, f"{epoch} {position}\n".encode())


def _mark(path: Path) -> str:
    """Where this folder is: on which machine, at which place, and which file the mark itself is."""
    words = _machine(), str(path.resolve()), str(path.stat().st_ino)
    return hashlib.sha256("\n".join(words).encode()).hexdigest()


def _machine() -> str:
    """The number the system gives this machine; "" where it gives none. Not its name: in a container that is another
    one after every start."""
    for path in MACHINE_IDS:
        with suppress(OSError):
            return path.read_text(encoding="ascii").strip()
    if sys.platform == "win32":
        import winreg

        with suppress(OSError), winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, r"SOFTWARE\Microsoft\Cryptography") as key:
            return str(winreg.QueryValueEx(key, "MachineGuid")[0])
    return ""


def _noted() -> tuple[str, int] | None:
    path = settings().epoch_file
    words = path.read_text(encoding="utf-8").split() if path.exists() else []
    return (words[0], int(words[1])) if len(words) == 2 and words[1].isdigit() else None
