"""The versions of the wire: what each of them brought, and which this version of the software speaks.

A client names the newest version it speaks in the header ``Sync-Protocol``; one without it speaks version 1. The
answer says in ``proto`` which version it is in. A server speaks its newest version and the one before; of a client that
is older it still stores what it pushes, and then asks it to update (426). The envelope of every answer (``proto``,
``node``, ``epoch``, ``now``, ``error``) never changes: any two versions can tell each other that they do not fit.
A question may have a name in the header ``Sync-Request``; then its answer has it too, and one of another name is none.
"""

from __future__ import annotations

from typing import NamedTuple

HEADER = "Sync-Protocol"

REQUEST = "Sync-Request"
"""The name of a question, which its answer says too: a proxy may give somebody the answer to another question."""

VERSIONS = {
    1: "The first: enrol, hello, forms, directory, push, pull, snapshot, compare, blob and salvage.",
}
"""Each version, and how it differs from the one before it."""


class Spoken(NamedTuple):
    """A range of versions, both ends included."""

    oldest: int
    newest: int

    def serves(self, told: int) -> int | None:
        """The version to speak with a client whose newest is ``told``; None if that is too old."""
        return None if told < self.oldest else min(told, self.newest)

    def meets(self, oldest: int, newest: int) -> bool:
        """Whether there is a version in both ranges."""
        return oldest <= self.newest and self.oldest <= newest


def spoken() -> Spoken:
    """The newest version and the one before it, where there is one."""
    newest = max(VERSIONS)
    return Spoken(max(newest - 1, min(VERSIONS)), newest)


def told_by(header: str | None) -> int:
    """The version a header names; 1 where there is none, or nothing that could be one."""
    text = header or ""
    return max(int(text), 1) if text.isascii() and text.isdigit() and len(text) < 6 else 1
