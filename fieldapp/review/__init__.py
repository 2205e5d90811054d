"""What supervisors decide: the queue, the state of a record, decisions, conflicts, and the history behind them."""

from fieldapp.facts.states import LABELS, OPEN, STATUSES, StateInput, Status, is_answered, label, status_from
from fieldapp.review.conflicts import Conflict, conflicts_of, settle
from fieldapp.review.decisions import Pin, decide, heads_of, must_be_current, unseen_decision, withdraw
from fieldapp.review.doubts import Doubt
from fieldapp.review.held import HeldChange, held_in, held_of
from fieldapp.review.history import AnswerEdit, Step, changes_since, history_of
from fieldapp.review.looking import doubts_about
from fieldapp.review.queue import (
    CLASSES,
    SORTS,
    Beside,
    QueuedRecord,
    QueueFilter,
    beside,
    count_queue,
    queue,
    tally,
    together,
)
from fieldapp.review.replies import replies_about, reply
from fieldapp.review.standing import (
    AreaFilter,
    RecordStanding,
    Tally,
    counts_of,
    decisions_about,
    in_status,
    last_of,
    reviewed,
    standings,
    status_of,
    statuses,
    within,
)

__all__ = [
    "CLASSES",
    "LABELS",
    "OPEN",
    "SORTS",
    "STATUSES",
    "AnswerEdit",
    "AreaFilter",
    "Beside",
    "Conflict",
    "Doubt",
    "HeldChange",
    "Pin",
    "QueueFilter",
    "QueuedRecord",
    "RecordStanding",
    "StateInput",
    "Status",
    "Step",
    "Tally",
    "beside",
    "changes_since",
    "conflicts_of",
    "count_queue",
    "counts_of",
    "decide",
    "decisions_about",
    "doubts_about",
    "heads_of",
    "held_in",
    "held_of",
    "history_of",
    "in_status",
    "is_answered",
    "label",
    "last_of",
    "must_be_current",
    "queue",
    "replies_about",
    "reply",
    "reviewed",
    "settle",
    "standings",
    "status_from",
    "status_of",
    "statuses",
    "tally",
    "together",
    "unseen_decision",
    "withdraw",
    "within",
]
