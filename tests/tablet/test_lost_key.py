"""A server that lost its key: what was sealed with it comes in the clear, and the new key takes its place."""

from __future__ import annotations

from fieldapp.config import settings
from fieldapp.db import db
from fieldapp.surveys import SURVEYS
from sync.sealing import SealingKey
from tests.again import a_walk
from tests.tablet.acts import correct_a_household
from tests.tablet.conftest import PIN, Tablet, code_for
from tests.tablet.locking import ANOTHER_PIN, choose, lock, lying, unlock


@a_walk
def test_what_was_sealed_for_a_lost_key_is_sent_once_unlocked_and_a_code_opens_the_tablet_again(locked: Tablet) -> None:
    locked.enrol()
    locked.offline()
    row = correct_a_household(locked)
    lock(locked)
    with locked.server.app.app_context():
        path = settings().sealing_key
    lost = SealingKey.load(path).kid
    path.unlink()
    locked.offline(False)
    locked.until(lambda: not lying(locked, "changes")[0]["sealed"])
    assert lying(locked, "changes")[0]["receipt"] is None

    unlock(locked, PIN)
    locked.until(lambda: bool(lying(locked, "changes")[0]["receipt"]))
    [lock_of] = [row["value"] for row in lying(locked, "meta") if row["name"] == "lock"]
    assert lock_of["kid"] == SealingKey.load(path).kid != lost
    with locked.server.app.app_context():
        assert db.session.get_one(SURVEYS["household"], row["id"]).members == 7  # type: ignore[attr-defined]

    lock(locked)
    locked.page.get_by_role("button", name="Tôi quên mã PIN").click()
    locked.page.locator("#code").fill(code_for(locked.server))
    locked.page.locator("main form button[type=submit]").click()
    choose(locked, ANOTHER_PIN)
    locked.page.locator("#tabs a").first.wait_for()
