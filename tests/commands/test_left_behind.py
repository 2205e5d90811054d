"""What a killed process leaves behind is swept or begun again, and nobody else on the machine may read an instance."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path

import pytest

from fieldapp.config import Config
from fieldapp.reference import shipped
from sync.change import change_id
from tests.again import a_walk, again
from tests.commands.conftest import Run

ROOT = Path(__file__).parents[2]
ON_POSIX = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes and no such signals")
WRITES = """
import os, signal, sys
from pathlib import Path
from sync.files import drafting
with drafting(Path(sys.argv[1])) as draft:
    draft.write_bytes(b"half")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture(autouse=True)
def no_server_in_this_process(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("serve", "demo"):
        monkeypatch.setattr(f"fieldapp.cli.{module}.run", lambda *_args: None)
        monkeypatch.setattr(f"fieldapp.cli.{module}.must_be_free", lambda *_args: None)


@ON_POSIX
def test_drafts_of_killed_processes_are_swept_at_the_start_and_those_of_living_ones_are_not(
    run: Run, instance: Path
) -> None:
    for folder in ("attachments/ab", "incoming/x"):
        (instance / folder).mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-c", WRITES, instance / folder], cwd=ROOT, check=False)
    drafts = list(instance.rglob("*.part"))
    assert len(drafts) == 2
    run("serve")
    assert list(instance.rglob("*.part")) == drafts, "they may belong to somebody who is still at work"
    for draft in drafts:
        os.utime(draft, (time.time() - 4000,) * 2)
    run("serve")
    assert not list(instance.rglob("*.part"))


@a_walk
@ON_POSIX
def test_an_instance_is_closed_to_others_however_open_the_system_is(run: Run, tmp_path: Path) -> None:
    made, before = tmp_path / "made", os.umask(0)
    try:
        run("--instance", made, "init", "--sample", "tiny")
        run("--instance", made, "backup", tmp_path / "b.zip")
        run("--instance", made, "backup", made / "inside.zip")
        run("--instance", made, "export", "household", "--format", "csv", "--output", made / "h.csv")
        run("--instance", tmp_path / "again", "restore", tmp_path / "b.zip")
    finally:
        os.umask(before)
    for folder in (made, tmp_path / "again", tmp_path / "b.zip"):
        opened = [path for path in (folder, *folder.rglob("*")) if path.lstat().st_mode & 0o077]
        assert opened == []
    assert made.stat().st_mode & 0o777 == 0o700


@ON_POSIX
def test_doctor_names_what_others_can_read_and_the_next_start_closes_it(run: Run, instance: Path) -> None:
    def secret(status: int) -> tuple[str, str]:
        rows = json.loads(run("doctor", "--format", "json", status=status).stdout)
        return next((row["state"], row["says"]) for row in rows if row["check"] == "secret")

    run("serve")
    assert secret(0)[0] == "ok"
    photo = next(path for path in (instance / "attachments").rglob("*") if path.is_file())
    photo.chmod(0o644)
    instance.chmod(0o755)
    state, says = secret(1)
    assert state == "error"
    assert "others can read: 2," in says
    run("serve")
    assert secret(0)[0] == "ok"
    assert (photo.stat().st_mode & 0o777, instance.stat().st_mode & 0o777) == (0o600, 0o700)


# --- a demo that was interrupted --------------------------------------------------------------------------------


def half_of_the_tables(folder: Path) -> bool:
    return (folder / "fieldapp.db").exists()


def half_of_the_sample(folder: Path) -> bool:
    with suppress(sqlite3.Error), closing(sqlite3.connect(f"file:{folder / 'fieldapp.db'}?mode=ro", uri=True)) as there:
        query = "SELECT count(*) > 0 FROM change WHERE device <> ?"  # the shipped rules are there before it
        return bool(there.execute(query, (shipped.DEVICE,)).fetchone()[0])
    return False


@a_walk
@ON_POSIX
@pytest.mark.parametrize("moment", [half_of_the_tables, again(half_of_the_sample)])
def test_a_demo_that_was_killed_begins_again_by_itself(
    run: Run, config: Config, tmp_path: Path, moment: Callable[[Path], bool]
) -> None:
    folder, command = tmp_path / "demo", shutil.which("fieldapp", path=str(Path(sys.executable).parent))
    args = [str(command), "demo", "--instance", str(folder), "--size", "tiny", "--no-serve"]
    process = subprocess.Popen(args, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not moment(folder):
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.wait()
    run("demo", "--instance", folder, "--size", "tiny", "--no-serve")
    rules = [change_id(text) for text in shipped.texts()]
    assert _changes(folder) == sorted([*_changes(config.instance), *rules])
    before = _changes(folder)
    run("demo", "--instance", folder, "--size", "tiny", "--no-serve")
    assert _changes(folder) == before


def _changes(folder: Path) -> list[str]:
    with closing(sqlite3.connect(folder / "fieldapp.db")) as there:
        return [row[0] for row in there.execute("SELECT id FROM change ORDER BY id")]


@ON_POSIX
def test_an_instance_that_is_served_is_never_taken_for_an_interrupted_demo(run: Run, instance: Path) -> None:
    (instance / "demo-begun").touch()
    run("serve")
    run("user", "add", "ha", "--role", "leader")
    run("demo", "--instance", instance, "--size", "tiny", "--no-serve")
    assert "ha " in run("user", "list").stdout


# --- an installation that was interrupted -----------------------------------------------------------------------

PYTHON = """#!/bin/sh
echo "$*" >> "$LOG"
case "$*" in
  "-c "*) exit 0 ;;
  *"pip --version"*) test -e .venv/pip; exit ;;
esac
test "$(wc -l < "$LOG")" -ne "${STOP:-0}" || kill -9 $PPID $$
case "$*" in
  "-m venv .venv") mkdir -p .venv/bin; cp "$0" .venv/bin/python; touch .venv/pip ;;
  *"pip install"*) touch ".venv/installed-$(ls .venv | wc -l)"; cp "$BABEL" .venv/bin/pybabel ;;
esac
"""


@ON_POSIX
@pytest.mark.skipif(shutil.which("make") is None, reason="there is no make")
def test_an_installation_that_was_killed_begins_again_from_nothing(tmp_path: Path) -> None:
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, tmp_path)
    po = tmp_path / "translations/vi/LC_MESSAGES/messages.po"
    po.parent.mkdir(parents=True)
    po.touch()
    (tmp_path / "python").write_text(PYTHON)
    (tmp_path / "babel").write_text(
        '#!/bin/sh\nfor word; do case "$word" in --output-file=*) touch "${word#*=}";; esac; done\n'
    )
    for program in ("python", "babel"):
        (tmp_path / program).chmod(0o755)
    stopped = 0
    for stop in range(1, 9):
        stopped += _setup(tmp_path, stop) != 0
        (tmp_path / ".venv").is_dir() and (tmp_path / ".venv" / "stale").touch()
        was_whole = (tmp_path / ".venv" / "ready").exists()
        assert _setup(tmp_path, 0) == 0
        assert (tmp_path / ".venv" / "ready").exists()
        assert not (tmp_path / ".venv" / "begun").exists()
        assert (tmp_path / ".venv" / "stale").exists() == was_whole, stop
        shutil.rmtree(tmp_path / ".venv")
        po.with_suffix(".mo").unlink()
    assert stopped >= 2


def _setup(folder: Path, stop: int) -> int:
    (folder / "log").write_text("")
    env = {**os.environ, "LOG": str(folder / "log"), "STOP": str(stop), "BABEL": str(folder / "babel")}
    env = {name: value for name, value in env.items() if not name.startswith("MAKE")}
    words = ["make", "--silent", "setup", f"PYTHON={folder / 'python'}"]
    return subprocess.run(words, cwd=folder, env=env, capture_output=True, check=False).returncode
