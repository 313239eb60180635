"""What audit calls its states, events and transfers."""

from timebank.audit.model import Cause, CheckState, Event, FindingState, Remark, Scope, Severity
from timebank.core.errors import N_
from timebank.hours.model import Kind

CAUSES = {Cause.NIGHTLY: N_("夜间自动"), Cause.BY_HAND: N_("手动")}
SCOPES = {Scope.FULL: N_("整本核对"), Scope.NEWS: N_("只核对新增")}
CHECK_STATES = {
    CheckState.PASSED: N_("一致"),
    CheckState.FOUND: N_("不一致"),
    CheckState.UNCHECKED: N_("没能检查"),
}
FINDING_STATES = {
    FindingState.OPEN: N_("待说明"),
    FindingState.EXPLAINED: N_("待结案"),
    FindingState.CLOSED: N_("已结案"),
}
SEVERITIES = {Severity.GRAVE: N_("要紧"), Severity.NOTABLE: N_("留意")}
EVENTS = {
    Event.FOUND: N_("对账发现"),
    Event.CHANGED: N_("差异变了，重新打开"),
    Event.GONE: N_("对账已看不到"),
    Event.BACK: N_("又出现了，重新打开"),
    Event.EXPLAINED: N_("写了说明"),
    Event.RETURNED: N_("退回"),
    Event.CLOSED: N_("结案"),
}
COUNTED = {
    "accounts": N_("账户"),
    "transfers": N_("划转"),
    "entries": N_("账户明细"),
    "movements": N_("事由"),
    "visits": N_("服务单"),
}
KINDS: dict[str, str] = {
    Kind.OPENING: N_("期初余额"),
    Kind.VISIT: N_("服务"),
    Kind.ACTIVITY: N_("活动"),
    Kind.GIFT: N_("转赠"),
    Kind.GRANT: N_("发放"),
    Kind.MERGE: N_("合并记录"),
    Kind.BEQUEST: N_("身后留下"),
    Kind.CORRECTION: N_("冲正"),
}
REMARKS = {Remark.CORRECTION: N_("更正"), Remark.FORCED: N_("强制更正"), Remark.LATE: N_("补记往月")}
# How each is marked; the word stands beside the colour.
TAGS = {
    CheckState.PASSED: "leaf",
    CheckState.FOUND: "seal",
    CheckState.UNCHECKED: "amber",
    FindingState.OPEN: "seal",
    FindingState.EXPLAINED: "amber",
    FindingState.CLOSED: "leaf",
}
