"""The photos a sample takes: in the demo each is a file of its own, as no two photos that people take are the same."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import overload

import msgspec

from fieldapp.photos import attachments
from fieldapp.photos.attachments import PhotoCheck
from fieldapp.sample.houses import Photo
from sync.files import write_new

START, COMMENT = b"\xff\xd8", b"\xff\xfe"
"""How a JPEG begins, and how a comment in it does."""


def another(data: bytes, words: str) -> bytes:
    """The same picture as another file: a JPEG with these words as its comment."""
    text = words.encode()
    return START + COMMENT + (len(text) + 2).to_bytes(2, "big") + text + data.removeprefix(START)


class Album(Sequence[Photo]):
    """Drawings to choose from, of which each choice is a photo of its own; ``taken`` are those that nobody kept yet."""

    def __init__(self, drawings: Sequence[PhotoCheck]) -> None:
        self.drawings, self.taken, self._count = drawings, list[PhotoCheck](), 0

    def __len__(self) -> int:
        return len(self.drawings)

    @overload
    def __getitem__(self, at: int) -> Photo: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Photo]: ...
    def __getitem__(self, at: int | slice) -> Photo | Sequence[Photo]:
        if isinstance(at, slice):
            return [self[each] for each in range(len(self))[at]]
        return self._take(self.drawings[at])

    def _take(self, drawing: PhotoCheck) -> Photo:
        self._count += 1
        data = another(attachments.path(drawing.sha256).read_bytes(), f"{drawing.sha256[:16]}/{self._count}")
        sha256 = hashlib.sha256(data).hexdigest()
        file = attachments.path(sha256)
        file.parent.mkdir(parents=True, exist_ok=True)
        if not file.exists():
            write_new(file, data)
        self.taken.append(replace(drawing, sha256=sha256, bytes=len(data)))
        photo: Photo = msgspec.json.decode(self.taken[-1].named())
        return photo

    def given(self) -> Iterator[PhotoCheck]:
        """What was taken since it was asked for last."""
        taken, self.taken = self.taken, []
        yield from taken
