"""A PostgreSQL for the tests: the system's binaries, a server of our own, gone when they end.

Its databases sort by the Vietnamese alphabet and its clock is Vietnam's, as on a server somebody has set up with care:
what should not depend on either is then seen not to. ``python -m tests.postgres`` installs it where it is missing.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

ON_EACH_DATABASE = pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=True)
"""Runs a test over the application twice."""

NEEDED = 15  # the first that lets a database sort by ICU
USER = "mau"
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "Asia/Ho_Chi_Minh",
    "max_connections": "60",
    "shared_buffers": "32MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}


class Unavailable(Exception):
    """Why there can be no PostgreSQL here."""


def binaries() -> Path | None:
    """The folder with ``initdb`` and ``postgres``, the newest there is, or None."""
    on_path = shutil.which("initdb")
    found = [Path(on_path).parent] if on_path else []
    found += Path("/usr/lib/postgresql").glob("*/bin")
    fit = [(version, folder) for folder in found if (version := _version(folder)) >= NEEDED]
    return max(fit)[1] if fit else None


def _version(folder: Path) -> int:
    if not os.access(folder / "postgres", os.X_OK):
        return 0
    said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True, check=False).stdout
    number = re.search(r"\d+", said)
    return int(number[0]) if number else 0


def _other_user() -> dict[str, Any]:
    """Who runs the server, since it refuses to run as root; nothing where we are not root."""
    import pwd  # not on Windows, where this is never asked

    if os.geteuid() != 0:
        return {}
    known = {each.pw_name: each for each in pwd.getpwall()}
    user = known.get("postgres") or known["nobody"]
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


class Server:
    """A server on a free port of the loopback, with nothing in it. Raises Unavailable where there can be none."""

    def __init__(self) -> None:
        found = binaries()
        if found is None:
            raise Unavailable(f"no PostgreSQL {NEEDED} or newer on this machine: python -m tests.postgres installs it")
        self._binaries, self._user = found, _other_user()
        self.folder = Path(tempfile.mkdtemp(prefix="fieldapp-postgresql-"))
        if self._user:
            shutil.chown(self.folder, self._user["user"], self._user["group"])
        self._made = 0
        try:
            self._initialise()
            self._start()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def url(self, database: str) -> str:
        """SQLAlchemy's address of a database."""
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/{database}"

    def address(self, database: str) -> str:
        """The driver's address of a database."""
        return f"host=127.0.0.1 port={self.port} user={USER} dbname={database} connect_timeout=5"

    def create(self, template: str = "template1") -> str:
        """A database of its own, as copy of another that nobody is connected to. Returns its name."""
        self._made += 1
        name = f"{USER}_{self._made}"
        query = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy")
        self._administer(query.format(sql.Identifier(name), sql.Identifier(template)))
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected to it."""
        self._administer(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def stop(self) -> None:
        """Stop at once and leave nothing behind."""
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _initialise(self) -> None:
        how = ["--auth=trust", f"--username={USER}", "--encoding=UTF8", "--no-sync", "--no-instructions"]
        sorting = ["--locale=C", "--locale-provider=icu", "--icu-locale=vi"]
        done = self._run("initdb", "--pgdata", self.folder / "data", *how, *sorting)
        if done.wait() != 0:
            raise Unavailable(f"initdb failed: {self._log()}")

    def _start(self) -> None:
        for _ in range(5):
            self.port = _free_port()
            settings = {**SETTINGS, "port": str(self.port)}
            options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
            self._process = self._run("postgres", "-D", self.folder / "data", *options)
            if self._answers():
                return
        raise Unavailable(f"postgres does not start: {self._log()}")

    def _run(self, program: str, *args: str | Path) -> subprocess.Popen[bytes]:
        command = [self._binaries / program, *args]
        if setpriv := shutil.which("setpriv"):  # a test run that is killed takes its server along
            command = [Path(setpriv), "--pdeathsig", "QUIT", *command]
        with (self.folder / "log").open("ab") as log:
            return subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log, **self._user)

    def _answers(self) -> bool:
        patience = time.monotonic() + 30
        while self._process.poll() is None and time.monotonic() < patience:
            try:
                self._administer(sql.SQL("SELECT 1"))
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return True
        return False

    def _administer(self, query: sql.SQL | sql.Composed) -> None:
        with psycopg.connect(self.address("postgres"), autocommit=True) as connection:
            connection.execute(query)

    def _log(self) -> str:
        return " ".join((self.folder / "log").read_text(errors="replace").split())[-400:]


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def install() -> None:
    """Get PostgreSQL from Debian's packages; elsewhere its tests are skipped and say so."""
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    if binaries() is None and is_root and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        for step in (["update"], ["install", "-y", "--no-install-recommends", "postgresql"]):
            subprocess.run(["apt-get", *step], check=False, env=quiet, stdout=subprocess.DEVNULL)
    if binaries() is None:
        sys.stderr.write(f"No PostgreSQL {NEEDED} or newer here: the tests that need it will be skipped.\n")


if __name__ == "__main__":
    install()
