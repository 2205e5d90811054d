"""The desk with a stick: look at a file, take in a part of it, hand back a receipt, read one that came back."""

from __future__ import annotations

import io
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from flask.testing import FlaskClient

from fieldapp import batches, create_app
from fieldapp.config import Config
from fieldapp.db import db
from fieldapp.web.admin import imports
from sync import new_record_id
from tests.again import a_walk, again
from tests.nodes.conftest import Node, give_accounts
from tests.nodes.sticks import take_along, write
from tests.nodes.test_receipts import acknowledged, position
from tests.pages import Page, check_page


class Gone(NamedTuple):
    """The folders of a province and of a laptop that went away with all that was there, in ``there.fab``."""

    province: Path
    laptop: Path
    file: Path


@pytest.fixture(scope="module")
def gone(template: Path, bare: Path, tmp_path_factory: pytest.TempPathFactory) -> Gone:
    """Made once, copied by each test."""
    folder = tmp_path_factory.mktemp("gone")
    made = Gone(
        shutil.copytree(template, folder / "province"), shutil.copytree(bare, folder / "laptop"), folder / "there.fab"
    )
    province, laptop = (Node(create_app(Config(instance=each, testing=True))) for each in made[:2])
    give_accounts(province, laptop)
    take_along(laptop, province, folder)
    for node in (province, laptop):
        closed(node)
    return made


def closed(node: Node) -> None:
    with node.app.app_context():
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def config(gone: Gone, tmp_path: Path) -> Config:
    """The settings of the province that knows the laptop."""
    return Config(instance=shutil.copytree(gone.province, tmp_path / "instance"), testing=True)


@pytest.fixture
def laptop(gone: Gone, tmp_path: Path) -> Iterator[Node]:
    """The laptop with all that was there, and the file in which it came: ``there.fab``."""
    shutil.copy(gone.file, tmp_path)
    made = Node(create_app(Config(instance=shutil.copytree(gone.laptop, tmp_path / "laptop"), testing=True)))
    yield made
    closed(made)


@pytest.fixture
def desk(province: Node, as_: Callable[[str], FlaskClient]) -> FlaskClient:
    return as_("quan")


@pytest.fixture
def back(province: Node, laptop: Node, tmp_path: Path) -> Path:
    """What a laptop brings back: one record that clashes with the province's, one that only changed."""
    one, two, *_others = province.households()
    laptop.edit(one, {"members": 8})
    laptop.edit(two, {"members": 6})
    province.edit(one, {"members": 7})
    write(laptop, tmp_path / "back.fab", "tinh")
    return tmp_path / "back.fab"


def upload(desk: FlaskClient, path: Path, lang: str = "vi") -> Page:
    desk.set_cookie("lang", lang)
    data = {"file": (io.BytesIO(path.read_bytes()), path.name)}
    answer = desk.post("/admin/import", data=data, follow_redirects=True)
    return check_page(answer.get_data(as_text=True), lang)


def press(desk: FlaskClient, page: Page, act: str, **values: Any) -> Page:
    """Send the form of a preview as a browser without JavaScript does, with some answers changed."""
    html = page.html
    action = re.search(r'action="(/admin/import/[0-9a-f]{32})"', html)
    assert action
    sent: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]+>", html):
        name, value = re.search(r'name="([^"]+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and ("checked" in tag or 'type="hidden"' in tag):
            sent.setdefault(name[1], []).append(value[1] if value else "on")
    answer = desk.post(action[1], data={**sent, **values, "act": act}, follow_redirects=True)
    return check_page(answer.get_data(as_text=True), "vi")


def download(desk: FlaskClient, method: str, path: str, **how: Any) -> bytes:
    with desk.open(path, method=method, **how) as answer:
        assert answer.status_code == 200
        return answer.data


@pytest.mark.parametrize("lang", ["vi", again("en")])
def test_a_preview_names_the_records_that_would_clash(back: Path, province: Node, desk: FlaskClient, lang: str) -> None:
    text = upload(desk, back, lang).text
    name = province.row(province.households()[0]).head_name
    assert name in text
    assert {"vi": "Bản ghi có chỗ chưa khớp: 1", "en": "Clashing records: 1"}[lang] in text


def test_a_preview_calls_a_member_by_name_and_household(
    province: Node, laptop: Node, desk: FlaskClient, tmp_path: Path
) -> None:
    household = province.households()[0]
    laptop.edit(new_record_id(), {"household": household, "name": "Ma Văn Sơn"}, survey="household_member")
    write(laptop, tmp_path / "back.fab", "tinh")
    text = upload(desk, tmp_path / "back.fab").text
    assert f"Ma Văn Sơn (hộ {province.row(household).head_name})" in text


def test_a_preview_calls_what_would_wait_by_its_name_though_nothing_of_it_is_here(
    province: Node, laptop: Node, desk: FlaskClient, tmp_path: Path
) -> None:
    home, need, nameless = new_record_id(), new_record_id(), new_record_id()
    nowhere = "2025.99999.001"
    laptop.edit(home, {"village": nowhere, "head_name": "Ma Văn Sơn"})
    laptop.edit(need, {"household": home, "need_type": "no_such_type"}, survey="housing_need")
    laptop.edit(nameless, {"village": nowhere, "head_name": 7})
    write(laptop, tmp_path / "back.fab", "tinh")
    page = upload(desk, tmp_path / "back.fab")
    assert page.text.count("Ma Văn Sơn") == 2, "the household, and the survey of it"
    assert home not in page.text
    assert nameless in page.text, "of this one nothing is known"


def test_before_a_large_file_is_looked_at_the_page_says_how_long_that_takes(
    back: Path, province: Node, desk: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(imports, "AT_ONCE", 10)
    asked = upload(desk, back)
    assert "Trang này phải chờ khoảng 1 phút" in asked.text
    assert re.search(r"fieldapp batch import /\S+/[0-9a-f]{32}\.fab --dry-run", asked.text)
    looked = press(desk, asked, "look")
    assert "Bản ghi có chỗ chưa khớp: 1" in looked.text
    press(desk, looked, "import")
    assert province.row(province.households()[0]).contested


def test_a_part_is_looked_at_and_taken_in_and_the_rest_later(back: Path, province: Node, desk: FlaskClient) -> None:
    one, two, *_others = province.households()
    looked = press(desk, upload(desk, back), "look", without_clashing="on")
    assert "Nhập phần này" in looked.text
    assert "Bản ghi có chỗ chưa khớp: 1" not in looked.text
    done = press(desk, looked, "import")
    assert "1 thay đổi của tệp chưa có ở đây" in done.text
    assert (province.row(one).contested, province.row(two).members) == (False, 6)
    again = press(desk, upload(desk, back), "import")
    assert "chưa có ở đây" not in again.text
    assert province.row(one).contested


def test_a_record_that_is_ticked_is_left_out(back: Path, province: Node, desk: FlaskClient) -> None:
    one = province.households()[0]
    press(desk, upload(desk, back), "import", without=[one])
    assert not province.row(one).contested
    assert province.row(province.households()[1]).members == 6


def test_nothing_ticked_is_said_to_be_nothing(back: Path, province: Node, desk: FlaskClient) -> None:
    page = upload(desk, back)
    before = province.versions()
    assert "Trong tệp không có gì đúng với lựa chọn" in press(desk, page, "import", communes=[]).text
    assert province.versions() == before


def test_a_receipt_is_downloaded_here_and_read_there(
    back: Path, province: Node, laptop: Node, desk: FlaskClient, tmp_path: Path
) -> None:
    done = press(desk, upload(desk, back), "import")
    link = re.search(r'href="(/admin/batches/\d+/receipt)"', done.html)
    assert link
    (tmp_path / "r.far").write_bytes(download(desk, "GET", link[1]))
    with laptop.inside():
        batches.read_receipt(tmp_path / "r.far")
    assert acknowledged(laptop, "tinh") == position(laptop)


def test_a_receipt_that_came_back_is_read_where_files_are_imported(
    province: Node, laptop: Node, back: Path, desk: FlaskClient, tmp_path: Path, page: Callable[..., Page]
) -> None:
    assert "chưa có biên nhận" in page("/admin/node", "quan").text
    with laptop.inside():
        from_laptop = batches.taken_whole(batches.file_hash(tmp_path / "there.fab"))
        assert from_laptop is not None
        batches.write_receipt(from_laptop.batch, tmp_path / "there.far")
    shown = upload(desk, tmp_path / "there.far")
    assert "“laptop” đã nhận được tệp" in shown.text
    assert "Máy đó nhận ngày" in shown.text
    assert "Bị tạm giữ hoặc từ chối ở đó" in shown.text
    assert "đã xác nhận ngày" in page("/admin/node", "quan").text
    page("/admin/node/peers/laptop/files", "quan", "en")


@a_walk
def test_a_file_undone_is_offered_to_be_counted_again(back: Path, province: Node, desk: FlaskClient) -> None:
    done = press(desk, upload(desk, back), "import")
    link = re.search(r'action="(/admin/batches/\d+)/exclusion"', done.html)
    assert link
    desk.post(f"{link[1]}/exclusion")
    looked = upload(desk, back)
    assert "sau đó lô đã bị hoàn tác" in looked.text
    assert "/inclusion" in press(desk, looked, "import").html
    assert not province.row(province.households()[0]).contested


def test_the_next_file_holds_what_has_no_receipt_and_everything_where_that_is_asked_for(
    province: Node, laptop: Node, back: Path, desk: FlaskClient, tmp_path: Path
) -> None:
    sizes = []
    for data in ({}, {"everything": "1"}):
        (tmp_path / "next.fab").write_bytes(download(desk, "POST", "/admin/node/peers/laptop/files", data=data))
        with laptop.inside():
            sizes.append(batches.show(tmp_path / "next.fab").changes)
    assert sizes[0] == sizes[1] == position(province)


@pytest.mark.parametrize(("name", "wanted"), [("usb.fab", "*.fab"), ("usb.far", "*.far"), ("usb.pdf", "*.fab")])
def test_what_is_neither_file_is_told_of_as_what_its_name_says(
    province: Node, desk: FlaskClient, tmp_path: Path, name: str, wanted: str
) -> None:
    (tmp_path / name).write_bytes(b"%PDF-1.7")
    html = upload(desk, tmp_path / name).html
    told = html[html.index("error-summary") :].split("</div>")[0]
    assert re.findall(r"\*\.fa[br]", told) == [wanted]
