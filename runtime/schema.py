"""The published schema of `bundle.json`, and checking a document against it.

The schema is JSON Schema draft-07, one file a version, in `bundle_schema/` of this package.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from .errors import BundleError

SCHEMA = "trucksight/bundle"
SCHEMA_VERSION = 2
_SHOWN = 60
"""Characters of a wrong value that an error repeats."""


def bundle_schema() -> dict[str, Any]:
    """The JSON Schema (draft-07) of `bundle.json`, schema version 2; the caller owns it."""
    file = Path(__file__).parent / "bundle_schema" / f"bundle-{SCHEMA_VERSION}.json"
    schema: dict[str, Any] = json.loads(file.read_text("utf-8"))
    return schema


def check_document(document: Any) -> None:
    """Check a parsed `bundle.json`: its version first, then the whole of it.

    Raises:
        BundleError: it describes no bundle, one of another version, or breaks the schema; says
            where, what was expected and what came.
    """
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise BundleError("bundle.json does not describe a trucksight bundle")
    version = document.get("schema_version")
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise BundleError(
            f"bundle schema version {_shown(version)} is newer than this trucksight understands"
            f" ({SCHEMA_VERSION}); upgrade: pip install --upgrade trucksight"
        )
    if version != SCHEMA_VERSION:
        raise BundleError(
            f"bundle schema version {_shown(version)}; this trucksight understands version"
            f" {SCHEMA_VERSION}: export it anew"
        )
    from fastjsonschema import JsonSchemaValueException

    try:
        _validator()(document)
    except JsonSchemaValueException:
        raise BundleError(f"bundle.json: {_complaint(document)}") from None


@lru_cache(maxsize=1)
def _validator() -> Callable[[Any], Any]:
    """A validator that says nothing of what it expected: it compiles in a sixth of the time."""
    return _compiled(detailed=False)


def _compiled(detailed: bool) -> Callable[[Any], Any]:
    # Imported here, so that what opens no bundle does not wait for it.
    from fastjsonschema import compile

    validator: Callable[[Any], Any] = compile(
        bundle_schema(), use_default=False, use_formats=False, detailed_exceptions=detailed
    )
    return validator


def _complaint(document: dict[str, Any]) -> str:
    """What is wrong first: where, what was expected, what came."""
    from fastjsonschema import JsonSchemaValueException

    try:
        _compiled(detailed=True)(document)
    except JsonSchemaValueException as exc:
        assert exc.name is not None  # a detailed exception has one
        where = exc.name.removeprefix("data").removeprefix(".") or "the document"
        value, rule, definition = exc.value, exc.rule, exc.definition
        if rule == "required":
            return f"{where} lacks {_listed(set(definition['required']) - value.keys())}"
        if rule == "additionalProperties":
            return (
                f"{where} holds {_listed(value.keys() - definition['properties'].keys())}, unknown"
            )
        if "description" in definition and "properties" not in definition:
            return f"{where} must be {definition['description']}, not {_shown(value)}"
        return f"{where} {exc.message.removeprefix(exc.name).strip()}, not {_shown(value)}"
    raise AssertionError("the two validators disagree")


def _listed(names: set[str]) -> str:
    return ", ".join(repr(name) for name in sorted(names))


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
