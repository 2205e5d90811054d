"""Other nodes, and the batch files that go between them."""

from __future__ import annotations

from fieldapp.i18n import _l
from fieldapp.problems.base import Problem


class UnknownPeer(Problem):
    code, status = "unknown_peer", 404
    sentence = _l("No node named %(name)s is known here. “fieldapp node list” shows those that are.")


class PeerNameTaken(Problem):
    code, status = "peer_name_taken", 409
    sentence = _l("Another node is already known as %(name)s. Choose another name.")


class PeerKeyKnown(Problem):
    code, status = "peer_key_known", 409
    sentence = _l("The node with this key is already known, as %(name)s.")


class OwnKey(Problem):
    code, status = "own_key", 400
    sentence = _l(
        "This is the key of this node itself. Give it to the other node, and enter the other node's key here."
    )


class NoFile(Problem):
    code, status = "no_file", 400
    sentence = _l("Choose a batch file (*.fab) first.")


class FileWaitsNoMore(Problem):
    code, status = "file_waits_no_more", 404
    sentence = _l(
        "The file that you looked at does not wait here any more: a day has passed, or the server was set up anew. "
        "Nothing was changed. Choose it once more."
    )


class NothingInIt(Problem):
    code, status = "nothing_in_it", 400
    sentence = _l("Nothing in the file is what was chosen. Choose less narrowly. Nothing was changed.")


class NotByFile(Problem):
    code, status = "not_by_file", 404
    sentence = _l("Batch %(number)s did not come by a batch file, so there is no receipt to write for it.")


class FileNotReadable(Problem):
    code, status = "file_not_readable", 404
    sentence = _l("The file %(path)s does not exist or cannot be read.")


class FileNotWritable(Problem):
    code, status = "file_not_writable", 400
    sentence = _l("The file %(path)s could not be written: %(why)s. Nothing was changed.")


class ReceiptLeft(Problem):
    code, status = "receipt_left", 400
    sentence = _l(
        "The file was taken in. Its receipt could not be written to %(file)s: the stick is full or cannot be written "
        "to. Write it to another place with “fieldapp batch receipt %(number)s FILE”."
    )


class BadAddress(Problem):
    code, status = "bad_address", 400
    sentence = _l("“%(url)s” is not the address of a node. An address starts with https:// or http://.")


class NotJoined(Problem):
    code, status = "not_joined", 404
    sentence = _l("This node has not joined %(url)s. Join it first: fieldapp node join URL CODE.")


class UnknownBatch(Problem):
    code, status = "unknown_batch", 404
    sentence = _l("There is no batch %(number)s, or it brought nothing new. “fieldapp batch list” shows what came in.")
