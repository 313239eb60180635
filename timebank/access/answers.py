"""What an Idempotency-Key was answered: the same key with the same content gets it again."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core.errors import KeyReused
from timebank.core.sealing import Seal
from timebank.core.tables import Answer


@dataclass(frozen=True)
class Asked:
    """Who asked for what under which key."""

    actor_id: UUID
    operation: str
    key: str


def digest_of(arguments: Mapping[str, Any], seal: Seal) -> str:
    """A digest of what was asked. Keyed: one of a password must tell nothing to whoever reads the table."""
    content = json.dumps(to_jsonable_python(arguments), sort_keys=True, ensure_ascii=False)
    return seal.sign(content, purpose="answer")


async def answered(db: AsyncSession, asked: Asked, *, digest: str, now: datetime) -> tuple[bool, Any]:
    """Whether this key was answered, and what; taken for this call if not. Raises `KeyReused`."""
    mine = asdict(asked)
    # A second caller with the same key waits here for the first one's commit.
    taken = await db.execute(
        upsert(Answer).values(**mine, digest=digest, at=now).on_conflict_do_nothing().returning(Answer.digest)
    )
    if taken.scalar_one_or_none() is not None:
        return False, None
    first = (await db.execute(select(Answer.digest, Answer.answer).filter_by(**mine))).one()
    if first.digest != digest:
        raise KeyReused
    return True, first.answer


async def remember(db: AsyncSession, asked: Asked, *, answer: object) -> None:
    """Keep the answer for whoever comes with the key again."""
    await db.execute(update(Answer).filter_by(**asdict(asked)).values(answer=answer))
