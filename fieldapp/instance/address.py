"""Where an instance is served: what its server listens on is noted, so that the commands beside it print the same."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

FILE = "address"
HOST, PORT = "127.0.0.1", 5000
EVERYWHERE = "0.0.0.0"  # noqa: S104  only compared with: it is no address that a browser could open


def of(host: str, port: int) -> str:
    """The address to open of a server that listens there: ``http://127.0.0.1:5000``."""
    return f"http://{HOST if host == EVERYWHERE else host}:{port}"


def note(instance: Path, url: str) -> None:
    """Store where it is served from here on. On a full disk nothing is stored, and nothing is raised."""
    from sync.files import write_over  # commands that only ask for help need no merge engine

    with suppress(OSError):
        write_over(instance / FILE, url.encode())


def last(instance: Path) -> str:
    """Where it is served, or was last; where a server listens that is told nothing, if it never was."""
    with suppress(OSError, UnicodeDecodeError):
        return (instance / FILE).read_text("utf-8")
    return of(HOST, PORT)
