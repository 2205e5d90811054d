"""The merge engine. These dozen names are what its users need; see README.md beside.

Batch files are in ``sync.batch``, the exchange between two nodes in ``sync.client``: who needs neither loads neither
their cryptography nor their HTTP.
"""

from __future__ import annotations

from sync.change import WITHDRAWN, Change, decode, encode, new_record_id
from sync.clock import Clock
from sync.fold import State, fold
from sync.journal import Journal, Result, metadata
from sync.problems import SyncProblem

__all__ = [
    "WITHDRAWN",
    "Change",
    "Clock",
    "Journal",
    "Result",
    "State",
    "SyncProblem",
    "decode",
    "encode",
    "fold",
    "metadata",
    "new_record_id",
]
