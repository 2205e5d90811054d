"""What the package shows to those who use it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import sync

ENGINE = Path(sync.__file__).parent


def test_the_engine_shows_a_dozen_names_and_each_is_there() -> None:
    assert len(sync.__all__) == len(set(sync.__all__)) == 12
    assert all(hasattr(sync, name) for name in sync.__all__)


def test_the_rest_of_the_repository_takes_only_those_from_the_package_itself() -> None:
    modules = {path.stem for path in ENGINE.glob("*.py")}
    sources = [path for top in ("fieldapp", "tests", "bench") for path in ENGINE.parent.joinpath(top).rglob("*.py")]
    taken = {
        name.split(" as ")[0].strip()
        for path in sources
        for names in re.findall(r"^\s*from sync import ([^(\n]+)$", path.read_text("utf-8"), re.M)
        for name in names.split(",")
    }
    assert taken <= {*sync.__all__, *modules}


def test_who_needs_no_files_and_no_network_loads_neither() -> None:
    told = "import sync, sys; print({'httpx', 'cryptography', 'pyrage', 'zstandard'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", told], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
