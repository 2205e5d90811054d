"""Memory that is freed stays at hand for what needs it next.

SQLite makes a small table of every list that a statement looks in, and frees it at once; the system's allocator gives
that memory back to the system each time and asks for it again, page by page: in a push of one record that took more
of the processor than all else together. Large pieces, a picture's or a password's, are still given back.
"""

from __future__ import annotations

import ctypes
import sys

KEPT, MORE, LARGE = 16 << 20, 1 << 20, 4 << 20
"""Bytes: so much freed memory is kept; so much is asked for at once; pieces from this size on are given back."""
_TRIM_THRESHOLD, _TOP_PAD, _MMAP_THRESHOLD = -1, -2, -3
"""As glibc numbers its settings."""


def keep_at_hand() -> None:
    """From now on, in this process. Where the system's allocator is another one, nothing is changed."""
    if not sys.platform.startswith("linux"):
        return
    setting = getattr(ctypes.CDLL(None), "mallopt", None)
    if setting is not None:
        for which, size in ((_TRIM_THRESHOLD, KEPT), (_TOP_PAD, MORE), (_MMAP_THRESHOLD, LARGE)):
            setting(which, size)
