"""Reckoning a posting again, from the versions of the rules that it names."""

from dataclasses import replace
from uuid import UUID

from timebank.hours.model import About, Kind
from timebank.schemes import rules
from timebank.schemes.model import Dated, HousePolicy, Payer, PolicyVersion, SchemePolicy


def minutes_again(about: About, *, policy: SchemePolicy, house: HousePolicy, to_helper: bool) -> int | None:
    """The minutes that a transfer for a visit or an activity must have by its rules; None where it is about something else.

    What was put in is what the movement kept: the minutes served, who paid, and the room that was left.
    `to_helper` tells which part it is where an old movement does not.
    """
    if about.kind not in (Kind.VISIT, Kind.ACTIVITY) or "served_minutes" not in about.basis:
        return None
    basis = about.basis
    payer = Payer(str(basis["payer"]))
    payable = rules.payable(replace(policy, payer=payer), int(basis["served_minutes"]), about.category or "")
    room = int(basis["room"]) if "room" in basis else None
    kept, over = rules.split_at(house, payable.credited, room)
    part = basis.get("part", "helper" if to_helper else "pool")
    return {"helper": kept, "pool": payable.to_pool, "overflow": over}.get(str(part))


def minutes_again_of(
    about: About | None, policy: PolicyVersion | None, house: Dated[HousePolicy], *, to_id: UUID
) -> int | None:
    """The same for a transfer to an account, from the versions it names; None where nothing was written down."""
    if about is None or policy is None:
        return None
    return minutes_again(
        about, policy=policy.policy.content, house=house.content, to_helper=to_id == about.helper_id
    )
