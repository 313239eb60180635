"""Writing offers."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import insert, update
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core.errors import Stale
from timebank.core.provenance import Provenance
from timebank.requests.offers.model import Offer
from timebank.requests.tables import OfferRow


async def write(
    db: AsyncSession,
    community_id: UUID,
    member_id: UUID,
    offer: Offer,
    *,
    offer_id: UUID,
    provenance: Provenance,
    by: UUID,
    now: datetime,
) -> None:
    """Write down a new offer."""
    await db.execute(
        insert(OfferRow).values(
            id=offer_id,
            community_id=community_id,
            member_id=member_id,
            provenance=provenance,
            created_by=by,
            created_at=now,
            **_columns(offer),
        )
    )


async def change(db: AsyncSession, offer_id: UUID, offer: Offer, *, version: int) -> None:
    """Put another in its place. Raises `Stale`."""
    await _update(db, offer_id, version, _columns(offer))


async def end(db: AsyncSession, offer_id: UUID, *, version: int, now: datetime) -> None:
    """Not any more. Raises `Stale`."""
    await _update(db, offer_id, version, {"ended_at": now})


async def reopen(db: AsyncSession, offer_id: UUID, *, version: int) -> None:
    """Gladly after all. Raises `Stale`."""
    await _update(db, offer_id, version, {"ended_at": None})


async def _update(db: AsyncSession, offer_id: UUID, version: int, values: dict[str, object]) -> None:
    written = await db.scalar(
        update(OfferRow)
        .where(OfferRow.id == offer_id, OfferRow.version == version)
        .values(version=version + 1, **values)
        .returning(OfferRow.id)
    )
    if written is None:
        raise Stale


def _columns(offer: Offer) -> dict[str, object]:
    return {
        "category": offer.category,
        "weekdays": list(offer.weekdays),
        "from_minute": offer.from_minute,
        "to_minute": offer.to_minute,
        "until_on": offer.until_on,
        "note": offer.note,
        "wants": list(offer.wants),
        "prefers": list(offer.prefers),
    }
