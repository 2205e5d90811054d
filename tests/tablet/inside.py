"""What runs in the page with the app's own modules, and with the store and session that are open there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.tablet.conftest import Tablet

_FOUND = """async (given) => {
  const base = new URL("..", document.querySelector("script[type=module]").src);
  const load = (name) => import(new URL(name, base));
  const { Sync } = await load("wire/sync.js");
  const { nudge } = Sync.prototype;
  const sync = await new Promise((got) => {
    Sync.prototype.nudge = async function () { got(this); };
    window.dispatchEvent(new Event("online"));
  });
  Sync.prototype.nudge = nudge;
  const { store, session } = sync;
"""


def inside(work: str) -> str:
    """``work`` as a function of ``given``, which also knows ``load(module)``, ``base``, ``sync``, ``store`` and
    ``session``.

    It is the running sync that knows the store and the session: it is asked when the network is said to be back.
    """
    return f"{_FOUND}{work}\n}}"


READ = """async () => {
  const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle("copy", { create: true });
  for (let tries = 1; ; tries += 1) {
    try {
      const names = [];
      for await (const name of folder.keys()) names.push(name);
      if (!names.includes("log")) return { log: "", names };
      return { log: await (await (await folder.getFileHandle("log")).getFile()).text(), names };
    } catch (error) {
      if (tries === 40) throw error;
      await new Promise((done) => setTimeout(done, 50));
    }
  }
}"""
"""While the app writes the file it cannot be read, nor the folder listed while a file takes the place of another."""


def copied(tablet: Tablet, kind: str) -> list[Any]:
    """What lies in the second copy of one kind: tablet, change, draft, photo or done."""
    *lines, _being_written = tablet.page.evaluate(READ)["log"].split("\n")
    return [entry[kind] for line in lines if kind in (entry := json.loads(line.split(" ", 2)[2]))]
