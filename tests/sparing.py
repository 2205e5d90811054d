"""What a process, or a run, does once for all its tests: each has an application, a database and a page of its own, but
what these are compiled to is the same for each.
"""

from __future__ import annotations

import gc
import hashlib
import ssl
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from jinja2.bccache import Bucket
from werkzeug.routing import Rule

from fieldapp.people import passwords
from fieldapp.photos import attachments
from tests import guard
from tests.once import folder_of_run


class Compiled(FileSystemBytecodeCache):
    """What templates were compiled to, for all applications of a run; each process reads it once."""

    def __init__(self, folder: Path) -> None:
        super().__init__(str(folder))
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])
            return
        super().load_bytecode(bucket)
        if bucket.code is not None:
            self._kept[bucket.key] = bucket.bytecode_to_string()


@pytest.fixture(scope="session", autouse=True)
def templates_compiled_once(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Every test has an application of its own, and all of them the same templates."""
    folder = folder_of_run(tmp_path_factory) / "templates"
    folder.mkdir(exist_ok=True)
    Flask.jinja_options = {"bytecode_cache": Compiled(folder)}


@pytest.fixture(scope="session", autouse=True)
def addresses_compiled_once() -> None:
    """Most of making an application went into compiling its addresses, which are the same for all of them."""
    compiled, kept = Rule.compile, dict[tuple[Any, ...], tuple[dict[str, Any], Any, Any]]()

    def once(rule: Rule) -> None:
        place = (rule.rule, rule.subdomain, rule.host, rule.merge_slashes, repr(rule.defaults))
        key = (*place, frozenset(rule.map.converters.items()))
        if key not in kept:
            compiled(rule)
            told = {name: getattr(rule, name) for name in ("_parts", "_trace", "_converters", "arguments")}
            kept[key] = told, rule._build.__func__, rule._build_unknown.__func__
        told, build, unknown = kept[key]
        vars(rule).update(told, _build=build.__get__(rule), _build_unknown=unknown.__get__(rule))

    Rule.compile = once  # type: ignore[method-assign]


@pytest.fixture(scope="session", autouse=True)
def little_is_looked_through() -> None:
    """Modules and thousands of collected tests stay until the end: nobody looks whether anything in them can go. How
    seldom it is looked for what can is said in ``tests/__init__.py``, before all is imported.
    """
    gc.freeze()


class Statements(dict[Any, Any]):
    """What statements were compiled to, for all databases of one kind: those of a process are the same ones."""

    def get(self, key: Any, default: Any = None) -> Any:
        return super().get((key[0].name, *key[1:]), default)

    def __setitem__(self, key: Any, compiled: Any) -> None:
        super().__setitem__((key[0].name, *key[1:]), compiled)


@pytest.fixture(scope="session", autouse=True)
def statements_compiled_once() -> None:
    """Every test has a database of its own, and all of them the same statements."""
    kept = Statements()
    sa.event.listen(sa.Engine, "engine_connect", lambda connection: connection.execution_options(compiled_cache=kept))


@pytest.fixture(scope="session", autouse=True)
def quick_hashes() -> None:
    """The real cost of a password is for guessers, not for tests."""
    passwords._hasher = guard.Hasher()


@pytest.fixture(scope="session", autouse=True)
def certificates_read_once() -> None:
    """Every client reads those of the whole world, also one that speaks no TLS: longer than most requests take."""
    ssl.create_default_context = cache(ssl.create_default_context)


@pytest.fixture(scope="session", autouse=True)
def pictures_decoded_once() -> None:
    """The photos of the sample come to every node that a test makes; what cannot be decoded is tried each time."""
    decoded, kept = attachments._decoded, dict[bytes, tuple[str, tuple[int, int]]]()

    def once(data: bytes) -> tuple[str, tuple[int, int]]:
        key = hashlib.sha256(data).digest()
        if key not in kept:
            kept[key] = decoded(data)
        return kept[key]

    attachments._decoded = once


@pytest.fixture(scope="session")
def values_taken_as_they_come() -> None:
    """Half of what a test of a tablet cost was Playwright's checking of each part of each value that a page returns."""
    with suppress(ImportError):  # a Playwright that does not check them
        from playwright._impl.protocol.validator_primitives import scheme

        scheme["SerializedValue"] = lambda value, _path, _context: value
