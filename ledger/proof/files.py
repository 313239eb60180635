"""What is given out to be checked without us, as text: receipts, how two checkpoints hang together, the verifier."""

import base64
from collections.abc import Iterable
from importlib.resources import files


def receipt(*, leaf: bytes, index: int, path: Iterable[bytes], note: str) -> str:
    """A `.tlog-proof` (c2sp.org/tlog-proof). The leaf goes with it as extra data: nobody else can make it."""
    return f"c2sp.org/tlog-proof@v1\nextra {_line(leaf)}index {index}\n{_lines(path)}\n{note}"


def consistency(*, old_size: int, path: Iterable[bytes], note: str) -> str:
    """A proof that a checkpoint goes on from one of `old_size`: the request of c2sp.org/tlog-witness."""
    return f"old {old_size}\n{_lines(path)}\n{note}"


def leaves(found: Iterable[bytes]) -> str:
    """Leaves in their sequence, one a line."""
    return _lines(found)


def verifier() -> str:
    """The program that checks all of these, which is given out with them: one file, and nothing of ours."""
    return files("ledger.proof").joinpath("verify.py").read_text(encoding="utf-8")


def _lines(found: Iterable[bytes]) -> str:
    return "".join(map(_line, found))


def _line(raw: bytes) -> str:
    return f"{base64.b64encode(raw).decode()}\n"
