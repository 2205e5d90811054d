"""A node with 20,000 households to download: ten communes of twenty villages of a hundred, some with their history."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from itertools import count, cycle, islice
from pathlib import Path
from random import Random

from flask import Flask

from bench.node import node, opened
from fieldapp import intake, places
from fieldapp.db import begin_writing, db
from fieldapp.people import Account, Grant
from fieldapp.places import village_id
from fieldapp.sample import stories
from fieldapp.sample.decisions import Ledger
from fieldapp.sample.houses import Photo
from fieldapp.sample.stories import SampleCase, SampleCommune
from fieldapp.sample.writer import Hand, drawn_id

VILLAGES, HOUSEHOLDS = 20, 100
"""Villages of a commune, and households of a village."""
COMMUNE = VILLAGES * HOUSEHOLDS
LIVED = 3
"""So many communes have a history; in the others the households are registered, and that is all."""
SEED = 2023
PORTION = 5_000
DIFFICULTIES = ("quality", "quality", "area", None, "quality", "both", None, "quality", "none", "area")
STAGES = ("building", None, None, "complete", None)


def province(folder: Path, sizes: Sequence[int]) -> Flask:
    """A node with a person for each of ``sizes``, who sees so many households: ``n1000`` sees a thousand. The same
    households are seen by all: those of who sees few are the first of who sees many. One that is there is taken."""
    if not folder.exists():
        begun = folder.with_name(f"{folder.name}-unfinished")
        shutil.rmtree(begun, ignore_errors=True)
        _make(begun, sizes)
        begun.rename(folder)
    return opened(folder)


def _make(folder: Path, sizes: Sequence[int]) -> None:
    app = node(folder)
    with app.app_context():
        begin_writing()
        communes = [place.code for place in places.communes(2023) if place.level == "xa"][: -(-max(sizes) // COMMUNE)]
        places.import_villages([(2023, code, n, f"Thôn {n}") for code in communes for n in range(1, VILLAGES + 1)])
        for size in sizes:
            _hire(size, communes)
        db.session.commit()
        for place, code in enumerate(communes):
            _fill(code, lived=place < LIVED)
        db.session.remove()
        db.engine.dispose()


def name_of(size: int) -> str:
    """Who sees so many households."""
    return f"n{size}"


def _hire(size: int, communes: Sequence[str]) -> None:
    ids = islice((village_id(2023, code, n) for code in communes for n in range(1, VILLAGES + 1)), size // HOUSEHOLDS)
    account = Account(
        id=drawn_id(SEED, "account", name_of(size)),
        username=name_of(size),
        name="Hoàng Thị Lan",
        role="enumerator",
        password_hash="",
        active=True,
        language="vi",
        grants=[Grant(vintage=2023, code=village) for village in ids],
    )
    db.session.add(account)


def _fill(code: str, lived: bool) -> None:
    place = next(place for place in places.communes(2023) if place.code == code)
    hand, office = (
        Hand(drawn_id(SEED, part, code), drawn_id(SEED, part, "author", code)) for part in ("hand", "office")
    )
    ids = [village_id(2023, code, n) for n in range(1, VILLAGES + 1)]
    commune = SampleCommune(
        code=code,
        district=place.parent_code or "",
        seed=SEED,
        tablets=dict.fromkeys(ids, hand),
        office=office,
        province=office,
        ledger=Ledger(SEED, ""),
        photos=_photos(code),
        numbers=count(communes_before(code) * COMMUNE),
    )
    commune.tell(list(_cases(ids) if lived else _registered(ids)))
    for each in (hand, office):
        _hand_in(each.take())


def communes_before(code: str) -> int:
    """How many communes of 2023 come before this one: so that no two households have one number."""
    return [place.code for place in places.communes(2023)].index(code)


def _cases(ids: Sequence[str]) -> Iterator[SampleCase]:
    difficulties, states, stages = cycle(DIFFICULTIES), stories.states(worked=True), cycle(STAGES)
    for n in range(COMMUNE):
        difficulty = next(difficulties)
        stage = next(stages) if difficulty not in (None, "none") else None
        state = "approved" if stage else next(states)
        yield SampleCase(ids[n % len(ids)], "ngheo" if n % 3 else "can_ngheo", difficulty, stage, state)


def _registered(ids: Sequence[str]) -> Iterator[SampleCase]:
    for n in range(COMMUNE):
        yield SampleCase(ids[n % len(ids)], "ngheo" if n % 3 else "can_ngheo", None, None, "waiting")


def _photos(code: str) -> dict[str, list[Photo]]:
    """Names of photos that are nowhere: what is measured fetches none."""
    rng = Random(code)
    shows = ("weak", "sound", "inside", "damage", "site")
    return {each: [_photo(rng) for _photo_of_many in range(50)] for each in shows}


def _photo(rng: Random) -> Photo:
    return {
        "sha256": f"{rng.getrandbits(256):064x}",
        "type": "image/jpeg",
        "bytes": 180_000,
        "width": 1600,
        "height": 1200,
    }


def _hand_in(texts: Sequence[str]) -> None:
    """As the office hands them in: who may see what is not what is measured."""
    for start in range(0, len(texts), PORTION):
        begin_writing()
        receipt = intake.receive(texts[start : start + PORTION], kind="office")
        if kept := [result for result in receipt.results if result.verdict != "stored"]:
            raise SystemExit(f"{len(kept)} changes were not taken in, the first because {kept[0]}")
        db.session.commit()
