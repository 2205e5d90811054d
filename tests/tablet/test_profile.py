"""What the tests of tablets stand on: a profile that many of them have in turn, and a tablet that was enrolled once."""

from __future__ import annotations

from typing import Any

from tests.conftest import Server
from tests.tablet.conftest import Tablet
from tests.tablet.profile import NOTHING, Profile
from tests.tablet.test_trouble import correct_a_household

LEAVE = """async () => {
  localStorage.setItem("left", "here");
  document.cookie = "left=here";
  await (await navigator.storage.getDirectory()).getDirectoryHandle("left", { create: true });
  await (await caches.open("shell-left")).put("/left", new Response("here"));
  await new Promise((done) => { indexedDB.open("left").onsuccess = ({ target }) => done(target.result.close()); });
}"""
LEFT = """async () => {
  const folders = [];
  for await (const name of (await navigator.storage.getDirectory()).keys()) folders.push(name);
  const databases = (await indexedDB.databases()).map(({ name }) => name);
  return { stored: [...Object.keys(localStorage), ...folders, ...databases, document.cookie].filter(Boolean),
    shells: await caches.keys() };
}"""


def test_nothing_but_the_shell_is_left_of_a_test_for_the_next(profile: Profile, server: Server) -> None:
    profile.begin(server).pages[0].evaluate(LEAVE)
    profile.finish()
    page = profile.begin(server).pages[0]
    assert page.url == f"{server.url}{NOTHING}"
    left = page.evaluate(LEFT)
    page.evaluate("caches.delete('shell-left')")
    profile.finish()
    assert left["stored"] == []
    assert "shell-left" in left["shells"]


def stored(tablet: Tablet) -> dict[str, list[Any]]:
    """What a tablet knows, apart from who it is."""
    rows = {name: tablet.rows(name) for name in ("meta", "records", "cursors", "changes", "drafts", "photos")}
    account = next(row["value"] for row in rows["meta"] if row["name"] == "account")
    return {
        "meta": sorted(row["name"] for row in rows["meta"]),
        "account": [account["id"]],
        "records": sorted((row["id"], sorted(row["values"])) for row in rows["records"]),
        "cursors": sorted((row["area"], row["whole"]) for row in rows["cursors"]),
        "made here": [*rows["changes"], *rows["drafts"], *rows["photos"]],
    }


def test_the_tablet_that_was_enrolled_once_is_as_one_that_is_enrolled_by_hand(
    tablet: Tablet, new_tablet: Tablet
) -> None:
    tablet.enrol()
    assert tablet.enrolled
    assert not new_tablet.enrolled
    new_tablet.enrol_by_hand()
    assert stored(tablet) == stored(new_tablet)
    correct_a_household(tablet)
    tablet.until(lambda: all(change["receipt"] for change in tablet.rows("changes")))
    assert len(tablet.delivered()) == 1
