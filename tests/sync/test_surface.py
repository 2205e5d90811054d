"""What the package shows to those who use it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import sync
from tests.syntax import tree

ENGINE = Path(sync.__file__).parent
MODULES = {path.stem for path in ENGINE.glob("*.py")}
APPLICATION = ENGINE.parent / "fieldapp"
KNOWN = {
    *("change", "clock", "fold", "problems"),
    *("journal", "statements", "feeds", "past"),
    *("client", "peer", "protocol", "compare"),
    *("batch", "preview", "receipt", "keys", "sealing", "files"),
}
"""What the application may import of the engine beside the package itself: each one more is one more to keep stable."""


def test_the_engine_shows_a_dozen_names_and_each_is_there() -> None:
    assert len(sync.__all__) == len(set(sync.__all__)) == 12
    assert all(hasattr(sync, name) for name in sync.__all__)


def test_the_rest_of_the_repository_takes_only_those_from_the_package_itself() -> None:
    sources = [path for top in ("fieldapp", "tests", "bench") for path in ENGINE.parent.joinpath(top).rglob("*.py")]
    taken = {
        name.split(" as ")[0].strip()
        for path in sources
        for names in re.findall(r"^\s*from sync import ([^(\n]+)$", path.read_text("utf-8"), re.M)
        for name in names.split(",")
    }
    assert taken <= {*sync.__all__, *MODULES}


def test_the_application_knows_these_modules_of_the_engine_and_no_other() -> None:
    assert {name for path in APPLICATION.rglob("*.py") for name in known_in(path)} == KNOWN


def known_in(path: Path) -> Iterator[str]:
    """The modules of the engine that a file imports, or imports from."""
    for node in ast.walk(tree(path)):
        names = [each.name for each in node.names] if isinstance(node, ast.Import | ast.ImportFrom) else []
        if isinstance(node, ast.ImportFrom) and node.module == "sync":
            yield from (name for name in names if name in MODULES)
        modules = [node.module or ""] if isinstance(node, ast.ImportFrom) else names
        yield from (module.split(".")[1] for module in modules if module.startswith("sync."))


def test_who_needs_no_files_and_no_network_loads_neither() -> None:
    told = "import sync, sys; print({'httpx', 'cryptography', 'pyrage', 'zstandard'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
