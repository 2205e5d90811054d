"""Pictures from outside: what can be shown is, what cannot is kept and said to be so, and the memory stays flat."""

from __future__ import annotations

import hashlib
import io
import subprocess
import sys
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path
from random import Random

import pytest
from flask import Flask
from flask.testing import FlaskClient
from PIL import ExifTags, Image

from fieldapp.db import begin_writing, db
from fieldapp.photos import attachments, unnamed
from fieldapp.photos.attachments import MEGAPIXELS, NOT_A_PHOTO, STORED
from fieldapp.problems import NotFound
from sync import new_record_id
from tests.again import a_walk, so_many
from tests.pages import Page
from tests.wire_client import Tablet, code, parts_of, photo, tablet

__all__ = ["code", "tablet"]

MOST_MEMORY = 500


def saved(image: Image.Image, kind: str, **how: object) -> bytes:
    buffer = io.BytesIO()
    image.save(buffer, kind, **how)
    return buffer.getvalue()


def noise(mode: str = "RGB", size: tuple[int, int] = (120, 90)) -> Image.Image:
    return Image.effect_noise(size, 90).convert(mode)


def turned(side: int) -> bytes:
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = side
    return saved(noise(), "JPEG", exif=exif.tobytes())


def png(width: int, height: int, depth: int = 4) -> bytes:
    """A PNG of one colour, a transparent one, however large: its rows are never all in the memory."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + name + data + zlib.crc32(name + data).to_bytes(4, "big")

    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes([8, {3: 2, 4: 6}[depth], 0, 0, 0])
    packer, row = zlib.compressobj(1), bytes(1 + depth * width)
    rows = b"".join(packer.compress(row) for _row in range(height)) + packer.flush()
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def two_in_one() -> bytes:
    """As some cameras write it: the picture, and a small one behind it."""
    return saved(noise(), "MPO", save_all=True, append_images=[noise(size=(12, 9))])


@cache
def shown() -> dict[str, bytes]:
    """By what it is, a picture that can be shown; made when it is asked for, not by each worker that reads this."""
    return {
        "a progressive JPEG": saved(noise(), "JPEG", progressive=True),
        "a JPEG for printers": saved(noise("CMYK"), "JPEG"),
        "a grey JPEG": saved(noise("L"), "JPEG"),
        "two pictures in a JPEG": two_in_one(),
        "a JPEG turned by its camera": turned(6),
        "a JPEG turned by nonsense": turned(65),
        "a PNG with a palette": saved(noise("P"), "PNG", transparency=0),
        "a grey PNG with alpha": saved(noise("LA"), "PNG"),
        "a PNG of 16 bits": saved(Image.new("I;16", (120, 90), 40_000), "PNG"),
        "a PNG of one bit": saved(noise("1"), "PNG"),
        "a WebP": saved(noise(), "WEBP"),
        "a WebP that moves": saved(noise(), "WEBP", save_all=True, append_images=[noise()]),
        "a picture of one pixel": saved(noise(size=(1, 1)), "PNG"),
        "a very long picture": saved(noise(size=(9000, 2)), "PNG"),
    }


REASONS = ("no_photo", "broken_photo", "huge_photo")


@cache
def refused() -> dict[str, list[bytes]]:
    """By the reason, files that cannot be shown."""
    return {
        "no_photo": [b"%PDF-1.7", b"\x00", saved(noise(), "GIF"), saved(noise(), "TIFF")],
        "broken_photo": [photo()[:20], *(saved(noise(), kind)[:-400] for kind in ("JPEG", "PNG", "WEBP"))],
        "huge_photo": [
            png(11_000, 8_000)[:500],
            saved(Image.new("L", (5001, 5000)), "JPEG"),
            saved(Image.new("RGB", (4001, 4000)), "WEBP", quality=1, method=0),
        ],
    }


def test_every_kind_of_picture_a_camera_or_a_scanner_makes_is_shown(context: Flask) -> None:
    for what, data in shown().items():
        kept = attachments.store(data)
        assert (kept.state, kept.reason) == (STORED, ""), what
        with Image.open(attachments.thumbnail(kept.sha256)) as small:
            assert small.format == "JPEG"
            assert max(small.size) <= 320
    clear = attachments.store(png(30, 20))
    with Image.open(attachments.thumbnail(clear.sha256)) as small:
        assert small.getpixel((9, 9)) == (255, 255, 255), "what is transparent is white"


def test_whatever_comes_is_a_photo_with_a_thumbnail_or_has_a_reason(context: Flask) -> None:
    rng = Random(10)
    for kind in ("JPEG", "PNG", "WEBP"):
        whole = saved(noise(size=(48, 40)), kind)
        for _time in range(60):
            data = bytearray(whole[: rng.randrange(1, len(whole) + 1)])
            for _byte in range(rng.choice([0, 0, 1, 9])):
                data[rng.randrange(len(data))] = rng.randrange(256)
            kept = attachments.store(bytes(data))
            assert (kept.state == STORED) is (not kept.reason)
            if kept.state == STORED:
                assert attachments.thumbnail(kept.sha256).stat().st_size > 0


@pytest.mark.parametrize("reason", REASONS)
def test_what_cannot_be_shown_is_kept_and_the_reason_told_at_every_door(
    tablet: Tablet, as_: Callable[[str], FlaskClient], page: Callable[..., Page], reason: str
) -> None:
    sentence = attachments.REFUSALS[reason]().message
    home, needs = new_record_id(1), [new_record_id(n) for n in range(2, 2 + len(refused()[reason]))]
    tablet.push(tablet.change("household", home, {"head_name": "Bàn Thị Mẩy", "village": tablet.areas[0]["id"]}))
    for need, data in zip(needs, refused()[reason], strict=True):
        sha256, parts = hashlib.sha256(data).hexdigest(), parts_of(data, 200_000)
        named = [{"sha256": sha256, "type": "image/jpeg", "bytes": len(data), "width": 40, "height": 30}]
        tablet.push(tablet.change("housing_need", need, {"household": home, "photo_front": named}))
        for i, part in enumerate(parts):
            answer = tablet.client.put(
                f"/sync/v1/blob/{sha256}/{i}?parts={len(parts)}", data=part, headers=tablet.auth
            ).get_json()
        again = tablet.get(f"blob/{sha256}/missing?parts={len(parts)}")
        for told in (answer, again):
            assert (told["state"], told["missing"]) == (NOT_A_PHOTO, [])
            assert told["refused"] == {"code": reason, "message": sentence}
        assert attachments.path(sha256).read_bytes() == data
        assert sentence in page(f"/records/{need}", "dung").text
        for size in ("", "?size=thumb"):
            assert as_("dung").get(f"/photos/{sha256}{size}").status_code == 404
        assert tablet.client.get(f"/sync/v1/blob/{sha256}?size=thumb", headers=tablet.auth).status_code == 404


def test_a_photo_taken_in_by_an_earlier_version_breaks_no_page_when_it_cannot_be_shown(context: Flask) -> None:
    for data in (*refused()["broken_photo"], *refused()["huge_photo"], b"%PDF"):
        kept = attachments.store(data)
        kept.state, kept.reason = STORED, ""
        with pytest.raises(NotFound):
            attachments.thumbnail(kept.sha256)


def test_a_server_killed_before_it_put_the_parts_together_does_so_when_it_is_asked(tablet: Tablet) -> None:
    data = photo("violet")
    sha256, parts = hashlib.sha256(data).hexdigest(), parts_of(data)
    for i, part in enumerate(parts):
        begin_writing()
        attachments.take_part(sha256, i, len(parts), part)
        db.session.commit()
    assert attachments.state(sha256) == "partial"
    told = tablet.get(f"blob/{sha256}/missing?parts={len(parts)}")
    assert (told["state"], told["missing"]) == (STORED, [])
    assert attachments.path(sha256).read_bytes() == data


def test_what_nobody_names_is_bounded_for_a_device_and_a_day_and_what_is_named_is_never_refused(
    tablet: Tablet, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = (photo(colour) for colour in ("red", "green", "blue", "white"))
    stranger, held, named, first = sorted(made, key=len)  # of noise, each as large as it happens to be
    monkeypatch.setattr(unnamed, "MEGABYTES", len(first) / 1_000_000)

    def send(data: bytes, part: bytes | None = None) -> tuple[int, str]:
        sha256 = hashlib.sha256(data).hexdigest()
        url = f"/sync/v1/blob/{sha256}/0?parts=1"
        told = tablet.client.put(url, data=part or data, headers=tablet.auth)
        return told.status_code, told.get_json().get("error", {}).get("code") or told.get_json()["state"]

    def naming(data: bytes, **more: object) -> str:
        name = {"sha256": hashlib.sha256(data).hexdigest(), "type": "image/jpeg", "bytes": 9, "width": 4, "height": 3}
        return tablet.change("housing_need", new_record_id(2), {"photo_front": [name]}, **more)

    assert send(first) == (200, STORED)
    assert send(stranger) == (413, "unnamed_photo")
    assert send(stranger, stranger[:10]) == (413, "unnamed_photo"), "not by small parts either"
    tablet.push(naming(named))
    assert send(named) == (200, STORED)
    (verdict,) = tablet.push(naming(held, author="0" * 16))
    assert verdict["verdict"] == "held"
    assert send(held) == (200, STORED), "nor what a held change names"
    tablet.push(naming(first))
    assert send(stranger) == (200, STORED), "what was named later does not count any more"


# Not getrusage: what it tells of a process begins with what the one that started it had.
MEMORY = """
import re, sys, threading
from pathlib import Path
from fieldapp.photos import attachments
from fieldapp import create_app
from fieldapp.config import Config

app = create_app(Config(instance=Path(sys.argv[1])))

def work(file):
    with app.app_context():
        attachments.look(Path(file).read_bytes())

threads = [threading.Thread(target=work, args=(file,)) for file in sys.argv[2:]]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) // 1024)
"""


@a_walk
@pytest.mark.skipif(sys.platform != "linux", reason="the memory of a process is told in other units")
def test_the_largest_pictures_of_every_kind_all_at_once_leave_the_memory_flat(tmp_path: Path) -> None:
    largest = {
        "a.png": png(5000, MEGAPIXELS["PNG"] * 200),
        "b.webp": saved(Image.new("RGB", (4000, MEGAPIXELS["WEBP"] * 250)), "WEBP", quality=1, method=0),
        "c.jpg": saved(Image.new("RGB", (5000, MEGAPIXELS["JPEG"] * 200)), "JPEG", progressive=True),
        "d.png": png(11_000, 8_000, 3),
    }
    files = []
    for name, data in largest.items():
        (tmp_path / name).write_bytes(data)
        files += [str(tmp_path / name)] * so_many(1, 2, 2)
    command = [sys.executable, "-c", MEMORY, str(tmp_path / "instance"), *files]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) < MOST_MEMORY, f"{done.stdout} MB"
