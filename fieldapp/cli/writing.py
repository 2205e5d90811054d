"""Where a command writes what it was asked for: to standard output, or into a file that appears whole or not at all."""

from __future__ import annotations

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from fieldapp import trouble
from sync import files


@contextmanager
def place_for(output: str | Path | None) -> Iterator[BinaryIO]:
    """What is written here goes to standard output, or into a file: one that is there stays until the new one is whole.

    Either gets nothing where something goes wrong: what is taken out must first be written down.

    :raises NoRoomFor, FileNotWritable: the file cannot be written.
    """
    if output is not None:
        with trouble.writing(Path(output)):
            files.see_that_it_can_lie(Path(output))
    with tempfile.TemporaryFile() as whole:
        yield whole
        whole.seek(0)
        if output is None:
            shutil.copyfileobj(whole, sys.stdout.buffer)
            return
        with trouble.writing(Path(output)):
            files.place(whole, Path(output))


def write(data: bytes, output: str | Path | None) -> None:
    """Into a file, or to standard output, byte for byte."""
    with place_for(output) as file:
        file.write(data)
