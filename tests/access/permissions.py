"""The table of who gets in where, read by tests and by people.

`.venv/bin/python -m tests.access.permissions` writes `docs/permissions.md` anew from it.
"""

import re
from dataclasses import dataclass
from pathlib import Path

TABLE = Path(__file__).parent / "matrix.txt"
DOCUMENT = Path(__file__).parent.parent.parent / "docs" / "permissions.md"

# In the order of the table's columns.
PEOPLE: dict[str, tuple[str, str, str]] = {
    "nobody": ("n", "未登录", "nobody is signed in"),
    "helper": ("h", "服务者本人", "the member who helps in it"),
    "recipient": ("r", "受助人本人", "the member whose it is"),
    "other": ("o", "别的会员", "another member of the community"),
    "delegate": (
        "d",
        "代办人",
        "a member who acts for that recipient in everything that may be done for another",
    ),
    "far_member": ("f", "外社区会员", "a member of another community"),
    "coordinator": ("c", "协调员", "a coordinator of the community"),
    "self": ("s", "协调员即本人", "a coordinator who is that recipient"),
    "neighbour": ("b", "邻社区协调员", "a coordinator of another community"),
    "auditor": ("a", "审计员", "an auditor of the district"),
    "administrator": ("A", "管理员", "an administrator of the district"),
    "far_auditor": ("y", "外区审计员", "an auditor of another district"),
    "far_administrator": ("z", "外区管理员", "an administrator of another district"),
}

_HEAD = """# 谁能做什么 / Who may do what

Every page and every route of the API, and who gets in. Made from `tests/access/matrix.txt`, which is checked by hand and
held by `tests/access/test_permissions.py`: it calls every route as each of these people, in a district where all of it
exists, and finds that whoever is refused changes nothing. Write it anew with `.venv/bin/python -m tests.access.permissions`.

本页由 `tests/access/matrix.txt` 生成；测试会以每一种身份真的访问每一个地址，并检查被拒绝的人什么也没有改动。

`{recipient}` 是受助人冯伯，`{helper}` 是服务者周阿姨，代办人是替冯伯办事的梁叔；`{planned_visit}` 等是他们两人的服务单。“协调员即本人”兼任协调员，自己就是冯伯：
经手自己的事会被拒绝。✓ 能进，空白是被拒绝（401、403、404，或转到登录页）。
"""
_SIGNING_IN = ("/", "/sign-in", "/card", "/preferences", "/setup", "/sign-out", "/desk", "/password")


@dataclass(frozen=True)
class Row:
    """A route with the objects it is asked about, and who gets in."""

    route: str
    who: frozenset[str]

    @property
    def path(self) -> str:
        """Without the method and what follows the question mark."""
        return self.route.split(" ")[1].partition("?")[0]


def rows() -> list[Row]:
    """The table."""
    lines = TABLE.read_text(encoding="utf-8").splitlines()
    return [_row(line) for line in lines if line.strip() and not line.startswith("#")]


def code(who: frozenset[str]) -> str:
    """How the table writes who gets in: a letter each in a fixed order, a dot for whoever doesn't."""
    return "".join(letter if name in who else "·" for name, (letter, _, _) in PEOPLE.items())


def _row(line: str) -> Row:
    written, route = line.split(None, 1)
    who = frozenset(name for name, mark in zip(PEOPLE, written, strict=True) if mark != "·")
    if code(who) != written:
        raise ValueError(f"{line}: the letters are {code(frozenset(PEOPLE))}, in this order")
    return Row(route.strip(), who)


def document() -> str:
    """The table as a page of the documentation."""
    chapters: dict[str, list[Row]] = {}
    for row in rows():
        chapters.setdefault(_chapter(row), []).append(row)
    tables = [f"## {title}\n\n{_table(found)}" for title, found in chapters.items()]
    return "\n".join([_HEAD, _legend(), *tables])


def _chapter(row: Row) -> str:
    place = re.sub(r"^/api/v1(/communities/\{here\})?", "", row.path)
    first = "/" + place.strip("/").split("/")[0]
    if first in _SIGNING_IN and place == row.path:
        return "登录 / signing in"
    return f"API … {first}" if row.path.startswith("/api/") else first


def _legend() -> str:
    lines = [f"| {letter} | {chinese} | {english} |" for letter, chinese, english in PEOPLE.values()]
    return "\n".join(["| | 谁 | who |", "|---|---|---|", *lines, ""])


def _table(found: list[Row]) -> str:
    head = "| 地址 / route | " + " | ".join(letter for letter, _, _ in PEOPLE.values()) + " |"
    lines = [head, "|---|" + ":-:|" * len(PEOPLE)]
    for row in found:
        ticks = " | ".join("✓" if name in row.who else " " for name in PEOPLE)
        lines.append(f"| `{row.route}` | {ticks} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    DOCUMENT.write_text(document(), encoding="utf-8")
