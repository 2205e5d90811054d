"""A node and the keys it trusts."""

from __future__ import annotations

import pytest

from fieldapp import nodes
from fieldapp.nodes.sentences import ExchangeProblem
from fieldapp.problems import (
    OwnKey,
    PeerKeyKnown,
    PeerNameTaken,
    UnknownPeer,
)
from tests.nodes.conftest import Node


def test_a_key_is_trusted_once_under_one_name(laptop: Node, province: Node) -> None:
    key = province.key()
    with laptop.inside():
        own = nodes.own().key
        nodes.trust("tinh", f"  {key}\n")
        nodes.trust("tinh", key)
        assert [peer.name for peer in nodes.peers()] == ["tinh"]
        with pytest.raises(PeerKeyKnown):
            nodes.trust("tinh moi", key)
        with pytest.raises(PeerNameTaken):
            nodes.trust("tinh", nodes.keys().generate().public)
        with pytest.raises(OwnKey):
            nodes.trust("toi", own)
        with pytest.raises(UnknownPeer):
            nodes.find("xa")
        with pytest.raises(ExchangeProblem) as refused_key:
            nodes.trust("xa", "fab1xyz")
    assert refused_key.value.sync_code == "not_a_key"


def test_the_keys_of_a_node_are_made_once_and_readable_by_their_owner_only(laptop: Node) -> None:
    first = laptop.key()
    assert laptop.key() == first
    with laptop.inside():
        from fieldapp.config import settings

        assert settings().keys.stat().st_mode & 0o077 == 0
