"""An administrator in a real browser: a file from a laptop is looked at, imported once, refused when cut short."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, Route, expect

from fieldapp import batches, nodes
from fieldapp.nodes.models import Peer
from tests.again import a_walk, so_many
from tests.axe import faults
from tests.conftest import Server
from tests.nodes.conftest import Node, bare, laptop, new_node, province  # noqa: F401 - fixtures
from tests.nodes.sticks import befriend
from tests.pages import check_page

ADDRESSES = [
    "/reports/", "/reports/housing-need?by=commune&vintage=2023", "/admin/", "/admin/import", "/admin/devices",
    "/admin/node", "/admin/system",
]  # fmt: skip
"""Those that ``tests/desk/test_axe.py`` does not judge on small and large screens."""


@pytest.fixture
def admin(seat: Callable[..., Page]) -> Iterator[Page]:
    """The administrator's browser, signed in at the province; an error on any page fails the test."""
    page = seat("quan", viewport={"width": 1280, "height": 900})
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    assert errors == []


@pytest.fixture
def file(laptop: Node, province: Node, tmp_path: Path) -> Path:  # noqa: F811
    """What the laptop holds after an evening's work: one household's answer, corrected there."""
    befriend(laptop, province, "Xã Đồng Phúc", "Máy chủ tỉnh")
    with province.inside():
        batches.export(tmp_path / "to-laptop.fab", nodes.find("Xã Đồng Phúc"))
    with laptop.inside():
        batches.take_in(tmp_path / "to-laptop.fab")
    laptop.edit(laptop.households()[0], {"members": 9})
    with laptop.inside():
        batches.export(tmp_path / "from-laptop.fab", nodes.find("Máy chủ tỉnh"))
    return tmp_path / "from-laptop.fab"


def press(admin: Page, name: str, within: str = "main") -> None:
    """Press a button that leads to another page, and wait until that page and its scripts are whole."""
    with admin.expect_navigation():
        admin.locator(within).get_by_role("button", name=name, exact=True).click()


def choose(admin: Page, url: str, file: Path) -> None:
    admin.goto(f"{url}/admin/import")
    admin.set_input_files("input[type=file]", file)
    press(admin, "Xem nội dung tệp")


def test_the_administrator_looks_at_a_file_imports_it_and_importing_it_again_changes_nothing(
    admin: Page,
    server: Server,
    file: Path,
    province: Node,  # noqa: F811
) -> None:
    record = province.households()[0]
    before = province.row(record).members
    choose(admin, server.url, file)
    expect(admin.get_by_role("heading", level=1)).to_have_text("Nội dung tệp")
    expect(admin.locator("main")).to_contain_text("Xã Đồng Phúc")
    expect(admin.locator("main")).to_contain_text("Đã nhận: 1")
    assert province.row(record).members == before, "looking changes nothing"

    press(admin, "Nhập")
    expect(admin.get_by_role("status")).to_contain_text("Đã nhập tệp thành lô dữ liệu")
    expect(admin.locator("main")).to_contain_text("Tệp lô dữ liệu")
    assert province.row(record).members == 9

    versions = province.versions()
    choose(admin, server.url, file)
    press(admin, "Nhập")
    expect(admin.get_by_role("status")).to_contain_text("Tệp này đã được nhập trước đây")
    assert province.versions() == versions


def test_a_file_cut_short_on_the_stick_is_refused_with_a_sentence(
    admin: Page,
    server: Server,
    file: Path,
    province: Node,  # noqa: F811
) -> None:
    file.write_bytes(file.read_bytes()[:-200])
    versions = province.versions()
    choose(admin, server.url, file)
    expect(admin.get_by_role("alert")).to_contain_text("Tệp lô dữ liệu bị cụt")
    assert province.versions() == versions


@a_walk
def test_the_administrator_undoes_a_batch_after_being_asked(admin: Page, server: Server, file: Path) -> None:
    choose(admin, server.url, file)
    press(admin, "Nhập")
    admin.get_by_role("button", name="Hoàn tác lô này").click()
    press(admin, "Hoàn tác lô này", within="dialog")
    expect(admin.locator("main")).to_contain_text("Lô này đã được hoàn tác")
    press(admin, "Tính trở lại")
    expect(admin.get_by_role("status")).to_contain_text("đã được tính trở lại")


def test_a_held_change_is_released_with_two_presses(admin: Page, server: Server) -> None:
    admin.goto(f"{server.url}/admin/held")
    admin.get_by_role("checkbox").first.check()
    press(admin, "Chấp nhận mục đã chọn")
    expect(admin.get_by_role("status")).to_contain_text("Đã chấp nhận 1 thay đổi")


def test_axe_finds_nothing_on_any_page_of_the_administrator(admin: Page, server: Server, province: Node) -> None:  # noqa: F811
    with province.inside():
        peer: Peer = nodes.trust("Xã", nodes.keys().generate().public)
        peer.url, peer.token = "http://127.0.0.1:9", "x"
    for path in ADDRESSES[:: so_many(2, 1, 1)]:
        admin.goto(server.url + path)
        assert not faults(admin), path
    admin.context.add_cookies([{"name": "lang", "value": "en", "url": server.url}])
    check_page(admin.request.get(f"{server.url}/admin/node").text(), "en")


def test_work_of_minutes_says_that_it_has_begun_and_is_sent_once(admin: Page, server: Server, tmp_path: Path) -> None:
    admin.goto(f"{server.url}/admin/import")
    (file := tmp_path / "usb.fab").write_bytes(b"none")
    admin.set_input_files("input[type=file]", file)
    sent: list[str] = []

    def stay(route: Route) -> None:
        sent.append(route.request.method)
        route.fulfill(status=204)

    admin.route(re.compile("/admin/import"), stay)
    button = admin.get_by_role("button", name="Xem nội dung tệp")
    button.click(no_wait_after=True)
    expect(admin.get_by_role("status")).to_contain_text("Đang làm")
    button.click(no_wait_after=True)
    admin.evaluate("new Promise((done) => setTimeout(done))")
    assert sent == ["POST"]
    admin.evaluate("dispatchEvent(new PageTransitionEvent('pageshow'))")  # back on the page
    expect(admin.get_by_role("status")).to_have_count(0)
