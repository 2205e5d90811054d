"""What may know what. The import contracts are in pyproject.toml; here the interpreter itself is asked."""

from __future__ import annotations

import subprocess
import sys


def loaded_after(statement: str) -> set[str]:
    program = f"import sys; {statement}; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in done.stdout.split()}


def test_the_merge_engine_loads_neither_flask_nor_the_application() -> None:
    assert not loaded_after("import sync, sync.journal, sync.batch, sync.client") & {"flask", "fieldapp"}


def test_questionnaires_and_the_law_load_neither_flask_nor_the_merge_engine() -> None:
    assert not loaded_after("import fieldapp.surveys, fieldapp.housing") & {"flask_sqlalchemy", "flask_login", "sync"}
