"""A figure that the province and a commune fill in by hand, apart from each other, and exchange on a stick."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.again import again
from tests.conftest import sit
from tests.nodes.conftest import Node
from tests.nodes.sticks import take_along, take_in, write
from tests.pages import Page, check_page

SAID = {"indicator": "cum_loa", "period": "2024", "unit": "cum", "source": "Báo cáo của Sở"}
URL = "/figures/indicators"


@pytest.fixture(autouse=True)
def without_tokens(province: Node, laptop: Node, monkeypatch: pytest.MonkeyPatch) -> None:
    for node in (province, laptop):
        monkeypatch.setitem(node.app.config, "WTF_CSRF_ENABLED", False)


def entered(node: Node, value: str) -> str:
    """An office enters it as nobody has before; gives its id."""
    answer = sit(node.app, "quan").post(f"{URL}/new", data={**SAID, "value": value})
    assert answer.status_code == 302, check_page(answer.get_data(as_text=True), "vi").text
    return answer.location.rsplit("/", 1)[-1]


def opened(node: Node, record: str) -> Page:
    return check_page(sit(node.app, "quan").get(f"{URL}/{record}").get_data(as_text=True), "vi")


def in_dispute(page: Page) -> set[str]:
    """The values that the page offers to choose from."""
    return set(offered(page))


def offered(page: Page) -> dict[str, Any]:
    """Of a dispute the line of each value."""
    lines = page.all(".//section//button[@name='head']/../..")
    return {each.find(".//span[@class='row-name']").text: each for each in lines}


def settle(node: Node, record: str, page: Page, value: str) -> None:
    """Press "this one holds" beside a value, on a page as it was drawn."""
    fields = {each.get("name"): each.get("value", "") for each in offered(page)[value].iter() if each.get("name")}
    assert sit(node.app, "quan").post(f"{URL}/{record}/settlements", data=fields).status_code == 302


def carried(giver: Node, taker: Node, folder: Path, name: str) -> None:
    path = folder / f"{len(list(folder.glob('*.fab')))}.fab"
    write(giver, path, name)
    take_in(taker, path)


@pytest.mark.parametrize("first", ["province", again("laptop")])
def test_a_figure_entered_on_two_nodes_apart_is_one_in_dispute_on_both_and_settled_on_either(
    province: Node, laptop: Node, tmp_path: Path, first: str
) -> None:
    take_along(laptop, province, tmp_path)
    record = entered(province, "690")
    assert entered(laptop, "700") == record
    ways = [(province, laptop, "laptop"), (laptop, province, "tinh")]
    for giver, taker, name in ways if first == "province" else reversed(ways):
        carried(giver, taker, tmp_path, name)
    pages = [opened(node, record) for node in (province, laptop)]
    assert [in_dispute(page) for page in pages] == [{"690", "700"}] * 2
    settle(laptop, record, pages[1], "690")
    carried(laptop, province, tmp_path, "tinh")
    assert [in_dispute(opened(node, record)) for node in (province, laptop)] == [set(), set()]
    assert [node.row(record, "place_indicator").value for node in (province, laptop)] == ["690", "690"]
    assert province.versions() == laptop.versions()


@pytest.mark.parametrize("what", ["settled", "withdrawn"])
def test_a_figure_that_came_while_the_page_was_open_is_replaced_by_nobody_who_has_not_seen_it(
    province: Node, laptop: Node, tmp_path: Path, what: str
) -> None:
    take_along(laptop, province, tmp_path)
    record = entered(province, "690")
    entered(laptop, "700")
    carried(laptop, province, tmp_path, "tinh")
    page = opened(province, record)
    laptop.edit(record, {"value": "710"}, survey="place_indicator")
    carried(laptop, province, tmp_path, "tinh")
    if what == "settled":
        settle(province, record, page, "690")
        assert in_dispute(opened(province, record)) == {"690", "710"}
    else:
        [form] = [each for each in page.all(".//main//form") if each.get("action", "").endswith("/withdrawal")]
        fields = {each.get("name"): each.get("value", "") for each in form.iter() if each.get("name")}
        assert sit(province.app, "quan").post(f"{URL}/{record}/withdrawal", data=fields).status_code == 302
        assert "710" in province.row(record, "place_indicator").conflicts["value"]
        assert "_withdrawn" in province.row(record, "place_indicator").conflicts
