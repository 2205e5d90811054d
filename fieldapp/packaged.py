"""Where the folders lie that travel with the package: ``migrations`` and ``translations``."""

from __future__ import annotations

from importlib import metadata
from pathlib import Path

VERSION = metadata.version("fieldapp")
"""The one version, as ``pyproject.toml`` says it."""

_HERE = Path(__file__).parent


def folder(name: str) -> Path:
    """A folder of the project: inside the package where it was installed from a wheel, beside it in a checkout."""
    inside = _HERE / name
    return inside if inside.is_dir() else _HERE.parent / name
