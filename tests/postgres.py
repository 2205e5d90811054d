"""A PostgreSQL for the tests: the system's binaries, a server of our own, gone when they end.

Its databases sort by the Vietnamese alphabet and its clock is Vietnam's, as on a server somebody has set up with care:
what should not depend on either is then seen not to. ``python -m tests.postgres`` installs it where it is missing and
may be installed; elsewhere it says how, and the tests that need it are skipped with the same sentence.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from fieldapp.instance.at_work import opened, take
from tests.again import SOAK, again
from tests.once import alone

ON_EACH_DATABASE = pytest.mark.parametrize("engine", ["sqlite", "postgresql"], indirect=True)
"""Runs a test over the application twice, each time: what the two do differently."""
AGAIN_ON_POSTGRESQL = pytest.mark.parametrize("engine", ["sqlite", again("postgresql")], indirect=True)
"""The same where they do alike: on PostgreSQL with ``make test-all``."""
LATER_ON_POSTGRESQL = pytest.mark.parametrize("engine", ["sqlite", *(["postgresql"] if SOAK else [])], indirect=True)
"""What is told from end to end, of which each part is told of both databases: on PostgreSQL with ``make soak``."""

NEEDED = 12
SORTING = 15  # the first that lets a whole database sort by ICU
HOW = f"PostgreSQL {NEEDED} or newer is not on this machine; on Debian or Ubuntu: sudo apt-get install postgresql"
SETTINGS_OF_DEBIAN = Path("/etc/postgresql-common/createcluster.conf")
USER = "mau"
PATIENCE = 10
"""So often a template is asked for again: on a busy machine the process of who made it takes seconds to end."""
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "timezone": "Asia/Ho_Chi_Minh",
    "max_connections": "150",
    "shared_buffers": "32MB",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
}


class Unavailable(Exception):
    """Why there can be no PostgreSQL here."""


def binaries() -> tuple[int, Path] | None:
    """The version and the folder of ``initdb`` and ``postgres``, the newest there are, or None."""
    on_path = shutil.which("initdb")
    found = [Path(on_path).parent] if on_path else []
    found += Path("/usr/lib/postgresql").glob("*/bin")
    fit = [(version, folder) for folder in found if (version := _version(folder)) >= NEEDED]
    return max(fit) if fit else None


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
    """A server on the loopback, as somebody reaches it: its port, its folder, and whether a database sorts by ICU.

    Each who reaches it makes databases under names of their own.
    """

    def __init__(self, port: int, folder: Path, sorts: bool) -> None:
        self.port, self.folder, self.sorts = port, folder, sorts
        self._prefix, self._made = f"{USER}_{secrets.token_hex(2)}", 0
        self._line: psycopg.Connection | None = None

    def url(self, database: str) -> str:
        """SQLAlchemy's address of a database."""
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/{database}"

    def address(self, database: str) -> str:
        """The driver's address of a database."""
        return f"host=127.0.0.1 port={self.port} user={USER} dbname={database} connect_timeout=60"

    def create(self, template: str = "template1") -> str:
        """A database of its own, as copy of another that nobody is connected to. Returns its name."""
        self._made += 1
        return self._copied(f"{self._prefix}_{self._made}", template)

    def put(self, name: str, template: str) -> None:
        """A copy of another database in the place of this one."""
        self.drop(name)
        self._copied(name, template)

    def _copied(self, name: str, template: str) -> str:
        query = sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), sql.Identifier(template))
        query += sql.SQL(" STRATEGY file_copy" if self.sorts else "")
        for _again in range(PATIENCE):
            with suppress(psycopg.errors.ObjectInUse):
                self._administer(query)
                return name
        self._administer(query)
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is connected to it."""
        self._administer(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))

    def hang_up(self) -> None:
        """Be connected no longer."""
        if self._line:
            self._line.close()

    def _administer(self, query: sql.SQL | sql.Composed) -> None:
        """Over one connection: to open one costs the server a third of what a copy does."""
        if self._line is None or self._line.closed:
            self._line = psycopg.connect(self.address("postgres"), autocommit=True)
        self._line.execute(query)


class Started(Server):
    """A server of our own on a free port, with nothing in it. Raises Unavailable where there can be none."""

    def __init__(self) -> None:
        found = binaries()
        if found is None:
            raise Unavailable(HOW)
        (version, self._binaries), self._user = found, _other_user()
        super().__init__(0, Path(tempfile.mkdtemp(prefix="fieldapp-postgresql-")), version >= SORTING)
        if self._user:
            shutil.chown(self.folder, self._user["user"], self._user["group"])
        try:
            self._initialise()
            self._start()
        except BaseException:
            shutil.rmtree(self.folder, ignore_errors=True)
            raise

    def stop(self) -> None:
        """Stop at once and leave nothing behind."""
        self.hang_up()
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)

    def _initialise(self) -> None:
        how = ["--auth=trust", f"--username={USER}", "--encoding=UTF8", "--no-sync", "--no-instructions"]
        sorting = ["--locale=C", *(["--locale-provider=icu", "--icu-locale=vi"] if self.sorts else [])]
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
        patience = time.monotonic() + 120
        while self._process.poll() is None and time.monotonic() < patience:
            try:
                self._administer(sql.SQL("SELECT 1"))
            except psycopg.OperationalError:
                time.sleep(0.05)
            else:
                return True
        return False

    def _log(self) -> str:
        return " ".join((self.folder / "log").read_text(errors="replace").split())[-400:]


@contextmanager
def shared(run: Path) -> Iterator[Server]:
    """The one server of a test run, of which ``run`` is the folder: the first worker that needs it starts it, and stops
    it when no other has it any more. Raises Unavailable where there can be none.
    """
    known, started = run / "postgresql.json", None
    seat = opened(run / f"postgresql.{secrets.token_hex(4)}.user")
    with alone(run / "postgresql.gate"):
        if not known.exists():
            started = Started()
            known.write_text(json.dumps([started.port, str(started.folder), started.sorts]))
        port, folder, sorts = json.loads(known.read_text())
        take(seat)
    reached = Server(port, Path(folder), sorts)
    try:
        yield reached
    finally:
        reached.hang_up()
        os.close(seat)
        if started:
            _stop_after_all(started, run)


def _stop_after_all(started: Started, run: Path) -> None:
    """No later worker is let in while it is asked who is still there."""
    with alone(run / "postgresql.gate"):
        for seat in run.glob("postgresql.*.user"):
            with alone(seat):
                seat.unlink()
        (run / "postgresql.json").unlink()
        started.stop()


def _free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def install() -> None:
    """Get PostgreSQL from Debian's packages where we may; elsewhere say how, and its tests are skipped."""
    root = _as_root()
    if binaries() is None and shutil.which("apt-get") and root is not None:
        _without_a_server_of_debian(root)
        quiet = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]
        for step in (["update"], ["install", "-y", "--no-install-recommends", "postgresql"]):
            subprocess.run([*quiet, *step], check=False, stdout=subprocess.DEVNULL)
    if binaries() is None:
        sys.stderr.write(f"{HOW}. The tests that need it will be skipped.\n")


def _without_a_server_of_debian(root: list[str]) -> None:
    """Debian's package makes a server on port 5432 and starts it with the machine; nobody here asked for one."""
    if not SETTINGS_OF_DEBIAN.exists():
        write = f"mkdir -p {SETTINGS_OF_DEBIAN.parent} && echo create_main_cluster = false > {SETTINGS_OF_DEBIAN}"
        subprocess.run([*root, "sh", "-c", write], check=False)


def _as_root() -> list[str] | None:
    """What makes a command run as root without asking anybody for a password; None where nothing does."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    may = sudo and subprocess.run([sudo, "-n", "true"], check=False, capture_output=True).returncode == 0
    return [sudo, "-n"] if sudo and may else None


if __name__ == "__main__":
    install()
