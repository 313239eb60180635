"""Refusals of joining and of spreadsheets.

TimebankError
├── Conflict
│   ├── ImportClosed        it was applied or dropped before
│   ├── PreviewChanged      applying would do something else than was shown
│   ├── ColumnsUnknown      some columns are not explained yet
│   ├── StillHelps          who is no member helps nobody, and this one has promised to
│   └── NoSuchMove          a membership can't go from there to there
├── TooLarge
│   ├── TooManyCells        past the rows and columns that are read
│   └── OpeningTooLong      more opening balances than are posted at once
└── Invalid
    ├── TotalDiffers        the total that was typed is not the file's
    ├── OpeningRefused      the ledger would not take some rows, so it took none
    ├── NoAmounts           no column says how many hours
    ├── NotASpreadsheet     the file cannot be read
    ├── QuoteLeftOpen       a .csv has a quotation mark without its other half
    ├── MergeRefused        something stands against merging two records
    └── NoHeader            no row with column names was found
"""

from collections.abc import Iterable

from timebank.core.amounts import Minutes
from timebank.core.errors import N_, Conflict, FieldError, Invalid, Text, TooLarge
from timebank.membership.model import Signed


class ImportClosed(Conflict):
    """It was applied or dropped before."""

    code = "import-closed"
    message = N_("这份表已经导入或放弃过了；要再导入请重新上传")


class PreviewChanged(Conflict):
    """Applying would do something else than was shown."""

    code = "preview-changed"
    message = N_("看过预览之后会员资料有变动，什么都没有导入；请看一下新的预览再确认")


class ColumnsUnknown(Conflict):
    """Some columns are not explained yet."""

    code = "columns-unknown"
    message = N_("有几列还不认识：{headers}；请先选好每一列是什么")


class TotalDiffers(Invalid):
    """The total that was typed is not the file's."""

    code = "total-differs"

    message = N_("签的数和表里的不一样；请核对后再签字，什么都没有记账")

    def __init__(self, signed: Signed, found: Signed) -> None:
        faults = []
        if signed.people != found.people:
            faults.append(FieldError("people", Text(N_("表里是 {count} 人"), {"count": found.people})))
        if signed.minutes != found.minutes:
            total = Text(N_("表里合计是 {total}"), {"total": Minutes(found.minutes)})
            faults.append(FieldError("total_hours", total))
        super().__init__(faults)


class OpeningRefused(Invalid):
    """The ledger would not take some rows, so it took none."""

    code = "opening-refused"
    message = N_("有几行记不上账，整份表都没有记")


class NoAmounts(Invalid):
    """No column says how many hours."""

    code = "no-amounts"

    def __init__(self) -> None:
        said = Text(N_("找不到时长这一列；列名请写“小时”或“分钟”"))
        super().__init__([FieldError("file", said)])


class NoSuchMove(Conflict):
    """A membership can't go from there to there."""

    code = "no-such-move"
    message = N_("会员现在的状态不能这样改")


class StillHelps(Conflict):
    """Who is no member helps nobody, and this one has promised to."""

    code = "still-helps"
    message = N_("{name}还有 {many} 件答应去帮忙的事没有办完（服务、邀约或结对）；请先办完或取消")


class TooManyCells(TooLarge):
    """Past the rows and columns that are read."""

    code = "too-many-cells"
    message = N_("表太大：最多 {rows} 行、{columns} 列；请分成几份")


class OpeningTooLong(TooLarge):
    """More opening balances than are posted at once."""

    code = "opening-too-long"
    message = N_("一份期初余额最多 {limit} 行；请分成几份")


class NotASpreadsheet(Invalid):
    """The file cannot be read."""

    code = "not-a-spreadsheet"

    def __init__(self, message: str = N_("读不出这个文件；请上传没有密码的 .xlsx 表格，或 .csv")) -> None:
        super().__init__([FieldError("file", Text(message))])


class QuoteLeftOpen(Invalid):
    """A .csv has a quotation mark without its other half, so that nobody can tell where a cell ends."""

    code = "quote-left-open"

    def __init__(self, row: int) -> None:
        said = Text(N_("第 {row} 行的引号不成对，分不清格子；请改正，或另存为 .xlsx"), {"row": row})
        super().__init__([FieldError("file", said, row)])


class NoHeader(Invalid):
    """No row with column names was found."""

    code = "no-header"

    def __init__(self, needed: str) -> None:
        said = Text(N_("找不到表头；表里要有一行写着“{needed}”等列名"), {"needed": needed})
        super().__init__([FieldError("file", said)])


class MergeRefused(Invalid):
    """Something stands against merging two records."""

    code = "merge-refused"

    def __init__(self, obstacles: Iterable[Text]) -> None:
        super().__init__([FieldError("other", text) for text in obstacles])
