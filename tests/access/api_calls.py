"""What each changing route of the API is sent with: sound, so that only who asks decides."""

from typing import Any

from tests.given import PASSWORD

Body = dict[str, Any]
_NEW_PASSWORD = "海边-的-新房子-1987"
_C = "/api/v1/communities/{here}"
_MORNING = {"from_minute": 480, "to_minute": 720}
_WISH: Body = {
    "member_id": "{recipient}",
    "scheme_id": "{scheme}",
    "category": "clinic",
    "duration_minutes": 60,
    "starts_on": "{day}",
    "expires_on": "{later}",
    "windows": [{"on_day": "{day}", **_MORNING}],
    "anyway": True,
}
_OFFER: Body = {"category": "company", "until_on": "{later}"}
_LINE: Body = {"helper": "0101", "recipient": "0102", "minutes": 30, "served_on": "{yesterday}"}
_SHEET: Body = {"rows": [_LINE | {"category": "clinic"}], "scheme_id": "{scheme}"}
_TALK: Body = {
    "kind": "talk",
    "title": "宣讲",
    "place": "榕树广场",
    "held_on": "{later}",
    "from_minute": 540,
    "to_minute": 630,
    "seats": 30,
}
_CAMPAIGN: Body = {
    "name": "五进五送",
    "from_on": "{day}",
    "until_on": "{later}",
    "targets": [{"title": "进社区", "measure": "activities", "goal": 5}],
}
_CARE_PLAN: Body = {"goals": ["每天有一顿热饭"], "review_on": "{later}"}
_SERVED: Body = {
    "category": "clinic",
    "helper_id": "{helper}",
    "recipient_id": "{recipient}",
    "served_on": "{yesterday}",
    "minutes": 30,
    "scheme_id": "{scheme}",
}
_PLAN: Body = {
    "scheme_id": "{scheme}",
    "category": "clinic",
    "helper_id": "{helper}",
    "recipient_id": "{recipient}",
    "planned_from": "{later}T15:00:00+08:00",
    "planned_until": "{later}T16:00:00+08:00",
}
_BEQUEST: Body = {"to": "pool", "heard_by": "莫协调", "said_on": "{yesterday}"}
_DEATH: Body = {"died_on": "{yesterday}", "told_by": "女儿", "way": "later"}
_DATES: Body = {"done_on": "{yesterday}", "valid_until": "{later}"}
_PAPER: Body = {"basis": "consent", "paper": "签过", "from_on": "{yesterday}", "until_on": "{later}"}
_ITEM: Body = {"done_on": "{yesterday}", "who": "老干科"}
_TIE: Body = {"kind": "child", "name": "冯小妹", "said_by": "本人", "said_on": "{yesterday}"}
_DELEGATE: Body = {
    "delegate_member_id": "{other}",
    "purposes": ["balance"],
    "until_on": "{later}",
    "consent": "paper",
    "consent_by": "莫协调",
    "consent_on": "{yesterday}",
}


def _seen(what: str, /, **more: object) -> Body:
    return {"version": "{" + what + "_version}", **more}


BODIES: dict[str, Body | None] = {
    "POST /api/v1/logins": {"user_name": "mo", "password": PASSWORD},
    "DELETE /api/v1/logins/current": None,
    "POST /api/v1/units": {"parent_id": "{town}", "name": "新社区"},
    "PUT /api/v1/units/{here}": {
        "name": "老榕树社区",
        "code": "T11",
        "seen_name": "榕树社区",
        "seen_code": "T11",
    },
    "POST /api/v1/staff": {
        "name": "新人",
        "user_name": "xin",
        "password": _NEW_PASSWORD,
        "role": "coordinator",
        "unit_id": "{here}",
    },
    "POST /api/v1/staff/{coordinator}/offices": {"role": "auditor", "unit_id": "{here}"},
    "POST /api/v1/staff/{coordinator}/offices/take": {"role": "auditor", "unit_id": "{here}"},
    "PUT /api/v1/staff/{coordinator}/password": {"password": _NEW_PASSWORD},
    "PUT /api/v1/staff/{coordinator}/active": {"active": False},
    f"POST {_C}/members": {"name": "新会员", "is_helper": True},
    f"POST {_C}/members/{{recipient}}/status": _seen("recipient", to="paused"),
    f"POST {_C}/imports/roster": {"file": "roster"},
    f"PUT {_C}/imports/roster/columns": {"columns": [{"header": "暗号", "field": ""}]},
    f"POST {_C}/imports/roster/{{roster_import}}/apply": {"digest": "{roster_digest}"},
    f"POST {_C}/imports/opening/{{opening_import}}/sign-off": {
        "digest": "{opening_digest}",
        "people": 1,
        "total_minutes": 300,
    },
    f"POST {_C}/members/{{helper}}/opening/take-back": {"reason": "填错了"},
    f"DELETE {_C}/imports/roster/{{roster_import}}": None,
    f"PUT {_C}/members/{{recipient}}": _seen("recipient", name="冯老伯", number="0102", is_recipient=True),
    f"PUT {_C}/members/{{recipient}}/availability": {
        "version": "{week_version}",
        "windows": [{"weekday": 1, **_MORNING}],
    },
    f"POST {_C}/members/{{recipient}}/absences": {
        "from_on": "{later}",
        "until_on": "{later}",
        "kind": "other",
    },
    f"DELETE {_C}/members/{{recipient}}/absences/{{absence}}": None,
    f"PUT {_C}/members/{{recipient}}/apart/{{helper}}": {"reason": "吵过架"},
    f"DELETE {_C}/members/{{recipient}}/apart/{{other}}": None,
    f"POST {_C}/members/{{recipient}}/id-number": {"reason": "核对身份"},
    f"POST {_C}/members/{{recipient}}/cards": None,
    f"DELETE {_C}/members/{{recipient}}/cards": None,
    f"POST {_C}/roster": {"reason": "交接"},
    f"POST {_C}/members/{{twin}}/merge": {
        "into": "{recipient}",
        "version": "{twin_version}",
        "kept_version": "{recipient_version}",
        "reason": "登记了两次",
    },
    f"POST {_C}/members/{{recipient}}/kin": _TIE,
    f"PUT {_C}/members/{{recipient}}/kin/{{tie}}/end": _seen("tie", ended_on="{yesterday}"),
    f"PUT {_C}/members/{{recipient}}/kin/{{ended_tie}}/resume": _seen("ended_tie"),
    f"PUT {_C}/members/{{recipient}}/kin/{{tie}}/retract": _seen("tie"),
    f"POST {_C}/members/{{recipient}}/delegates": _DELEGATE,
    f"PUT {_C}/members/{{recipient}}/delegates/{{delegation}}/revoke": _seen("delegation"),
    f"POST {_C}/branches": {"name": "四组"},
    f"PUT {_C}/branches/{{branch}}": {"name": "第三组", "seen_name": "三组"},
    f"POST {_C}/schemes": {"name": "银发扣子", "in_force_from": "{day}"},
    f"POST {_C}/places": {"name": "服务台"},
    f"PUT {_C}/places/{{place}}": {"name": "活动室", "version": 1},
    f"POST {_C}/visitors": {"who": "0102"},
    f"POST {_C}/visitors/next": None,
    f"POST {_C}/visitors/{{visitor}}/moves": {"what": "call", "version": 1},
    f"POST {_C}/schemes/from-preset": {
        "place": "kiss",
        "names": ["KISS"],
        "in_force_from": "{day}",
        "with_house": False,
    },
    f"POST {_C}/schemes/{{scheme}}/policies/{{proposed_policy}}/approve": None,
    f"POST {_C}/house-policies/{{proposed_house}}/approve": None,
    f"PATCH {_C}/schemes/{{scheme}}": _seen("scheme", name="银龄"),
    f"POST {_C}/schemes/{{scheme}}/policies": {"in_force_from": "{day}", "policy": {}},
    f"POST {_C}/members/{{recipient}}/gifts": {"minutes": 10},
    f"POST {_C}/members/{{applicant}}/application/checks": {"kind": "id_seen", "on_day": "{yesterday}"},
    f"POST {_C}/members/{{applicant}}/application/approve": {"version": 1},
    f"POST {_C}/members/{{applicant}}/application/refuse": {"version": 1, "reason": "不住这里"},
    f"POST {_C}/members/{{refused_applicant}}/application/reopen": {"version": 2, "reason": "搬来了"},
    f"DELETE {_C}/members/{{recipient}}/retirement/items/talk?version=2": None,
    f"PUT {_C}/members/{{recipient}}/retirement": {"retired_on": "{yesterday}", "version": 2},
    f"PUT {_C}/members/{{recipient}}/retirement/items/ceremony": _ITEM | {"version": 2},
    f"PUT {_C}/members/{{recipient}}/bequest": _BEQUEST | {"version": 0},
    f"POST {_C}/members/{{delegate}}/death": _DEATH | {"version": 1},
    f"POST {_C}/members/{{dead}}/death/settle": {"way": "as_chosen", "version": 1},
    f"POST {_C}/members/{{dead}}/death/undo": {"reason": "弄错人了", "version": 1},
    f"PUT {_C}/members/{{recipient}}/trainings/safety": _seen("recipient", **_DATES),
    f"DELETE {_C}/members/{{recipient}}/trainings/safety?version={{recipient_version}}": None,
    f"POST {_C}/members/{{recipient}}/incapacity": _seen(
        "recipient", delegate_member_id="{other}", purposes=["ask"], **_PAPER
    ),
    f"POST {_C}/members/{{taken_over}}/incapacity/end": {"reason": "康复了", "version": 1},
    f"POST {_C}/corrections": {"transfer_id": "{gift}", "reason": "弄错了"},
    f"POST {_C}/corrections/{{asked_correction}}/approve": _seen("asked_correction"),
    f"POST {_C}/corrections/{{asked_correction}}/refuse": _seen("asked_correction", word="没有弄错"),
    f"POST {_C}/corrections/{{asked_correction}}/withdraw": _seen("asked_correction"),
    f"POST {_C}/grants": {"member_id": "{recipient}", "minutes": 10, "reason": "新年"},
    f"POST {_C}/house-policies": {"in_force_from": "{day}", "policy": {}},
    f"POST {_C}/requests": _WISH,
    f"POST {_C}/requests/{{submitted_request}}/publish": _seen("submitted_request"),
    f"POST {_C}/requests/{{published_request}}/unpublish": _seen("published_request"),
    f"POST {_C}/requests/{{submitted_request}}/reject": _seen("submitted_request", reason="太远"),
    f"POST {_C}/requests/{{submitted_request}}/withdraw": _seen("submitted_request"),
    f"POST {_C}/requests/{{rejected_request}}/reconsider": _seen("rejected_request"),
    f"POST {_C}/visits": _PLAN,
    f"POST {_C}/visits/{{planned_visit}}/reschedule": _seen(
        "planned_visit",
        planned_from="{later}T15:00:00+08:00",
        planned_until="{later}T16:00:00+08:00",
    ),
    f"POST {_C}/visits/{{planned_visit}}/check-in": _seen("planned_visit"),
    f"POST {_C}/visits/{{attended_visit}}/undo-check-in": _seen("attended_visit"),
    f"POST {_C}/visits/{{attended_visit}}/check-out": _seen("attended_visit"),
    f"POST {_C}/visits/{{planned_visit}}/cancel": _seen("planned_visit", reason="下雨"),
    f"POST {_C}/visits/{{ended_visit}}/no-show": _seen("ended_visit", absent="helper"),
    f"POST {_C}/visits/{{cancelled_visit}}/restore": _seen("cancelled_visit"),
    f"POST {_C}/visits/{{attended_visit}}/claim": _seen("attended_visit", minutes=60),
    f"POST {_C}/visits/{{claimed_visit}}/confirm": _seen("claimed_visit"),
    f"POST {_C}/visits/{{claimed_visit}}/dispute": _seen("claimed_visit", minutes=0),
    f"POST {_C}/visits/{{disputed_visit}}/resolve": _seen("disputed_visit", minutes=60, reason="问过"),
    f"POST {_C}/visits/{{refused_visit}}/settle": _seen("refused_visit"),
    f"POST {_C}/visits/{{refused_visit}}/amend": _seen("refused_visit", minutes=60, reason="说错了"),
    f"POST {_C}/visits/{{settled_visit}}/correct": _seen("settled_visit", minutes=30, reason="记错了"),
    f"POST {_C}/served-visits": {"rows": [_SERVED]},
    f"POST {_C}/sheet-numbers": {"count": 3},
    f"POST {_C}/sheets/check": _SHEET,
    f"POST {_C}/sheets": _SHEET,
    "PUT /api/v1/districts/{district}/holidays/{later}": {"kind": "off", "name": "社区日"},
    "DELETE /api/v1/districts/{district}/holidays/{later}": None,
    f"POST {_C}/offers": _OFFER | {"member_id": "{recipient}"},
    f"PUT {_C}/offers/{{standing_offer}}": _OFFER | _seen("standing_offer"),
    f"POST {_C}/offers/{{standing_offer}}/end": _seen("standing_offer"),
    f"POST {_C}/offers/{{ended_offer}}/reopen": _seen("ended_offer"),
    f"POST {_C}/activities": _TALK,
    f"PUT {_C}/activities/{{open_activity}}": _TALK | _seen("open_activity"),
    f"POST {_C}/activities/{{unpaid_activity}}/settle": _seen("unpaid_activity"),
    f"PUT {_C}/activities/{{open_activity}}/targets": _seen("open_activity", target_ids=["{target}"]),
    f"POST {_C}/campaigns": _CAMPAIGN,
    f"PUT {_C}/campaigns/{{running_campaign}}": _CAMPAIGN | _seen("running_campaign"),
    f"POST {_C}/activities/{{open_activity}}/cancel": _seen("open_activity", reason="台风"),
    f"POST {_C}/activities/{{cancelled_activity}}/restore": _seen("cancelled_activity"),
    f"PUT {_C}/activities/{{open_activity}}/participations/{{recipient}}": {},
    f"POST {_C}/activities/{{coming_activity}}/participations/{{recipient}}/withdraw": {"reason": "病了"},
    f"PUT {_C}/activities/{{past_activity}}/sign-in": _seen("past_activity", came=["{recipient}"]),
    f"PUT {_C}/activities/{{held_activity}}/report": _seen("held_activity", notes="顺利"),
    f"POST {_C}/members/{{other}}/care-plans": _CARE_PLAN,
    f"PUT {_C}/care-plans/{{running_plan}}": _CARE_PLAN | _seen("running_plan"),
    f"POST {_C}/care-plans/{{running_plan}}/review": _seen(
        "running_plan", word="好多了", review_on="{later}"
    ),
    f"POST {_C}/care-plans/{{running_plan}}/end": _seen("running_plan", reason="搬走了"),
    f"PUT {_C}/members/{{recipient}}/calendar": {"inclusion": "always"},
    f"POST {_C}/members/{{recipient}}/greetings": {
        "occasion": "spring_festival",
        "for_on": "2027-02-06",
        "done_on": "{yesterday}",
        "what": "先去看看",
        "by_whom": "莫协调",
    },
    f"POST {_C}/greetings/{{greeting}}/strike": {"reason": "打错了"},
    f"POST {_C}/members/{{recipient}}/entitlements": {"title": "高龄津贴", "due_on": "{later}"},
    f"POST {_C}/entitlements/{{entitlement}}/renew": _seen("entitlement", due_on=None),
    f"POST {_C}/entitlements/{{entitlement}}/end": _seen("entitlement", reason="迁走"),
    f"POST {_C}/members/{{recipient}}/referrals": {
        "to_whom": "镇卫生院",
        "what_for": "看牙",
        "referred_on": "{yesterday}",
        "ask_on": "{later}",
    },
    f"POST {_C}/referrals/{{referral}}/follow": _seen("referral", outcome="看好了"),
    f"POST {_C}/care/rhythms": {
        "in_force_from": "{later}",
        "tier_1_days": 30,
        "tier_2_days": 14,
        "tier_3_days": 7,
    },
    f"POST {_C}/members/{{recipient}}/contacts": {
        "kind": "call",
        "happened_on": "{yesterday}",
        "by_whom": "莫协调",
    },
    f"POST {_C}/contacts/{{contact}}/strike": {"reason": "打错了"},
    f"POST {_C}/requests/{{weekly_request}}/dates/skip": _seen("weekly_request", on_day="{day}"),
    f"POST {_C}/requests/{{weekly_request}}/dates/move": _seen(
        "weekly_request", on_day="{day}", to_day="{other_day}", from_minute=840
    ),
    f"POST {_C}/requests/{{weekly_request}}/dates/add": _seen(
        "weekly_request", to_day="{other_day}", from_minute=840
    ),
    f"DELETE {_C}/requests/{{weekly_request}}/dates/{{change}}?version={{weekly_request_version}}": None,
    f"POST {_C}/rounds": {},
    f"POST {_C}/rounds/{{round}}/proposals": {},
    f"POST {_C}/rounds/{{round}}/what-if": {},
    f"POST {_C}/proposals": {
        "request_id": "{published_request}",
        "helper_id": "{helper}",
        "on": "{day}",
        "at": "11:00:00",
        "reason": "熟人",
    },
    f"POST {_C}/proposals/{{proposal}}/answers": {"side": "helper", "answer": "yes"},
    f"DELETE {_C}/proposals/{{proposal}}": None,
    f"PUT {_C}/requests/{{published_request}}/volunteers/{{helper}}": {"provenance": "paper"},
    f"DELETE {_C}/requests/{{published_request}}/volunteers/{{helper}}": None,
    f"POST {_C}/pairs/{{weekly_pair}}/notes": {"kind": "looked_in", "on": "{yesterday}", "word": "都好"},
    f"POST {_C}/pairs/{{weekly_pair}}/substitutes": {
        "visit_id": "{weekly_pair_visit}",
        "version": "{weekly_pair_visit_version}",
        "helper_id": "{other}",
        "anyway": True,
    },
    f"POST {_C}/pairs/{{weekly_pair}}/confirm": _seen("weekly_pair"),
    f"POST {_C}/pairs/{{weekly_pair}}/pause": _seen("weekly_pair"),
    f"POST {_C}/pairs/{{paused_pair}}/resume": _seen("paused_pair"),
    f"POST {_C}/pairs/{{weekly_pair}}/end": _seen("weekly_pair", reason="搬家"),
    f"POST {_C}/outlook/backings": {"from_on": "{day}", "fund_fen": 100_000, "hour_fen": 2_000},
    f"POST {_C}/reconciliation-runs": {},
    "POST /api/v1/findings/{open_finding}/explain": _seen("open_finding", note="有人动过"),
    "POST /api/v1/findings/{explained_finding}/close": _seen("explained_finding", note="看过了"),
    "POST /api/v1/findings/{explained_finding}/send-back": _seen("explained_finding", note="说清楚些"),
    "POST /api/v1/jobs/requests.expire/runs": None,
}
