"""Whether what the tests name of the application is there: types are not checked in them, and a test that names a thing
by its old name fails only when it runs, a browser's perhaps in a quarter of an hour.
"""

from __future__ import annotations

import ast
import importlib
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

TESTS = Path(__file__).parent
OURS = ("fieldapp", "sync", "bench", "tests")
NOT_SETTLED = object()
"""Of a name that something else may stand for here: an argument, a loop."""
DOTTED = re.compile(r"(fieldapp|sync|bench)(\.\w+)+")


def faults(folder: Path = TESTS) -> list[str]:
    """What is named and not there, each with its file and line."""
    return [fault for path in sorted(folder.rglob("*.py")) for fault in faults_of(path)]


def faults_of(path: Path) -> list[str]:
    """The same of one file."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    modules: dict[str, Any] = {}
    found = [*_imported(tree, modules), *_patched(tree)]
    for name in _bound(tree):
        modules[name] = NOT_SETTLED
    found += _looked_up(tree, modules)
    return [f"{path.relative_to(TESTS.parent)}:{line}: there is no {name}" for line, name in sorted(set(found))]


def _imported(tree: ast.Module, modules: dict[str, Any]) -> Iterator[tuple[int, str]]:
    """What is imported and not there; ``modules`` gets what the names of modules stand for."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and _is_ours(node.module):
            for each in node.names:
                modules[each.asname or each.name] = found = member(str(node.module), each.name)
                if found is None:
                    yield node.lineno, f"{node.module}.{each.name}"


def _looked_up(tree: ast.Module, modules: dict[str, Any]) -> Iterator[tuple[int, str]]:
    """What is asked of an imported module, and not there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and isinstance(node.ctx, ast.Load):
            module = modules.get(node.value.id)
            if isinstance(module, ModuleType) and member(module.__name__, node.attr) is None:
                yield node.lineno, f"{module.__name__}.{node.attr}"


def _patched(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """What ``monkeypatch.setattr("a.name", …)`` would replace, and is not there."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "setattr":
            said = node.args[0].value if node.args and isinstance(node.args[0], ast.Constant) else None
            if isinstance(said, str) and DOTTED.fullmatch(said) and not is_there(said):
                yield node.lineno, said


def _bound(tree: ast.Module) -> Iterator[str]:
    """The names that are bound anywhere in a file by something else than an import."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            yield node.arg
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id


def _is_ours(module: str | None) -> bool:
    return (module or "").split(".")[0] in OURS


def member(module: str, name: str) -> Any:
    """What a module offers by a name, or the module of that name inside it; None where there is neither."""
    try:
        inside = importlib.import_module(module)
    except ModuleNotFoundError:
        return None
    if hasattr(inside, name):
        return NOT_SETTLED if getattr(inside, name) is None else getattr(inside, name)
    is_folder = hasattr(inside, "__path__")
    return importlib.import_module(f"{module}.{name}") if is_folder and _is_module(f"{module}.{name}") else None


def _is_module(dotted: str) -> bool:
    return importlib.util.find_spec(dotted) is not None


def is_there(dotted: str) -> bool:
    """Whether there is what a text names: something of a module, or of a class in it."""
    module, _dot, name = dotted.rpartition(".")
    if member(module, name) is not None:
        return True
    outer, _dot, kind = module.rpartition(".")
    return bool(outer) and hasattr(member(outer, kind), name)
