"""What is dear and the same for every test is made once a run, by whichever worker needs it first."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from fieldapp.instance.at_work import opened, take

PAUSE = 0.05
"""How soon one that waits for another worker looks again, in seconds."""


def folder_of_run(folders: pytest.TempPathFactory) -> Path:
    """A folder that all workers of a run have in common."""
    own = folders.getbasetemp()
    return own.parent if "PYTEST_XDIST_WORKER" in os.environ else own


def made_once(folders: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """The folder of this name, which ``make`` fills when it is not there; one that was not finished is made anew."""
    run = folder_of_run(folders)
    folder, whole = run / name, run / f"{name}.made"
    with alone(run / f"{name}.gate"):
        if not whole.exists():
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(mode=0o700)  # an instance is its owner's alone, and one is copied from here
            make(folder)
            whole.touch()
    return folder


@contextmanager
def alone(gate: Path) -> Iterator[None]:
    """No other worker is inside at the same time; one that ends, however it does, is not in the way."""
    held = opened(gate)
    try:
        while not take(held):
            time.sleep(PAUSE)
        yield
    finally:
        os.close(held)
