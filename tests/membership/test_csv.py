"""A roster comes in as .csv too: in whatever encoding, separator and width an office saved it."""

from collections.abc import Sequence
from datetime import date

import pytest

from tests.given import World
from tests.membership.sheets import id_number
from tests.membership.test_roster import everybody, look, take, why
from timebank.core.errors import Invalid, TimebankError
from timebank.membership.errors import NoHeader, NotASpreadsheet, QuoteLeftOpen, TooManyCells
from timebank.membership.model import ROWS_MAX, Outcome
from timebank.membership.spreadsheets import read
from timebank.people.model import Gender

ANNA = id_number(date(1949, 1, 1), 24)
BAO = id_number(date(1950, 2, 2), 11)
LINES = (
    ("会员号", "姓名", "身份证号", "电话", "出生日期", "特长"),
    ("0012", "单　安", ANNA, "13800138000", "1949-01-01", "陪诊、吹笛子"),
    ("0013", "䶮宝", BAO, "0769-22223333", "1950.2.2", "买菜"),
)


def csv_file(*lines: Sequence[str], separator: str = ",", encoding: str = "utf-8") -> bytes:
    return "\r\n".join(separator.join(line) for line in lines).encode(encoding)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
async def test_every_encoding_and_separator_says_the_same(
    world: World, encoding: str, separator: str
) -> None:
    file = read(csv_file(*LINES, separator=separator, encoding=encoding), "花名册.csv")
    preview = await look(world, file)
    assert (preview.sheet, preview.columns.unknown) == ("花名册", ())
    assert [(row.row, row.name, row.outcome) for row in preview.plan.rows] == [
        (2, "单安", Outcome.NEW),
        (3, "䶮宝", Outcome.NEW),
    ]
    assert [row.reasons for row in preview.plan.rows] == [(), ()]


async def test_a_csv_is_imported_like_a_workbook_and_again_without_a_change(world: World) -> None:
    file = read(csv_file(*LINES, encoding="gb18030"), "花名册.csv")
    await take(world, await look(world, file))
    first = (await everybody(world))["单安"]
    assert (first.number, first.details.skills) == ("0012", ("clinic", "吹笛子"))
    assert first.details.gender is Gender.FEMALE
    again = await look(world, file)
    assert again.plan.count(Outcome.UNCHANGED) == 2


async def test_full_width_digits_letters_and_spaces_are_the_same_as_half_width(world: World) -> None:
    wide = str.maketrans({n: chr(n + 0xFEE0) for n in range(0x21, 0x7F)} | {0x20: "\u3000"})
    headers = ("会员号", "姓名", "身份证号", "电话", "出生日期", "独居", "困难等级", "性别")
    plain = ("A-12", "单安", id_number(date(1949, 1, 1), 22), "138 0013 8000", "1949-1-1", "Y", "2级", "2")
    typed = tuple(cell.translate(wide) for cell in plain)
    plan = (await look(world, read(csv_file(headers, typed), "x.csv"))).plan
    [row] = plan.rows
    assert row.outcome is Outcome.NEW, why(row)
    assert row.details is not None
    assert (row.number, row.details.phone) == ("A-12", "13800138000")
    assert row.id_number is not None
    assert row.id_number.text == plain[2]
    assert (row.details.birth_on, row.details.lives_alone) == (date(1949, 1, 1), True)
    assert (row.details.hardship_tier, row.details.gender) == (2, Gender.FEMALE)


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("身份证号", "1.1E+17", "请把这一列设为文本"),
        ("身份证号", "１.10105E＋17", "请把这一列设为文本"),
        ("身份证号", "110105194912310000", "请把这一列设为文本"),
        ("电话", "1.38E+10", "请把这一列设为文本"),
    ],
)
async def test_a_number_that_a_spreadsheet_rounded_is_refused_with_the_way_out(
    world: World, column: str, cell: str, said: str
) -> None:
    file = read(csv_file(("姓名", column), ("单安", cell)), "x.csv")
    [row] = (await look(world, file)).plan.rows
    assert row.outcome is Outcome.REFUSED
    assert (row.reasons[0].row, row.reasons[0].field) == (2, column)
    assert said in why(row)


async def test_an_old_id_number_is_said_to_have_become_one_of_eighteen_digits(world: World) -> None:
    old = ANNA[:6] + ANNA[8:17]
    file = read(csv_file(("姓名", "身份证号"), ("单安", old), ("李四", BAO)), "x.csv")
    first, second = (await look(world, file)).plan.rows
    assert first.id_number is not None
    assert first.id_number.text == ANNA
    assert [dict(note.values) for note in first.notes] == [{"mask": f"{ANNA[:6]}********{ANNA[14:]}"}]
    assert second.notes == ()


@pytest.mark.parametrize("typed", [f'="{ANNA}"', f"'{ANNA}", f'"\t{ANNA}"', f'" {ANNA}\t"'])
async def test_what_keeps_a_number_a_text_is_not_part_of_it(world: World, typed: str) -> None:
    content = f"姓名,身份证号\n单安,{typed}\n".encode()
    [row] = (await look(world, read(content, "x.csv"))).plan.rows
    assert row.id_number is not None, why(row)
    assert row.id_number.text == ANNA


async def test_twice_in_a_file_is_named_with_both_rows(world: World) -> None:
    file = read(csv_file(("姓名", "身份证号"), ("单安", ANNA), ("李四", BAO), ("单安", ANNA)), "x.csv")
    row = (await look(world, file)).plan.rows[2]
    assert row.outcome is Outcome.REFUSED
    assert (row.reasons[0].row, dict(row.reasons[0].text.values)) == (4, {"one": 2, "other": 4})


async def test_rows_are_counted_as_a_spreadsheet_counts_them(world: World) -> None:
    content = '花名册,,\n\n姓名,备注,电话\n单安,"住在\n巷口，""老屋""",13800138000\n李四,,村口\n'
    preview = await look(world, read(content.encode("gb18030"), "x.csv"))
    assert [(row.row, row.outcome) for row in preview.plan.rows] == [(4, Outcome.NEW), (5, Outcome.REFUSED)]
    details = preview.plan.rows[0].details
    assert details is not None
    assert details.note == '住在 巷口，"老屋"'


async def test_a_separator_may_be_said_and_may_stand_in_cells(world: World) -> None:
    said = "sep=;\n姓名;住址\n单安;榕树街,1,号\n"
    more = "姓名,特长\n单安,陪诊;买菜;做饭;理发\n李四,陪诊;买菜;做饭\n"
    for content, row_of_first in ((said, 3), (more, 2)):
        preview = await look(world, read(content.encode(), "x.csv"))
        first = preview.plan.rows[0]
        assert (first.row, first.outcome, first.name) == (row_of_first, Outcome.NEW, "单安")


@pytest.mark.parametrize(
    ("content", "error", "said"),
    [
        (b"\x00\x01\x02\x03", NotASpreadsheet, "编码"),
        (b"\xff\xff\xff\xff\xff", NotASpreadsheet, "编码"),
        ("姓名,电话\n单安,1".encode("utf-16-le"), NotASpreadsheet, "编码"),
        (b"\xef\xbb\xbf\xd0\xd5\xc3\xfb,1", NotASpreadsheet, "编码"),
        (b"\n \n,,\n", NotASpreadsheet, "表格是空的"),
        (b"PK\x03\x04broken", NotASpreadsheet, "读不出这个文件"),
        ('姓名,电话\n单安,1\n"李四,2\n王五,3\n'.encode(), QuoteLeftOpen, "引号不成对"),
        (("姓名\n" + "单安\n" * (ROWS_MAX + 20)).encode(), TooManyCells, "最多"),
        (("姓名" + "," * 100).encode(), TooManyCells, "最多"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(
    content: bytes, error: type[TimebankError], said: str
) -> None:
    with pytest.raises(error) as refused:
        read(content, "x.csv")
    fields = refused.value.fields if isinstance(refused.value, Invalid) else ()
    assert said in " ".join([refused.value.message, *(str(one.text.message) for one in fields)])


async def test_the_row_of_a_quote_left_open_is_named() -> None:
    with pytest.raises(QuoteLeftOpen) as refused:
        read('姓名,电话\n单安,1\n"李四,2\n王五,3\n'.encode(), "x.csv")
    assert refused.value.fields[0].row == 3


async def test_text_that_is_no_table_is_told_that_it_has_no_header(world: World) -> None:
    with pytest.raises(NoHeader):
        await look(world, read("今天天气很好。\n明天也是。\n".encode("gb18030"), "x.csv"))
