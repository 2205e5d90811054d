"""What a command imports before it answers: whoever asks for help, or mistypes, waits for that and for little else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.again import again

DEAR = {
    "sqlalchemy",
    "flask",
    "werkzeug",
    "alembic",
    "jinja2",
    "PIL",
    "waitress",
    "sync",
    "fieldapp.web",
    "fieldapp.db",
}
TELL = """
import sys
from fieldapp.cli import main
try:
    main(sys.argv[1:])
finally:
    print("imported", *sys.modules)
"""


def imported(*words: str) -> set[str]:
    """Every module that is there when a command has answered."""
    done = subprocess.run([sys.executable, "-c", TELL, *words], capture_output=True, text=True, check=False)
    return set(done.stdout.splitlines()[-1].split()[1:])


HARDLY_A_COMMAND = [
    pytest.param(("--help",), id="--help"),
    pytest.param(("usr",), id="usr"),
    again(("--version",), id="--version"),
    again(("--instanc", "x"), id="--instanc x"),
]


@pytest.mark.parametrize("words", HARDLY_A_COMMAND)
def test_help_and_mistyped_words_are_answered_without_the_application(words: tuple[str, ...]) -> None:
    there = imported(*words)
    assert "fieldapp.cli" in there
    assert there & DEAR == set()


def test_a_command_imports_no_other_and_a_failure_is_put_in_words_only_when_there_is_one() -> None:
    there = imported("node", "--help")
    assert "fieldapp.cli.node" in there
    others = {"batch", "demo", "export", "instance", "place", "report", "serve", "sync", "tablet", "user", "failures"}
    assert there & {f"fieldapp.cli.{name}" for name in others} == set()
    assert there & {"fieldapp.web", "fieldapp.reports", "fieldapp.exports"} == set()


def test_a_command_that_asks_the_database_imports_no_pages(instance: Path) -> None:
    there = imported("--instance", str(instance), "user", "list")
    assert "fieldapp.db" in there
    assert there & {"fieldapp.web", "fieldapp.reports", "fieldapp.exports", "pygal"} == set()
