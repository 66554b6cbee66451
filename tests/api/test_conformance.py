"""The API against its own description: schemathesis makes requests of it and checks every answer."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.core.parameters import ParameterLocation
from schemathesis.specs.openapi import checks

from accounts import limits
from api.views import description
from tests.factories import AnswerFactory, DoctorReviewFactory, TopicFactory

pytestmark = pytest.mark.django_db

PATHS = sorted(description()["paths"])
# A cursor is opaque: no schema says which ones are refused, so a well-formed request may answer 400.
CHECKS = [
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
]


@pytest.fixture(autouse=True)
def _no_limit(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Count nothing, and keep the test's own transaction open from one request to the next, as Django's client does."""
    monkeypatch.setitem(limits.LIMITS, "api", ())
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def known() -> dict[str, Any]:
    """Return what path parameters may name."""
    answer = AnswerFactory(question__topics=[TopicFactory(slug="ada")], doctor__slug="ada")
    DoctorReviewFactory(doctor=answer.doctor)
    return {"question_id": answer.question_id, "answer_id": answer.pk, "slug": "ada"}


def is_broken(case: Any) -> bool:
    """Return whether the path of a request is one that must be refused."""
    made = case.meta.components.get(ParameterLocation.PATH)
    return made is not None and made.mode == GenerationMode.NEGATIVE


def check(path: str, known: dict[str, Any], examples: int) -> set[int]:
    """Ask a path with made-up requests, every other one of something that is there; return the statuses."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", WSGIHandler())
    operation = schema[path]["GET"]
    made = operation.as_strategy(generation_mode=GenerationMode.POSITIVE)
    if operation.query or operation.path_parameters:
        made |= operation.as_strategy(generation_mode=GenerationMode.NEGATIVE)
    statuses = set()

    @settings(max_examples=examples)
    @given(case=made, is_there=st.booleans())
    def ask(case: Any, is_there: bool) -> None:
        # A path that was broken on purpose stays so: its record says that it must be refused.
        if is_there and case.path_parameters and not is_broken(case):
            case.path_parameters = {name: known[name] for name in case.path_parameters}
        response = case.call(headers={"Accept-Encoding": "identity"})
        statuses.add(response.status_code)
        case.validate_response(response, checks=CHECKS)
        assert response.status_code < 500

    ask()
    return statuses


@pytest.mark.parametrize("path", PATHS)
def test_each_address_keeps_to_its_description(path: str, known: dict[str, Any]):
    assert 200 in check(path, known, examples=20)


@pytest.mark.drill
@pytest.mark.parametrize("path", PATHS)
def test_each_address_keeps_to_its_description_for_long(path: str, known: dict[str, Any]):
    statuses = check(path, known, examples=1500)
    print(f"{path}: 1500 requests answered {sorted(statuses)}")
    assert 200 in statuses
