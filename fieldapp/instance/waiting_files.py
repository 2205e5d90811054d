"""Files that wait in the instance until they are whole, or confirmed by a person; after a day they are forgotten."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from fieldapp.config import settings

A_DAY = 24 * 3600
"""Seconds for which a file waits."""


def folder(*below: str) -> Path:
    """Where files wait, or a folder of one's own below it; made where it is not there."""
    found = settings().instance.joinpath("incoming", *below)
    found.mkdir(parents=True, exist_ok=True)
    return found


def forget_old(waiting: Iterable[Path]) -> None:
    """Delete those of these files and folders that have waited for a day. One that another process takes is let go."""
    for path in waiting:
        with suppress(FileNotFoundError):
            if time.time() - path.stat().st_mtime > A_DAY:
                shutil.rmtree(path) if path.is_dir() else path.unlink()
