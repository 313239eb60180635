"""Whether what is installed is what was meant to be: Python, the libraries, our own files.

It is looked at before any room is loaded, since a stranger's `matching` keeps the rooms from loading.
"""

import hashlib
import sys
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Iterator
from importlib.machinery import PathFinder
from importlib.metadata import Distribution, PackageNotFoundError, PackagePath, distribution
from pathlib import Path

from packaging.requirements import Requirement

import timebank
from timebank.cli.examining.findings import Check, Finding, run
from timebank.core.errors import N_, Text

PYTHON_MIN = (3, 11)
PYTHON_TRIED = (3, 14)
# What lies beside `timebank` and is ours too.
_OURS = ("ledger", "matching")

_PYTHON = Check("python", N_("Python 的版本合用"))
_LIBRARIES = Check("libraries", N_("需要的软件包都装着，版本也对"))
_STRANGER = Check("stranger", N_("没有别人的软件包占了 matching、ledger 的名字"))
_FILES = Check("files", N_("程序文件和安装时一样"))

_LOADS = Check("loads", N_("程序装得进来"))

_AGAIN = Text(N_("再重新安装：在源码文件夹里是 rm -rf .venv 再 make serve，用 wheel 的是"))


def examine() -> list[Finding]:
    """Everything about the program."""
    return [python(sys.version_info[:2]), libraries(), stranger(sys.path), files()]


def unloadable(error: ImportError) -> list[Finding]:
    """The same, when a module of ours could not be loaded: that is wrong whatever else is."""
    seen = Text("{why}", {"why": error})
    return [*examine(), _LOADS.wrong(seen, Text(N_("先改上面的；上面都好，就重新安装 timebank")))]


def python(version: tuple[int, int]) -> Finding:
    """Python's version."""
    seen = Text(N_("Python {version}"), {"version": ".".join(map(str, version))})
    if version < PYTHON_MIN:
        return _PYTHON.wrong(seen, Text(N_("请装 Python 3.11 或更新，再重新安装 timebank")))
    if version > PYTHON_TRIED:
        return _PYTHON.advice(seen, Text(N_("这个版本还没有试过；试过的是 3.11 到 3.14")))
    return _PYTHON.fit(seen)


def libraries() -> Finding:
    """Every library that timebank needs, in a version it takes."""
    missing = sorted(_missing(_ours().requires or ()))
    if missing:
        seen = Text(N_("缺 {names}"), {"names": "、".join(missing)})
        wanted = " ".join(f"'{each}'" for each in missing)
        return _LIBRARIES.wrong(seen, run(f"'{sys.executable}' -m pip install {wanted}"))
    return _LIBRARIES.fit()


def _missing(requirements: Iterable[str]) -> Iterator[str]:
    for each in map(Requirement, requirements):
        if each.marker is not None and not each.marker.evaluate({"extra": ""}):
            continue
        try:
            there = distribution(each.name).version
        except PackageNotFoundError:
            yield str(each)
        else:
            if not each.specifier.contains(there, prereleases=True):
                yield str(each)


def stranger(path: list[str]) -> Finding:
    """Nobody else's package under a name of ours: first on the path, or installed over our files."""
    home = Path(timebank.__file__).resolve().parents[1]
    for name in _OURS:
        if _is_installed(name):
            return _STRANGER.wrong(
                Text(N_("装着别人的软件包 {name}，它会盖掉我们的文件"), {"name": name}),
                run(f"'{sys.executable}' -m pip uninstall --yes {name}"),
                _AGAIN,
                run(f"'{sys.executable}' -m pip install --force-reinstall --no-deps timebank-*.whl"),
            )
        found = PathFinder.find_spec(name, path)
        origin = Path(found.origin).resolve() if found and found.origin else None
        if origin != home / name / "__init__.py":
            return _STRANGER.wrong(
                Text(
                    N_("{name} 是从 {origin} 来的，不是 {home} 里的"),
                    {"name": name, "origin": origin or "—", "home": home},
                ),
                Text(N_("请移开那个文件夹，或从 PYTHONPATH 里去掉它")),
            )
    return _STRANGER.fit()


def _is_installed(name: str) -> bool:
    try:
        distribution(name)
    except PackageNotFoundError:
        return False
    return True


def files() -> Finding:
    """Our files have the digests they were installed with."""
    changed = [str(path) for path in _ours().files or () if not _is_as_installed(path)]
    if changed:
        return _FILES.wrong(
            Text(N_("{count} 个文件不一样，例如 {name}"), {"count": len(changed), "name": changed[0]}),
            _AGAIN,
            run(f"'{sys.executable}' -m pip install --force-reinstall --no-deps timebank-*.whl"),
        )
    return _FILES.fit()


def _is_as_installed(path: PackagePath) -> bool:
    if path.hash is None:
        return True
    try:
        content = Path(str(path.locate())).read_bytes()
    except OSError:
        return False
    digest = hashlib.new(path.hash.mode, content).digest()
    return urlsafe_b64encode(digest).rstrip(b"=").decode() == path.hash.value


def _ours() -> Distribution:
    return distribution("timebank")
