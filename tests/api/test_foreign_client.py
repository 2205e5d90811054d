"""The OData feed, read over HTTP by a client that others keep: what it makes of ``$metadata`` is what it reads by."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from odata import ODataService

from fieldapp.web.api import odata
from tests.api.conftest import Programs
from tests.conftest import Server

PYTHON = {"Edm.Int64": int, "Edm.DateTimeOffset": datetime, "Edm.Boolean": bool}


@pytest.fixture
def service(programs: Programs, serve: Callable[..., Server]) -> ODataService:
    """The feed as such a client reflects it, with a token as its password."""
    at = serve(programs.app).url
    return ODataService(f"{at}/api/odata/", auth=("ai", programs.token()), reflect_entities=True, quiet_progress=True)


def test_a_client_of_others_reads_every_row_of_every_feed_by_what_the_metadata_says(
    programs: Programs, service: ODataService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(odata, "PAGE", 7)  # so that it follows the links to the next pages
    listed = {each["name"] for each in programs.feed("").get_json()["value"]}
    assert {entity.__odata_collection__ for entity in service.entities.values()} == listed
    for name in sorted(listed):
        entity = next(each for each in service.entities.values() if each.__odata_collection__ == name)
        rows = list(service.query(entity))
        assert len(rows) == int(programs.feed(f"{name}/$count").data), name
        for row in rows[:20]:
            for said in entity.__odata_schema__["properties"]:
                value = getattr(row, said["name"])
                assert value is None or isinstance(value, PYTHON.get(said["type"], object)), (name, said["name"])


def test_a_client_of_others_narrows_and_chooses_as_the_feed_does(service: ODataService) -> None:
    household = next(each for each in service.entities.values() if each.__odata_collection__ == "household")
    whole: list[Any] = list(service.query(household))
    poor = service.query(household).filter(household.poverty_class == "ngheo").select(household.id)
    assert {row["id"] for row in poor} == {row.id for row in whole if row.poverty_class == "ngheo"}
    assert len(list(service.query(household).limit(3))) == 3
