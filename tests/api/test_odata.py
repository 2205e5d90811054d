"""The OData feed, as Excel and Power BI ask it."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree as ET

import pytest

from fieldapp.web.api import odata
from tests.api.conftest import Programs
from tests.javascript import ROOT

EDM = "{http://docs.oasis-open.org/odata/ns/edm}"
EDMX = "{http://docs.oasis-open.org/odata/ns/edmx}"
IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
SHAPES = {
    "Edm.String": str, "Edm.Int64": int, "Edm.Double": (int, float), "Edm.Boolean": bool, "Edm.Date": str,
    "Edm.DateTimeOffset": str,
}  # fmt: skip
WRITTEN = {
    "Edm.Date": r"\d{4}-\d\d-\d\d",
    "Edm.DateTimeOffset": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+07:00",
}


def described(programs: Programs) -> dict[str, dict[str, str]]:
    """The properties of each entity set and their types, as ``$metadata`` says."""
    answer = programs.feed("$metadata")
    assert answer.mimetype == "application/xml"
    root = ET.fromstring(answer.data)
    schema = root.find(f"{EDMX}DataServices/{EDM}Schema")
    assert schema is not None
    assert (root.tag, root.get("Version")) == (f"{EDMX}Edmx", "4.0")
    types = {f"{schema.get('Namespace')}.{each.get('Name')}": each for each in schema.iter(f"{EDM}EntityType")}
    found = {}
    for each in schema.iter(f"{EDM}EntitySet"):
        entity = types[str(each.get("EntityType"))]
        properties = {str(p.get("Name")): p for p in entity.iter(f"{EDM}Property")}
        keys = [str(ref.get("Name")) for ref in entity.iter(f"{EDM}PropertyRef")]
        assert keys
        assert all(properties[key].get("Nullable") == "false" for key in keys)
        assert len(properties) == len(list(entity.iter(f"{EDM}Property")))
        assert all(IDENTIFIER.fullmatch(name) for name in [*properties, str(each.get("Name"))])
        found[str(each.get("Name"))] = {name: str(p.get("Type")) for name, p in properties.items()}
    return found


def test_every_row_of_every_feed_is_what_its_metadata_says(programs: Programs) -> None:
    sets = described(programs)
    service = programs.feed("").get_json()["value"]
    assert {each["url"] for each in service} == sets.keys()
    for name, types in sets.items():
        answer = programs.feed(name)
        assert answer.headers["OData-Version"] == "4.0"
        body = answer.get_json()
        assert body["@odata.context"].endswith(f"/api/odata/$metadata#{name}")
        for row in body["value"]:
            assert row.keys() == types.keys(), name
            for column, value in row.items():
                assert value is None or isinstance(value, SHAPES[types[column]]), (name, column, value)
                assert value is None or re.fullmatch(WRITTEN.get(types[column], "(?s).*"), str(value)), (name, column)


def all_rows(programs: Programs, path: str) -> list[dict[str, Any]]:
    rows, body = [], programs.feed(path).get_json()
    rows += body["value"]
    while link := body.get("@odata.nextLink"):
        parts = urlsplit(link)
        body = programs.feed(f"{parts.path.removeprefix('/api/odata/')}?{parts.query}").get_json()
        rows += body["value"]
    return rows


def test_next_links_lead_through_every_row_once_and_end_where_top_says(
    programs: Programs, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = programs.feed("households").get_json()["value"]
    assert len(whole) > 9
    monkeypatch.setattr(odata, "PAGE", 4)
    assert all_rows(programs, "households") == whole
    assert all_rows(programs, "households?$top=6") == whole[:6]
    assert all_rows(programs, "households?$skip=3&$top=6") == whole[3:9]
    assert all_rows(programs, "households?$skip=5") == whole[5:]
    assert programs.feed("households?$top=0&$count=true").get_json()["@odata.count"] == len(whole)
    assert programs.feed("households/$count").get_data(as_text=True) == str(len(whole))
    chosen = all_rows(programs, "households?$select=household,area")
    assert chosen == [{"household": row["household"], "area": row["area"]} for row in whole]


def test_a_filter_by_area_and_day_finds_what_a_reader_of_all_rows_finds(programs: Programs) -> None:
    whole = programs.feed("cases").get_json()["value"]
    area, day = whole[0]["area"], sorted(row["since"] for row in whole)[2]
    filters = {
        f"area eq '{area}'": lambda row: row["area"] == area,
        f"since ge {day}": lambda row: row["since"] >= day,
        f"since lt {day} and area eq '{area}'": lambda row: row["since"] < day and row["area"] == area,
        f"(since le {day}) and (paid gt 0 and reopened eq false)": lambda row: (
            row["since"] <= day and row["paid"] > 0 and row["reopened"] is False
        ),
        "late_from eq null": lambda row: row["late_from"] is None,
        "state ne 'approved'": lambda row: row["state"] != "approved",
        "head_name eq 'L''Oréal'": lambda row: False,
    }
    for text, fits in filters.items():
        found = programs.feed(f"cases?$filter={quote(text)}&$count=true").get_json()
        assert found["value"] == [row for row in whole if fits(row)], text
        assert found["@odata.count"] == len(found["value"])
    changed = programs.feed("household?$filter=_changed_at ge 2020-01-01 and _changed_at le 2099-01-01T00:00:00Z")
    assert len(changed.get_json()["value"]) == len(programs.feed("household").get_json()["value"])


@pytest.mark.parametrize(
    "text",
    ["area", "area eq", "area eq 5", "area like 'x'", "nothing eq 1", "area eq 'x' or area eq 'y'", "(area eq 'x'",
     "area eq 'x'))", "area eq 'x", "since ge 'x' 'y'", "paid eq 1e9", "1 eq 1", "not area eq 'x'", "(" * 500, "%00",
     "reopened eq 1", "area eq null null", "contains(area,'x')", "paid eq 9223372036854775808",
     "paid gt " + "9" * 300],
)  # fmt: skip
def test_a_filter_that_cannot_be_read_is_told_with_its_place(programs: Programs, text: str) -> None:
    answer = programs.feed(f"cases?$filter={quote(text, safe='%')}", status=400)
    assert answer.get_json()["error"]["code"] in ("bad_filter", "badly_asked")


def test_what_the_feed_does_not_do_is_said(programs: Programs) -> None:
    for option in ("$expand=x", "$apply=x", "$search=x", "$orderby=paid", "$orderby=record desc", "aera=060@2023"):
        assert programs.feed(f"cases?{option}", status=501).get_json()["error"]["code"] == "not_in_the_feed"
    programs.feed("cases?$orderby=record asc&$format=json")
    programs.feed("cases?$select=nothing", status=400)
    programs.feed("nothing", status=404)
    only = programs.token("places")
    programs.feed("cases", only, status=403)
    assert {each["name"] for each in programs.feed("", only).get_json()["value"]} == {"places", "villages"}
    answer = programs.client.get("/api/odata/")
    assert (answer.status_code, answer.headers["WWW-Authenticate"][:5]) == (401, "Basic")


def test_a_program_that_may_read_no_feed_is_told_so_and_gets_no_empty_description(programs: Programs) -> None:
    only = programs.token("reports")
    for path in ("", "$metadata", "household"):
        assert programs.feed(path, only, 403).get_json()["error"]["code"] == "beyond_scope"


def test_without_npm_it_is_told_that_the_schemas_are_skipped_and_nothing_fails() -> None:
    asked = [sys.executable, "-m", "tests.csdl"]
    done = subprocess.run(asked, cwd=ROOT, env={"PATH": ""}, capture_output=True, text=True, check=True)
    assert done.stdout == "$metadata of the feed: skipped, odata-csdl 0.11.2 could not be fetched with npm\n"
