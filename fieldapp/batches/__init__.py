"""Batch files: made for a peer, shown before they count, taken in whole or in part, and told of in a signed receipt."""

from fieldapp.batches.choice import BatchFilter
from fieldapp.batches.files import CheckedBatch, export, file_hash, imported_before, preview, show, take_in
from fieldapp.batches.foretelling import Foretold
from fieldapp.batches.receipts import (
    MOST,
    RECEIPT,
    SentFile,
    acknowledged,
    given,
    left_out,
    taken_in,
    taken_whole,
    unacknowledged,
)
from fieldapp.batches.receipts import read as read_receipt
from fieldapp.batches.receipts import write as write_receipt
from fieldapp.batches.senders import KINDS, Sender, senders
from fieldapp.batches.undone import WithoutSubject, left_behind

__all__ = [
    "KINDS",
    "MOST",
    "RECEIPT",
    "BatchFilter",
    "CheckedBatch",
    "Foretold",
    "Sender",
    "SentFile",
    "WithoutSubject",
    "acknowledged",
    "export",
    "file_hash",
    "given",
    "imported_before",
    "left_behind",
    "left_out",
    "preview",
    "read_receipt",
    "senders",
    "show",
    "take_in",
    "taken_in",
    "taken_whole",
    "unacknowledged",
    "write_receipt",
]
