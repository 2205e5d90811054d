"""Atomic writing of files: whole or not at all, synced to the disk, readable by their owner only (0600)."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

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


def see_that_it_can_lie(path: Path) -> None:
    """Pass only where a file can be begun at this place: told before the work, not after it. Raises as ``place``."""
    with _part_of(path) as part:
        part.touch()


def place(whole: BinaryIO, path: Path) -> None:
    """Copy what was made elsewhere, from where it is read, to where it is wanted, as on a stick: there it appears
    whole, or not at all. Raises OSError with ``path`` as its filename."""
    with _part_of(path) as part:
        with part.open("wb") as file:
            shutil.copyfileobj(whole, file, _PIECE)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)


@contextmanager
def _part_of(path: Path) -> Iterator[Path]:
    part = path.with_name(f".{path.name}{DRAFT}")  # always the same: what a stick that was pulled kept is written over
    try:
        yield part
    except OSError as error:
        error.filename, error.filename2 = str(path), None
        raise
    finally:
        with suppress(OSError):  # the stick may be gone
            part.unlink(missing_ok=True)


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


_PIECE = 1024 * 1024
_BINARY = getattr(os, "O_BINARY", 0)
