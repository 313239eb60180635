"""Who asks, and what for."""

from datetime import date, timedelta
from uuid import UUID

from tests.given import NOW, World
from timebank.core import clock
from timebank.core.ids import new_id
from timebank.requests.model import ANY_SCHEME, Kind, Window, Wish
from timebank.schemes import steps as schemes
from timebank.schemes.model import SchemeKind, SchemePolicy

TODAY = clock.day_of(NOW)


async def open_scheme(world: World, policy: SchemePolicy | None = None, *, name: str = "银龄互助") -> UUID:
    """A scheme of the community here, since the year's beginning."""
    async with world.database.begin({world.here}) as db:
        return await schemes.open_scheme(
            db,
            world.here,
            name,
            SchemeKind.MUTUAL_AID,
            policy or SchemePolicy(),
            date(2026, 1, 1),
            NOW,
            made_by=world.coordinator,
            scheme_id=new_id(),
        )


def wish(**changes: object) -> Wish:
    """Two hours at the clinic on the morning of the day after tomorrow."""
    plain: dict[str, object] = {
        "scheme_id": ANY_SCHEME,
        "category": "clinic",
        "kind": Kind.ONCE,
        "duration_minutes": 120,
        "starts_on": TODAY,
        "expires_on": TODAY + timedelta(days=14),
        "windows": (Window(8 * 60, 12 * 60, on_day=TODAY + timedelta(days=2)),),
        "skills": ("wheelchair",),
    }
    return Wish(**{**plain, **changes})  # type: ignore[arg-type]
