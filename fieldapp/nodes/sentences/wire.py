"""What is wrong with a key, or went wrong while two nodes met by wire; where there are several reasons, each apart."""

from __future__ import annotations

from fieldapp.i18n import _l

SENTENCES: dict[str, str] = {
    "not_a_key": _l(
        "This is not the key of a node. A key starts with “fab1” and is copied whole, from “fieldapp node show” or "
        "from the page of the other node."
    ),
    "no_network": _l(
        "No node of this system answers at this address. Check the address and the network, then try again: it goes on "
        "where it stopped."
    ),
    "no_network unreachable": _l(
        "Nothing answers at this address: the server is off, the address is wrong, or there is no network here. "
        "Nothing is lost; try again later."
    ),
    "no_network cut": _l("The network was cut in the middle. Try again: it goes on where it stopped."),
    "no_network certificate": _l(
        "The certificate of the server is not right: it is expired, made for another name, or not trusted by this "
        "machine. Nothing was sent. Check date and time of this machine, then ask the server's administrator."
    ),
    "no_network portal": _l(
        "This network sends you elsewhere first, as in a hotel or an airport: open a browser, accept its conditions, "
        "then try again. Nothing was sent."
    ),
    "no_network page": _l(
        "A web page answered in place of the server: the sign-in page of this network, or the address is that of "
        "another site. Sign in to the network or correct the address, then try again."
    ),
    "no_network gateway": _l(
        "The server is off or too slow just now: what stands before it answered in its place (%(status)s). Nothing is "
        "lost; try again later, and it goes on where it stopped."
    ),
    "no_network mixed_up": _l(
        "What came was the answer to another question: something between here and the server mixes them up. Nothing of "
        "it was kept. Try again; if this comes back, tell the server's administrator."
    ),
    "no_network photo": _l(
        "A photo did not arrive as it was taken. Try again; if this comes back, tell the administrator."
    ),
    "no_network too_large": _l(
        "The answer was larger than any of this system. Somebody else answers at this address; check it. Nothing was "
        "changed."
    ),
    "unknown_token": _l(
        "The other node does not know this one any more, or has switched it off. Ask its administrator for a new code, "
        "and join again."
    ),
    "too_old": _l("The two nodes run versions that do not understand each other. Update the older one."),
    "too_old ours": _l(
        "This node is too old for the other one. What it had to send was handed over and is kept there. Update the "
        "software of this node, then sync again."
    ),
    "too_old theirs": _l(
        "The other node is too old for this one. Nothing was sent; it is kept here until the other node is updated."
    ),
    "busy": _l("The other node is busy. Try again later, it goes on where it stopped; seconds to wait: %(wait)s."),
    "too_large": _l("The other node refused a change as too large. What was exchanged before is kept."),
    "too_large gateway": _l(
        "What stands before the server takes nothing as large as what was sent just now. What was exchanged before is "
        "kept. Ask the server's administrator to let 1 MB pass at once."
    ),
    "refused": _l("The other node refused: %(message)s"),
    "another_node": _l(
        "Another node answers at this address than the one that was joined. Nothing was sent to it. If the server was "
        "replaced, join it again."
    ),
}
"""By the code of the merge engine."""
