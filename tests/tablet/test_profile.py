"""What the tests of tablets stand on: a profile that many of them have in turn, and a tablet that was enrolled once."""

from __future__ import annotations

import socket
import struct
from threading import Thread
from typing import Any

from flask import Flask, Response

from tests.again import a_walk
from tests.conftest import PATIENCE_MS, PROFILE, Entrance, Server
from tests.tablet.acts import correct_a_household
from tests.tablet.conftest import Tablet
from tests.tablet.profile import NOTHING, Profile

LEAVE = """async () => {
  localStorage.setItem("left", "here");
  document.cookie = "left=here";
  await (await navigator.storage.getDirectory()).getDirectoryHandle("left", { create: true });
  await (await caches.open("shell-left")).put("/left", new Response("here"));
  await new Promise((done) => { indexedDB.open("left").onsuccess = ({ target }) => done(target.result.close()); });
}"""
GPS = "navigator.permissions.query({ name: 'geolocation' }).then(({ state }) => state)"
LEFT = """async () => {
  const folders = [];
  for await (const name of (await navigator.storage.getDirectory()).keys()) folders.push(name);
  const databases = (await indexedDB.databases()).map(({ name }) => name);
  return { stored: [...Object.keys(localStorage), ...folders, ...databases, document.cookie].filter(Boolean),
    shells: await caches.keys() };
}"""


def test_nothing_but_the_shell_is_left_of_a_test_for_the_next(profile: Profile, server: Server) -> None:
    profile.begin(server).pages[0].evaluate(LEAVE)
    profile.finish(server)
    page = profile.begin(server).pages[0]
    assert page.url == f"{server.url}{NOTHING}"
    left = page.evaluate(LEFT)
    page.evaluate("caches.delete('shell-left')")
    profile.finish(server)
    assert left["stored"] == []
    assert "shell-left" in left["shells"]


def test_what_a_browser_kept_in_one_test_is_asked_for_again_in_the_next(profile: Profile, server: Server) -> None:
    asked: list[int] = []

    def answer() -> Response:
        asked.append(len(asked))
        return Response("kept", headers={"Cache-Control": "max-age=86400"})

    server.app.add_url_rule("/kept", view_func=answer)
    for told in ([0], [0, 1]):
        page = profile.begin(server).pages[0]
        for _time in range(2):
            page.evaluate("fetch('/kept').then((answer) => answer.text())")
        profile.finish(server)
        assert asked == told


def test_what_one_test_grants_past_the_profile_or_takes_is_as_ever_for_the_next(
    profile: Profile, server: Server
) -> None:
    page = profile.begin(server).pages[0]
    wire = page.context.new_cdp_session(page)
    here = wire.send("Target.getTargetInfo")["targetInfo"]["browserContextId"]
    granted = {"origin": server.url, "permissions": ["durableStorage"], "browserContextId": here}
    wire.send("Browser.grantPermissions", granted)  # and by that no other
    assert page.evaluate(GPS) == "denied"
    profile.finish(server)
    state = profile.begin(server).pages[0].evaluate(GPS)
    profile.finish(server)
    assert state == "granted"


def test_what_one_test_did_to_its_page_or_heard_of_it_is_nothing_to_the_next(profile: Profile, server: Server) -> None:
    first = profile.begin(server).pages[0]
    heard: list[str] = []
    first.on("console", lambda said: heard.append(said.text))
    first.route("**/*", lambda route: route.abort())
    first.evaluate("window.left = 'here'")
    profile.finish(server)
    second = profile.begin(server).pages[0]
    assert second == first, "its modules are compiled"
    second.goto(f"{server.url}{NOTHING}")
    assert second.evaluate("() => (console.log('told'), window.left ?? 'nothing')") == "nothing"
    assert heard == []
    second.set_viewport_size({"width": 360, "height": 740})
    profile.finish(server)
    third = profile.begin(server).pages[0]
    seen = third.viewport_size
    profile.finish(server)
    assert seen == PROFILE["viewport"]


def test_a_line_that_breaks_at_the_end_of_an_answer_keeps_no_later_test_waiting(app: Flask) -> None:
    entrance = Entrance()
    entrance.lead_to(app)
    with socket.create_connection(("127.0.0.1", entrance.server.port)) as line:
        line.sendall(b"GET /static/any/icon.svg HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\nmore than was announced")
        assert line.recv(12) == b"HTTP/1.1 200"
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))  # closed at once, as if it broke
    last = Thread(target=entrance.lead_to, args=(None,), daemon=True)
    last.start()
    last.join(PATIENCE_MS / 1000)
    entrance.server.stop()
    assert not last.is_alive()


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


@a_walk
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
