"""Who is at work on an instance keeps those out that would harm it, for as long as it lives and no longer."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from fieldapp.cli import main
from fieldapp.config import Config
from fieldapp.instance.at_work import HolderKind, at_work
from fieldapp.problems import InstanceInUse
from tests.again import a_walk
from tests.commands.asked import answered_by, commands
from tests.commands.conftest import Run
from tests.commands.tree import below
from tests.ports import free_port

ALONE = {("init",), ("move-database",), ("rebuild",), ("restore",)}
SERVERS = {("serve",), ("demo",)}
LEAVES = [path for path in commands(main) if not isinstance(main.get_command(None, path[0]), click.Group) or path[1:]]


@pytest.fixture(autouse=True)
def no_server_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that begins although it must not ends at once."""
    for module in ("serve", "demo"):
        monkeypatch.setattr(f"fieldapp.cli.{module}.run", lambda *_args: None)
        monkeypatch.setattr(f"fieldapp.cli.{module}.must_be_free", lambda *_args: None)


def typed(path: tuple[str, ...], instance: Path) -> list[str]:
    """A command with as many words as it needs to begin; which they are does not matter."""
    command: click.Command = main
    for name in path:
        command = dict(below(command))[name]
    words = list(path)
    for param in command.params:
        if path == ("demo",) and param.name == "instance":
            words += ["--instance", str(instance)]
        elif param.required:
            words += [] if isinstance(param, click.Argument) else [param.opts[0]]
            words += [_word(param, instance.parent)]
    return words


def _word(param: click.Parameter, folder: Path) -> str:
    if isinstance(param.type, click.Choice):
        return str(param.type.choices[0])
    if isinstance(param.type, click.Path):
        (folder / "file").touch()
        return str(folder / "file")
    return "2030-01-01" if param.type.name in ("day", "datetime") else "1"


def begun(run: Run, words: list[str], says: str) -> bool:
    """Whether a command begins all the same, or says something else in its one sentence."""
    result = run(*words, status=None)
    return result.exit_code != 1 or len(result.stderr.strip().splitlines()) != 1 or says not in result.stderr


def test_while_somebody_must_be_alone_no_command_begins_but_the_one_that_only_looks(run: Run, config: Config) -> None:
    says = f"“fieldapp restore” (process {os.getpid()}) is at work"
    with at_work(config.instance, "alone", "restore"):
        assert {path for path in LEAVES if begun(run, typed(path, config.instance), says)} == {("doctor",)}


@pytest.mark.parametrize("kind", ["server", "worker"])
def test_beside_a_server_or_a_worker_of_one_nothing_is_replaced_and_none_is_started(
    run: Run, config: Config, kind: HolderKind
) -> None:
    with at_work(config.instance, kind, "serve"):
        for path in ALONE | SERVERS:
            assert not begun(run, typed(path, config.instance), "“fieldapp serve”"), path


def test_beside_a_server_whoever_reads_or_writes_a_little_goes_on(run: Run, config: Config, tmp_path: Path) -> None:
    run("user", "list")
    with at_work(config.instance, "server", "serve"):
        run("user", "add", "ha", "--role", "leader")
        run("tablet", "enrol", "--user", "lan")
        run("backup", tmp_path / "b.zip")
        run("rebuild", "--check")
        run("doctor")
    assert not list((config.instance / "in-use").glob("*.*"))


def test_a_restore_waits_for_who_writes_meanwhile(run: Run, config: Config, tmp_path: Path) -> None:
    run("backup", tmp_path / "b.zip")
    with at_work(config.instance, "beside", "sync"):
        assert not begun(run, ["restore", str(tmp_path / "b.zip"), "--replace"], "“fieldapp sync”")
    run("restore", tmp_path / "b.zip", "--replace")


@pytest.fixture
def serving(config: Config) -> Iterator[subprocess.Popen[bytes]]:
    """A real server with two workers, in a group of its own."""
    command, port = shutil.which("fieldapp", path=str(Path(sys.executable).parent)), free_port()
    env = {**os.environ, "FIELDAPP_INSTANCE": str(config.instance), "FIELDAPP_DATABASE_URL": config.database_url}
    args = [str(command), "serve", "--port", str(port), "--workers", "2"]
    process = subprocess.Popen(args, env=env, stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        answered_by(f"http://127.0.0.1:{port}/sync/v1/hello", process)
        yield process
    finally:
        _kill(process)


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(20)


def _wait_until_nobody_is_there(instance: Path) -> None:
    """The workers were killed too; the system ends them in its own time."""
    for _try in range(1000):
        try:
            with at_work(instance, "alone", "test"):
                return
        except InstanceInUse:
            time.sleep(0.01)


@a_walk
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such groups of processes")
def test_a_server_keeps_its_instance_and_one_that_was_killed_keeps_nobody_out(
    run: Run, config: Config, tmp_path: Path, serving: subprocess.Popen[bytes]
) -> None:
    run("backup", tmp_path / "b.zip")
    for words in (["restore", str(tmp_path / "b.zip"), "--replace"], ["init"], ["rebuild"], ["serve"]):
        assert not begun(run, words, f"“fieldapp serve” (process {serving.pid})"), words
    run("user", "add", "ha", "--role", "leader")
    _kill(serving)
    _wait_until_nobody_is_there(config.instance)
    assert "ha " in run("user", "list").stdout
    run("restore", tmp_path / "b.zip", "--replace")
    assert "ha " not in run("user", "list").stdout
