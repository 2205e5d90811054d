"""Nodes to measure: fresh ones, copies of them, and a batch file from one to the other."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from flask import Flask

from bench.cost import alone
from fieldapp import create_app, places
from fieldapp.config import Config
from fieldapp.db import db, upgrade


def node(folder: Path, address: str = "") -> Flask:
    """A fresh node with the places of the province. ``address``: of its empty PostgreSQL, where it is on one."""
    app = opened(folder, address)
    upgrade(app)
    with app.app_context():
        places.import_packaged()
        db.session.commit()
    return app


def opened(folder: Path, address: str = "") -> Flask:
    """A node that is there already."""
    return create_app(Config(instance=folder, database_url=address))


def database(folder: Path) -> Path:
    """Where a node keeps its tables."""
    return folder / "fieldapp.db"


@dataclass(frozen=True)
class Post:
    """A batch file and the node it is for, which has not seen it yet. Made once in a folder, by another process."""

    folder: Path
    count: int

    @classmethod
    def of_the_sample(cls, folder: Path) -> Post:
        """A file of all that a commune of the sample holds."""
        folder = folder / "post-sample"
        shutil.rmtree(folder, ignore_errors=True)
        return cls(folder, alone("make_sample", folder))

    @classmethod
    def made(cls, folder: Path, count: int) -> Post:
        """The file with so many changes; one made in this folder before is taken."""
        post = cls(folder / f"post-{count}", count)
        if not post.file.exists():
            shutil.rmtree(post.folder, ignore_errors=True)
            alone("make_file", post.folder, count)
        return post

    @property
    def file(self) -> Path:
        return self.folder / "batch.fab"

    @property
    def taker(self) -> Path:
        """The node as it is before the import."""
        return self.folder / "taker"

    def copy_of_taker(self, folder: Path) -> Path:
        """The same node, to import the file into."""
        shutil.rmtree(folder, ignore_errors=True)
        return Path(shutil.copytree(self.taker, folder))
