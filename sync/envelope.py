"""The outside of every file that goes on a stick: zstd, then the age format, encrypted to the node it is for."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import msgspec
import pyrage
import zstandard

from sync.files import place
from sync.keys import Keys, PublicKey
from sync.problems import SyncProblem

MAX_RATIO = 200
MAX_BYTES = 16 * 1024**3
ALWAYS_BYTES = 64 * 1024**2
"""So many bytes a file may unpack to, however small it is."""
_PIECE = 512
# A byte of zstd can stand for 32 KB, so what is unpacked at a time is at most 16 MB.
_WINDOW = 128 * 1024**2
_AGE_CHUNK = 64 * 1024
_MAGIC = b"age-encryption.org/v1\n"


class Heading(msgspec.Struct, frozen=True, kw_only=True):
    """Who made a file, for whom, and when (in milliseconds); the first of what it says of itself."""

    format: int
    from_node: str
    from_epoch: str
    from_key: str
    to_key: str
    made_at: int


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder that is gone afterwards, where the system keeps such."""
    with tempfile.TemporaryDirectory(prefix=".fab-") as folder:
        yield Path(folder)


def seal(folder: Path, receiver: PublicKey) -> None:
    """Make ``sealed`` of the file ``plain`` in a folder."""
    with (folder / "plain").open("rb") as plain, (folder / "packed").open("wb") as packed:
        zstandard.ZstdCompressor(level=3, write_checksum=True).copy_stream(
            plain, packed, size=(folder / "plain").stat().st_size
        )
    pyrage.encrypt_file(str(folder / "packed"), str(folder / "sealed"), [receiver.recipient])


def put(folder: Path, path: Path) -> None:
    """Copy ``sealed`` of a folder to where it is wanted; raises as :func:`sync.files.place`."""
    with (folder / "sealed").open("rb") as sealed:
        place(sealed, path)


def unseal(folder: Path, keys: Keys) -> None:
    """Make ``plain`` of the file ``sealed`` in a folder, however it was made.

    Raises not_a_batch, truncated, altered, foreign_node (it is for another), too_big.
    """
    with (folder / "sealed").open("rb") as sealed, (folder / "packed").open("wb") as packed:
        _decrypt(sealed, packed, keys)
    size = (folder / "packed").stat().st_size
    with (folder / "packed").open("rb") as packed, (folder / "plain").open("wb") as plain:
        _inflate(packed, plain, min(MAX_BYTES, max(ALWAYS_BYTES, size * MAX_RATIO)))
    (folder / "packed").unlink()


def _decrypt(sealed: BinaryIO, packed: BinaryIO, keys: Keys) -> None:
    head = sealed.read(len(_MAGIC))
    if head != _MAGIC:
        raise SyncProblem("truncated" if _MAGIC.startswith(head) else "not_a_batch")
    sealed.seek(0)
    try:
        pyrage.decrypt_io(sealed, packed, [keys.identity])
    except pyrage.DecryptError as error:
        said = str(error)
        if "No matching keys" in said:
            raise SyncProblem("foreign_node") from None
        raise SyncProblem("truncated" if "ncomplete" in said or "fill whole" in said else "altered") from None
    except OSError as error:
        if error.errno is not None:
            raise
        # A piece does not match its seal. If no further whole piece follows, the file was most likely cut there.
        left = Path(sealed.name).stat().st_size - packed.tell()
        raise SyncProblem("truncated" if left <= _AGE_CHUNK + 2048 else "altered") from None


def _inflate(packed: BinaryIO, plain: BinaryIO, limit: int) -> None:
    """Write out at most ``limit`` bytes, whatever the file says of its size. Raises too_big, truncated, altered."""
    machine = zstandard.ZstdDecompressor(max_window_size=_WINDOW).decompressobj()
    try:
        while piece := packed.read(_PIECE):
            plain.write(machine.decompress(piece))
            if plain.tell() > limit:
                raise SyncProblem("too_big", limit=limit)
    except zstandard.ZstdError:
        raise SyncProblem("altered") from None
    if not machine.eof:
        raise SyncProblem("truncated")
    if machine.unused_data:
        raise SyncProblem("altered")
