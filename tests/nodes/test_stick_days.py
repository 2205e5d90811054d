"""A file from a stick on an ordinary day: its answer gets lost, two people take the same one, the upload is cut."""

from __future__ import annotations

import gc
import re
import socket
import warnings
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask.testing import FlaskClient

from fieldapp import intake, nodes
from fieldapp.db import begin_writing
from fieldapp.instance.waiting_files import folder
from tests.again import a_walk
from tests.conftest import Server
from tests.nodes.conftest import Node
from tests.nodes.sticks import take_along, what_stands, write
from tests.nodes.test_batch_pages import press, upload


@pytest.fixture
def stick(province: Node, laptop: Node, tmp_path: Path) -> Path:
    """Two files that a laptop wrote one after the other."""
    take_along(laptop, province, tmp_path)
    one, two, *_others = province.households()
    for number, (record, members) in enumerate([(one, 8), (two, 6)], 1):
        laptop.edit(record, {"members": members})
        write(laptop, tmp_path / f"{number}.fab", "tinh")
    return tmp_path


def files(node: Node) -> list[int]:
    """The batches that came by file."""
    with node.inside():
        return [batch.id for batch in intake.journal().batches(100, kinds=["file"])]


@a_walk
def test_who_imports_a_file_that_somebody_else_imported_meanwhile_or_whose_answer_got_lost_is_told_its_batch(
    stick: Path, province: Node, as_: Callable[[str], FlaskClient]
) -> None:
    one, other = as_("quan"), as_("quan")
    seen, seen_too = upload(one, stick / "2.fab"), upload(other, stick / "2.fab")
    press(one, seen, "import")
    stands, [number] = what_stands(province), files(province)
    for who, page, act in ((other, seen_too, "import"), (one, seen, "import"), (other, seen_too, "look")):
        assert f"Tệp này đã được nhập trước đây thành lô dữ liệu {number}." in press(who, page, act).text
    assert what_stands(province) == stands


def test_a_file_that_waits_no_more_is_asked_for_once_more(
    stick: Path, province: Node, as_: Callable[[str], FlaskClient]
) -> None:
    desk = as_("quan")
    seen, stands = upload(desk, stick / "1.fab"), what_stands(province)
    with province.inside():
        for file in folder().glob("*.fab"):
            file.unlink()
    assert "không còn chờ ở đây nữa" in press(desk, seen, "import").text
    assert what_stands(province) == stands
    press(desk, upload(desk, stick / "1.fab"), "import")
    assert len(files(province)) == 1


def test_a_file_of_a_node_that_is_trusted_no_longer_since_it_was_looked_at_is_refused_until_it_is_again(
    stick: Path, province: Node, laptop: Node, as_: Callable[[str], FlaskClient]
) -> None:
    desk = as_("quan")
    seen = upload(desk, stick / "1.fab")
    with province.inside():
        begin_writing()
        nodes.forget(nodes.find("laptop"))
    stands = what_stands(province)
    assert "chưa được tin cậy" in press(desk, seen, "import").text
    assert what_stands(province) == stands
    with province.inside():
        begin_writing()
        nodes.trust("laptop", laptop.key())
    press(desk, seen, "import")
    assert len(files(province)) == 1


def test_files_in_the_wrong_order_and_under_other_names_end_as_in_the_right_one(
    stick: Path, province: Node, laptop: Node, as_: Callable[[str], FlaskClient]
) -> None:
    desk = as_("quan")
    for number, name in ((2, "Bản sao của tệp (1).fab"), (1, "bien-ban.pdf")):
        renamed = (stick / f"{number}.fab").rename(stick / name)
        press(desk, upload(desk, renamed), "import")
    assert province.versions() == laptop.versions()


def test_an_upload_that_was_cut_leaves_nothing_behind_and_can_be_sent_again(
    stick: Path, province: Node, server: Server, as_: Callable[[str], FlaskClient]
) -> None:
    desk, stands = as_("quan"), what_stands(province)
    cookie = desk.get_cookie("session")
    assert cookie
    data = (stick / "2.fab").read_bytes()
    before = b'--b\r\nContent-Disposition: form-data; name="file"; filename="2.fab"\r\n\r\n'
    head = (
        f"POST /admin/import HTTP/1.1\r\nHost: {urlsplit(server.url).netloc}\r\nCookie: session={cookie.value}\r\n"
        f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {len(before) + len(data) + 9}\r\n\r\n"
    )
    with warnings.catch_warnings(), socket.create_connection(("127.0.0.1", server.port)) as line:
        warnings.simplefilter("ignore", ResourceWarning)  # what came of the form lies in a file that nobody closes
        line.sendall(head.encode() + before + data[: len(data) // 2])
        line.shutdown(socket.SHUT_WR)
        answer = line.makefile("rb").read().decode()
        gc.collect()
    assert re.match(r"HTTP/1\.\d 4\d\d", answer), answer[:200]
    assert what_stands(province) == stands
    with province.inside():
        assert list(folder().iterdir()) == []
    press(desk, upload(desk, stick / "2.fab"), "import")
    assert len(files(province)) == 1
