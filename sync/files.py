"""Atomic writing of files: whole or not at all, synced to the disk, readable by their owner only (0600)."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

DRAFT = ".part"
"""How the names of drafts end. Of a process that was killed they stay, and belong to nobody."""


def write_over(path: Path, content: bytes) -> None:
    """Write a file in place of the one that is there, if any. Where there is no room, that one stays as it is."""
    with _draft(path, content) as draft:
        draft.replace(path)


def write_new(path: Path, content: bytes) -> None:
    """Write a file that must not be there yet. Raises FileExistsError."""
    with _draft(path, content) as draft:
        try:
            os.link(draft, path)
        except FileExistsError:
            raise
        except OSError:  # a file system without links, as on a stick
            if path.exists():
                raise FileExistsError(path) from None
            draft.replace(path)


@contextmanager
def drafting(folder: Path) -> Iterator[Path]:
    """Where to write a file that is to be moved elsewhere when it is whole; gone afterwards if it was not."""
    draft = folder / f"{secrets.token_hex(8)}{DRAFT}"
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _draft(path: Path, content: bytes) -> Iterator[Path]:
    with drafting(path.parent) as draft:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _BINARY, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        yield draft


_BINARY = getattr(os, "O_BINARY", 0)
