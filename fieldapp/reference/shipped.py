"""What the package ships of the rules: changes of the author ``fieldapp``, the same bytes on every node.

``defaults/<survey>.json`` says what holds by this version. ``releases/NNNN.jsonl`` holds the changes that brought it
about, one text a line, and is never altered once a version is out: whoever was set up by any version holds the same
changes. They are drawn by :mod:`fieldapp.intake.releases`.
"""

from __future__ import annotations

from pathlib import Path

AUTHOR = "fieldapp"
"""No account has this name, and none may take it: an id of an account is drawn."""
DEVICE = b"fieldapp".hex()
RELEASES = Path(__file__).parent / "releases"


def texts() -> list[str]:
    """Every change that the package ships, in the order in which they were made."""
    return [text for release in releases() for text in lines(release)]


def releases() -> list[Path]:
    """The files of all releases, in their order."""
    return sorted(RELEASES.glob("*.jsonl"))


def lines(release: Path) -> list[str]:
    """The texts of the changes of one release."""
    return release.read_text(encoding="utf-8").splitlines()
