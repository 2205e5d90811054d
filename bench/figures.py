"""A figure is a line, ``name: value``; what was measured together is a section of ``bench/README.md``."""

from __future__ import annotations

import os
import platform
import re
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

README = Path(__file__).parent / "README.md"
HEAD = """# Figures

`make bench` measures all of this but the long runs, which are `make bench-memory` and `make bench-curve`, and the app
on a tablet, `make bench-tablet`; each writes its own section. Ratios are what to compare: both sides of each come from
the same run on the same machine.
"""

Figure = tuple[str, float | str]


@dataclass(frozen=True)
class Section:
    """What was measured together: in a few words, in a few sentences, and in figures."""

    title: str
    said: str
    figures: tuple[Figure, ...]

    def lines(self) -> list[str]:
        """``name: value``, one a figure."""
        return [f"{name}: {value if isinstance(value, str) else _number(value)}" for name, value in self.figures]

    def body(self) -> str:
        """The section as it stands in the file, without its title."""
        block = "\n".join(self.lines())
        return f"{self.said}\n\n{_machine()}\n\n```\n{block}\n```\n"


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.2f}"


def _machine() -> str:
    today = f"{datetime.now(UTC):%Y-%m-%d}"
    return f"{today}: {os.cpu_count()} cores, Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}."


def write(sections: Iterable[Section], path: Path = README) -> None:
    """Put the sections in their place in the file; those measured at another time stay as they are."""
    before = path.read_text("utf-8") if path.exists() else ""
    found = dict(re.findall(r"^## ([^\n]+)\n\n(.*?)(?=^## |\Z)", before, re.M | re.S))
    found |= {section.title: section.body() for section in sections}
    parts = [f"## {title}\n\n{body.strip()}\n" for title, body in found.items()]
    path.write_text("\n".join([HEAD, *parts]), "utf-8")
