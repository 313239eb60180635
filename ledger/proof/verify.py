#!/usr/bin/env python3
"""账簿校验 · Checks receipts, checkpoints and whole books of a ledger. One file, Python's own library, no network.

    python3 verify.py receipt.tlog-proof --key public.txt
    python3 verify.py checkpoint.txt --key public.txt --leaves leaves.txt
    python3 verify.py consistency.txt --key public.txt --old checkpoint.txt

It shares no code with the service that wrote the files; `--key` has to come from somebody you trust.
"""

from __future__ import annotations

import argparse
import base64
import datetime
import hashlib
import sys
import uuid
from pathlib import Path

# --- Ed25519 (RFC 8032 §5.1) ---

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


class NotProved(Exception):
    """What was given is not proved: two sentences, Chinese and English."""

    def __init__(self, zh: str, en: str) -> None:
        """The same in both."""
        super().__init__(f"{zh} · {en}")


def recover_x(y: int, sign: int) -> int | None:
    """The x of a point of the curve; None if there is none."""
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def add(one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, ...]:
    """The sum of two points in extended coordinates."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def multiply(factor: int, point: tuple[int, ...]) -> tuple[int, ...]:
    """A point so many times."""
    total: tuple[int, ...] = (0, 1, 1, 0)
    while factor:
        if factor & 1:
            total = add(total, point)
        point, factor = add(point, point), factor >> 1
    return total


def point_of(raw: bytes) -> tuple[int, ...] | None:
    """A point from its 32 bytes; None if they are none."""
    number = int.from_bytes(raw, "little")
    y, sign = number & ((1 << 255) - 1), number >> 255
    x = recover_x(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """True if the holder of the key's other half signed the message."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key, r, s = point_of(public), point_of(signature[:32]), int.from_bytes(signature[32:], "little")
    if key is None or r is None or s >= ORDER:
        return False
    digest = hashlib.sha512(signature[:32] + public + message).digest()
    base_y = 4 * pow(5, P - 2, P) % P
    base_x = recover_x(base_y, 0) or 0
    left = multiply(s, (base_x, base_y, 1, base_x * base_y % P))
    right = add(r, multiply(int.from_bytes(digest, "little") % ORDER, key))
    return not (
        (left[0] * right[2] - right[0] * left[2]) % P or (left[1] * right[2] - right[1] * left[2]) % P
    )


# --- The tree (RFC 9162 §2.1) ---


def leaf_hash(leaf: bytes) -> bytes:
    """The hash of a leaf."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def pair_hash(left: bytes, right: bytes) -> bytes:
    """The hash over two subtrees."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def root_over(leaves: list[bytes]) -> bytes:
    """The root of a whole tree."""
    row = [leaf_hash(leaf) for leaf in leaves]
    if not row:
        return hashlib.sha256(b"").digest()
    while len(row) > 1:
        odd = row[-1:] if len(row) % 2 else []
        row = [pair_hash(row[at], row[at + 1]) for at in range(0, len(row) - 1, 2)] + odd
    return row[0]


def root_from_leaf(hashed: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """The root that a leaf's proof leads to (§2.1.3.2)."""
    if not 0 <= index < size:
        raise NotProved("序号超出了账簿", "the index lies beyond the tree")
    at, last, root = index, size - 1, hashed
    for step in path:
        if last == 0:
            raise NotProved("证明太长", "the proof is too long")
        if at & 1 or at == last:
            root = pair_hash(step, root)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            root = pair_hash(root, step)
        at, last = at >> 1, last >> 1
    if last:
        raise NotProved("证明太短", "the proof is too short")
    return root


def check_consistency(old: int, size: int, path: list[bytes], old_root: bytes, root: bytes) -> None:
    """Raises NotProved unless the tree of `size` begins with that of `old` (§2.1.4.2)."""
    wrong = NotProved("新的校验点改动了旧的内容", "the newer checkpoint changed what the older one had")
    if old == size or old == 0:
        if path or (old == size and old_root != root):
            raise wrong
        return
    if not path or old > size:
        raise wrong
    steps = ([old_root] if old & (old - 1) == 0 else []) + path
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    first = second = steps[0]
    for step in steps[1:]:
        if last == 0:
            raise wrong
        if at & 1 or at == last:
            first, second = pair_hash(step, first), pair_hash(step, second)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            second = pair_hash(second, step)
        at, last = at >> 1, last >> 1
    if last or first != old_root or second != root:
        raise wrong


# --- Checkpoints (c2sp.org/tlog-checkpoint) and keys ---


def read_keys(text: str, name: str) -> dict[bytes, bytes]:
    """Public keys by their four bytes: lines `name+id+key`, or a PEM file."""
    if "BEGIN PUBLIC KEY" in text:
        body = "".join(line for line in text.split("\n") if "-----" not in line)
        found = [base64.b64decode(body)[-32:]]
    else:
        lines = [line.split("+", 2) for line in text.split("\n") if line.count("+") >= 2]
        found = [base64.b64decode(key)[1:] for owner, _, key in lines if owner == name]
    return {hashlib.sha256(name.encode() + b"\n\x01" + key).digest()[:4]: key for key in found}


def read_checkpoint(note: str, keys: str) -> tuple[str, int, bytes]:
    """Origin, size and root of a note, once a known key's signature fits."""
    text, _, lines = note.rpartition("\n\n")
    origin, size, root = text.split("\n")[:3]
    known, signed = read_keys(keys, origin), 0
    for line in lines.strip("\n").split("\n"):
        dash, name, raw = line.split(" ")
        signature = base64.b64decode(raw, validate=True)
        key = known.get(signature[:4])
        if dash != "—" or name != origin or key is None:
            continue  # somebody we don't know
        if not is_signed(key, text.encode() + b"\n", signature[4:]):
            raise NotProved("签名不对", "the signature is false")
        signed += 1
    if not signed:
        raise NotProved("没有这把公钥的签名", "no signature of this key")
    return origin, int(size), base64.b64decode(root, validate=True)


# --- What a leaf says ---


def read_leaf(leaf: bytes) -> dict[str, str]:
    """The transfer that a leaf holds, in plain words."""
    rest = leaf

    def take(size: int) -> bytes:
        nonlocal rest
        taken, rest = rest[:size], rest[size:]
        if len(taken) != size:
            raise NotProved("凭证字节不完整", "the leaf is cut off")
        return taken

    def number(size: int) -> int:
        return int.from_bytes(take(size), "big", signed=True)

    def day() -> str:
        return str(datetime.date(2000, 1, 1) + datetime.timedelta(days=number(4)))

    if number(1) != 1:
        raise NotProved("不认得这种凭证", "a leaf of an unknown layout")
    book, transfer, debit, credit = (str(uuid.UUID(bytes=take(16))) for _ in range(4))
    debit_version, credit_version, minutes = (number(8) for _ in range(3))
    kind = take(number(4)).decode("ascii")
    effective, served = day(), day() if number(1) else "—"
    epoch = datetime.datetime(2000, 1, 1, tzinfo=datetime.timezone.utc)  # noqa: UP017 - older Pythons run it too
    moment = epoch + datetime.timedelta(microseconds=number(8))
    actor = str(uuid.UUID(bytes=take(16)))
    reverses = str(uuid.UUID(bytes=take(16))) if number(1) else "—"
    forced = "是 yes" if number(1) else "否 no"
    reason, evidence = (take(32).hex() if number(1) else "—" for _ in range(2))
    take(16)
    if rest:
        raise NotProved("凭证字节太长", "the leaf is too long")
    return {
        "账套 book": book,
        "划转 transfer": transfer,
        "转出 from account": f"{debit} (第 {debit_version} 笔 entry)",
        "转入 to account": f"{credit} (第 {credit_version} 笔 entry)",
        "分钟 minutes": str(minutes),
        "种类 kind": kind,
        "记账日期 effective on": effective,
        "服务日期 served on": served,
        "记账时间 posted at": moment.isoformat(),
        "操作人 actor": actor,
        "冲正 reverses": reverses,
        "强制 forced": forced,
        "理由的摘要 SHA-256 of the reason": reason,
        "佐证的摘要 SHA-256 of the evidence": evidence,
    }


# --- The files ---


def hashes_of(lines: list[str]) -> list[bytes]:
    """A proof's lines."""
    return [base64.b64decode(line, validate=True) for line in lines]


def check_receipt(text: str, keys: str) -> None:
    """A `.tlog-proof` with its leaf as extra data."""
    head, _, note = text.partition("\n\n")
    lines = head.split("\n")
    leaf = base64.b64decode(lines[1].split(" ")[1], validate=True)
    index = int(lines[2].split(" ")[1])
    origin, size, root = read_checkpoint(note, keys)
    if root_from_leaf(leaf_hash(leaf), index, size, hashes_of(lines[3:])) != root:
        raise NotProved("这笔划转不在账簿里", "this transfer is not in the tree")
    for label, value in read_leaf(leaf).items():
        print(f"  {label}: {value}")
    print(f"属实：账簿 {origin} 的前 {size} 笔里，第 {index} 号就是它")
    print(f"Proved: it is number {index} of the first {size} of {origin}")


def check_growth(text: str, keys: str, older: str) -> None:
    """A consistency proof, and the older checkpoint."""
    head, _, note = text.partition("\n\n")
    lines = head.split("\n")
    origin, size, root = read_checkpoint(note, keys)
    old_origin, old_size, old_root = read_checkpoint(older, keys)
    if old_origin != origin or lines[0] != f"old {old_size}":
        raise NotProved("两个校验点不是一对", "the two checkpoints do not belong together")
    check_consistency(old_size, size, hashes_of(lines[1:]), old_root, root)
    print(f"属实：{origin} 从 {old_size} 笔到 {size} 笔，前面的一笔也没有改")
    print(f"Proved: {origin} grew from {old_size} to {size}, and nothing before was changed")


def check_book(note: str, keys: str, exported: str) -> None:
    """Every leaf of a book against a checkpoint."""
    origin, size, root = read_checkpoint(note, keys)
    leaves = hashes_of(exported.split())
    if len(leaves) < size or root_over(leaves[:size]) != root:
        raise NotProved("导出的账和校验点对不上", "the leaves are not those of the checkpoint")
    minutes = sum(int(read_leaf(leaf)["分钟 minutes"]) for leaf in leaves[:size])
    print(f"属实：{origin} 的 {size} 笔划转一字未改，共 {minutes} 分钟")
    print(f"Proved: the {size} transfers of {origin} are as they were signed; {minutes} minutes moved")


def main() -> int:
    """Check one file."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("file", type=Path)
    parser.add_argument("--key", type=Path, required=True, help="公钥 · the public key")
    parser.add_argument("--old", type=Path, help="旧的校验点 · the older checkpoint")
    parser.add_argument("--leaves", type=Path, help="导出的全部凭证 · all leaves")
    given = parser.parse_args()
    try:
        text, keys = given.file.read_text(encoding="utf-8"), given.key.read_text(encoding="utf-8")
        if given.old:
            check_growth(text, keys, given.old.read_text(encoding="utf-8"))
        elif given.leaves:
            check_book(text, keys, given.leaves.read_text(encoding="utf-8"))
        elif text.startswith("c2sp.org/tlog-proof@v1\n"):
            check_receipt(text, keys)
        else:
            origin, size, _ = read_checkpoint(text, keys)
            print(f"签名属实 · the signature is true: {origin}, {size}")
    except NotProved as error:
        print(f"不属实 NOT PROVED: {error}", file=sys.stderr)
        return 1
    except (ValueError, IndexError, OSError) as error:
        print(f"读不懂 unreadable: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
