"""The types of the tablet's modules are looked at where Node is; nobody needs Node."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests import javascript

FAULT = """/** How many. */
export function count(things) {
  return things.length;
}

export const counted = count([], "vi");
"""


def test_without_node_it_is_told_that_the_types_are_skipped_and_nothing_fails() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.javascript"],
        cwd=javascript.ROOT,
        env={"PATH": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "types of the tablet's modules: skipped, Node is not found\n"


@pytest.mark.skipif(
    not (shutil.which("node") and (javascript.MODULES / "typescript").exists()),
    reason="neither Node nor TypeScript here",
)
def test_a_call_that_gives_more_than_a_function_takes_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    module = tmp_path / "fieldapp" / "static" / "app" / "kit" / "count.js"
    module.parent.mkdir(parents=True)
    module.write_text(FAULT, encoding="utf-8")
    shutil.copy(javascript.ROOT / "jsconfig.json", tmp_path)
    monkeypatch.setattr(javascript, "ROOT", tmp_path)
    [told] = javascript.faults()
    assert told.endswith("count.js(6,34): error TS2554: Expected 0-1 arguments, but got 2.")
