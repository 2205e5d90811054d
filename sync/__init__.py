"""The merge engine: changes, fold, journal, batch files, and the exchange between nodes. See README.md beside."""

from __future__ import annotations

from sync.change import RULING, WITHDRAWN, Change, canonical, change_id, decode, encode, new_record_id
from sync.clock import Clock
from sync.fold import Answer, Head, State, fold
from sync.journal import Entry, Journal, Result
from sync.problems import BadChange, SyncProblem

__all__ = [
    "RULING",
    "WITHDRAWN",
    "Answer",
    "BadChange",
    "Change",
    "Clock",
    "Entry",
    "Head",
    "Journal",
    "Result",
    "State",
    "SyncProblem",
    "canonical",
    "change_id",
    "decode",
    "encode",
    "fold",
    "new_record_id",
]
