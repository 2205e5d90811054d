"""This node among others: its keys, the peers it trusts, the files and the network by which they exchange changes."""

from fieldapp.nodes.files import Parcel, export, file_hash, preview, show, take_in
from fieldapp.nodes.models import Peer
from fieldapp.nodes.peers import Own, find, forget, keys, own, peers, public_key, trust, trusted
from fieldapp.nodes.wire import exchange, fresh, join, joined

__all__ = [
    "Own",
    "Parcel",
    "Peer",
    "exchange",
    "export",
    "file_hash",
    "find",
    "forget",
    "fresh",
    "join",
    "joined",
    "keys",
    "own",
    "peers",
    "preview",
    "public_key",
    "show",
    "take_in",
    "trust",
    "trusted",
]
