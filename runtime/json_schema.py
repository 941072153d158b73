"""Checking a parsed JSON document against a JSON Schema of draft-07, in the part of it that we use.

The keywords it knows stand in `_RULES`, `_NESTED` and `_NOTES`; a schema with another one is
refused. A general validator makes code of a schema before it looks at a document, which costs a
board more time and memory at every start than all else that reading a bundle takes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sized
from operator import ge, gt, le, lt
from typing import Any, NamedTuple

Schema = Mapping[str, Any]
_Holds = Callable[[Any], bool]


class Fault(NamedTuple):
    """What is wrong first with a document."""

    where: str
    """As in `.variants.fake.labels[1]`; empty for the document itself."""
    value: Any
    """What stands there."""
    rule: str
    """The keyword that it breaks."""
    schema: Schema
    """The part of the schema that holds the keyword."""
    expected: str
    """What the keyword asks for, as in `must be bigger than or equal to 8`."""


class _Rule(NamedTuple):
    """A keyword that is judged without looking into what a value holds."""

    holding: Callable[[Any], _Holds]
    """From what the keyword says: whether a value is so, or is none that it concerns."""
    expected: Callable[[Any], str]
    """The same in words."""


class _Part(NamedTuple):
    """A part of a schema, made ready once and asked for every value that it applies to."""

    schema: Schema
    rules: list[tuple[str, _Holds]]
    named: Mapping[str, Schema]
    others: Schema | None
    """None: they may be anything, or not be there."""
    closed: bool
    """Whether an object may hold what is named and nothing else."""
    names: Schema | None
    items: Schema | None


def first_fault(document: Any, schema: Schema) -> Fault | None:
    """What is wrong first with a document; None: it is as the schema says.

    Args:
        document: as `json.loads` gives it.
        schema: a reference in it stands alone and leads to its own `definitions`.

    Raises:
        ValueError: a part of the schema that was come to has a keyword that is not known here.
    """
    return _Check(schema).fault(document, schema, "")


class _Check:
    """One check of a document; parts of the schema are made ready as it comes to them."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema
        self._parts: dict[int, _Part] = {}

    def fault(self, value: Any, schema: Schema, where: str) -> Fault | None:
        part = self._parts.get(id(schema)) or self._ready(schema)
        for keyword, holds in part.rules:
            if not holds(value):
                expected = _RULES[keyword].expected(part.schema[keyword])
                return Fault(where, value, keyword, part.schema, expected)
        for step, held, asked in _held(value, part):
            fault = self.fault(held, asked, where + step)
            if fault:
                return fault
        return self._fault_of_names(value, part, where) if isinstance(value, dict) else None

    def _fault_of_names(self, value: dict[str, Any], part: _Part, where: str) -> Fault | None:
        if part.closed and value.keys() - part.named.keys():
            expected = "must hold nothing else"
            return Fault(where, value, "additionalProperties", part.schema, expected)
        names = part.names
        if names is not None and any(self.fault(name, names, where) for name in value):
            expected = "must be named by propertyName definition"
            return Fault(where, value, "propertyNames", part.schema, expected)
        return None

    def _ready(self, schema: Schema) -> _Part:
        if "$ref" in schema:
            name = schema["$ref"].removeprefix("#/definitions/")
            asked: Schema = self._schema["definitions"][name]
            part = self._parts.get(id(asked)) or self._ready(asked)
        else:
            unknown = schema.keys() - _RULES.keys() - _NESTED - _NOTES
            if unknown:
                raise ValueError(f"a schema asks for {', '.join(sorted(unknown))}")
            others = schema.get("additionalProperties")
            part = _Part(
                schema=schema,
                rules=[(one, _RULES[one].holding(schema[one])) for one in _RULES if one in schema],
                named=schema.get("properties", {}),
                others=others if isinstance(others, dict) else None,
                closed=others is False,
                names=schema.get("propertyNames"),
                items=schema.get("items"),
            )
        self._parts[id(schema)] = part
        return part


def _held(value: Any, part: _Part) -> Iterator[tuple[str, Any, Schema]]:
    """What a value holds: the step that leads there, what it is, what is asked of it."""
    if isinstance(value, list) and part.items is not None:
        for number, one in enumerate(value):
            yield f"[{number}]", one, part.items
    elif isinstance(value, dict):
        for name, asked in part.named.items():
            if name in value:
                yield f".{name}", value[name], asked
        if part.others is not None:
            for name in (one for one in value if one not in part.named):
                yield f".{name}", value[name], part.others


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_TYPES: Mapping[str, _Holds] = {
    "array": lambda value: isinstance(value, list),
    "integer": lambda value: _is_number(value) and (isinstance(value, int) or value.is_integer()),
    "null": lambda value: value is None,
    "number": _is_number,
    "object": lambda value: isinstance(value, dict),
    "string": lambda value: isinstance(value, str),
}


def _typed(kinds: str | list[str]) -> _Holds:
    if isinstance(kinds, str):
        return _TYPES[kinds]
    known = [_TYPES[kind] for kind in kinds]
    return lambda value: any(holds(value) for holds in known)


def _chosen(choices: list[Any]) -> _Holds:
    """Python takes True for 1, JSON does not."""
    typed = [(type(one) is bool, one) for one in choices]
    return lambda value: (type(value) is bool, value) in typed


def _matching(pattern: str) -> _Holds:
    """Python's `$` lets a line end follow, that of ECMA 262 does not."""
    search = re.compile(pattern.replace("$", r"\Z")).search
    return lambda value: not isinstance(value, str) or search(value) is not None


def _different(asked: bool) -> _Holds:
    """Of texts only: the lists that ask for it hold nothing else."""

    def holds(value: Any) -> bool:
        if not (asked and isinstance(value, list)):
            return True
        texts = [one for one in value if isinstance(one, str)]
        return len(set(texts)) == len(texts)

    return holds


def _bounded(by: Callable[[Any, Any], bool]) -> Callable[[Any], _Holds]:
    return lambda bound: lambda value: not _is_number(value) or by(value, bound)


def _long(kind: type[Sized], by: Callable[[Any, Any], bool]) -> Callable[[Any], _Holds]:
    return lambda bound: lambda value: not isinstance(value, kind) or by(len(value), bound)


def _holding(names: list[str]) -> _Holds:
    needed = set(names)
    return lambda value: not isinstance(value, dict) or needed <= value.keys()


_RULES: Mapping[str, _Rule] = {
    "type": _Rule(
        _typed,
        lambda kinds: f"must be {kinds if isinstance(kinds, str) else ' or '.join(kinds)}",
    ),
    "enum": _Rule(_chosen, lambda choices: f"must be one of {choices}"),
    "maxLength": _Rule(
        _long(str, le), lambda most: f"must be shorter than or equal to {most} characters"
    ),
    "pattern": _Rule(_matching, lambda pattern: f"must match pattern {pattern}"),
    "minimum": _Rule(_bounded(ge), lambda least: f"must be bigger than or equal to {least}"),
    "maximum": _Rule(_bounded(le), lambda most: f"must be smaller than or equal to {most}"),
    "exclusiveMinimum": _Rule(_bounded(gt), lambda bound: f"must be bigger than {bound}"),
    "exclusiveMaximum": _Rule(_bounded(lt), lambda bound: f"must be smaller than {bound}"),
    "minItems": _Rule(_long(list, ge), lambda least: f"must contain at least {least} items"),
    "maxItems": _Rule(
        _long(list, le), lambda most: f"must contain less than or equal to {most} items"
    ),
    "uniqueItems": _Rule(_different, lambda _: "must contain unique items"),
    "minProperties": _Rule(
        _long(dict, ge), lambda least: f"must contain at least {least} properties"
    ),
    "required": _Rule(_holding, lambda names: f"must contain {names}"),
}
"""In the order in which they are judged."""
_NESTED = {"properties", "additionalProperties", "propertyNames", "items"}
_NOTES = {"$schema", "$id", "title", "description", "definitions"}
