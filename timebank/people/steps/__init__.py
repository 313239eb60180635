"""Writing members, their weeks, absences and branches."""

from timebank.people.steps.apart import (
    allow_together,
    keep_apart,
)
from timebank.people.steps.branches import (
    add_branch,
    add_branches,
    rename_branch,
)
from timebank.people.steps.members import (
    NUMBER_DIGITS,
    Change,
    add_absence,
    add_member,
    add_members,
    change_member,
    change_members,
    end_membership,
    numbered,
    read_id,
    remove_absence,
    set_availability,
    set_avoids,
    set_status,
)
from timebank.people.steps.merging import (
    end_record,
    lock,
)
from timebank.people.steps.trainings import date_training, undate_training

__all__ = [
    "NUMBER_DIGITS",
    "Change",
    "add_absence",
    "add_branch",
    "add_branches",
    "add_member",
    "add_members",
    "allow_together",
    "change_member",
    "change_members",
    "date_training",
    "end_membership",
    "end_record",
    "keep_apart",
    "lock",
    "numbered",
    "read_id",
    "remove_absence",
    "rename_branch",
    "set_availability",
    "set_avoids",
    "set_status",
    "undate_training",
]
