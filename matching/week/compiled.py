"""Machine code for the inner loops, kept between processes where there is a place to keep it."""

import os
import stat
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar, cast

try:
    import numba
    from numba.core import config, types
    from numba.experimental import structref
except ImportError as missing:
    raise ImportError("the week plan needs numba: pip install 'timebank[week]'") from missing

F = TypeVar("F", bound=Callable[..., object])
R = TypeVar("R", bound=tuple[Any, ...])


def kept_in() -> Path | None:
    """A folder of the user's own, one for each state of these sources; None if there can be none.

    Numba looks only at the file of the function it compiles, not at those it calls, and an installed wheel may lie
    where nothing can be written; so neither its index nor the folder beside the source will do.
    """
    base = Path(os.environ.get("XDG_CACHE_HOME", ""))
    if not base.is_absolute():
        try:
            base = Path("~/.cache").expanduser()
        except RuntimeError:  # neither HOME nor an entry for the user
            return None
    digest = sha256()
    for source in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(source.read_bytes())
    ours = base / "timebank"
    folder = ours / f"week-{digest.hexdigest()[:16]}"
    return folder if _private(ours) and _private(folder) else None


def _private(folder: Path) -> bool:
    """Made, or found as what nobody else may write to: what lies there is run."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
            return False
        folder.chmod(0o700)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


KEPT_IN = kept_in()


def compiled(function: F) -> F:
    """Compile on the first call; where nothing can be kept, once in each process."""
    if KEPT_IN is None:
        return cast(F, numba.njit(function))
    before = config.CACHE_DIR  # type: ignore[attr-defined]
    config.CACHE_DIR = str(KEPT_IN)  # type: ignore[attr-defined]
    try:
        return cast(F, numba.njit(cache=True)(function))
    finally:
        config.CACHE_DIR = before  # type: ignore[attr-defined]


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
