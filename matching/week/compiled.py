"""Machine code for the inner loops, kept between processes where there is a place to keep it."""

import os
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, cast

import numba
from numba.core import config, types
from numba.experimental import structref

F = TypeVar("F", bound=Callable[..., object])
R = TypeVar("R", bound=tuple[Any, ...])


def _kept_in() -> Path:
    """A folder of the user's, one for each state of these sources.

    Numba looks only at the file of the function it compiles, not at those it calls, and an installed wheel may lie
    where nothing can be written; so neither its index nor the folder beside the source will do.
    """
    digest = sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    base = os.environ.get("XDG_CACHE_HOME") or Path("~/.cache").expanduser()
    return Path(base) / "timebank" / f"week-{digest.hexdigest()[:16]}"


if not config.CACHE_DIR:  # type: ignore[attr-defined]
    config.CACHE_DIR = str(_kept_in())  # type: ignore[attr-defined]


def compiled(function: F) -> F:
    """Compile on the first call; where nothing can be kept, once in each process."""
    try:
        return cast(F, numba.njit(cache=True)(function))
    except RuntimeError:  # no place for the cache
        return cast(F, numba.njit(function))


class _Struct(types.StructRef):
    """Compiled code gets one pointer to a record's arrays, instead of all of them in every call."""

    def preprocess_fields(self, fields: tuple[tuple[str, object], ...]) -> tuple[tuple[str, object], ...]:
        return tuple((name, types.unliteral(of)) for name, of in fields)  # type: ignore[no-untyped-call]


# By name, so that what is compiled for them can be kept.
@structref.register
class ArraysStruct(_Struct):
    pass


@structref.register
class LabelsStruct(_Struct):
    pass


@structref.register
class StateStruct(_Struct):
    pass


class ArraysView(structref.StructRefProxy):
    pass


class LabelsView(structref.StructRefProxy):
    pass


class StateView(structref.StructRefProxy):
    pass


_VIEWS: dict[str, tuple[Callable[..., object], type]] = {
    "Arrays": (ArraysView, ArraysStruct),
    "Labels": (LabelsView, LabelsStruct),
    "State": (StateView, StateStruct),
}


def view(record: R) -> R:
    """The same arrays as compiled code takes them; a record within it too. To Python it shows nothing."""
    proxy, struct = _VIEWS[type(record).__name__]
    if proxy not in _DEFINED:
        structref.define_proxy(proxy, struct, list(record._fields))  # type: ignore[no-untyped-call, attr-defined]
        _DEFINED.add(proxy)
    return cast(R, proxy(*(view(one) if isinstance(one, tuple) else one for one in record)))


_DEFINED: set[object] = set()
