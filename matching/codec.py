"""Values as canonical JSON and back: the same value is always the same bytes, and so has one digest."""

import json
import types
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from enum import Enum, IntFlag
from functools import cache
from hashlib import sha256
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from matching.errors import BadProblem

T = TypeVar("T")

_AS_THEY_ARE = frozenset({str, int, bool, float})


def to_json(value: object) -> str:
    """Canonical JSON of any value of this package: keys sorted, sets sorted, no spaces, defaults written out."""
    return json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def from_json(kind: type[T], text: str) -> T:
    """The value that `to_json` wrote. Raises BadProblem where the text is not one."""
    try:
        value: T = _value(kind, json.loads(text))
    except (KeyError, TypeError, ValueError, AttributeError) as why:
        raise BadProblem("json", kind.__name__, text[:80], "canonical JSON of it") from why
    return value


def digest(value: object) -> str:
    """SHA-256 of the canonical JSON, in hex."""
    return sha256(to_json(value).encode()).hexdigest()


def _plain(value: object) -> Any:
    kind: Any = type(value)
    if value is None or kind in _AS_THEY_ARE:
        return value
    names = _names(kind)
    if names is not None:
        return {name: _plain(getattr(value, name)) for name in names}
    match value:
        case UUID() | date():
            return str(value)
        case IntFlag():
            return int(value)
        case Enum():
            return value.value
        case frozenset():
            return sorted((_plain(one) for one in value), key=_order)
        case tuple():
            return [_plain(one) for one in value]
    raise TypeError(kind)


def _order(plain: Any) -> Any:
    return plain if isinstance(plain, str) else json.dumps(plain, sort_keys=True)


@cache
def _names(kind: type[Any]) -> tuple[str, ...] | None:
    return tuple(f.name for f in fields(kind)) if is_dataclass(kind) else None


@cache
def _defaulted(kind: type[Any]) -> frozenset[str]:
    return frozenset(
        f.name for f in fields(kind) if f.default is not MISSING or f.default_factory is not MISSING
    )


@cache
def _kinds(kind: type[Any]) -> dict[str, Any]:
    hints = get_type_hints(kind)
    return {f.name: hints[f.name] for f in fields(kind)}


def _value(kind: Any, plain: Any) -> Any:
    origin, args = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        inner = next(one for one in args if one is not type(None))
        return None if plain is None else _value(inner, plain)
    if origin is tuple:
        return tuple(_value(args[0], one) for one in plain)
    if origin is frozenset:
        return frozenset(_value(args[0], one) for one in plain)
    if isinstance(kind, type) and is_dataclass(kind):
        made: Any = kind
        # What was kept before a field was there has its default.
        lacking = _defaulted(made) - plain.keys()
        return made(
            **{name: _value(hint, plain[name]) for name, hint in _kinds(made).items() if name not in lacking}
        )
    if kind is date:
        return date.fromisoformat(plain)
    if kind is float:
        return float(plain)
    if kind in (int, bool, str):
        if type(plain) is not kind:
            raise TypeError(plain)
        return plain
    return kind(plain)
