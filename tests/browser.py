"""A Chromium for the tests: the system's, else Debian's packages, else Playwright's own. ``python -m tests.browser``.

Where it is there, the tests take the shell of Chromium that has no windows: the same engine, for a quarter less of the
processor's time. What a shell cannot do, or what is about the browser itself, asks for the whole one.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SHELL = "chromium-headless-shell"
PACKAGES = ("chromium", SHELL, "fonts-noto-core")
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
OFF_BY_PLAYWRIGHT = [
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
]
"""What Playwright turns off itself; the last such list on the command line counts, so they are in ours too."""
OFF = [*OFF_BY_PLAYWRIGHT, "AimEnabled", "WebUIOmniboxAimPopup", "WebUIOmniboxPopup"]
"""Every window would draw the suggestions of an address bar that nobody sees: half a second of a processor for each."""


def system_browser() -> str | None:
    """The path of a whole Chromium of the system, or None where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def launch_options(*, whole: bool = False) -> dict[str, Any]:
    """What ``chromium.launch`` needs here. ``whole``: the browser as people have it, not its shell."""
    path = (None if whole else shutil.which(SHELL)) or system_browser()
    return {"args": [*ARGS, f"--disable-features={','.join(OFF)}"], **({"executable_path": path} if path else {})}


def install() -> None:
    """Get a browser in the first way that works."""
    if system_browser() and shutil.which(SHELL):
        return
    if os.name == "posix" and hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        quiet: dict[str, Any] = {"env": env, "stdout": subprocess.DEVNULL}
        subprocess.run(["apt-get", "update"], check=False, **quiet)
        subprocess.run(["apt-get", "install", "-y", *PACKAGES], check=False, **quiet)
    if system_browser():
        return
    subprocess.run([sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"], check=True)


if __name__ == "__main__":
    install()
