"""The same changes, carried by what people use today."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

from bench.cost import Cost, alone
from bench.figures import Figure, Section
from bench.node import Post

CHANGES = 20_000
POUCHDB = "pouchdb@9.0.0"
SAID = """{count:,} changes of {records:,} households, the same for each, from one database on the disk to another.

- **This import** decrypts, verifies, judges, keeps every text, folds each question, and writes rows.
- **PouchDB** ({pouchdb}, LevelDB) replicates them in one process, in batches of 1,000, neither encrypted nor signed
  nor waiting for the disk. With a document a change all of them travel, but nothing is folded. With a document a record
  only its last revision travels, though all five are counted here; of two that disagree, one wins whole and the other
  is hidden.
- **SQLite's session extension** (apsw) applies changesets of 500 edits each to the table of households with its
  indexes, in one transaction, neither encrypted nor signed nor judged. It keeps no history, and a clash overwrites or
  stops."""


def others(folder: Path) -> Section:
    """Changes a second, and how many times as fast the import is."""
    texts = folder / "texts"
    alone("make_texts", texts, CHANGES)
    rate = _import(folder)
    figures = [
        ("import of a batch file end to end, changes per second", rate),
        *_pouchdb(folder, texts, rate),
        *_session(folder, texts, rate),
    ]
    said = SAID.format(count=CHANGES, records=CHANGES // 5, pouchdb=POUCHDB)
    return Section("Beside others", said, tuple(figures))


def _import(folder: Path) -> float:
    post = _post(folder)
    took = alone("take_in", post.copy_of_taker(folder / "beside"), post.file, CHANGES)
    return CHANGES / Cost(*took["first"]).seconds


def _post(folder: Path) -> Post:
    return Post.made(folder, CHANGES)


def _pouchdb(folder: Path, texts: Path, rate: float) -> Iterator[Figure]:
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        yield "import/PouchDB ratio", "not measured: no node"
        return
    modules = _modules(npm)
    if modules is None:
        yield "import/PouchDB ratio", f"not measured: npm could not install {POUCHDB}"
        return
    program = Path(__file__).parent / "alone" / "pouch.cjs"
    (folder / "pouch").mkdir()
    command: list[str | Path] = [node, program, modules, texts, folder / "pouch"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        yield "import/PouchDB ratio", f"not measured: {POUCHDB} failed"
        return
    told = json.loads(done.stdout)
    whole, last = CHANGES / told["changes"]["seconds"], CHANGES / told["records"]["seconds"]
    yield "PouchDB replication, a document a change, changes per second", whole
    yield "import/PouchDB ratio", rate / whole
    yield "PouchDB replication, a document a record, changes per second", last
    yield "import/PouchDB ratio, of which only last revisions travel", rate / last


def _modules(npm: str) -> Path | None:
    """PouchDB, installed once into the user's cache; nothing if that cannot be done."""
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    folder = cache / "fieldapp-bench" / POUCHDB
    if not (folder / "node_modules" / "pouchdb").is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        quietly = ["--silent", "--no-audit", "--no-fund", "--fetch-retries=1"]
        command = [npm, "install", *quietly, "--prefix", str(folder), POUCHDB]
        if subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode:
            return None
    return folder / "node_modules"


def _session(folder: Path, texts: Path, rate: float) -> Iterator[Figure]:
    if importlib.util.find_spec("apsw") is None:
        yield "import/SQLite session ratio", "not measured: no apsw"
        return
    applied = CHANGES / alone("session", texts, _post(folder).taker, folder / "session")["seconds"]
    yield "SQLite session extension, changesets applied, changes per second", applied
    yield "import/SQLite session ratio", rate / applied
