"""What may know what. The import contracts are in pyproject.toml; here the interpreter itself is asked."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.syntax import tree

ROOT = Path(__file__).parents[1]


def loaded_after(statement: str) -> set[str]:
    program = f"import sys; {statement}; print('\\n'.join(sys.modules))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    return {name.split(".")[0] for name in done.stdout.split()}


def test_the_merge_engine_loads_neither_flask_nor_the_application() -> None:
    assert not loaded_after("import sync, sync.journal, sync.batch, sync.client") & {"flask", "fieldapp"}


def test_questionnaires_and_the_law_load_neither_flask_nor_the_merge_engine() -> None:
    assert not loaded_after("import fieldapp.surveys, fieldapp.housing") & {"flask_sqlalchemy", "flask_login", "sync"}


def named(path: Path) -> Iterator[tuple[str, str]]:
    """The public classes and types of a module, each with what it is: a type written twice alike is one thing."""
    for node in tree(path).body:
        match node:
            case ast.ClassDef(name=name):
                yield name, path.as_posix()
            case (
                ast.Assign(targets=[ast.Name(id=name)], value=value)
                | ast.AnnAssign(target=ast.Name(id=name), value=value)
            ):
                if value and re.match(r"[A-Z]\w*[a-z]", name):
                    yield name, ast.unparse(value)


AS_RECORDED = {"MaterialRuling", "PlaceStatus", "Programme", "Threshold"}
"""A rule as the law asks it has the name of the record it is read from: the two are the same rule."""


def test_no_two_classes_or_types_have_one_name() -> None:
    meanings: dict[str, set[str]] = defaultdict(set)
    for folder in ("fieldapp", "sync"):
        for path in (ROOT / folder).rglob("*.py"):
            for name, meaning in named(path):
                meanings[name].add(meaning)
    assert {name for name, found in meanings.items() if len(found) > 1 and not name.startswith("_")} == AS_RECORDED


def test_no_two_classes_of_the_tablet_have_one_name() -> None:
    files = (ROOT / "fieldapp" / "static").rglob("*.js")
    called = [name for path in files for name in re.findall(r"^(?:export )?class (\w+)", path.read_text("utf-8"), re.M)]
    assert [name for name, times in Counter(called).items() if times > 1] == []


@pytest.mark.parametrize("word", ["Door", "Line", "Mark", "Part", "Held", "Waiting"])
def test_no_class_is_called_by_a_word_that_has_meant_six_things(word: str) -> None:
    files = [path for folder in ("fieldapp", "sync") for path in (ROOT / folder).rglob("*.[pj][ys]")]
    called = re.compile(rf"^(export )?(class {word}\b|{word}(: TypeAlias)? = )", re.MULTILINE)
    assert [path.name for path in files if called.search(path.read_text(encoding="utf-8"))] == []


def raising(path: Path) -> Iterator[tuple[str, str]]:
    """The public functions of a module that raise something of their own, each with what it says of itself."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            raised = [ast.unparse(each.exc) for each in ast.walk(node) if isinstance(each, ast.Raise) and each.exc]
            said = ast.get_docstring(node)
            if said and any(each != "NotImplementedError" for each in raised):
                yield node.name, said


def test_a_public_function_tells_what_it_raises() -> None:
    """Of pages, addresses and commands the client tells: an answer with a status, a sentence and an exit code."""
    inside = [path for folder in ("fieldapp", "sync") for path in (ROOT / folder).rglob("*.py")]
    asked = [path for path in inside if not {"web", "cli"} & set(path.relative_to(ROOT).parts)]
    silent = [
        f"{path.relative_to(ROOT)}: {name}" for path in asked for name, said in raising(path) if "aises " not in said
    ]
    assert silent == []


def conditions_in_words(path: Path) -> Iterator[str]:
    """The conditions that a module hands to the database as text."""
    for node in ast.walk(tree(path)):
        match node:
            case ast.Call(func=ast.Attribute(attr="text"), args=[ast.Constant(value=str(words))]):
                yield words


def test_a_condition_in_words_that_says_or_stands_in_brackets() -> None:
    """Beside another condition it would otherwise mean: this, or that and the other."""
    every = [words for path in (ROOT / "fieldapp").rglob("*.py") for words in conditions_in_words(path)]
    assert [words for words in every if " OR " in words and not (words[0] == "(" and words[-1] == ")")] == []
