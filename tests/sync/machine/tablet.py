"""A tablet as the modules of the app have it that ``modules.py`` lists, but without a page: the twin of ``sync.js``.

It stands on ``disk``, ``connected``, ``forms``, ``outbox``, ``download`` and ``comparison``, each on the one before.
The one thing it has beside the app is knowledge for the tests: which changes stood behind what was shown to its author.
``test_browser_lives.py`` holds it and the modules to each other, request by request and row by row.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from tests.sync.machine.comparison import WithComparison
from tests.sync.machine.connected import NoNetwork, Refused
from tests.sync.machine.forms import millis_between


class Tablet(WithComparison):
    """One tablet, as it syncs."""

    def sync(self, *, check: bool = False, meanwhile: Callable[[], object] | None = None) -> None:
        """Hello, push, pull and counts; where that was asked for (``check``), perhaps in vain before, compare.

        ``meanwhile`` is what a person does while the first page of news is on its way. Raises NoNetwork, Refused or
        Died, and goes on from there next time.
        """
        self.checking = self.checking or check
        try:
            self.hello()
            self.push()
            self.pull(meanwhile)
            self.counts()
            self.forget_left()
            if self.checking:
                self.compare()
                self.checking = False
        except Refused as refused:
            if refused.status == 401:
                self._switched_off()
            raise
        self.round_began = None
        self.learn({"revoked": False})

    def _switched_off(self) -> None:
        self.learn({"revoked": True})
        with suppress(NoNetwork, Refused):
            self.salvage()

    def hello(self) -> None:
        """Learn which epoch it is, and what may be seen."""
        answer = self.ask("hello", said=self.store.known("seq", 0), pending=len(self.waiting()))
        if answer["epoch"] != self.store.known("epoch"):
            self.round_began = None
            self.offer_again()
        offset = millis_between(answer["now"], self.now())
        known = {"offset": offset, "told_at": answer["now"], "epoch": answer["epoch"], "areas": answer["areas"]}
        self.learn(known)
