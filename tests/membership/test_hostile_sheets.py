"""Spreadsheets that no office sends: each is taken, or refused in words that name the row and the column."""

import io
import struct
import zipfile
from collections.abc import Callable
from datetime import date

import httpx
import pytest

from tests.given import World, sign_in
from tests.membership.sheets import Typed, workbook
from tests.membership.test_pages import send
from timebank.core.errors import TimebankError
from timebank.membership.columns import OPENING, ROSTER
from timebank.membership.errors import NotASpreadsheet, TooManyCells
from timebank.membership.spreadsheets import read, write
from timebank.web.csv_files import plain_text, safe_text

# What a cell may hold; a text that no .xlsx can hold is put in by `edited`.
CELLS: tuple[Typed, ...] = (
    "",
    "长" * 10_000,
    "👵🏻👨‍👩‍👧",
    "\u202e反\u2066\u200f",
    "<script>alert(1)</script>",
    "'\"`;--\\%_{}{{7*7}}",
    "=cmd|'/c calc'!A1",
    "@SUM(1)",
    "{name} %(name)s",
    "-1",
    "1e309",
    "NaN",
    "99999999999999999999",
    "１２",
    "١٢³½",
    "0000-00-00",
    "9999-12-31",
    "0001-01-01",
    "25:61",
    "-36:30",
    0,
    -1,
    1.5,
    1e300,
    -1e-300,
    99999999999999999999,
    2**31,
    80_000,
    date(1900, 3, 1),
    date(9999, 12, 31),
    True,
    False,
)
SHEET = "xl/worksheets/sheet1.xml"
ROSTER_FILE = workbook(("姓名", "电话"), ("陈阿婆", "13800138000"))
Change = Callable[[bytes], bytes]


def packed(**parts: bytes) -> bytes:
    """A zip of these parts."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as folded:
        for name, data in parts.items():
            folded.writestr(name, data)
    return made.getvalue()


def edited(change: Change, part: str = SHEET) -> bytes:
    """A sound roster with one part of the file changed."""
    plain = zipfile.ZipFile(io.BytesIO(ROSTER_FILE))
    parts = {entry.filename: plain.read(entry) for entry in plain.infolist()}
    return packed(**parts | {part: change(parts[part])})


def with_row(row: bytes) -> bytes:
    """With one more row at the end."""
    return edited(lambda data: data.replace(b"</sheetData>", row + b"</sheetData>"))


def lying(content: bytes, unfolded: int) -> bytes:
    """The same with a part that says it is a hundred bytes long."""
    return content.replace(struct.pack("<L", unfolded), struct.pack("<L", 100))


LONG = b"<worksheet><sheetData>" + b" " * 3_000_000 + b"</sheetData></worksheet>"
REFUSED: dict[str, bytes] = {
    "nothing": b"",
    "not a zip": b"PK, and not a zip at all",
    "only the beginning of one": b"PK\x03\x04",
    "truncated": ROSTER_FILE[: len(ROSTER_FILE) // 2],
    "an old .xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600),
    "a sheet of another kind": packed(**{"content.xml": b"<office:document-content/>"}),
    "a cell at the far corner": with_row(b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
    "a cell in column 16,384": with_row(b'<row r="3"><c r="XFD3"><v>1</v></c></row>'),
    "a cell far beyond any sheet": with_row(b'<row r="3"><c r="ZZZZZZ99999999999999"><v>1</v></c></row>'),
    "a row far down": with_row(b'<row r="4000000000"><c><v>1</v></c></row>'),
    "single quotes around it": with_row(b"<row\nr = '1048576'><c\tr = 'XFD1048576'><v>1</v></c></row>"),
    "an entity of its own": edited(
        lambda data: b'<!DOCTYPE x [<!ENTITY a "' + b"b" * 999 + b'">]>' + data.replace(b"A1", b"&a;")
    ),
    "not XML": edited(lambda _: b"\x00\xff<<<<"),
    "a part that is longer than it says": lying(edited(lambda _: LONG), len(LONG)),
    "no workbook": edited(lambda _: b"", "xl/workbook.xml"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_file_that_is_none_is_refused_by_name(what: str) -> None:
    """The process still stands after it: some of these would end it in the parser."""
    with pytest.raises((NotASpreadsheet, TooManyCells)):
        read(REFUSED[what], "花名册.xlsx")


@pytest.mark.slow
def test_a_zip_that_unfolds_into_far_more_is_refused() -> None:
    media = {f"xl/media/{number}": bytes(10 * 1024 * 1024) for number in range(21)}
    bomb = packed(**{"xl/workbook.xml": b""}, **media)
    assert len(bomb) < 1024 * 1024
    with pytest.raises(TooManyCells):
        read(bomb, "花名册.xlsx")


ODD: dict[str, bytes] = {
    "a formula with its result": with_row(b'<row r="3"><c r="A3" t="str"><f>1+1</f><v>x</v></c></row>'),
    "an error in a cell": with_row(b'<row r="3"><c r="A3" t="e"><v>#DIV/0!</v></c></row>'),
    "a string that is not there": with_row(b'<row r="3"><c r="A3" t="s"><v>999999</v></c></row>'),
    "an infinite number": with_row(b'<row r="3"><c r="A3"><v>1e999</v></c></row>'),
    "not a number": with_row(b'<row r="3"><c r="A3"><v>NaN</v></c></row>'),
    "a NUL and a surrogate": with_row(
        b'<row r="3"><c r="A3" t="inlineStr"><is><t>a_x0000_b_xD800_&#1;</t></is></c></row>'
    ),
    "a hidden row": edited(lambda data: data.replace(b'<row r="2"', b'<row hidden="1" r="2"')),
    "a merged body": edited(
        lambda data: data.replace(
            b"</sheetData>", b'</sheetData><mergeCells><mergeCell ref="A1:B2"/></mergeCells>'
        )
    ),
    "a lie about its size": edited(lambda data: data.replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"')),
    "rows out of order": with_row(b'<row r="1"><c r="A1" t="str"><v>x</v></c></row>'),
    "the same cell twice": with_row(b'<row r="2"><c r="A2" t="str"><v>x</v></c></row>'),
}


@pytest.mark.parametrize("what", ODD)
async def test_an_odd_file_is_taken_or_refused_and_never_breaks(
    client: httpx.AsyncClient, world: World, what: str
) -> None:
    await sign_in(client, "mo")
    for kind in ("import", "opening"):
        sent = await send(client, f"/members/{kind}", ODD[what])
        assert sent.status_code in (303, 422), sent.text
        if sent.status_code == 303:
            assert (await client.get(sent.headers["location"])).status_code == 200


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["import", "opening"])
async def test_every_cell_takes_anything(client: httpx.AsyncClient, world: World, kind: str) -> None:
    """A sheet for each column, with all of these below one another: every row is read or refused by its reasons."""
    await sign_in(client, "mo")
    await world.add_member("陈阿婆", number="1")
    fields = ROSTER if kind == "import" else OPENING
    for names in fields.values():
        header = names[0]
        others = {"会员号": "1", "姓名": "陈阿婆", "小时": 1} if kind == "opening" else {"姓名": "新会员"}
        others = {name: value for name, value in others.items() if name != header}
        rows = [(cell, *others.values()) for cell in CELLS]
        sent = await send(client, f"/members/{kind}", workbook((header, *others), *rows))
        assert sent.status_code == 303, (header, sent.text)
        page = await client.get(sent.headers["location"], params={"show": "refused"})
        assert page.status_code == 200, header
        assert "<script>alert(" not in page.text
        home = await client.get(f"{sent.headers['location']}/refused")
        assert home.status_code == 200, header
        for row in read(home.content, "拒收.xlsx").sheet.rows[1:]:
            assert "：" in str(row[-1]), (header, row)


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", "＝1", "－1", "'=1", "\n=1"])
def test_what_a_spreadsheet_would_run_stays_text_and_comes_back(text: str) -> None:
    made = write([text], [[text]], sheet="表")
    plain = zipfile.ZipFile(io.BytesIO(made)).read("xl/sharedStrings.xml").decode()
    assert f">{text}" not in plain.replace("&#39;", "'") or text.startswith("'")
    assert plain_text(safe_text(text)) == text


@pytest.mark.slow
def test_any_bytes_changed_in_a_file_are_read_or_refused() -> None:
    """Every fortieth byte of a sheet, turned; and of the file itself."""
    sheet = zipfile.ZipFile(io.BytesIO(ROSTER_FILE)).read(SHEET)
    wrong = []
    for place in range(0, len(sheet), 11):
        for content in (
            edited(lambda data, place=place: data[:place] + b"9" + data[place + 1 :]),  # type: ignore[misc]
            ROSTER_FILE[: place * 3] + b"\xff" + ROSTER_FILE[place * 3 + 1 :],
        ):
            try:
                read(content, "花名册.xlsx")
            except TimebankError:
                continue
            except Exception as error:  # noqa: BLE001 - whatever it is, it is told with its place
                wrong.append((place, repr(error)))
    assert wrong == []
