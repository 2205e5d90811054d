"""The tablet's modules, in a real browser, live as the twin of the machine says that a tablet lives.

Each recorded history was made once with a real server; see ``machine/record.py``. The twin says what must be asked and
which rows must then lie on the tablet; the modules are held to that step by step, with the answers of then.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.again import ALL, SOAK
from tests.sync.machine.lives import retold
from tests.sync.machine.modules import Lives, lives
from tests.sync.machine.record import Recording, recorded
from tests.sync.machine.shortcuts import SHORTCUTS, Shortcut

EACH = 1 if SOAK else 8 if ALL else 16
"""Every sixteenth history with every run of the tests, every eighth with ``make test-all``, all of them with
``make soak``."""


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Lives]:
    """A page in which tablets live."""
    with lives(browser) as opened:
        yield opened


@pytest.fixture(scope="module")
def recording() -> Recording:
    """What was recorded."""
    return recorded()


@pytest.mark.long
def test_in_the_recorded_histories_the_modules_ask_and_hold_what_the_twin_does(
    page: Lives, recording: Recording
) -> None:
    assert len(recording.histories) == 82
    for number, history in list(enumerate(recording.histories))[::EACH]:
        for life in history:
            assert page.live(retold(life)) is None, f"history {number}, {life['who']}"


@pytest.mark.parametrize("shortcut", SHORTCUTS, ids=lambda shortcut: shortcut.name)
def test_a_module_that_takes_a_shortcut_is_caught(shortcut: Shortcut, page: Lives, recording: Recording) -> None:
    history, number = recording.catching[shortcut.name]
    assert page.live(retold(recording.histories[history][number]), [shortcut.altered])
