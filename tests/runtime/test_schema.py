"""The published schema is one, says the same as the code, and its complaints can be read."""

from __future__ import annotations

import copy
import functools
import json
import operator
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, get_args

import jsonschema
import numpy as np
import pytest

from trucksight.runtime import load_bundle
from trucksight.runtime.bundle import MAX_FILE_BYTES
from trucksight.runtime.contract import Fit, InputContract, Resampling
from trucksight.runtime.errors import BundleError
from trucksight.runtime.schema import SCHEMA_VERSION, bundle_schema, check_document
from trucksight.runtime.seal import seal_document

ODD = (None, True, -1, 0.5, 1e308, 10**400, "", "../x", "a\nb", [], {}, [1], {"x": 1})
"""Values that fit few fields."""


@pytest.fixture
def document(fake_files: dict[str, bytes]) -> dict[str, Any]:
    whole: dict[str, Any] = json.loads(seal_document(json.loads(fake_files["bundle.json"])))
    return whole


def test_the_schema_is_valid_draft_07() -> None:
    schema = bundle_schema()
    assert schema["$schema"] == "http://json-schema.org/draft-07/schema#"
    jsonschema.Draft7Validator.check_schema(schema)


def test_every_reference_of_the_schema_leads_somewhere_and_none_is_left_over() -> None:
    schema = bundle_schema()
    text = json.dumps(schema)
    used = {name for name in schema["definitions"] if f'"#/definitions/{name}"' in text}
    assert used == set(schema["definitions"])
    assert text.count('"$ref"') == sum(text.count(f'"#/definitions/{name}"') for name in used)


def test_every_object_of_the_schema_that_names_fields_needs_them_all_and_no_other() -> None:
    def objects(part: Any) -> list[dict[str, Any]]:
        parts = part.values() if isinstance(part, dict) else part if isinstance(part, list) else ()
        own = [part] if isinstance(part, dict) and isinstance(part.get("required"), list) else []
        return own + [one for inner in parts for one in objects(inner)]

    found = objects(bundle_schema())
    assert len(found) > 15
    for one in found:
        assert one["additionalProperties"] is False
        assert sorted(one["required"]) == sorted(one["properties"])


def test_the_schema_and_the_code_know_the_same_choices_and_limits() -> None:
    schema = bundle_schema()
    fields = schema["definitions"]["input"]["properties"]
    assert fields.keys() == InputContract().as_json().keys()
    assert tuple(fields["resampling"]["enum"]) == get_args(Resampling)
    assert tuple(fields["fit"]["enum"]) == get_args(Fit)
    assert schema["definitions"]["size"]["maximum"] == MAX_FILE_BYTES
    assert schema["properties"]["schema_version"]["enum"] == [SCHEMA_VERSION]


def test_a_whole_document_is_taken_by_the_runtime_and_by_jsonschema(
    document: dict[str, Any],
) -> None:
    check_document(document)
    jsonschema.validate(document, bundle_schema(), jsonschema.Draft7Validator)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda index: index.pop("labels"), "the document lacks 'labels'"),
        (lambda index: index.update(more=1), "the document holds 'more', unknown"),
        (lambda index: index.update(labels="truck"), "labels must be two or more different names"),
        (lambda index: index.update(variants={}), "variants must be one variant or more"),
        (lambda index: index.update(golden=[]), "golden must be one picture or more, not []"),
        (lambda index: index["input"].update(width=4), "input.width must be bigger than or equal"),
        (
            lambda index: index["variants"]["fake"].update(threshold=1.5),
            "variants.fake.threshold must be a number between 0 and 1, not 1.5",
        ),
        (
            lambda index: index["variants"]["fake"].update(file="../bundle.json"),
            "variants.fake.file must be a path inside the bundle, with forward slashes, not"
            " '../bundle.json'",
        ),
        (
            lambda index: index["variants"]["fake"]["certificate"]["gate"].update(accepted={}),
            "variants.fake.certificate.gate.accepted lacks 'because'",
        ),
        (
            lambda index: index["source"].update(run_sha256="0" * 64 + "\n"),
            "source.run_sha256 must be 64 lower-case hexadecimal digits, not '0000",
        ),
        (
            lambda index: index["golden"][1]["variants"]["fake"].update(verdict="unknown"),
            "golden[1].variants.fake.verdict must be truck or no_truck, not 'unknown'",
        ),
    ],
)
def test_a_complaint_says_where_what_was_expected_and_what_came(
    change: Callable[[dict[str, Any]], object], message: str, document: dict[str, Any]
) -> None:
    change(document)
    with pytest.raises(BundleError) as caught:
        check_document(document)
    assert str(caught.value).startswith(f"bundle.json: {message}")


@pytest.mark.parametrize("version", [3, 99, 10**400])
def test_a_newer_version_is_refused_by_name_whatever_else_it_holds(
    version: int, make_bundle: Callable[..., Path]
) -> None:
    path = make_bundle(lambda index: index.pop("labels"), schema_version=version, later={"x": 1})
    with pytest.raises(BundleError) as caught:
        load_bundle(path)
    assert str(caught.value).endswith(
        " is newer than this trucksight understands (2); upgrade: pip install --upgrade trucksight"
    )


@pytest.mark.parametrize("version", [1, 0, -1, None, "2", [2], 1.5])
def test_a_version_that_is_no_longer_or_never_was_is_to_be_exported_anew(
    version: object, make_bundle: Callable[..., Path]
) -> None:
    with pytest.raises(BundleError, match="understands version 2: export it anew"):
        load_bundle(make_bundle(schema_version=version))


@pytest.mark.parametrize("document", [None, [], "text", {}, {"schema": "other"}])
def test_what_describes_no_bundle_is_refused(document: object) -> None:
    with pytest.raises(BundleError, match="does not describe a trucksight bundle"):
        check_document(document)


def test_an_odd_value_anywhere_is_taken_or_refused_in_one_line_as_jsonschema_would(
    document: dict[str, Any],
) -> None:
    oracle = jsonschema.Draft7Validator(bundle_schema())
    rng = np.random.default_rng(5)
    for *above, last in _paths(document):
        if last in ("schema", "schema_version"):
            continue
        for odd in rng.permutation(np.array(ODD, object))[:2]:
            changed = copy.deepcopy(document)
            functools.reduce(operator.getitem, above, changed)[last] = odd
            message = _complaint(changed)
            assert (message is None) == oracle.is_valid(changed), (above, last, odd)
            assert message is None or ("\n" not in message and len(message) < 600)


def _complaint(document: dict[str, Any]) -> str | None:
    try:
        check_document(document)
    except BundleError as exc:
        return str(exc)
    return None


def _paths(part: Any, above: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where every value of a document stands."""
    inner = part.items() if isinstance(part, dict) else enumerate(part)
    for key, one in inner:
        yield (*above, key)
        if isinstance(one, dict | list):
            yield from _paths(one, (*above, key))
