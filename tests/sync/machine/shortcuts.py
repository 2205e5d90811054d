"""The shortcuts of ``mutants.py`` that a tablet can take, in the words of its modules.

Where the shortcut of a node has a side of the tablet, it is that side which is here: what a node tells in vain.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.sync.machine.modules import Altered


@dataclass(frozen=True)
class Shortcut:
    """A shortcut, how a module takes it, and what it comes to."""

    name: str
    altered: Altered
    told: str


SHORTCUTS = [
    Shortcut(
        "cursor_first",
        Altered(
            "pull",
            "  const confirmed = await confirmedBy(store, arrived);\n",
            "  const confirmed = await confirmedBy(store, arrived);\n"
            '  await store.write(["cursors"], (rows) => rows("cursors").put(cursor));\n',
        ),
        "The cursor is stored before the page it stands for.",
    ),
    Shortcut(
        "evictions_unheard",
        Altered("leaving", "    else gone.push(id);\n", ""),
        "A tablet keeps what left its area.",
    ),
    Shortcut(
        "unsent_work_evicted",
        Altered("leaving", "    if (begun || own.some((change) => !change.receipt)) kept.push(row);\n    else", "    "),
        "A record that leaves the area goes though there is work on it that is not sent yet.",
    ),
    Shortcut(
        "nothing_fed_anew",
        Altered("pull", "filter(({ row }) => row?.evicted)", "filter(() => false)"),
        "What is told anew is added to what was there before.",
    ),
    Shortcut(
        "nothing_awaited",
        Altered("fold", "snapshot?.awaited ?? {}", "{}"),
        "Of a first download it is forgotten what is known to be replaced though that has not arrived.",
    ),
    Shortcut(
        "same_epoch",
        Altered("pull", "known?.epoch === epoch ? known : fresh", "known ?? fresh"),
        "After a restore the feed is read on from where it was.",
    ),
    Shortcut(
        "nothing_offered_again",
        Altered("hello", "    await offerAgain(store);\n", ""),
        "A tablet hears that the server was restored, and does nothing.",
    ),
    Shortcut(
        "shown_value_only",
        Altered("records", "[question, heads[question]]", "[question, heads[question].slice(0, 1)]"),
        "A change names only the one value that was shown.",
    ),
    Shortcut(
        "blind_edit",
        Altered("records", "[...Object.keys(answers), WITHDRAWN]", "Object.keys(answers)"),
        "An edit does not say which withdrawals it knew.",
    ),
    Shortcut(
        "hold_stays_at_home",
        Altered("unsent", '"clock_ahead"]);', '"clock_ahead", "held"]);'),
        "What is held is taken to be part of the record.",
    ),
    Shortcut(
        "marks_stay_at_home",
        Altered("pull", "anew: anew.has(each.id), ahead }", "anew: anew.has(each.id) }"),
        "A tablet believes every clock.",
    ),
    Shortcut(
        "clones_unnoticed",
        Altered("session", "this.device?.id === device ? {} :", "this.device ? {} :"),
        "Who is connected again goes on with the numbers of before.",
    ),
    Shortcut(
        "rulings_only_backward",
        Altered("counts", "told.fate !== (receipt.fate ?? receipt.verdict)", "false"),
        "What an administrator says after the receipt is not heard.",
    ),
    Shortcut(
        "rulings_reach_one_step",
        Altered("records", "change.settled || (replaced && taken(change))", "replaced && taken(change)"),
        "Own work that a first download holds, or that was undone, is laid over it again.",
    ),
    Shortcut(
        "sent_again_is_redone",
        Altered("outbox", "receipt: null, settled: false,", "receipt: null,"),
        "What is offered again stays as settled as it was.",
    ),
    Shortcut(
        "never_redone",
        Altered("pull", "change && !taken(change)", "false"),
        "What was held once stays held, though the feed tells that it counts.",
    ),
    Shortcut(
        "children_stay",
        Altered("records", "values.village ?? area;", "area;"),
        "A household is where it was downloaded, wherever it says it is.",
    ),
    Shortcut(
        "ghosts",
        Altered(
            "pull",
            '    for (const id of gone) rows("records").delete(id);\n    for (const row of kept)',
            "    for (const row of kept)",
        ),
        "The row of a record stays though it was evicted.",
    ),
    Shortcut(
        "held_is_known",
        Altered("outbox", "receipt: { verdict, reason, message,", 'receipt: { verdict: "stored", reason, message,'),
        "Whatever the server says of a change, it is taken to be stored.",
    ),
    Shortcut(
        "nothing_relayed",
        Altered(
            "outbox",
            "left.length; left = await sendable(store)) {\n    const some = await sound(store, portion(left, most",
            "left.length; left = []) {\n    const some = await sound(store, portion(left, most",
        ),
        "Only the first portion of what waits is sent.",
    ),
    Shortcut(
        "work_gone_record_stays",
        Altered("leaving", "    if (!gone.length) return;", "    if (gone.length) return;"),
        "A record that stayed for work of this tablet stays when the server has taken that.",
    ),
    Shortcut(
        "left_and_forgotten",
        Altered("records", "!replaced && inputs.row?.evicted ?", "false ?"),
        "Who goes on with a record that left makes it one that did not.",
    ),
    Shortcut(
        "new_code_new_epoch",
        Altered("session", "this.epoch ?? answer.epoch", "answer.epoch"),
        "A tablet that is connected again takes the epoch of that day for the one it knew.",
    ),
]
