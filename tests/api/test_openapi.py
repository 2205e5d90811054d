"""The description of the addresses for programs is true: Schemathesis makes up requests by it, reads answers."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings

from tests.again import a_walk
from tests.api.conftest import Programs

EXAMPLES = 4
"""So many requests are made up for each address."""


@a_walk
def test_whatever_is_asked_by_the_description_is_answered_as_it_says(programs: Programs) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # those of its own making
        import schemathesis
        from schemathesis.checks import not_a_server_error
        from schemathesis.specs.openapi.checks import (
            content_type_conformance,
            response_schema_conformance,
            status_code_conformance,
        )

        checks = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
        schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", programs.app)
        asked = 0
        for found in schema.get_all_operations():
            _look(found.ok(), programs, checks)
            asked += 1
        assert asked == 10


def _look(operation: Any, programs: Programs, checks: list[Any]) -> None:
    quiet = [HealthCheck.too_slow, HealthCheck.filter_too_much]
    shown = {"Authorization": f"Bearer {programs.token()}"}

    @settings(
        max_examples=EXAMPLES, deadline=None, database=None, derandomize=True,
        phases=[Phase.generate], suppress_health_check=quiet,
    )  # fmt: skip
    @given(case=operation.as_strategy())
    def look(case: Any) -> None:
        response = case.call(headers=shown)
        case.validate_response(response, checks=checks)

    look()


def test_a_filter_that_an_address_does_not_know_is_refused_and_not_passed_over(programs: Programs) -> None:
    """A misspelt place would otherwise give the whole province to a program that asked for a commune."""
    for path, declared in _addresses(programs):
        for name in ("aera", "Area", "$filter", "offset", "x" * 500):
            told = programs.ask(path, status=400, **{name: "060@2023"})["error"]
            assert told["code"] == "not_answered_here", path
            assert name[:80] in told["message"]
            assert all(each in told["message"] for each in declared)
        programs.ask(path, lang="en")


def _addresses(programs: Programs) -> Iterator[tuple[str, list[str]]]:
    """Every address there is data at, and the parameters that the description gives it."""
    stands_for = {
        "{survey}": "housing_need",
        "/codes/{name}": "/codes/condition",
        "/reports/{name}": "/reports/overview",
    }
    for path, said in programs.ask("openapi.json")["paths"].items():
        for sign, value in stands_for.items():
            path = path.replace(sign, value)
        yield path[1:], [each["name"] for each in said["get"]["parameters"] if each["in"] == "query"]
