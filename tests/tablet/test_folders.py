"""The tablet's modules lie in ten folders, none imports what comes after it, and no class grows long."""

from __future__ import annotations

import re
from pathlib import Path
from posixpath import dirname, join, normpath

import fieldapp

APP = Path(fieldapp.__file__).parent / "static" / "app"
FOLDERS = ["ground", "twins", "store", "records", "wire", "person", "kit", "form", "views", "shell"]
CLASS = re.compile(r"^(?:export )?class (\w+)[^\n]*\{\n.*?^\}$", re.MULTILINE | re.DOTALL)
LONGEST = 200
IMPORTED = re.compile(r'(?:from |import |import\(|new URL\()"(\.{0,2}/?[\w/.]+\.js)"')


def _modules() -> dict[str, str]:
    return {path.relative_to(APP).as_posix(): path.read_text(encoding="utf-8") for path in APP.rglob("*.js")}


def _imports() -> list[tuple[str, str]]:
    """Who imports whom, at once or later."""
    return [
        (name, normpath(join(dirname(name), other)))
        for name, text in _modules().items()
        for other in IMPORTED.findall(text)
    ]


def _depth(name: str) -> int:
    return FOLDERS.index(name.split("/")[0])


def test_every_module_lies_in_one_of_the_ten_folders() -> None:
    assert {name.rpartition("/")[0] for name in _modules()} == set(FOLDERS)


def test_no_module_imports_from_a_folder_that_comes_after_its_own() -> None:
    found = _imports()
    assert len(found) > 300
    assert [(name, other) for name, other in found if _depth(other) > _depth(name)] == []


def test_no_module_needs_itself_by_way_of_others() -> None:
    left = {name: {other for one, other in _imports() if one == name} for name in _modules()}
    while done := {name for name, needed in left.items() if not needed & left.keys()}:
        left = {name: needed for name, needed in left.items() if name not in done}
    assert sorted(left) == []


def test_no_class_is_longer_than_200_lines() -> None:
    """One that is longer tells of two matters: the second has a file of its own."""
    found = {each[1]: each[0].count("\n") + 1 for text in _modules().values() for each in CLASS.finditer(text)}
    assert len(found) > 25
    assert {name: lines for name, lines in found.items() if lines > LONGEST} == {}


def test_the_read_me_tells_of_the_folders_in_their_order() -> None:
    text = (APP / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^\d+\. `(\w+)/`", text, re.MULTILINE) == FOLDERS
