"""A cache of values as they are written into a file: codes, villages and days come again and again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

MOST_KNOWN = 20_000
"""So many different answers to a question are remembered as they are drawn."""


class DrawnOnce(dict[Any, Any]):
    """By value what it is drawn as, drawn when it is first asked for.

    ``True`` is 1 to a dictionary, and not to a reader: values of two kinds need one each.
    """

    def __init__(self, draw: Callable[[Any], Any]) -> None:
        super().__init__()
        self.draw = draw

    def __missing__(self, value: Any) -> Any:
        drawn = self.draw(value)
        if len(self) < MOST_KNOWN:
            self[value] = drawn
        return drawn
