"""File permissions: the folder of an instance is 0700, each file in it 0600, whatever the umask.

On Windows the folder's own list of who may read it counts, and nothing is done.
"""

from __future__ import annotations

import os
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

OTHERS = 0o077
AN_HOUR = 3600


def from_here_on() -> None:
    """Set the umask of this process: what it makes is readable by its owner only."""
    os.umask(OTHERS)


def open_to_others(instance: Path) -> list[Path]:
    """The files and folders of an instance that others on this machine may look into."""
    return [path for path in _all(instance) if path.lstat().st_mode & OTHERS]


def tighten(instance: Path) -> None:
    """Take the rights of others off files that an earlier version, or an operator's copy, left readable to them."""
    for path in open_to_others(instance):
        path.chmod(path.stat().st_mode & 0o777 & ~OTHERS)


def _all(instance: Path) -> Iterator[Path]:
    if sys.platform != "win32":
        yield from (path for path in (instance, *instance.rglob("*")) if not path.is_symlink() and path.exists())


def sweep(instance: Path) -> None:
    """Remove drafts of processes that were killed. What was begun within the hour may belong to one that lives."""
    from sync.files import DRAFT  # the engine is dear to import, and every command begins in this module

    before = time.time() - AN_HOUR
    drafts = [*instance.rglob(f"*{DRAFT}"), *instance.glob("tmp*"), *instance.rglob(".fab-*")]
    for path in drafts:
        with suppress(FileNotFoundError):
            if path.lstat().st_mtime > before:
                continue
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink()
