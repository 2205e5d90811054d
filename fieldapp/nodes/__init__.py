"""This node among others: its keys, the peers it trusts, the files and the network by which they exchange changes."""

from fieldapp.nodes.choice import Choice
from fieldapp.nodes.files import Parcel, export, file_hash, preview, show, take_in
from fieldapp.nodes.foretelling import Foretold
from fieldapp.nodes.models import Peer
from fieldapp.nodes.peers import Own, find, forget, keys, own, peers, public_key, trust, trusted
from fieldapp.nodes.receipts import MOST, Given, acknowledged, given, left_out, taken_in, taken_whole, unacknowledged
from fieldapp.nodes.receipts import read as read_receipt
from fieldapp.nodes.receipts import write as write_receipt
from fieldapp.nodes.wire import exchange, fresh, join, joined, was_put_back

__all__ = [
    "MOST",
    "Choice",
    "Foretold",
    "Given",
    "Own",
    "Parcel",
    "Peer",
    "acknowledged",
    "exchange",
    "export",
    "file_hash",
    "find",
    "forget",
    "fresh",
    "given",
    "join",
    "joined",
    "keys",
    "left_out",
    "own",
    "peers",
    "preview",
    "public_key",
    "read_receipt",
    "show",
    "take_in",
    "taken_in",
    "taken_whole",
    "trust",
    "trusted",
    "unacknowledged",
    "was_put_back",
    "write_receipt",
]
