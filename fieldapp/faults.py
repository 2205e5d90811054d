"""What the log says of an exception: its class and its lines of code, never its message.

The message may hold an answer: a value that could not be converted, the row that a database refused. Logs are read by
people who may not see records.
"""

from __future__ import annotations

import traceback


def told(error: BaseException) -> str:
    """The places and kinds of a failure and of what led to it, the first cause first, as a traceback has them."""
    lines: list[str] = []
    seen: set[int] = set()
    each: BaseException | None = error
    while each is not None and id(each) not in seen:
        seen.add(id(each))
        lines = [*traceback.format_tb(each.__traceback__), f"{kind_of(each)}\n", *lines]
        each = each.__cause__ or (None if each.__suppress_context__ else each.__context__)
    return "".join(lines).rstrip("\n")


def kind_of(error: BaseException) -> str:
    """``psycopg.errors.CheckViolation (23514)``: the class of an exception, and the code that came with it."""
    kind, origin = type(error), getattr(error, "orig", None)
    codes = (getattr(error, name, None) for name in ("sqlstate", "sqlite_errorname", "errno"))
    code = next((f" ({code})" for code in codes if code is not None), "")
    of = f" of {kind_of(origin)}" if isinstance(origin, BaseException) else ""
    return f"{kind.__module__}.{kind.__qualname__}{code}{of}"
