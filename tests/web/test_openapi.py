"""The API describes itself: every operation has a name to call it by, and every refusal its shape."""

import re
from typing import Any

import httpx
import pytest

Operation = dict[str, Any]


@pytest.fixture
async def document(client: httpx.AsyncClient) -> dict[str, Any]:
    answer = await client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    made: dict[str, Any] = answer.json()
    return made


def _operations(document: dict[str, Any]) -> list[tuple[str, str, Operation]]:
    return [(m, path, o) for path, methods in document["paths"].items() for m, o in methods.items()]


def _keys(operation: Operation) -> list[bool]:
    return [p["required"] for p in operation["parameters"] if p["name"] == "Idempotency-Key"]


@pytest.mark.slow
async def test_operations_are_named_by_room_and_deed(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    operations = _operations(document)
    names = [operation["operationId"] for _, _, operation in operations]
    assert "visits_confirm_claim" in names
    assert [name for name in names if not re.fullmatch(r"[a-z]+(_[a-z]+)+", name)] == []
    assert sorted(names) == sorted(set(names))
    assert [name for name, (_, _, o) in zip(names, operations, strict=True) if not o.get("description")] == []


async def test_every_refusal_is_a_problem_and_described(document: dict[str, Any]) -> None:
    for method, path, operation in _operations(document):
        refusals = {code: answer for code, answer in operation["responses"].items() if code >= "400"}
        assert {"401", "422"} <= refusals.keys(), (method, path)
        if operation["operationId"] != "access_sign_in":
            assert "403" in refusals, (method, path)
            assert ("404" in refusals) == ("{" in path or method == "post")
            assert ("409" in refusals) == ("{" in path or method != "get")
        for answer in refusals.values():
            assert answer["description"]
            schema = answer["content"]["application/problem+json"]["schema"]
            assert schema == {"$ref": "#/components/schemas/Problem"}
    assert {"code", "title", "status", "errors"} <= document["components"]["schemas"]["Problem"][
        "properties"
    ].keys()
    assert "HTTPValidationError" not in document["components"]["schemas"]


async def test_the_key_stands_where_something_changes_and_is_required_where_hours_do(
    document: dict[str, Any],
) -> None:
    required = set()
    for method, path, operation in _operations(document):
        if operation["operationId"] == "access_sign_in":
            continue
        keys = _keys(operation)
        assert len(keys) == (method != "get"), (method, path)
        if keys == [True]:
            required.add(operation["operationId"])
    assert required >= {
        "hours_give",
        "hours_grant",
        "membership_sign_off",
        "membership_take_back_opening",
        "visits_amend_refused",
        "visits_confirm_claim",
        "visits_correct_posted",
        "visits_enter_served",
        "visits_enter_sheet",
        "visits_resolve_dispute",
        "visits_settle_again",
    }


async def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    referred = set(re.findall(r"'#/components/schemas/(\w+)'", str(document)))
    assert referred - document["components"]["schemas"].keys() == set()
