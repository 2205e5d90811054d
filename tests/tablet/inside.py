"""What runs in the page with the app's own modules, and with the store and session that are open there."""

from __future__ import annotations

_FOUND = """async (given) => {
  const loaded = performance.getEntriesByType("resource").map(({ name }) => name);
  const base = new URL("..", loaded.find((name) => name.endsWith("/wire/sync.js")));
  const load = (name) => import(new URL(name, base));
  const { Sync } = await load("wire/sync.js");
  const { nudge } = Sync.prototype;
  const { store, session } = await new Promise((got) => {
    Sync.prototype.nudge = async function () { got(this); };
    window.dispatchEvent(new Event("online"));
  });
  Sync.prototype.nudge = nudge;
"""


def inside(work: str) -> str:
    """``work`` as a function of ``given``, which also knows ``load(module)``, ``base``, ``store`` and ``session``.

    It is the running sync that knows both: it is asked when the network is said to be back.
    """
    return f"{_FOUND}{work}\n}}"
