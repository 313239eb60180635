"""A winter long before everything else: months that closed, minutes set aside, and a signed checkpoint."""

from datetime import UTC, date, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

import ledger
from tests.given import World
from timebank.core.ids import new_id
from timebank.core.provenance import Provenance
from timebank.hours import steps as hours
from timebank.hours.holds.model import LetGo, Occasion, SetAside
from timebank.hours.holds.queries import holds_about
from timebank.hours.model import About, AccountKind, Kind, Wish, common_account
from timebank.hours.proving import prove
from timebank.hours.rules import operation_of

CLOSED, CLOSING = date(2025, 1, 1), date(2025, 2, 1)
# So many that the tree has a node that is kept.
TRANSFERS = 256


async def happen(world: World) -> None:
    """None of it touches a member's account."""
    here, by = world.here, world.coordinator
    opening, pool = (common_account(kind, here) for kind in (AccountKind.OPENING, AccountKind.POOL))
    about = About(kind=Kind.OPENING, subject_id=new_id(), provenance=Provenance.PAPER, basis={"行": "六"})

    def brought() -> Wish:
        return Wish(id=new_id(), from_account=opening, to_account=pool, minutes=1, about=about)

    async with world.database.begin({here}) as db:
        noon = datetime(CLOSED.year, CLOSED.month, CLOSED.day, 4, tzinfo=UTC)
        await hours.post(db, here, [brought() for _ in range(TRANSFERS)], actor_id=by, now=noon)
    async with world.database.begin({here}) as db:
        await ledger.begin_closing(db, here, CLOSED, actor_id=by)
        await ledger.close(db, here, CLOSED, actor_id=by)
        await ledger.begin_closing(db, here, CLOSING, actor_id=by)
        asked = operation_of(brought(), community_id=here, actor_id=by, effective_on=CLOSING)
        await ledger.approve(db, [asked], finding_id=new_id(), entered_by=by, approved_by=world.auditor)
    until = datetime(2099, 1, 1, tzinfo=UTC)
    held = ledger.NewHold(
        id=new_id(), book_id=here, debit_id=opening, credit_id=pool, minutes=5, kind="opening",
        expires_at=until, actor_id=by, reason="说好了",
    )  # fmt: skip
    occasion = Occasion(
        subject_id=new_id(), served_on=CLOSED, category="chat", helper_id=new_id(), recipient_id=new_id()
    )
    # For a visit that was never put down: it is released at once, so nothing is astray.
    wished = SetAside(
        id=new_id(), from_account=opening, to_account=pool, minutes=5, until=until, occasion=occasion
    )
    async with world.database.begin({here}) as db:
        await ledger.post(db, [held])
        await hours.post(db, here, [wished], actor_id=by, now=noon)
        [made] = (await holds_about(db, here, [occasion.subject_id])).values()
        await hours.post(db, here, [LetGo(id=new_id(), hold=made)], actor_id=by, now=noon)
    # The second checkpoint is the same with a key that the first one vouches for.
    key = Ed25519PrivateKey.generate()
    for keys in ([key], [key, Ed25519PrivateKey.generate()]):
        await prove(world.call_of_job(), community_id=here, keys=keys)
