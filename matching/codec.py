"""Values as canonical JSON and back: the same value is always the same bytes, and so has one digest."""

import json
import types
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from datetime import date
from enum import Enum, IntFlag
from functools import cache, lru_cache
from hashlib import sha256
from operator import attrgetter
from typing import Any, TypeVar, Union, get_args, get_origin, get_type_hints
from uuid import UUID

from matching.errors import BadProblem

T = TypeVar("T")


def to_json(value: object) -> str:
    """Canonical JSON of any value of this package: keys sorted, sets sorted, no spaces, defaults written out."""
    return _write(value)


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


class _Writers(dict[type[Any], Callable[[Any], str]]):
    """How values of each very type are written: settled once, since a round has a million of them."""

    def __missing__(self, kind: type[Any]) -> Callable[[Any], str]:
        self[kind] = writer = _writer(kind)
        return writer


_WRITERS = _Writers(
    {
        type(None): lambda _: "null",
        bool: lambda value: "true" if value else "false",
        int: int.__repr__,
        float: float.__repr__,
        str: json.JSONEncoder(ensure_ascii=False).encode,
    }
)


def _write(value: Any) -> str:
    return _WRITERS[type(value)](value)


def _writer(kind: type[Any]) -> Callable[[Any], str]:
    if is_dataclass(kind):
        return _fields_writer(kind)
    if issubclass(kind, UUID | date):
        return lambda value: f'"{value!s}"'
    if issubclass(kind, IntFlag):
        return int.__repr__
    if issubclass(kind, Enum):
        return lambda value: _write(value.value)
    if kind is frozenset:
        return _set
    if kind is tuple:
        return lambda value: f"[{','.join([_WRITERS[type(one)](one) for one in value])}]" if value else "[]"
    raise TypeError(kind)


def _fields_writer(kind: type[Any]) -> Callable[[Any], str]:
    names = sorted(f.name for f in fields(kind))
    pattern = "{" + ",".join(f'"{name}":%s' for name in names) + "}"
    # A name asked for twice, so that there is a tuple even of a single one.
    values = attrgetter(*names, names[0])
    return lambda value: pattern % tuple([_WRITERS[type(one)](one) for one in values(value)[:-1]])


def _set(values: frozenset[Any]) -> str:
    if not values:
        return "[]"
    if type(next(iter(values))) is str:
        return _words(values)
    return f"[{','.join(sorted(map(_write, values)))}]"


@lru_cache(maxsize=10_000)
def _words(words: frozenset[str]) -> str:
    # In their own order, not in that of their escapes. Many people have the same few.
    return f"[{','.join(map(_write, sorted(words)))}]"


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
