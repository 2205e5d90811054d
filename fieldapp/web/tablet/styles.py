"""A style sheet without the rules that no page of the app can need: a slow tablet reads all of it at each start."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import tinycss2

_WORD = re.compile(r"[A-Za-z_][\w-]*")
_PREFIX = re.compile(r"([A-Za-z_][\w-]*-)\$\{")
_NESTING = frozenset({"media", "supports", "layer", "container"})


@dataclass(frozen=True)
class SourceWords:
    """Every word in the sources of some pages, and the beginnings of those that are put together: ``btn-${look}``."""

    words: Collection[str]
    beginnings: Sequence[str]

    @classmethod
    def of(cls, sources: Iterable[str]) -> SourceWords:
        """The names in these sources."""
        text = "\n".join(sources)
        return cls(frozenset(_WORD.findall(text)), sorted(set(_PREFIX.findall(text))))

    def __contains__(self, name: str) -> bool:
        if name in self.words:
            return True
        return any(name.startswith(one) and name.removeprefix(one) in self.words for one in self.beginnings)


def trimmed(style: str, names: SourceWords) -> str:
    """The style sheet with those rules whose classes are all among the names; rules without a class stay."""
    rules = tinycss2.parse_stylesheet(style, skip_comments=True, skip_whitespace=True)
    return tinycss2.serialize(list(_kept(rules, names)))  # type: ignore[no-any-return]


def _kept(rules: Iterable[Any], names: SourceWords) -> Iterator[Any]:
    for rule in rules:
        if rule.type == "qualified-rule":
            rule.prelude = _joined([one for one in _selectors(rule.prelude) if _can_match(one, names)])
        elif rule.type == "at-rule" and rule.lower_at_keyword in _NESTING and rule.content:
            inside = tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True)
            rule.content = list(_kept(inside, names))
            if not rule.content:
                continue
        if rule.prelude or rule.type == "at-rule":
            yield rule


def _selectors(prelude: Iterable[Any]) -> list[list[Any]]:
    found: list[list[Any]] = [[]]
    for part in prelude:
        if part == ",":
            found.append([])
        else:
            found[-1].append(part)
    return found


def _joined(selectors: Sequence[Sequence[Any]]) -> list[Any]:
    comma = tinycss2.ast.LiteralToken(0, 0, ",")
    return [part for one in selectors for part in (comma, *one)][1:]


def _can_match(selector: Sequence[Any], names: SourceWords) -> bool:
    """Whether all the classes that something must have, and the attributes of Bootstrap's own, are among the names.
    What stands within ``:not(…)`` and its like is not looked at."""
    classes = {name.value for dot, name in pairwise(selector) if dot == "."}
    asked = {part.content[0].value for part in selector if part.type == "[] block" and part.content}
    return all(name in names for name in classes | {name for name in asked if name.startswith("data-bs-")})
