"""The wheel is the product: installed in an empty folder it does what a checkout does."""

from __future__ import annotations

import os
import subprocess
import sys
import time
import tomllib
import zipfile
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from fieldapp import packaged
from tests.again import a_walk
from tests.ports import free_port

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built from a copy of what is committed or would be."""
    folder, source = tmp_path_factory.mktemp("wheel"), tmp_path_factory.mktemp("source")
    listed = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    files = subprocess.run(listed, check=True, capture_output=True, text=True).stdout.split("\0")
    for name in filter(lambda name: name and (ROOT / name).is_file(), files):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_bytes((ROOT / name).read_bytes())
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(folder), str(source))
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that holds the installed wheel and nothing else."""
    folder = tmp_path_factory.mktemp("installed")
    pip("install", "--no-deps", "--target", str(folder), str(wheel))
    return folder


def pip(*words: str) -> None:
    subprocess.run([sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check", *words], check=True)


def run(installed: Path, here: Path, *words: str) -> str:
    """``python -m fieldapp`` of the installed wheel, in an empty folder."""
    env = {**os.environ, "PYTHONPATH": str(installed), "FIELDAPP_LANG": "vi", "PYTHONDONTWRITEBYTECODE": "1"}
    env.pop("FIELDAPP_INSTANCE", None)
    command = [sys.executable, "-m", "fieldapp", *words]
    done = subprocess.run(command, cwd=here, env=env, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def begun(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which it has made an instance."""
    folder = tmp_path_factory.mktemp("begun")
    run(installed, folder, "init")
    return folder


@a_walk
def test_the_installed_wheel_makes_an_instance_and_a_demo(installed: Path, begun: Path, tmp_path: Path) -> None:
    assert (begun / "instance/fieldapp.db").stat().st_size > 0
    assert "Mật khẩu" in run(installed, tmp_path, "demo", "--size", "tiny", "--no-serve")


@a_walk
def test_the_installed_wheel_serves_its_pages(installed: Path, begun: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "fieldapp", "serve", "--workers", "1", "--port", str(port)]
    server = subprocess.Popen(command, cwd=begun, env={**os.environ, "PYTHONPATH": str(installed)})
    try:
        assert "<title>" in first_answer(server, f"http://127.0.0.1:{port}/sign-in")
    finally:
        server.terminate()
        server.wait()


def first_answer(server: subprocess.Popen[bytes], url: str) -> str:
    while server.poll() is None:
        with suppress(httpx.TransportError):
            return httpx.get(url, timeout=60).raise_for_status().text
        time.sleep(0.1)
    raise AssertionError("the server ended")


@a_walk
def test_what_runs_is_the_wheel_and_not_this_checkout(installed: Path, tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(installed)}
    script = "from fieldapp import db, i18n; print(db.MIGRATIONS, i18n.CATALOGUES)"
    told = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, env=env, capture_output=True, text=True)
    assert told.stdout.split() == [str(installed / "fieldapp/migrations"), str(installed / "fieldapp/translations")]


@a_walk
def test_the_wheel_carries_every_file_that_runs(wheel: Path) -> None:
    carried = set(zipfile.ZipFile(wheel).namelist())
    wanted = [*_runs("fieldapp"), *_runs("sync"), *(f"fieldapp/{name}" for name in _runs("migrations"))]
    assert sorted(set(wanted) - carried) == []
    assert {"fieldapp/py.typed", "sync/py.typed", "fieldapp/translations/vi/LC_MESSAGES/messages.mo"} <= carried
    assert any(name.endswith("LICENSE") for name in carried)


def _runs(folder: str) -> list[str]:
    kinds = {".py", ".js", ".css", ".html", ".csv", ".svg", ".png", ".json", ".webmanifest", ".ini", ".mako", ".txt"}
    found = (path for path in (ROOT / folder).rglob("*") if path.suffix in kinds and "__pycache__" not in path.parts)
    return [path.relative_to(ROOT).as_posix() for path in found]


@a_walk
def test_the_version_is_said_in_one_place(installed: Path, tmp_path: Path) -> None:
    assert PROJECT["version"] == packaged.VERSION
    assert PROJECT["version"] in run(installed, tmp_path, "--version")


def test_what_was_tested_names_every_library_the_package_asks_for() -> None:
    pinned = {line.split("==")[0].lower() for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").split()}
    asked = [*PROJECT["dependencies"], *(each for some in PROJECT["optional-dependencies"].values() for each in some)]
    names = {each.split(">")[0].split("[")[0].lower() for each in asked}
    assert sorted(names - pinned) == []
