"""Refusals of schemes and policies.

TimebankError
├── Forbidden
│   └── ApprovedByMaker     rules take two people
├── Conflict
│   ├── ApprovedLate        a version whose day has gone by without a second word
│   ├── NoPolicyInForce     a day for which the scheme has no rules yet
│   ├── PolicyBegun         a version that has begun is not replaced
│   └── SchemeClosed        nothing new under a scheme that has ended
└── Invalid
    ├── PolicyDateTaken     another version begins on the same day
    ├── PolicyBackdated     a later version would change days that are gone
    └── SchemeNameTaken
"""

from datetime import date

from timebank.core.errors import N_, Conflict, FieldError, Forbidden, Invalid, Text


class NoPolicyInForce(Conflict):
    """The scheme had no rules on that day."""

    code = "no-policy-in-force"
    message = N_("{day} 时“{scheme}”还没有生效的规则；请检查服务日期，或从更早的日期开始这个项目")


class ApprovedByMaker(Forbidden):
    """Rules take two people."""

    code = "policy-approved-by-maker"
    message = N_("这一版规则是您自己定的；要请另一个人批准")


class ApprovedLate(Conflict):
    """Days that are gone keep the rules they had."""

    code = "policy-approved-late"
    message = N_("这一版本来从 {day} 起生效，那天已经过了；请定下一版，从以后的日期起")


class PolicyBegun(Conflict):
    """What has begun stays; the next version begins on a later day."""

    code = "policy-begun"
    message = N_("这一版规则已经生效，不能再改；请定下一版，从以后的日期起")


class SchemeClosed(Conflict):
    """The scheme has ended."""

    code = "scheme-closed"
    message = N_("“{scheme}”已结束；请选别的项目，或先重新开放它")


class PolicyDateTaken(Invalid):
    """Two versions never begin on one day."""

    code = "policy-date-taken"
    message = N_("这一天已经有一版规则开始生效；请选另一天，或去改那一版")

    def __init__(self, day: date) -> None:
        super().__init__([FieldError("in_force_from", Text(self.message))], day=day)


class PolicyBackdated(Invalid):
    """Days that are gone keep the rules they had."""

    code = "policy-backdated"
    message = N_("新规则不能从过去的日期开始；最早从 {day} 开始")

    def __init__(self, today: date) -> None:
        super().__init__([FieldError("in_force_from", Text(self.message, {"day": today}))], day=today)


class SchemeNameTaken(Invalid):
    """One name, one scheme."""

    code = "scheme-name-taken"
    message = N_("本社区已有同名的项目；请换一个名称")

    def __init__(self) -> None:
        super().__init__([FieldError("name", Text(self.message))])
