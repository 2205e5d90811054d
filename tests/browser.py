"""A Chromium for the tests: the system's, else Debian's package, else Playwright's own. ``python -m tests.browser``."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
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
    """The path of a Chromium of the system, or None where there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def launch_options() -> dict[str, Any]:
    """What ``chromium.launch`` needs here."""
    path = system_browser()
    return {"args": [*ARGS, f"--disable-features={','.join(OFF)}"], **({"executable_path": path} if path else {})}


def install() -> None:
    """Get a browser in the first way that works."""
    if system_browser():
        return
    if os.name == "posix" and hasattr(os, "geteuid") and os.geteuid() == 0 and shutil.which("apt-get"):
        env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        quiet: dict[str, Any] = {"env": env, "stdout": subprocess.DEVNULL}
        subprocess.run(["apt-get", "update"], check=False, **quiet)
        done = subprocess.run(["apt-get", "install", "-y", "chromium", "fonts-noto-core"], check=False, **quiet)
        if done.returncode == 0 and system_browser():
            return
    subprocess.run([sys.executable, "-m", "playwright", "install", "--with-deps", "chromium"], check=True)


if __name__ == "__main__":
    install()
