"""What is due so that the ledger says what the sheet says. Pure."""

from dataclasses import replace

from timebank.activities.model import ActivityKind, Earners, Part
from timebank.activities.settling.model import Due, Service
from timebank.people.model import Category
from timebank.schemes.model import Payer, SchemePolicy

# A talk is a kind of help that a scheme may price or leave out; at an event people do many things.
CATEGORIES: dict[ActivityKind, str | None] = {
    ActivityKind.TALK: Category.TALK.value,
    ActivityKind.EVENT: None,
}


def earns(earners: Earners, part: Part) -> bool:
    """True if whoever takes part so earns what they serve."""
    return earners is Earners.EVERYBODY or (earners is Earners.STAFFING and part is not Part.PARTICIPANT)


def due(service: Service) -> Due:
    """What is to be done about one part in an activity."""
    if service.in_force is None:
        return Due.POST if service.served else Due.NOTHING
    if not service.served:
        return Due.TAKE_BACK
    return Due.NOTHING if service.in_force.served_minutes == service.served else Due.REPLACE


def paid_in_common(policy: SchemePolicy) -> SchemePolicy:
    """The scheme's policy where nobody is the recipient: what they would pay the pool pays."""
    return replace(policy, payer=Payer.POOL) if policy.payer is Payer.RECIPIENT else policy
