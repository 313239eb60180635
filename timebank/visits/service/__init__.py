"""Use cases of visits, called by doors only."""

from timebank.visits.service.attending import (
    cancel,
    check_in,
    check_out,
    no_show,
    restore,
    undo_check_in,
)
from timebank.visits.service.confirming import confirm, settle_again
from timebank.visits.service.entering import enter
from timebank.visits.service.looking import (
    day_with_phones,
    export,
    meant,
    my_visit,
    named,
    of_member,
    on_day,
    one,
    open_schemes,
    search,
    to_confirm,
)
from timebank.visits.service.planning import plan_for_request, plan_visit, reschedule
from timebank.visits.service.settling import amend, correct, resolve, retry_refused
from timebank.visits.service.sheets import apply_sheet, blank_sheet, check_sheet, reserve_numbers
from timebank.visits.service.telling import claim, dispute

__all__ = [
    "amend",
    "apply_sheet",
    "blank_sheet",
    "cancel",
    "check_in",
    "check_out",
    "check_sheet",
    "claim",
    "confirm",
    "correct",
    "day_with_phones",
    "dispute",
    "enter",
    "export",
    "meant",
    "my_visit",
    "named",
    "no_show",
    "of_member",
    "on_day",
    "one",
    "open_schemes",
    "plan_for_request",
    "plan_visit",
    "reschedule",
    "reserve_numbers",
    "resolve",
    "restore",
    "retry_refused",
    "search",
    "settle_again",
    "to_confirm",
    "undo_check_in",
]
