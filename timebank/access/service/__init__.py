"""Use cases of sign-in, units, offices and the first run, called by doors only."""

from timebank.access.service.first_run import offer_setup, set_up
from timebank.access.service.offices import (
    add_staff,
    add_unit,
    administered_units,
    change_unit,
    give_office,
    list_staff,
    one_of_staff,
    reset_password,
    set_staff_active,
    take_office,
)
from timebank.access.service.signing_in import (
    acting_for,
    change_password,
    issue_card,
    revoke_card,
    sign_in_card,
    sign_in_staff,
    sign_out,
    who_is,
    work_in,
)

__all__ = [
    "acting_for",
    "add_staff",
    "add_unit",
    "administered_units",
    "change_password",
    "change_unit",
    "give_office",
    "issue_card",
    "list_staff",
    "offer_setup",
    "one_of_staff",
    "reset_password",
    "revoke_card",
    "set_staff_active",
    "set_up",
    "sign_in_card",
    "sign_in_staff",
    "sign_out",
    "take_office",
    "who_is",
    "work_in",
]
