"""Run commands as an operator does, on a copy of the tiny province."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from fieldapp.cli import main
from fieldapp.config import Config
from tests.postgres import Server

Run = Callable[..., Result]


@pytest.fixture
def run(config: Config, monkeypatch: pytest.MonkeyPatch) -> Run:
    """``run("user", "list")``: fails the test on a traceback; ``status`` is what the command must end with,
    None for whatever."""
    monkeypatch.setenv("FIELDAPP_INSTANCE", str(config.instance))
    monkeypatch.setenv("FIELDAPP_DATABASE_URL", config.database_url)
    monkeypatch.setenv("FIELDAPP_PUBLIC_URL", "https://nha-o.example.vn")
    monkeypatch.setenv("FIELDAPP_LANG", "en")
    monkeypatch.delenv("FIELDAPP_PASSWORD", raising=False)

    def invoke(*args: str | Path, status: int | None = 0, typed: str | None = None) -> Result:
        result = CliRunner().invoke(main, [str(arg) for arg in args], input=typed)
        assert status is None or result.exit_code == status, result.output
        assert "Traceback" not in result.output
        return result

    return invoke


@pytest.fixture
def elsewhere(
    run: Run, engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Callable[[], Config]:
    """Commands from here on are about another instance, of which there is nothing yet: a folder, and a database."""

    def move() -> Config:
        monkeypatch.setenv("FIELDAPP_INSTANCE", str(tmp_path / "elsewhere"))
        if engine == "postgresql":
            server: Server = request.getfixturevalue("postgres")
            monkeypatch.setenv("FIELDAPP_DATABASE_URL", server.url(server.create()))
        return Config.from_env()

    return move


@pytest.fixture
def ask(run: Run) -> Callable[..., Any]:
    """The same with ``--format json``, read."""
    return lambda *args: json.loads(run(*args, "--format", "json").stdout)
