"""Begin with the rules of another place."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from timebank.access.guard import Act, use_case
from timebank.core.errors import N_, FieldError, Invalid, Text
from timebank.hours import steps
from timebank.hours.service import WRITERS
from timebank.schemes import steps as scheme_steps
from timebank.schemes.model import SchemeKind
from timebank.schemes.presets.model import pick
from timebank.schemes.presets.places import PRESETS


@use_case(who=WRITERS, where="community_id")
async def open_from_preset(
    db: AsyncSession,
    act: Act,
    *,
    community_id: UUID,
    place: str,
    names: Sequence[str],
    in_force_from: date,
    with_house: bool = True,
) -> list[UUID]:
    """Open a preset's schemes under `names`, and set its house policy if wished; the schemes' ids.

    Raises `NotFound` for an unknown place, `Invalid`, and as the two do by themselves; then none of it is done.
    """
    preset = pick(PRESETS, place)
    if len(names) != len(preset.schemes):
        wanted = Text(N_("这里有 {count} 个项目，每个要一个名称"), {"count": len(preset.schemes)})
        raise Invalid([FieldError("names", wanted)])
    made = [
        await scheme_steps.open_scheme(
            db,
            community_id,
            name,
            SchemeKind.MUTUAL_AID,
            template.policy,
            in_force_from,
            act.now,
            made_by=act.actor.id,
            scheme_id=act.id_for("scheme", n),
        )
        for n, (template, name) in enumerate(zip(preset.schemes, names, strict=True))
    ]
    if with_house:
        await steps.refuse_outside(db, community_id, preset.house)
        await scheme_steps.set_house_policy(
            db, community_id, preset.house, in_force_from, now=act.now, made_by=act.actor.id
        )
        if in_force_from <= act.today:
            await steps.apply_house_policy(db, community_id, on=act.today, actor_id=act.actor.id)
    return made
