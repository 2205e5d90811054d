"""Sealing: public-key encryption to a node (ECIES over P-256, AES-256-GCM) that only that node can open.

A tablet seals each record it finishes. Sealed, it can be sent while the tablet is locked, and whoever finds the tablet
reads nothing of it. P-256, HKDF and AES-GCM, since every browser has them. The twin of this module in the browser is
``fieldapp/static/app/twins/seal.js``::

    sealed = base64(0x01 | ephemeral public point, 65 bytes | iv, 12 bytes | AES-256-GCM ciphertext with its tag)
    key    = HKDF-SHA256(ECDH secret, salt = ephemeral point | recipient point, info = "fieldapp seal 1")
    AAD    = the purpose in UTF-8

The purpose says what is inside, so that nothing sealed passes for something else:

=================== ==================================================
``change <id>``     gzip of the text of that change
``photo <sha256>``  the 32-byte key of the parts of that photo
``key <device>``    the 32-byte key of all that device keeps of a person
=================== ==================================================
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import os
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from sync.change import change_id
from sync.keys import write_for_owner
from sync.problems import SyncProblem

CURVE = ec.SECP256R1()
VERSION, INFO = b"\x01", b"fieldapp seal 1"
POINT, IV, TAG, KEY = 65, 12, 16, 32
"""Lengths in bytes."""
_SECRET_HEX = 64


@dataclass(frozen=True)
class SealingKey:
    """The secret key of a node that opens what was sealed for it."""

    secret: ec.EllipticCurvePrivateKey

    @classmethod
    def generate(cls) -> SealingKey:
        """A new key."""
        return cls(ec.generate_private_key(CURVE))

    @classmethod
    def load(cls, path: Path) -> SealingKey:
        """Read the key that ``save`` wrote. Raises not_a_sealing_key, or OSError."""
        try:
            kept: Mapping[str, str] = json.loads(path.read_text("ascii"))
            return cls(_secret(kept["sealing"]))
        except (ValueError, KeyError, TypeError):
            raise SyncProblem("not_a_sealing_key", path=str(path)) from None

    def save(self, path: Path) -> None:
        """Write the key to a new file that only its owner may read. Raises FileExistsError."""
        write_for_owner(path, {"sealing": f"{self.secret.private_numbers().private_value:0{_SECRET_HEX}x}"})

    @property
    def point(self) -> bytes:
        """The public point, uncompressed: 65 bytes."""
        return _point(self.secret.public_key())

    @property
    def public(self) -> str:
        """The public point in base64, to seal with."""
        return base64.b64encode(self.point).decode("ascii")

    @property
    def kid(self) -> str:
        """The short name of this key."""
        return kid(self.point)

    def unseal(self, sealed: str, purpose: str) -> bytes:
        """The bytes inside. Raises not_sealed (it is nothing sealed), not_opened (by another key, for another purpose,
        or altered)."""
        raw = _unpacked(sealed)
        theirs, iv, box = raw[1 : 1 + POINT], raw[1 + POINT : 1 + POINT + IV], raw[1 + POINT + IV :]
        key = _key(self.secret, _public(theirs), theirs + self.point)
        try:
            return AESGCM(key).decrypt(iv, box, purpose.encode())
        except InvalidTag:
            raise SyncProblem("not_opened", purpose=purpose) from None

    def unseal_change(self, id: str, sealed: str, limit: int) -> str:
        """The text of a sealed change. Raises not_sealed, not_opened, too_big (it inflates to more bytes than
        ``limit``), another_change (its text has another id)."""
        text = _inflated(self.unseal(sealed, change_purpose(id)), limit)
        if change_id(text) != id:
            raise SyncProblem("another_change", id=id)
        return text

    def unseal_key(self, sealed: str, purpose: str) -> bytes:
        """A sealed AES key of 32 bytes. Raises not_sealed, not_opened."""
        key = self.unseal(sealed, purpose)
        if len(key) != KEY:
            raise SyncProblem("not_sealed")
        return key


def kid(point: bytes) -> str:
    """The short name of a public point: the first 16 hex digits of its SHA-256."""
    return hashlib.sha256(point).hexdigest()[:16]


def seal(public: str, data: bytes, purpose: str) -> str:
    """Seal something for the node that has this public point.

    :raises SyncProblem: ``not_sealed``: it is none.
    """
    return sealed_with(ec.generate_private_key(CURVE), os.urandom(IV), public, data, purpose)


def sealed_with(ephemeral: ec.EllipticCurvePrivateKey, iv: bytes, public: str, data: bytes, purpose: str) -> str:
    """What ``seal`` makes, of a given ephemeral key and iv: for checking another's work. Neither may serve twice.

    :raises SyncProblem: ``not_sealed``: the public point is none.
    """
    try:
        recipient = base64.b64decode(public, validate=True)
    except ValueError:
        raise SyncProblem("not_sealed") from None
    own = _point(ephemeral.public_key())
    key = _key(ephemeral, _public(recipient), own + recipient)
    return base64.b64encode(VERSION + own + iv + AESGCM(key).encrypt(iv, data, purpose.encode())).decode("ascii")


def change_purpose(id: str) -> str:
    """The purpose of a sealed change."""
    return f"change {id}"


def photo_purpose(sha256: str) -> str:
    """The purpose of the sealed key of a photo."""
    return f"photo {sha256}"


def device_purpose(device: str) -> str:
    """The purpose of the sealed key of a device."""
    return f"key {device}"


def box(key: bytes, data: bytes, place: str) -> bytes:
    """What a tablet keeps of some bytes: iv | AES-256-GCM ciphertext. Moved from its place it does not open."""
    iv = os.urandom(IV)
    return iv + AESGCM(key).encrypt(iv, data, place.encode())


def unbox(key: bytes, data: bytes, place: str) -> bytes:
    """The bytes that ``box`` was given. Raises not_opened."""
    try:
        return AESGCM(key).decrypt(data[:IV], data[IV:], place.encode())
    except (InvalidTag, ValueError):
        raise SyncProblem("not_opened", place=place) from None


def part_place(sha256: str, i: int) -> str:
    """The place of a part of a photo, which is boxed under the key of that photo."""
    return f"{sha256}|{i}"


def change_place(id: str) -> str:
    """The place of a change, which is boxed under the key of its device."""
    return f"changes|{id}|1"


def _secret(digits: str) -> ec.EllipticCurvePrivateKey:
    if len(digits) != _SECRET_HEX:
        raise ValueError(digits)
    return ec.derive_private_key(int(digits, 16), CURVE)


def _public(point: bytes) -> ec.EllipticCurvePublicKey:
    try:
        if len(point) != POINT:
            raise ValueError(point)
        return ec.EllipticCurvePublicKey.from_encoded_point(CURVE, point)
    except ValueError:
        raise SyncProblem("not_sealed") from None


def _point(public: ec.EllipticCurvePublicKey) -> bytes:
    return public.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _key(secret: ec.EllipticCurvePrivateKey, public: ec.EllipticCurvePublicKey, salt: bytes) -> bytes:
    return HKDF(SHA256(), KEY, salt, INFO).derive(secret.exchange(ec.ECDH(), public))


def _unpacked(sealed: str) -> bytes:
    try:
        raw = base64.b64decode(sealed, validate=True)
    except (ValueError, binascii.Error):
        raise SyncProblem("not_sealed") from None
    # Base64 can say the same bytes in several ways; only one of them was written by whoever sealed this.
    if not raw.startswith(VERSION) or len(raw) < 1 + POINT + IV + TAG or base64.b64encode(raw).decode() != sealed:
        raise SyncProblem("not_sealed")
    return raw


def _inflated(data: bytes, limit: int) -> str:
    machine = zlib.decompressobj(wbits=31)
    try:
        text = machine.decompress(data, limit + 1)
        if len(text) > limit:
            raise SyncProblem("too_big", limit=limit)
        if not machine.eof or machine.unused_data:
            raise SyncProblem("not_sealed")
        return text.decode()
    except (zlib.error, UnicodeDecodeError):
        raise SyncProblem("not_sealed") from None
