"""What may know what. The import contracts are in pyproject.toml; here the interpreter itself is asked."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


def loaded_after(statement: str) -> set[str]:
    program = f"import sys; {statement}; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in done.stdout.split()}


def test_the_merge_engine_loads_neither_flask_nor_the_application() -> None:
    assert not loaded_after("import sync, sync.journal, sync.batch, sync.client") & {"flask", "fieldapp"}


def test_questionnaires_and_the_law_load_neither_flask_nor_the_merge_engine() -> None:
    assert not loaded_after("import fieldapp.surveys, fieldapp.housing") & {"flask_sqlalchemy", "flask_login", "sync"}


@pytest.mark.parametrize("word", ["Door", "Line", "Mark", "Part"])
def test_no_class_is_called_by_a_word_that_has_meant_six_things(word: str) -> None:
    files = [path for folder in ("fieldapp", "sync") for path in (ROOT / folder).rglob("*.[pj][ys]")]
    called = re.compile(rf"^(export )?class {word}\b", re.MULTILINE)
    assert [path.name for path in files if called.search(path.read_text(encoding="utf-8"))] == []
