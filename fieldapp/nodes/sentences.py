"""What the merge engine's problems mean to a person: one sentence for each code."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from fieldapp.i18n import _l
from fieldapp.problems import Problem
from sync.problems import SyncProblem

log = logging.getLogger(__name__)

SENTENCES: dict[str, str] = {
    "not_a_batch": _l(
        "This is not a batch file of this system. Choose the *.fab file that the other node made. Nothing was changed."
    ),
    "truncated": _l(
        "The batch file is cut short: copying it was not finished. Copy it again, then import it. Nothing was changed."
    ),
    "altered": _l(
        "The batch file is damaged or was altered on its way. Have the other node make a new one. Nothing was changed."
    ),
    "foreign_node": _l(
        "The batch file was made for another node, and only that node can open it. Have one made for this node. "
        "Nothing was changed."
    ),
    "unknown_sender": _l(
        "The batch file comes from a node that is not trusted here (number %(node)s). If you know it, trust its key "
        "first. Nothing was changed."
    ),
    "unknown_format": _l(
        "The batch file has a form this version does not know. Update this node, then import it. Nothing was changed."
    ),
    "too_big": _l("The batch file unpacks to more than this node takes. Have smaller ones made. Nothing was changed."),
    "counts_differ": _l(
        "The batch file does not hold what it says it holds (%(told)s changes, found %(found)s). Have the other node "
        "make a new one. Nothing was changed."
    ),
    "not_a_receipt": _l(
        "This is not a receipt of this system. Choose the *.far file that the other node wrote. Nothing was changed."
    ),
    "receipt_truncated": _l(
        "The receipt is cut short: copying it was not finished. Copy it again from the other node. Nothing was changed."
    ),
    "receipt_altered": _l(
        "The receipt is damaged or was altered on its way. Have the other node write it again. Nothing was changed."
    ),
    "receipt_foreign": _l(
        "The receipt was written for another node, and only that node can open it. Nothing was changed."
    ),
    "receipt_unknown_sender": _l(
        "The receipt comes from a node that is not trusted here (number %(node)s). If you know it, trust its key "
        "first. Nothing was changed."
    ),
    "receipt_unknown_format": _l(
        "The receipt has a form this version does not know. Update this node, then read it. Nothing was changed."
    ),
    "receipt_too_big": _l("The receipt unpacks to more than any receipt holds. Nothing was changed."),
    "receipt_other": _l(
        "The receipt is about a file that was made for another node than wrote it. Nothing was changed."
    ),
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
    "busy": _l("The other node is busy. Try again in %(wait)s seconds: it goes on where it stopped."),
    "too_large": _l("The other node refused a change as too large. What was exchanged before is kept."),
    "refused": _l("The other node refused: %(message)s"),
    "another_node": _l(
        "Another node answers at this address than the one that was joined. Nothing was sent to it. If the server was "
        "replaced, join it again."
    ),
}


class ExchangeProblem(Problem):
    """A batch file, a key or a peer that cannot be used; ``sync_code`` is the merge engine's word for it."""

    code, status = "exchange_problem", 400
    sentence = _l("The exchange with the other node failed. Nothing was changed.")

    def __init__(self, problem: SyncProblem) -> None:
        super().__init__(**problem.details)
        self.sync_code = problem.code

    @property
    def message(self) -> str:
        """The sentence for this code, in the language of the moment."""
        exactly = f"{self.sync_code} {self.values.get('why') or self.values.get('whose')}"
        text = str(SENTENCES.get(exactly) or SENTENCES.get(self.sync_code, self.sentence))
        return text % _Known(self.values) if self.values else text


class _Known(dict[str, Any]):
    """Values for a sentence; one the merge engine did not tell reads as a question mark."""

    def __missing__(self, key: str) -> str:
        return "?"


@contextmanager
def telling() -> Iterator[None]:
    """Turn the merge engine's problems into sentences.

    :raises ExchangeProblem: in place of a ``SyncProblem``.
    """
    try:
        yield
    except SyncProblem as problem:
        log.info("exchange refused: %s", problem)
        raise ExchangeProblem(problem) from problem
