"""Memory that was freed is there for what comes next, and is not asked for again page by page."""

from __future__ import annotations

import ctypes
import subprocess
import sys

import pytest

PROGRAM = """
import ctypes, resource
from fieldapp import memory
memory.keep_at_hand()
c = ctypes.CDLL(None)
c.malloc.restype, c.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
c.memset.argtypes = [ctypes.c_void_p, ctypes.c_int, ctypes.c_size_t]
def work():
    pieces = [c.malloc(5000) for _each in range(200)]
    for each in pieces:
        c.memset(each, 1, 5000)
    for each in pieces:
        c.free(each)
work()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _time in range(100):
    work()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""
PAGES = 100 * 200 * 5000 // 4096
"""What is asked for where each piece of work asks anew."""


@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "mallopt"),
    reason="another allocator, which is left alone",
)
def test_what_a_piece_of_work_frees_is_not_asked_for_again_by_the_next() -> None:
    asked = subprocess.run([sys.executable, "-c", PROGRAM], check=True, capture_output=True, text=True)
    assert int(asked.stdout) < PAGES / 50
