"""What people, programs and mischief put into fields."""

from dataclasses import dataclass, field
from html.parser import HTMLParser

# As bytes where no text can hold it. Each is given a name to read in a failure.
NASTY: dict[str, bytes] = {
    "empty": b"",
    "blank": "\u3000 \t".encode(),
    "very long": "长".encode() * 10_000,
    "NUL": b"a\x00b",
    "lone surrogate": b"a\xed\xa0\x80b",
    "not UTF-8": b"\xff\xfe\xc0",
    "emoji": "👵🏻🧓🏿 👨‍👩‍👧".encode(),
    "right to left": "\u202eabc\u2066\u200f".encode(),
    "control characters": b"a\x07\x1b[31m\x85b",
    "script": b"<script>alert(1)</script>\"'><img src=x onerror=alert(1)>",
    "quotes": b"'\"`;--\\%_{}{{7*7}}${7}",
    "braces": b"{name} %(name)s {0} %s",
    "formula": b"=cmd|'/c calc'!A1",
    "zero": b"0",
    "negative": b"-1",
    "fraction": b"1.5",
    "infinite": b"1e309",
    "NaN": b"NaN",
    "twenty digits": b"99999999999999999999",
    "2**31": b"2147483648",
    "2**63": b"9223372036854775808",
    "full-width digits": "１２".encode(),
    "other digits": "١٢³½".encode(),
    "day zero": b"0000-00-00",
    "last day": b"9999-12-31",
    "first day": b"0001-01-01",
    "31 February": b"2026-02-31",
    "25 o'clock": b"25:61",
    "another id": b"00000000-0000-4000-8000-000000000000",
    "a path": b"../../../etc/passwd",
    "another site": b"//evil.example/\r\nSet-Cookie: a=b",
    "JSON": b'{"a": [1, null]}',
}
# Those that find most, for each field on its own.
WORST = (
    "empty",
    "very long",
    "lone surrogate",
    "right to left",
    "script",
    "twenty digits",
    "first day",
    "another id",
)


@dataclass
class PageForm:
    """A form on a page: where it goes, and what a browser would send."""

    action: str
    method: str
    enctype: str
    fields: dict[str, list[str]] = field(default_factory=dict)

    def add(self, name: str, value: str | None) -> None:
        """A field that is there; without a value nothing would be sent for it."""
        known = self.fields.setdefault(name, [])
        if value is not None:
            known.append(value)


class Forms(HTMLParser):
    """The forms of a page."""

    def __init__(self, page: str, path: str) -> None:
        super().__init__()
        self.found: list[PageForm] = []
        self._path = path
        self._open: PageForm | None = None
        self._select: str | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A form begins, or a field of one."""
        given = dict(attrs)
        if tag == "form":
            method = (given.get("method") or "get").lower()
            enctype = given.get("enctype") or "application/x-www-form-urlencoded"
            self._open = PageForm(given.get("action") or self._path, method, enctype)
            self.found.append(self._open)
        elif self._open is not None and tag in ("input", "select", "textarea", "button"):
            self._field(tag, given)
        elif self._open is not None and tag == "option" and self._select and "selected" in given:
            self._open.fields[self._select] = [given.get("value") or ""]

    def handle_endtag(self, tag: str) -> None:
        """It ends."""
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = None

    def _field(self, tag: str, given: dict[str, str | None]) -> None:
        name = given.get("name")
        if not name or self._open is None:
            return
        kind = given.get("type") or "text"
        if tag == "select":
            self._select = name
            self._open.add(name, None)
        elif tag == "button" or kind == "submit":
            self._open.add(name, given.get("value") if not self._open.fields.get(name) else None)
        elif kind in ("checkbox", "radio"):
            self._open.add(name, (given.get("value") or "on") if "checked" in given else None)
        else:
            self._open.add(name, given.get("value") or "")
