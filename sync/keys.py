"""The keys of a node: one that signs what it gives away, one that opens what is meant for it."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyrage
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from sync.files import write_new
from sync.problems import SyncProblem

_PUBLIC = re.compile("fab1([0-9a-f]{64})(age1[0-9a-z]{58})")


@dataclass(frozen=True)
class PublicKey:
    """What others know of a node: to check its signature and to encrypt for it."""

    signing: Ed25519PublicKey
    recipient: Any

    @classmethod
    def parse(cls, text: str) -> PublicKey:
        """Read the one string that holds both keys: ``fab1``, 64 hex digits, ``age1…``. Raises not_a_key."""
        parts = _PUBLIC.fullmatch(text.strip())
        if parts is None:
            raise SyncProblem("not_a_key")
        try:
            recipient = pyrage.x25519.Recipient.from_str(parts[2])
        except pyrage.RecipientError:
            raise SyncProblem("not_a_key") from None
        return cls(Ed25519PublicKey.from_public_bytes(bytes.fromhex(parts[1])), recipient)

    def signed(self, signature: bytes, content: bytes) -> bool:
        """Whether the node of this key signed this content."""
        try:
            self.signing.verify(signature, content)
        except InvalidSignature:
            return False
        return True


@dataclass(frozen=True)
class Keys:
    """The secret keys of a node."""

    signing: Ed25519PrivateKey
    identity: Any

    @classmethod
    def generate(cls) -> Keys:
        """New keys."""
        return cls(Ed25519PrivateKey.generate(), pyrage.x25519.Identity.generate())

    @classmethod
    def load(cls, path: Path) -> Keys:
        """Read the keys that ``save`` wrote. Raises not_a_key, or OSError."""
        try:
            kept: Mapping[str, str] = json.loads(path.read_text("ascii"))
            signing = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(kept["signing"]))
            return cls(signing, pyrage.x25519.Identity.from_str(kept["identity"]))
        except (ValueError, KeyError, TypeError, pyrage.IdentityError):
            raise SyncProblem("not_a_key", path=str(path)) from None

    def save(self, path: Path) -> None:
        """Write the keys to a new file that only its owner may read. Raises FileExistsError."""
        write_for_owner(path, {"signing": self.signing.private_bytes_raw().hex(), "identity": str(self.identity)})

    @property
    def public(self) -> str:
        """The one string to give to others."""
        return f"fab1{self.signing.public_key().public_bytes_raw().hex()}{self.identity.to_public()}"


def write_for_owner(path: Path, kept: Mapping[str, str]) -> None:
    """Write secrets to a new file that only its owner may read. Raises FileExistsError."""
    write_new(path, json.dumps(kept).encode("ascii"))
