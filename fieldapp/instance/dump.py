"""The PostgreSQL half of a backup: its own programs write the database into a file and put it back, all or nothing."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import sqlalchemy as sa

from fieldapp.config import Config
from fieldapp.problems import NotABackup, ToolFailed, ToolsMissing
from fieldapp.today import local, now

PROGRAMS = ("pg_dump", "pg_restore", "psql")
PACKAGED = Path("/usr/lib/postgresql")
"""Where Debian and Ubuntu keep the programs of each version."""

PATIENCE = "20s"
"""How long a restore waits for those who still work in the database."""

TABLES = """
SELECT c.relname FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
WHERE s.nspname = current_schema() AND c.relkind IN ('r', 'p')
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.relname
"""
"""All tables but those an extension brought."""


LAST = "RESET search_path;\nSELECT count(*) FROM change;\n"
"""What must be there in the end, where the application looks for it."""


def write(config: Config, target: Path) -> None:
    """Write the database as it is now into a file, in the custom format of ``pg_dump``.

    :raises ToolsMissing, ToolFailed: there is no ``pg_dump``, or it failed.
    """
    schema = f"--schema={_quoted(_schema(config))}"
    _run(config, "pg_dump", ["--format=custom", "--no-owner", "--no-privileges", schema, f"--file={target}"])


def check(config: Config, dump: Path) -> None:
    """Check that a file is a dump of a database.

    :raises NotABackup: it is not.
    """
    try:
        listed = _run(config, "pg_restore", ["--list", str(dump)], connect=False)
    except ToolFailed as failed:
        raise NotABackup(file=dump.name) from failed
    if not re.search(r"^\d+;.* TABLE DATA \S+ change ", listed, re.M):
        raise NotABackup(file=dump.name)


def read_through(config: Config, dump: Path) -> None:
    """Check that all of a dump can be read again.

    :raises ToolFailed: it cannot.
    """
    _run(config, "pg_restore", [f"--file={os.devnull}", str(dump)], connect=False)


def column(config: Config, query: str) -> set[str]:
    """The values of the first column of a query."""
    with _connected(config) as connection:
        return set(connection.exec_driver_sql(query).scalars())


def see_that_it_can(server: int) -> None:
    """Check that the ``pg_dump`` here can dump a server of this major version, such as 15.

    :raises ToolsMissing, ToolFailed: a program is not here, or ``pg_dump`` is older than the server.
    """
    for tool in PROGRAMS:
        program(tool)
    said = subprocess.run([program("pg_dump"), "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    version = re.search(r"\d+", said)
    if version is None or int(version[0]) < server:
        raise ToolFailed(tool="pg_dump", why=f"{said.strip()} < PostgreSQL {server}")


def tables(config: Config) -> list[str]:
    """The tables that are in the database now."""
    with _connected(config) as connection:
        return list(connection.exec_driver_sql(TABLES).scalars())


def restore(config: Config, dump: Path) -> str | None:
    """Put a database in place, in one transaction: all of it, or nothing changes.

    :returns: the schema in which the tables of before are kept, if there were any.
    :raises ToolsMissing, ToolFailed: what it needs is not here, or it failed.
    """
    script = dump.with_suffix(".sql")
    plain = ["--no-owner", "--no-privileges", f"--schema={_schema(config)}", f"--file={script}", str(dump)]
    _run(config, "pg_restore", plain, connect=False)
    before = tables(config)
    kept = f"before_{local(now()):%Y%m%d_%H%M%S}" if before else None
    first, last = dump.with_name("first.sql"), dump.with_name("last.sql")
    first.write_text(_aside(before, kept), encoding="utf-8")
    last.write_text(LAST, encoding="utf-8")
    steps = [f"--file={each}" for each in (first, script, last)]
    _run(config, "psql", ["--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", *steps])
    return kept


def _aside(before: list[str], kept: str | None) -> str:
    """The statements that move what is in the way into a schema of its own."""
    lines = [f"SET LOCAL lock_timeout = '{PATIENCE}';"]
    if kept:
        lines.append(f"CREATE SCHEMA {_quoted(kept)};")
        lines += [f"ALTER TABLE {_quoted(name)} SET SCHEMA {_quoted(kept)};" for name in before]
    return "\n".join(lines)


def _schema(config: Config) -> str:
    with _connected(config) as connection:
        return str(connection.exec_driver_sql("SELECT current_schema()").scalar_one())


def _connected(config: Config) -> sa.Connection:
    engine = sa.create_engine(
        config.database, poolclass=sa.NullPool, hide_parameters=True, connect_args={"connect_timeout": 10}
    )
    return engine.connect()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _run(config: Config, tool: str, args: Sequence[str], *, connect: bool = True) -> str:
    """Run a program of PostgreSQL. The password goes by its environment, where no list of processes shows it."""
    url = sa.make_url(config.database)
    plain = url.set(drivername="postgresql", password=None).render_as_string()
    env = os.environ | ({"PGPASSWORD": str(url.password)} if url.password else {})
    command = [program(tool), *args, *([f"--dbname={plain}"] if connect else [])]
    done = subprocess.run(command, env=env, capture_output=True, encoding="utf-8", errors="replace", check=False)  # noqa: S603
    if done.returncode != 0:
        raise ToolFailed(tool=tool, why=_reason(done.stderr))
    return done.stdout


def _reason(said: str) -> str:
    """The first line that tells of an error, without the names of files and programs before it."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    first = next((line for line in lines if re.search(r"error|fatal|lỗi", line, re.I)), lines[0] if lines else "?")
    return re.sub(r"^.*?(ERROR|FATAL|error|fatal|LỖI):\s*", "", first).rstrip(".")


def program(tool: str) -> str:
    """Where a program of PostgreSQL is: the newest of the system's packages, else what the path says.

    :raises ToolsMissing: it is nowhere.
    """
    packaged = sorted(PACKAGED.glob(f"*/bin/{tool}"), key=_version)
    found = str(packaged[-1]) if packaged else shutil.which(tool)
    if found is None:
        raise ToolsMissing(tool=tool)
    return found


def _version(path: Path) -> int:
    number = path.parts[-3]
    return int(number) if number.isdigit() else 0
