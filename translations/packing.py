"""How the package is built: catalogues are compiled, and the folders beside the package travel inside it.

Named as ``build_py`` in ``pyproject.toml``; it knows nothing of the package, whose libraries need not be there yet.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from setuptools.command.build_py import build_py

ROOT = Path(__file__).parent.parent
INSIDE = {"migrations": ("*.py", "*.ini", "*.mako"), "translations": ("*.mo",)}
"""What of which folder runs with the package."""


class Build(build_py):
    """Builds the modules, and in a wheel lays the folders beside them."""

    def run(self) -> None:
        compile_catalogues()
        super().run()
        if not self.editable_mode:
            for name, patterns in INSIDE.items():
                copy(ROOT / name, Path(self.build_lib) / "fieldapp" / name, patterns)


def compile_catalogues() -> None:
    """Make the ``messages.mo`` that is read of each ``messages.po`` that is written, beside it."""
    for source in ROOT.glob("translations/*/LC_MESSAGES/messages.po"):
        with source.open("rb") as written, source.with_suffix(".mo").open("wb") as read:
            write_mo(read, read_po(written, locale=source.parts[-3]), use_fuzzy=True)


def copy(source: Path, target: Path, patterns: tuple[str, ...]) -> None:
    """Copy the files of these patterns, in the folders they lie in, in place of what an earlier build left."""
    shutil.rmtree(target, ignore_errors=True)
    for pattern in patterns:
        for file in source.rglob(pattern):
            here = target / file.relative_to(source)
            here.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(file, here)
