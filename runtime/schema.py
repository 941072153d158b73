"""The published schema of `bundle.json`, and checking a document against it.

The schema is JSON Schema draft-07, one file a version, in `bundle_schema/` of this package.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .errors import BundleError
from .json_schema import Fault, first_fault

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
    fault = first_fault(document, bundle_schema())
    if fault:
        raise BundleError(f"bundle.json: {_complaint(fault)}")


def _complaint(fault: Fault) -> str:
    """Where, what was expected, what came."""
    where = fault.where.removeprefix(".") or "the document"
    value, schema = fault.value, fault.schema
    if fault.rule == "required":
        return f"{where} lacks {_listed(set(schema['required']) - value.keys())}"
    if fault.rule == "additionalProperties":
        return f"{where} holds {_listed(value.keys() - schema['properties'].keys())}, unknown"
    if "description" in schema and "properties" not in schema:
        return f"{where} must be {schema['description']}, not {_shown(value)}"
    return f"{where} {fault.expected}, not {_shown(value)}"


def _listed(names: set[str]) -> str:
    return ", ".join(repr(name) for name in sorted(names))


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
