"""Notice that a database was put back.

Peers go on from a cursor in this node's journal. After an older database was put in place, the same positions mean
other changes; so the node takes a new epoch, and everybody offers again what they hold. How far the journal had come
is therefore also kept outside the database.
"""

from __future__ import annotations

from fieldapp import intake
from fieldapp.config import settings
from fieldapp.db import begin_writing, db


def guard_epoch() -> bool:
    """Take a new epoch if the journal is shorter than it was, or another; note how far it is now.

    :returns: whether a new epoch was taken.
    """
    begin_writing()
    journal = intake.journal()
    epoch, position = journal.identity().epoch, journal.position(None)
    known = _noted()
    put_back = known is not None and (known[0] != epoch or known[1] > position)
    if put_back:
        epoch = journal.new_epoch()
    db.session.commit()
    settings().epoch_file.write_text(f"{epoch} {position}\n", encoding="utf-8")
    return put_back


def _noted() -> tuple[str, int] | None:
    path = settings().epoch_file
    words = path.read_text(encoding="utf-8").split() if path.exists() else []
    return (words[0], int(words[1])) if len(words) == 2 and words[1].isdigit() else None
