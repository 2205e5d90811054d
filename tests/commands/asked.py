"""What the tests of commands have in common: how they ask, and what they see of a database."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import httpx
import pytest
import sqlalchemy as sa

from fieldapp.config import Config
from tests.commands.conftest import Run
from tests.commands.tree import below

Ask = Callable[..., Any]
ON_SQLITE = pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
"""For what is about the file of a database."""
ON_POSTGRESQL = pytest.mark.parametrize("engine", ["postgresql"], indirect=True)
Elsewhere = Callable[[], Config]


def commands(group: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in below(group):
        yield (*path, name)
        yield from commands(command, (*path, name))


def refused(run: Run, *args: str | Path, says: str, status: int = 1, typed: str | None = None) -> None:
    result = run(*args, status=status, typed=typed)
    sentence = result.stderr.strip().splitlines()[-1]
    assert re.search(says, sentence), sentence
    assert result.stdout == ""


def change_by_hand(config: Config, statement: str) -> None:
    with database(config).begin() as connection:
        connection.exec_driver_sql(statement)


def database(config: Config) -> sa.Engine:
    return sa.create_engine(config.database, poolclass=sa.NullPool)


def epoch_of(config: Config) -> str:
    with database(config).connect() as connection:
        return str(connection.exec_driver_sql("SELECT epoch FROM node").scalar_one())


def changes_of(config: Config) -> list[tuple[int, str]]:
    with database(config).connect() as connection:
        return [tuple(row) for row in connection.exec_driver_sql("SELECT n, text FROM change ORDER BY n")]


def answered_by(url: str, process: subprocess.Popen[bytes]) -> httpx.Response:
    for _try in range(600):  # a busy machine; one that ended is told at once
        assert process.poll() is None
        try:
            return httpx.get(url)
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError("nobody answered")
