"""What is wrong with a batch file, each in one sentence that says that nothing was changed."""

from __future__ import annotations

from fieldapp.i18n import _l

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
        "The batch file does not hold what it says it holds (changes: %(told)s, found: "
        "%(found)s). Have the other node make a new one. Nothing was changed."
    ),
}
"""By the code of the merge engine."""
