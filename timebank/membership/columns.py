"""Which column of a spreadsheet is what: headers in any order, in the words offices use."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

from timebank.core.errors import N_, FieldError, Invalid, Text
from timebank.membership.errors import NoHeader
from timebank.membership.model import Cell, Columns, ImportKind, Named, Sheet, Table

# Each field's Chinese headers; the first is the one we write ourselves.
ROSTER: dict[str, tuple[str, ...]] = {
    "number": ("会员号", "会员编号", "编号", "会员证号", "人员编号", "档案编号"),
    "name": ("姓名", "名字", "会员姓名", "人员姓名", "老人姓名"),
    "gender": ("性别",),
    "birth_on": ("出生日期", "出生年月", "出生年月日", "生日", "出生时间"),
    "id_number": ("身份证号", "身份证号码", "身份证", "公民身份号码", "证件号码", "证件号", "居民身份证号"),
    "phone": ("电话", "手机", "手机号", "手机号码", "联系电话", "电话号码", "本人电话", "移动电话"),
    "address": ("住址", "地址", "家庭住址", "现住址", "居住地址", "家庭地址", "现居住地", "常住地址"),
    "branch": ("小组", "支部", "所在支部", "党支部", "所属支部", "分组", "所在党支部"),
    "joined_on": ("入会日期", "加入日期", "入会时间", "登记日期"),
    "is_helper": ("帮助别人", "是否志愿者", "志愿者", "服务提供者", "是否提供服务"),
    "is_recipient": ("接受帮助", "是否服务对象", "服务对象", "是否接受服务", "受助"),
    "skills": ("会做什么", "特长", "技能", "可提供服务", "服务特长", "专长", "服务项目"),
    "dialects": ("会说的话", "方言", "语言", "语种", "使用语言"),
    "interests": ("兴趣", "兴趣爱好", "爱好"),
    "needs": ("需要什么", "服务需求", "需求", "康养需求", "需求类别"),
    "trainings": ("受过的培训", "培训", "培训情况", "参加培训"),
    "avoids": ("不便接受的情况", "不便接受"),
    "hardship_tier": ("困难等级", "困难级别", "帮扶等级", "困难程度"),
    "lives_alone": ("独居", "是否独居", "是否独居老人"),
    "contact": ("联系方式", "手机类型", "通讯方式"),
    "emergency_name": ("紧急联系人", "紧急联系人姓名", "联系人", "家属姓名"),
    "emergency_phone": ("紧急联系电话", "紧急联系人电话", "联系人电话", "家属电话"),
    "lat": ("纬度",),
    "lon": ("经度",),
    "status": ("状态", "会员状态", "人员状态"),
    "note": ("备注", "说明"),
}
OPENING: dict[str, tuple[str, ...]] = {
    "number": ROSTER["number"],
    "name": ROSTER["name"],
    "id_number": ROSTER["id_number"],
    "phone": ROSTER["phone"],
    "birth_on": ROSTER["birth_on"],
    "hours": ("小时", "余额小时", "时数", "服务时长", "时间币", "累计时长", "结余小时", "期初小时", "余额"),
    "minutes": ("分钟", "余额分钟", "期初分钟", "结余分钟"),
}
# What we write beside rows that were refused.
REASON = "拒收原因"
# Columns of a personnel system that a time bank has no use for, and so does not keep.
LEFT_OUT = frozenset(
    {REASON, "序号", "", "民族", "籍贯", "学历", "政治面貌", "年龄", "工资", "退休工资", "职务", "职级"}
)
_NAMES = {ImportKind.ROSTER: ROSTER, ImportKind.OPENING: OPENING}
_NEEDED = {ImportKind.ROSTER: ("name",), ImportKind.OPENING: ("name", "number", "id_number")}
_HEADER_WITHIN = 15
_EXAMPLES, _EXAMPLE_LENGTH = 3, 12
_BRACKETS = re.compile(r"\([^)]*\)")
_NOISE = re.compile(r"[\s:：*＊]|[（(].*?[)）]")


def tidy(header: object) -> str:
    """A header without spaces, stars and what stands in brackets: 出生 日期(年月日)* is 出生日期."""
    return _NOISE.sub("", unicodedata.normalize("NFKC", "" if header is None else str(header)))[:100]


def find_table(sheet: Sheet, kind: ImportKind, remembered: Mapping[str, str]) -> Table:
    """The header row is the one with the most names we know, within the first rows. Raises `NoHeader`."""
    known = _known(kind, remembered)
    best, at = 0, -1
    for index, row in enumerate(sheet.rows[:_HEADER_WITHIN]):
        fields = {known[tidied] for tidied in map(tidy, row) if known.get(tidied)}
        if len(fields) > best and fields & set(_NEEDED[kind]):
            best, at = len(fields), index
    if at < 0:
        raise NoHeader(_NAMES[kind][_NEEDED[kind][0]][0])
    headers = tuple("" if cell is None else str(cell).strip() for cell in sheet.rows[at])
    rows = tuple(
        (number, row)
        for number, row in enumerate(sheet.rows[at + 1 :], start=at + 2)
        if any(cell is not None for cell in row)
    )
    return Table(headers, at + 1, rows)


def read_columns(table: Table, kind: ImportKind, remembered: Mapping[str, str]) -> Columns:
    """What each column holds. Raises `Invalid` where two columns would be the same field."""
    known = _known(kind, remembered)
    fields: dict[str, int] = {}
    unknown: dict[str, tuple[str, ...]] = {}
    twice = []
    for position, header in enumerate(table.headers):
        tidied = tidy(header)
        field = _in_its_unit(known.get(tidied), header)
        if field is None:
            if tidied not in LEFT_OUT and _has_content(table, position):
                unknown.setdefault(header, _examples(table, position))
        elif field in fields:
            text = Text(
                N_("“{one}”和“{other}”是同一项；请删掉一列"),
                {"one": table.headers[fields[field]], "other": header},
            )
            twice.append(FieldError(header, text, table.header_row))
        elif field:
            fields[field] = position
    if twice:
        raise Invalid(twice)
    return Columns(fields, tuple(unknown), unknown)


def names_of(named: Iterable[Named]) -> dict[str, str]:
    """What headers mean, as they are remembered."""
    return {tidy(name.header): name.field for name in named}


def field_names(kind: ImportKind) -> dict[str, str]:
    """The fields a column can be explained as, with the header we write ourselves."""
    return {field: names[0] for field, names in _NAMES[kind].items()}


def cell_of(row: Sequence[Cell], position: int) -> Cell:
    """The cell of a row, which may be shorter than the header."""
    return row[position] if position < len(row) else None


def _known(kind: ImportKind, remembered: Mapping[str, str]) -> dict[str, str]:
    names = {tidy(name): field for field, names in _NAMES[kind].items() for name in names}
    return names | dict(remembered)


def _in_its_unit(field: str | None, header: str) -> str | None:
    """余额（分钟） holds minutes, though 余额 alone is hours."""
    if field not in ("hours", "minutes"):
        return field
    unit = "".join(_BRACKETS.findall(unicodedata.normalize("NFKC", header)))
    if "分" in unit and "时" not in unit:
        return "minutes"
    return "hours" if "小时" in unit else field


def _examples(table: Table, position: int) -> tuple[str, ...]:
    """The first cells of a column, to see what it is."""
    cells = (str(cell_of(row, position) or "")[:_EXAMPLE_LENGTH] for _, row in table.rows)
    return tuple(dict.fromkeys(filter(None, cells)))[:_EXAMPLES]


def _has_content(table: Table, position: int) -> bool:
    return any(cell_of(row, position) is not None for _, row in table.rows)
