"""This node among others: its keys, the peers it trusts, and the network by which they exchange changes."""

from fieldapp.nodes.clocks import WrongClock, clock_told, in_words, wrong_clock
from fieldapp.nodes.models import Peer
from fieldapp.nodes.peers import Own, find, forget, keys, own, peers, public_key, trust, trusted
from fieldapp.nodes.wire import exchange, fresh, join, joined, was_put_back

__all__ = [
    "Own",
    "Peer",
    "WrongClock",
    "clock_told",
    "exchange",
    "find",
    "forget",
    "fresh",
    "in_words",
    "join",
    "joined",
    "keys",
    "own",
    "peers",
    "public_key",
    "trust",
    "trusted",
    "was_put_back",
    "wrong_clock",
]
