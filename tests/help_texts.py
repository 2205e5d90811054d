"""Finds what the commands say of themselves, for the catalogue: their docstrings, and the help of their options."""

from __future__ import annotations

import ast
import io
from collections.abc import Collection, Iterator, Mapping
from typing import Any, BinaryIO

from babel.messages.extract import extract_python

from fieldapp.cli.words import plain
from tests.syntax import tree

Found = tuple[int, str, Any, list[str]]


def extract(
    file: BinaryIO, keywords: Mapping[str, Any], comment_tags: Collection[str], options: dict[str, Any]
) -> Iterator[Found]:
    """Babel's door: the messages of one file, those that are marked included."""
    source = file.read()
    yield from extract_python(io.BytesIO(source), keywords, comment_tags, options)  # type: ignore[arg-type]
    for node in ast.walk(tree(source)):
        if isinstance(node, ast.FunctionDef) and any(map(_makes_a_command, node.decorator_list)):
            yield node.lineno, "_", plain(ast.get_docstring(node) or ""), []
        elif isinstance(node, ast.Call):
            yield from _of_call(node)


def _makes_a_command(decorator: ast.expr) -> bool:
    made = decorator.func if isinstance(decorator, ast.Call) else decorator
    return isinstance(made, ast.Attribute) and made.attr in ("command", "group")


def _of_call(call: ast.Call) -> Iterator[Found]:
    texts = [each.value for each in call.args if isinstance(each, ast.Constant)]
    if isinstance(call.func, ast.Name) and call.func.id == "one_or_more":
        yield call.lineno, "ngettext", tuple(texts), []
    for word in call.keywords:
        if word.arg == "help" and isinstance(word.value, ast.Constant):
            yield call.lineno, "_", plain(word.value.value), []
