"""Dataclasses from the JSON that `dataclasses.asdict` made of them."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

Shape = TypeVar("Shape")


def shaped(kind: type[Shape], value: Any) -> Shape:
    """A value of this type: dataclasses, lists, tuples, dictionaries, literals, None and scalars.

    Raises:
        TypeError: the value has another shape; says where.
        ValueError: it is not one of the literals.
    """
    made: Shape = _shaped(kind, value, "")
    return made


def _shaped(kind: Any, value: Any, where: str) -> Any:
    origin, inner = get_origin(kind), get_args(kind)
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        names = {one.name for one in fields(kind)}
        if not isinstance(value, dict) or set(value) != names:
            raise TypeError(f"{where or kind}: expected {', '.join(sorted(names))}")
        return kind(  # type: ignore[operator]
            **{name: _shaped(hints[name], value[name], f"{where}.{name}") for name in names}
        )
    if origin is Literal:
        if value not in inner:
            raise ValueError(f"{where}: {value!r} is none of {inner}")
        return value
    if origin in (Union, UnionType):
        if value is None and NoneType in inner:
            return None
        return _shaped(next(one for one in inner if one is not NoneType), value, where)
    if origin in (list, tuple):
        if not isinstance(value, (list, tuple)):
            raise TypeError(f"{where}: expected a list, not {type(value).__name__}")
        fixed = origin is tuple and inner[-1] is not Ellipsis
        kinds = inner if fixed else [inner[0]] * len(value)
        items = zip(kinds, value, strict=True)
        return origin(_shaped(one, item, f"{where}[{n}]") for n, (one, item) in enumerate(items))
    if origin is dict:
        if not isinstance(value, dict):
            raise TypeError(f"{where}: expected an object, not {type(value).__name__}")
        return {
            _shaped(inner[0], name, where): _shaped(inner[1], item, f"{where}.{name}")
            for name, item in value.items()
        }
    if kind is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
        raise TypeError(f"{where}: expected {kind.__name__}, not {type(value).__name__}")
    return value
