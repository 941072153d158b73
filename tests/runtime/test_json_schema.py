"""Every keyword that the checker knows means what draft-07 says, by the word of jsonschema."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from trucksight.runtime.json_schema import first_fault
from trucksight.runtime.schema import bundle_schema

VALUES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, 2, 3, -1, 2.0, 2.5, 1e308, float("inf"), 10**400),
    *("", "a", "ab", "abc", "a\n", "1", "true", "é"),
    *([], [1], [1, 2], [1, 2, 3], ["a", "b"], ["a", "a"], ["a", "b", "a"], [[]], [None]),
    *({}, {"a": 1}, {"a": "x"}, {"b": 1}, {"a": 1, "b": 1}, {"a": 1, "ab": "x"}, {"A": 1}),
)
SCHEMAS: tuple[dict[str, Any], ...] = (
    {},
    *({"type": kind} for kind in ("array", "integer", "null", "number", "object", "string")),
    {"type": ["object", "null"]},
    {"type": ["integer", "string"]},
    {"enum": [1, "a", None]},
    {"enum": [True]},
    {"maxLength": 2},
    {"pattern": "^[a-z]$"},
    {"pattern": "b"},
    {"minimum": 2},
    {"maximum": 2},
    {"exclusiveMinimum": 2},
    {"exclusiveMaximum": 2},
    {"minItems": 2},
    {"maxItems": 2},
    {"uniqueItems": True},
    {"uniqueItems": False},
    {"minProperties": 1},
    {"required": ["a"]},
    {"required": ["a", "b"]},
    {"items": {"type": "integer"}},
    {"properties": {"a": {"type": "integer"}}},
    {"properties": {"a": {"type": "integer"}}, "additionalProperties": False},
    {"properties": {"a": {"type": "integer"}}, "additionalProperties": True},
    {"properties": {"a": {"type": "integer"}}, "additionalProperties": {"type": "string"}},
    {"additionalProperties": {"enum": [1]}},
    {"additionalProperties": False},
    {"propertyNames": {"pattern": "^[a-z]+$"}},
    {"definitions": {"n": {"minimum": 2}}, "items": {"$ref": "#/definitions/n"}},
    {"definitions": {"n": {"$ref": "#/definitions/m"}, "m": {"enum": [1]}}}
    | {"additionalProperties": {"$ref": "#/definitions/n"}},
)


@pytest.mark.parametrize("schema", SCHEMAS, ids=json.dumps)
def test_a_value_is_taken_or_refused_as_by_jsonschema(schema: dict[str, Any]) -> None:
    oracle = jsonschema.Draft7Validator(schema)
    ours = [first_fault(value, schema) is None for value in VALUES]
    # Its `$` is Python's, which lets a line end follow; that of ECMA 262, which we keep, does not.
    theirs = [oracle.is_valid(value) for value in VALUES]
    differing = [one for one, a, b in zip(VALUES, ours, theirs, strict=True) if a != b]
    assert differing == (["a\n"] if "$" in schema.get("pattern", "") else [])
    assert len(set(ours)) == (1 if schema in ({}, {"uniqueItems": False}) else 2)


def test_a_fault_says_where_what_came_and_what_was_asked() -> None:
    schema = {"properties": {"a": {"items": {"properties": {"b": {"minimum": 8}}}}}}
    fault = first_fault({"a": [{}, {"b": 7}]}, schema)
    assert fault is not None
    assert (fault.where, fault.value, fault.rule) == (".a[1].b", 7, "minimum")
    assert fault.schema == {"minimum": 8}
    assert fault.expected == "must be bigger than or equal to 8"


@pytest.mark.parametrize("keyword", ["multipleOf", "not", "anyOf", "format", "const", "Type"])
def test_a_keyword_that_is_not_known_is_refused_instead_of_passed_over(keyword: str) -> None:
    with pytest.raises(ValueError, match=f"a schema asks for {keyword}"):
        first_fault({"a": 1}, {"properties": {"a": {keyword: 1}}})


def test_the_bundles_schema_asks_for_different_values_only_where_they_are_texts() -> None:
    def asking(part: Any) -> list[dict[str, Any]]:
        inner = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
        own = [part] if isinstance(part, dict) and "uniqueItems" in part else []
        return own + [one for each in inner for one in asking(each)]

    found = asking(bundle_schema())
    assert found
    assert all(one["items"] == {"$ref": "#/definitions/text"} for one in found)


@pytest.mark.parametrize("depth", [100, 100_000])
def test_what_is_nested_deeply_is_not_followed_where_nothing_is_asked_of_it(depth: int) -> None:
    nested: Any = {}
    for _ in range(depth):
        nested = {"deeper": nested}
    assert first_fault(nested, {"type": "object"}) is None
