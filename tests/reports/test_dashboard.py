"""The dashboard: pictures of the overview, each number that of its list."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from fieldapp import people
from fieldapp.db import db
from fieldapp.facts.tables import CaseFact
from fieldapp.reference.naming import id_of, id_of_code
from fieldapp.reports import of_cases, overview, pictures
from fieldapp.reports.pictures import SHADES, Slice, bar, columns, shade
from fieldapp.reports.scope import Options
from fieldapp.surveys import Payment
from fieldapp.today import today
from tests.pages import Page
from tests.support.conftest import HERE, MILLION, Cases

BOARD = "/figures/dashboard"


def numbers(page: Page) -> dict[str, int]:
    """Each number of the pictures and their tables that leads to a list of cases, by the address of the list."""
    links = [link for link in page.all(".//a") if "/reports/overview/behind" in (link.get("href") or "")]
    texts = {link.get("href") or "": "".join(link.itertext()) for link in links}
    found = {href: re.search(r"([0-9.]+)$", text.strip()) for href, text in texts.items()}
    return {href: int(number[1].replace(".", "")) for href, number in found.items() if number}


@pytest.mark.parametrize("asked", ["", "?year=2023&programme=gnbv_2022"])
def test_every_number_is_that_of_the_list_it_leads_to(support: Cases, page: Callable[..., Page], asked: str) -> None:
    found = numbers(page(BOARD + asked, "dung"))
    assert found
    for href, number in found.items():
        assert f"{number} dòng" in page(href, "dung").text, href


def test_the_dashboard_draws_no_table_of_all_villages(
    support: Cases, page: Callable[..., Page], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []
    monkeypatch.setattr(of_cases, "rows", lambda *_table: drawn.append("rows"))
    assert numbers(page(BOARD, "dung"))
    assert not drawn


def test_what_was_paid_by_month_is_all_that_was_paid(support: Cases, page: Callable[..., Page]) -> None:
    with support.app.app_context():
        paid = overview.monthly(db.session(), Options(), None, today())
        table = overview.OVERVIEW.build(db.session(), Options(), None, today())
        assert sum(one.amount for one in paid) == table.totals()["paid"] == 128 * MILLION
        db.session.remove()
    links = [link.get("href") or "" for link in page(BOARD, "dung").all(".//td[@class='number']/a")]
    lists = {href: page(href, "dung").text for href in links if href.startswith("/figures/vouchers")}
    sums = {
        href: int(found[1].replace(".", ""))
        for href, text in lists.items()
        if (found := re.search(r"tổng cộng ([0-9.]+) đồng", text))
    }
    assert len(sums) == len(lists)
    assert sum(amount for href, amount in sums.items() if "source=" in href) == 128 * MILLION
    assert max(amount for href, amount in sums.items() if "source=" not in href) == 128 * MILLION


@pytest.mark.parametrize(
    "asked", [{}, {"programme": "gnbv_2022"}, {"year": 2026}, {"year": 2023}, {"within": "01930", "vintage": "2023"}]
)
@pytest.mark.parametrize("who", ["dung", "binh"])
def test_months_are_those_of_the_very_vouchers(support: Cases, who: str, asked: dict[str, Any]) -> None:
    with support.app.app_context():
        options = Options.read(db.session(), "village", **asked)
        areas = people.areas_of(people.find_account(who))
        rows = sa.select(Payment.paid_on, Payment.fund_source, overview.signed_amount)
        rows = rows.join(CaseFact, CaseFact.record == Payment.case)
        found: dict[tuple[str, str], list[int]] = defaultdict(list)
        for day, source, amount in db.session.execute(
            rows.where(*overview.vouchers(db.session(), options, areas, today()))
        ):
            found[day[:7], source].append(amount)
        paid = overview.monthly(db.session(), options, areas, today())
        assert {one[:2]: one[2:] for one in paid} == {key: (len(each), sum(each)) for key, each in found.items()}
        assert paid or asked.get("year") or who != "dung"
        db.session.remove()


def test_the_plan_is_that_of_the_year_and_only_for_who_sees_all_it_is_for(
    support: Cases, page: Callable[..., Page]
) -> None:
    programme = id_of_code("programme", "gnbv_2022")
    said = {"programme": programme, "budget_year": 2023, "fund_source": "nstw"}
    support.save("budget", {**said, "amount": 1000 * MILLION}, id_of("budget", said))
    assert "kế hoạch 1 tỷ đồng" in page(BOARD + "?year=2023", "dung").text
    assert "kế hoạch" not in page(BOARD + "?year=2022", "dung").text.replace("Đường kẻ là kế hoạch", "")
    assert "1 tỷ đồng" not in page(BOARD + "?year=2023", "binh").text


def test_a_supervisor_sees_the_cases_of_the_own_communes_only(support: Cases, page: Callable[..., Page]) -> None:
    with support.app.app_context():
        areas = people.areas_of(people.find_account("binh"))
        table = overview.OVERVIEW.build(db.session(), Options(), areas, today())
        mine = table.totals()["cases"]
        db.session.remove()
    links = numbers(page(BOARD, "binh"))
    assert mine == 8
    assert max(links.values()) == mine


def test_both_languages_have_a_page(support: Cases, page: Callable[..., Page]) -> None:
    for lang in ("vi", "en"):
        assert page(BOARD, "dung", lang).all(".//*[@class='bars']")


AMOUNTS = st.lists(st.integers(0, 10**13), min_size=1, max_size=6)


@given(AMOUNTS)
def test_the_parts_of_a_bar_fill_it_and_follow_one_another(amounts: list[int]) -> None:
    drawn = bar("", "", [Slice("", each, "") for each in amounts], sum(amounts))
    assert len(drawn.parts) <= len(amounts)
    if sum(amounts):
        assert abs(sum(part.width for part in drawn.parts) - 100) < 0.1
        ends = [part.x + part.width for part in drawn.parts]
        assert all(abs(part.x - end) < 0.1 for part, end in zip(drawn.parts[1:], ends, strict=False))


@given(st.lists(AMOUNTS, max_size=5), st.none() | st.integers(0, 10**13))
def test_columns_and_the_plan_lie_within_the_picture(months: list[list[int]], plan: int | None) -> None:
    drawn = columns([[Slice("", each, "") for each in month] for month in months], plan)
    assert all(block.y >= -0.1 and block.y + block.height <= pictures.HEIGHT + 0.1 for block in drawn.blocks)
    assert drawn.line is None or 0 <= drawn.line <= pictures.HEIGHT


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_more_is_never_lighter_and_nothing_is_never_shaded(one: int, most: int) -> None:
    assert 0 <= shade(min(one, most), most) <= SHADES
    assert shade(0, most) == 0
    assert not most or shade(most, most) == SHADES


def test_a_map_draws_what_is_told_and_a_file_that_is_none_draws_nothing(tmp_path: Path) -> None:
    square = {"type": "Polygon", "coordinates": [[[105, 22], [106, 22], [106, 23], [105, 22]]]}
    features = [{"properties": {"code": code}, "geometry": square} for code in ("a", "b")]
    file = tmp_path / "borders.geojson"
    file.write_text(json.dumps({"features": features}))
    told = {"a": Slice("Xã A", 5, "5"), "c": Slice("Xã C", 1, "1")}
    assert [shape.title for shape in pictures.choropleth(file, told).shapes] == ["Xã A: 5"]
    file.write_text("không phải bản đồ")
    assert pictures.choropleth(file, told).shapes == ()


def test_the_share_in_extremely_difficult_communes_leads_to_its_households(
    support: Cases, page: Callable[..., Page]
) -> None:
    code = HERE.split(".")[1]
    said = {"place": f"{code}@2023", "status": "difficult_commune", "from_on": "2021-06-04"}
    support.save("place_status", {**said, "to_on": "2025-12-31"}, id_of("place_status", said))
    links = [
        link for link in page(BOARD, "dung").all(".//a") if "line=in_difficult_communes" in (link.get("href") or "")
    ]
    told = [found[1] for link in links if (found := re.search(r"([0-9.]+) \(", "".join(link.itertext())))]
    assert told
    behind = page(links[0].get("href") or "", "dung").text
    assert f"{told[0]} dòng" in behind
    assert "Ở xã đặc biệt khó khăn" in behind


def test_no_number_of_the_dashboard_stands_without_its_list(support: Cases, page: Callable[..., Page]) -> None:
    programme = id_of_code("programme", "gnbv_2022")
    said = {"programme": programme, "budget_year": 2023, "fund_source": "nstw"}
    support.save("budget", {**said, "amount": 1000 * MILLION}, id_of("budget", said))
    for asked in ("", "?year=2023"):
        board = page(BOARD + asked, "dung")
        cells = [*board.all(".//td"), *board.all(".//*[@class='legend']/li"), *board.all(".//*[@class='figure']")]
        bare = [
            text
            for cell in cells
            if not list(cell.iter("a"))
            and re.search(r"[1-9]", text := " ".join("".join(cell.itertext()).split()))
            and not text.startswith("từ ")  # a step of the colours of the map
        ]
        assert bare == []
