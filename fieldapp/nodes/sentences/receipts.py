"""What is wrong with a receipt, each in one sentence that says that nothing was changed."""

from __future__ import annotations

from fieldapp.i18n import _l

SENTENCES: dict[str, str] = {
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
}
"""By the code of the merge engine."""
