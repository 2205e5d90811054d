"""Settings: one frozen value, read once from ``FIELDAPP_*`` in the environment."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from fieldapp.problems import BadDatabaseAddress, BadSetting

_JSON = {"json_serializer": lambda value: msgspec.json.encode(value).decode(), "json_deserializer": msgspec.json.decode}
"""Every row of a record holds some JSON: it is written several times faster than by the standard library."""

_HIDDEN = {"hide_parameters": True}
"""An error of the database that is logged or told holds no answers."""


_CONNECTIONS = 64
"""So many more than the usual five: of the threads of a process none waits for one while others wait to write."""


@dataclass(frozen=True)
class Config:
    """Where this node keeps its things and how it is reached."""

    instance: Path
    database_url: str = ""
    public_url: str = ""
    secure_cookies: bool = False
    proxies: int = 0
    session_idle: int = 30
    session_hours: int = 12
    testing: bool = False

    @classmethod
    def from_env(cls, env: Mapping[str, str] = os.environ) -> Config:
        """``FIELDAPP_INSTANCE``, ``_DATABASE_URL``, ``_PUBLIC_URL``, ``_SECURE_COOKIES`` (1 behind HTTPS),
        ``_PROXIES`` (how many stand before it, whose word counts for the client's address and scheme),
        ``_SESSION_IDLE`` (minutes), ``_SESSION_HOURS``.

        :raises BadSetting: a number that is none.
        """
        return cls(
            instance=Path(env.get("FIELDAPP_INSTANCE", "instance")).resolve(),
            database_url=env.get("FIELDAPP_DATABASE_URL", ""),
            public_url=env.get("FIELDAPP_PUBLIC_URL", "").rstrip("/"),
            secure_cookies=env.get("FIELDAPP_SECURE_COOKIES", "") == "1",
            proxies=_whole(env, "FIELDAPP_PROXIES", cls.proxies, 0),
            session_idle=_whole(env, "FIELDAPP_SESSION_IDLE", cls.session_idle, 1),
            session_hours=_whole(env, "FIELDAPP_SESSION_HOURS", cls.session_hours, 1),
        )

    @property
    def database(self) -> str:
        """SQLAlchemy's address of the database; SQLite inside the instance unless told otherwise.

        :raises BadDatabaseAddress: told something else than a PostgreSQL.
        """
        if self.on_sqlite:
            return f"sqlite:///{self.instance / 'fieldapp.db'}"
        scheme, separator, rest = self.database_url.partition("://")
        if not separator or scheme not in ("postgres", "postgresql", "postgresql+psycopg"):
            raise BadDatabaseAddress()
        return f"postgresql+psycopg://{rest}"

    @property
    def on_sqlite(self) -> bool:
        """Whether the database is the file in the instance."""
        return not self.database_url

    @property
    def engine_options(self) -> dict[str, Any]:
        """How to connect. A server that went away is noticed before it is asked, and not waited for for minutes."""
        if self.on_sqlite:
            return {**_JSON, **_HIDDEN, "max_overflow": _CONNECTIONS}
        patience = {} if "connect_timeout=" in self.database else {"connect_timeout": 10}
        return {**_JSON, **_HIDDEN, "pool_pre_ping": True, "connect_args": patience}

    @property
    def attachments(self) -> Path:
        """The folder that holds whole photos, by hash."""
        return self.instance / "attachments"

    @property
    def keys(self) -> Path:
        """The file with this node's signing and decryption keys."""
        return self.instance / "node.keys"

    @property
    def sealing_key(self) -> Path:
        """The file with the key that opens what tablets seal for this node."""
        return self.instance / "sealing.keys"

    @property
    def code_lists(self) -> Path:
        """A province's own rows of the code lists; there need not be any."""
        return self.instance / "codelists.csv"

    @property
    def epoch_file(self) -> Path:
        """A copy of the epoch outside the database: when the two differ, the database was put back."""
        return self.instance / "epoch"

    @property
    def mark_file(self) -> Path:
        """Tells where this folder is, so that a copy of it is noticed."""
        return self.instance / "machine"

    @property
    def questions_file(self) -> Path:
        """Which questionnaires this instance was last folded with."""
        return self.instance / "questions"

    def secret_key(self) -> str:
        """The key that signs sessions, made on first use and kept in the instance, readable by its owner only."""
        from sync.files import write_new  # questionnaires and the law load these settings, and no merge engine

        path = self.instance / "secret"
        if not path.exists():
            self.instance.mkdir(parents=True, exist_ok=True)
            with suppress(FileExistsError):  # another process made it a moment before
                write_new(path, secrets.token_hex(32).encode())
        return path.read_text().strip()


def _whole(env: Mapping[str, str], name: str, default: int, least: int) -> int:
    """A setting that is a whole number. :raises BadSetting: it is none."""
    text = env.get(name, "").strip()
    if not text:
        return default
    if not re.fullmatch("[0-9]{1,6}", text) or int(text) < least:
        raise BadSetting(name=name, least=least, value=text)
    return int(text)


def settings() -> Config:
    """The settings of the running application."""
    from flask import current_app  # whoever asks has an application; whoever asks for help needs none

    found: Config = current_app.config["FIELDAPP"]
    return found
