"""The description of the addresses for programs is true: Schemathesis makes up requests by it, reads answers."""

from __future__ import annotations

import warnings
from typing import Any

from hypothesis import HealthCheck, Phase, given, settings

from tests.api.conftest import Programs

EXAMPLES = 4
"""So many requests are made up for each address."""


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
