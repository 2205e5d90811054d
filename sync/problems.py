"""What can go wrong in the merge engine, each with a code that a caller turns into a sentence."""

from __future__ import annotations

from typing import Any


class SyncProblem(Exception):
    """A deliberate failure. ``code`` names it for programs, ``details`` fill in the sentence made from it."""

    def __init__(self, code: str, **details: Any) -> None:
        super().__init__(code, details)
        self.code = code
        self.details = details

    def __str__(self) -> str:
        return " ".join([self.code, *(f"{key}={value!r}" for key, value in self.details.items())])


class BadChange(SyncProblem):
    """A text that is not a change. Codes: not_json, bad_shape, bad_stamp, not_canonical, not_a_value, float,
    zero_character, lone_surrogate, too_deep, too_big."""
