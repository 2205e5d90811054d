"""Passwords: long, uncommon, the same however they are typed, and checked one at a time, since each takes 64 MB."""

from __future__ import annotations

import secrets
import threading
import unicodedata
from collections.abc import Iterable
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from fieldapp.people.devices import ALPHABET
from fieldapp.problems import CommonPassword, LongPassword, WeakPassword
from fieldapp.vietnamese import search_key

SHORTEST_PASSWORD = 12
LONGEST_PASSWORD = 200
LEAST_GUESSES = 10**8
"""Who guesses the common ones first, and then those with a year behind them, must need more tries than this."""
KNOWN_WORDS = [
    "mat khau",
    "matkhau",
    "bac kan",
    "backan",
    "thai nguyen",
    "thainguyen",
    "vietnam",
    "fieldapp",
    "anhyeuem",
]

_hasher = PasswordHasher()
_one_at_a_time = threading.Lock()


def check(password: str, about: Iterable[str] = ()) -> None:
    """See whether this can be a password.

    :param about: what others know of the person, as her names: a password made of that is a common one.
    :raises WeakPassword, LongPassword: it is too short, or longer than anybody types.
    :raises CommonPassword: it is among those that are guessed first.
    """
    if len(_composed(password)) < SHORTEST_PASSWORD:
        raise WeakPassword(least=SHORTEST_PASSWORD)
    if len(_composed(password)) > LONGEST_PASSWORD:
        raise LongPassword(most=LONGEST_PASSWORD)
    from zxcvbn import zxcvbn  # its lists take a while to read, and most processes never need them

    plain = [search_key(known) for known in about]
    words = [word for known in plain for word in (known, known.replace(" ", ""), *known.split())]
    if zxcvbn(_composed(password)[:72], user_inputs=[*words, *KNOWN_WORDS])["guesses"] < LEAST_GUESSES:
        raise CommonPassword()


def hash_password(password: str) -> str:
    """Argon2id of a password, salted. It does not matter how a keyboard composes its letters. Slow: never while others
    wait for a writer."""
    with _one_at_a_time:
        return _hasher.hash(_composed(password))


def matches(hashed: str, password: str) -> bool:
    """Whether this is the password. One that was kept as it was typed, by an earlier version, is found too."""
    forms = dict.fromkeys((_composed(password), password, unicodedata.normalize("NFD", password)))
    return any(_verified(hashed, form) for form in forms)


def is_dated(hashed: str, password: str) -> bool:
    """Whether a password that is right should be kept anew, with the care of today."""
    return _hasher.check_needs_rehash(hashed) or not (password.isascii() or _verified(hashed, _composed(password)))


def made_up() -> str:
    """A one-time password to read out: three groups of four letters and digits that are not taken for others."""
    letters = ALPHABET[10:].lower() + ALPHABET[2:10]
    return "-".join("".join(secrets.choice(letters) for _letter in range(4)) for _group in range(3))


@cache
def nobodys() -> str:
    """A hash that no password matches: with it an unknown username takes as long to refuse as a known one."""
    return hash_password(secrets.token_hex(8))


def _verified(hashed: str, form: str) -> bool:
    try:
        with _one_at_a_time:
            return _hasher.verify(hashed, form)
    except (VerificationError, InvalidHashError):
        return False


def _composed(password: str) -> str:
    return unicodedata.normalize("NFC", password)
