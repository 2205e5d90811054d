"""The journal's tests run on both databases it is made for."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.again import again
from tests.postgres import Server
from tests.sync import nodes


@pytest.fixture(scope="session")
def on_server(postgres: Server) -> Iterator[nodes.OnServer]:
    """Databases for nodes, on PostgreSQL."""
    store = nodes.OnServer(postgres)
    yield store
    store.stop()


@pytest.fixture
def on_postgresql(on_server: nodes.OnServer) -> Iterator[None]:
    """New nodes have their journals on PostgreSQL."""
    nodes.stores.append(on_server)
    yield
    nodes.stores.pop()
    on_server.close_all()


@pytest.fixture(params=["sqlite", again("postgresql")])
def each_database(request: pytest.FixtureRequest) -> None:
    """The test runs with journals on SQLite, and again on PostgreSQL."""
    if request.param == "postgresql":
        request.getfixturevalue("on_postgresql")
