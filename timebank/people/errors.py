"""Refusals about people.

TimebankError
├── Conflict
│   ├── ApartAlready      the two are kept apart for another reason
│   ├── MemberGone        who has left or died gets no card
│   ├── NotAMember        who is only helped has no account, no card, nobody who acts for them
│   └── NoIdNumber        no ID number is kept of this member
└── Invalid
    ├── ReasonNeeded      personal data is shown for a reason only
    ├── WhichOne          nobody, or several, could be meant
    ├── BadIdNumber       the ID number cannot be one
    ├── IdNumberTaken     somebody in this community has this ID number
    ├── NumberTaken       somebody has this member number
    ├── BranchTaken       a branch of that name is there
    ├── NoSuchBranch      the branch is not of this community
    ├── AbsenceOverlaps   the member is away then already
    └── NotWithOneself    two different people are needed
"""

from timebank.core.errors import N_, Conflict, FieldError, Invalid, Text
from timebank.people.id_numbers import Fault

ID_FAULTS: dict[Fault, str] = {
    "rounded": N_("身份证号被表格软件改成了数字（例如 1.1E+17），后几位已丢失；请把这一列设为文本后重新填写"),
    "length": N_("身份证号应为 18 位（老证 15 位）"),
    "characters": N_("身份证号只能是数字，最后一位可以是 X"),
    "birthday": N_("身份证号里的出生日期不存在；请核对"),
    "checksum": N_("身份证号最后一位校验不对；请核对是否抄错"),
}


class ApartAlready(Conflict):
    """The two are kept apart for another reason, which somebody else may have written."""

    code = "apart-already"
    message = N_("这两位已经设了不配对，理由是“{reason}”；要改理由，请先取消那一条")


class MemberGone(Conflict):
    """Who has left or died gets no card."""

    code = "member-gone"
    message = N_("这位会员已退出或已故，不能发卡")


class NotAMember(Conflict):
    """Who is only helped has no account, no card, and nobody who acts in it for them."""

    code = "not-a-member"
    message = N_("{name}是受助对象，不是会员：没有账户，也不发卡；要有这些，请先办理入会")


class NoIdNumber(Conflict):
    """No ID number is kept of this member."""

    code = "no-id-number"
    message = N_("没有登记这位会员的身份证号")


class ReasonNeeded(Invalid):
    """Personal data is shown for a reason only."""

    code = "reason-needed"

    def __init__(self) -> None:
        super().__init__([FieldError("reason", Text(N_("请写明查看的理由；理由会记入操作记录")))])


class WhichOne(Invalid):
    """Nobody, or several, could be meant."""

    code = "which-one"

    def __init__(self, several: list[str]) -> None:
        text = Text(N_("找到几位：{names}；请填会员号"), {"names": several})
        nobody = Text(N_("没有找到这个人；请填会员号或姓名"))
        super().__init__([FieldError("other", text if several else nobody)])


class BadIdNumber(Invalid):
    """The ID number cannot be one."""

    code = "bad-id-number"

    def __init__(self, fault: Fault) -> None:
        super().__init__([FieldError("id_number", Text(ID_FAULTS[fault]))])


class IdNumberTaken(Invalid):
    """Somebody in this community has this ID number."""

    code = "id-number-taken"

    def __init__(self, *, name: str, number: str) -> None:
        said = Text(N_("这个身份证号已属于 {name}（{number}）"), {"name": name, "number": number})
        super().__init__([FieldError("id_number", said)])


class NumberTaken(Invalid):
    """Somebody has this member number."""

    code = "member-number-taken"

    def __init__(self, *, name: str, number: str) -> None:
        said = Text(N_("会员号 {number} 已属于 {name}；请换一个"), {"name": name, "number": number})
        super().__init__([FieldError("number", said)])


class BranchTaken(Invalid):
    """A branch of that name is there."""

    code = "branch-taken"

    def __init__(self) -> None:
        super().__init__([FieldError("name", Text(N_("已有同名的小组")))])


class NoSuchBranch(Invalid):
    """The branch is not of this community."""

    code = "no-such-branch"

    def __init__(self) -> None:
        super().__init__([FieldError("branch_id", Text(N_("没有这个小组；请从列出的选项里选")))])


class AbsenceOverlaps(Invalid):
    """The member is away then already."""

    code = "absence-overlaps"

    def __init__(self) -> None:
        super().__init__([FieldError("from_on", Text(N_("这段时间已经登记了外出；请先删掉原来的一段")))])


class NotWithOneself(Invalid):
    """Two different people are needed."""

    code = "not-with-oneself"

    def __init__(self) -> None:
        super().__init__([FieldError("other", Text(N_("请选另一位会员")))])
