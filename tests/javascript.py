"""The types of the tablet's modules, looked at by TypeScript where Node is found: ``python -m tests.javascript``.

Node is needed neither to run the app nor to build it; where it is not found, or TypeScript cannot be fetched, that is
said, and nothing fails. What the modules say of themselves in JSDoc is believed; the rest is inferred. Which modules
says ``jsconfig.json``, which editors read as well.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
TYPESCRIPT = "5.9.3"
PLACE = ROOT / ".venv" / "node"
MODULES = PLACE / "node_modules"


def faults() -> list[str]:
    """What the compiler says; nothing where there is none."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return _skipped("Node is not found")
    if not fetched(npm, "typescript", TYPESCRIPT):
        return _skipped(f"TypeScript {TYPESCRIPT} could not be fetched")
    asked = [node, MODULES / "typescript" / "bin" / "tsc", "--project", ROOT / "jsconfig.json"]
    done = subprocess.run(asked, check=False, capture_output=True, text=True)
    return done.stdout.splitlines() or [done.stderr] * bool(done.returncode)


def _skipped(why: str) -> list[str]:
    sys.stdout.write(f"types of the tablet's modules: skipped, {why}\n")
    return []


def fetched(npm: str, package: str, version: str) -> bool:
    """Whether this version of a package lies in ``MODULES``; it is fetched where it does not."""
    if _is_here(package, version):
        return True
    PLACE.mkdir(parents=True, exist_ok=True)
    quiet = ["--no-audit", "--no-fund", "--silent"]
    asked = [npm, "install", "--prefix", PLACE, *quiet, "--save-exact", f"{package}@{version}"]
    return subprocess.run(asked, check=False).returncode == 0 and _is_here(package, version)


def _is_here(package: str, version: str) -> bool:
    try:
        told = json.loads((MODULES / package / "package.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return False
    return bool(told["version"] == version)


if __name__ == "__main__":
    sys.exit("\n".join(faults()) or None)
