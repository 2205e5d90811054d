"""Many write at once and others read on: no position is ever passed before it is there, on either database."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from sync import Journal
from sync.journal import metadata
from sync.tables import change
from tests.again import asked_by
from tests.postgres import Server
from tests.sync.writers import AREA, SERIALS, opened, sign

BATCHES = 10
ROOT = Path(__file__).parents[2]


@pytest.fixture(params=["sqlite", "postgresql"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A database with all tables, that many processes can reach."""
    if request.param == "sqlite":
        made = f"sqlite:///{tmp_path / 'journal.db'}"
    else:
        server: Server = request.getfixturevalue("postgres")
        made = server.url(server.create())
    with opened(made) as database:
        metadata.create_all(database)
        with database.begin() as connection:
            Journal(connection).identity()
    return made


class Puller:
    """Follows two feeds page by page: that of everything, and that of an area."""

    def __init__(self, database: sa.Engine) -> None:
        self.database = database
        self.after = {None: 0, AREA: 0}
        self.got: dict[str | None, list[str]] = {None: [], AREA: []}

    def pull(self) -> int:
        """A page of each; the number of changes."""
        with self.database.connect() as connection:
            journal, before = Journal(connection), sum(map(len, self.got.values()))
            for area, after in self.after.items():
                page = journal.feed(None if area is None else [area], after, 100)
                self.after[area] = page.next
                self.got[area] += page.changes
        return sum(map(len, self.got.values())) - before

    def pull_while(self, writers: subprocess.Popen[bytes]) -> None:
        """Until the writers have ended, and then to the end."""
        while writers.poll() is None:
            self.pull()
            time.sleep(0.01)
        while self.pull():
            pass

    def missed(self) -> list[int]:
        """How many rows there are that it was never given, by feed."""
        with self.database.connect() as connection:
            texts = set(connection.execute(sa.select(change.c.text)).scalars())
        return [len(texts.difference(got)) for got in self.got.values()]


@contextmanager
def writing(url: str, writers: int, times: int, mode: str) -> Iterator[subprocess.Popen[bytes]]:
    """Writers at work."""
    command = [sys.executable, "-m", "tests.sync.writers", url, str(writers), str(times), mode]
    with subprocess.Popen(command, cwd=ROOT) as running:
        yield running


def follow(url: str, writers: int, mode: str) -> list[int]:
    """Pull while they write, on a connection that never waits for a writer; how many rows were missed, by feed."""
    with opened(url, "BEGIN") as database, writing(url, writers, BATCHES, mode) as running:
        puller = Puller(database)
        puller.pull_while(running)
        assert running.returncode == 0
        return puller.missed()


@pytest.mark.parametrize(("url", "writers"), [("postgresql", 8), ("sqlite", 4)], indirect=["url"])
def test_a_puller_misses_nothing_while_many_write(url: str, writers: int) -> None:
    assert follow(url, writers, "sound") == [0, 0]


@asked_by("tests/sync/test_writers.py::test_a_puller_misses_nothing_while_many_write")
@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_positions_from_a_plain_serial_are_caught(url: str) -> None:
    with opened(url) as database, database.begin() as connection:
        for name in SERIALS:
            connection.exec_driver_sql(f"CREATE SEQUENCE {name}_serial INCREMENT 1000")
    assert any(follow(url, 8, "serial"))
    with opened(url) as database:
        late = Puller(database)
        while late.pull():
            pass
        assert late.missed() == [0, 0]  # all was there to be had: only who followed along went past it


@pytest.mark.parametrize("url", ["postgresql", "sqlite"], indirect=True)
def test_processes_that_sign_for_one_node_make_one_chain(url: str) -> None:
    chain = signed(url, "sign")
    assert [seq for seq, _, _ in chain] == list(range(1, len(chain) + 1))
    assert {held for _, held, _ in chain} == {None}


@asked_by("tests/sync/test_writers.py::test_processes_that_sign_for_one_node_make_one_chain")
@pytest.mark.parametrize("url", ["postgresql"], indirect=True)
def test_signing_without_waiting_is_caught(url: str) -> None:
    assert {held for _, held, _ in signed(url, "unlocked")} != {None}


def signed(url: str, mode: str) -> Any:
    """(seq, held, stamp) of what four processes have signed, by stamp."""
    sign(url, 0, 1)
    with writing(url, 4, 5, mode) as running:
        running.wait()
    assert running.returncode == 0
    with opened(url) as database, database.begin() as connection:
        query = sa.select(change.c.seq, change.c.held, change.c.stamp).order_by(change.c.stamp)
        return connection.execute(query).all()
