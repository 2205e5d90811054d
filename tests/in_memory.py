"""What the tests write lies in memory where there is plenty: they make a thousand instances and hundreds of databases.

Their durability is not the point there: what is killed is a process, and what a process has written stays.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")
NEEDED = 8e9
"""Bytes that must be free there."""


def use_memory() -> None:
    """Let this process, and those that it starts, keep what is temporary there, unless a person says another place."""
    if "TMPDIR" not in os.environ and _has_room():
        os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


def _has_room() -> bool:
    """Room for all of it, in which programs may run too: some tests install one."""
    if not (MEMORY.is_dir() and os.access(MEMORY, os.W_OK)):
        return False
    may_run = not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC
    return may_run and min(shutil.disk_usage(MEMORY).free, _free_memory()) > NEEDED


def _free_memory() -> int:
    return os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
