"""What a tablet has to send: the twin of ``outbox.js``."""

from __future__ import annotations

from typing import Any

from tests.sync.machine.connected import NoNetwork
from tests.sync.machine.disk import Row, put
from tests.sync.machine.forms import WithRecords

MOST_CHANGES = 3


class WithOutbox(WithRecords):
    """What waits, and what became of it."""

    def waiting(self) -> list[Row]:
        """Changes without a receipt, oldest first."""
        made = sorted(self.store.all("changes"), key=lambda row: row["seq"])
        return [row for row in made if not row["receipt"]]

    def push(self) -> None:
        """Send what waits, in portions; every change gets its receipt."""
        while left := self.waiting():
            some = left[:MOST_CHANGES]
            self.store.write(lambda _: None)  # the app notes when these were tried
            answer = self.ask("push", body={"changes": [row["text"] for row in some]})
            self.keep_receipts(some, answer["results"])

    def keep_receipts(self, changes: list[Row], results: list[dict[str, Any]]) -> None:
        """Note what became of changes."""
        verdicts = {each["id"]: each for each in results}
        receipted = [row for row in changes if row["id"] in verdicts]
        if not receipted:
            raise NoNetwork("an answer without receipts")
        self.store.write(lambda rows: put(rows, "changes", ({**r, "receipt": verdicts[r["id"]]} for r in receipted)))

    def salvage(self) -> None:
        """Hand in what waits although this tablet was switched off: the server keeps it, and tells nothing else."""
        while left := self.waiting():
            some = left[:MOST_CHANGES]
            answer = self.ask("salvage", body={"changes": [row["text"] for row in some]})
            assert answer["received"] == len(some), "an answer without receipts"
            self.keep_receipts(some, [{"id": row["id"], "verdict": "held", "reason": "revoked"} for row in some])

    def offer_lost(self, lost: set[str]) -> int:
        """The server lacks changes it has given a receipt for: offer them again."""
        made = [unsent(row) for row in self.store.all("changes") if row["id"] in lost]
        self.store.write(lambda rows: put(rows, "changes", made))
        return len(made)

    def offer_again(self) -> None:
        """The server was put back to an earlier day: offer again everything it may have lost."""
        made = [unsent(row) for row in self.store.all("changes")]
        self.store.write(lambda rows: put(rows, "changes", made))


def unsent(row: Row) -> Row:
    return {**row, "receipt": None, "settled": False}
