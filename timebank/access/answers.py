"""What an Idempotency-Key was answered: the same key with the same content gets it again."""

import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic_core import to_jsonable_python
from sqlalchemy import ARRAY, BigInteger, Text, Uuid, bindparam, select, text, update
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from timebank.core.errors import KeyReused
from timebank.core.ids import derived_id
from timebank.core.rows import insert_all
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


# In one order for all, so that no two wait for each other.
_TAKE = text(
    "SELECT pg_advisory_xact_lock(taken) FROM (SELECT DISTINCT unnest(:locks) AS taken ORDER BY 1) AS sorted"
).bindparams(bindparam("locks", type_=ARRAY(BigInteger)))
_KNOWN = (
    text(
        "SELECT actor_id, operation, key, digest, answer, at FROM timebank.answers "
        "WHERE (actor_id, operation, key) IN (SELECT * FROM unnest(:actors, :operations, :keys))"
    )
    .bindparams(
        bindparam("actors", type_=ARRAY(Uuid)),
        bindparam("operations", type_=ARRAY(Text)),
        bindparam("keys", type_=ARRAY(Text)),
    )
    .columns(*Answer.__table__.c)
)


async def answered_all(db: AsyncSession, asked: Mapping[Asked, str]) -> dict[Asked, object]:
    """The answers of those of these keys (each with its digest) that have one: `KeyReused` for another content.

    The others are taken for this transaction by a lock, and written by `remember_all` with their answers:
    of many that are asked together one may be refused, and leaves nothing.
    """
    if not asked:
        return {}
    await db.execute(_TAKE, {"locks": [_lock(one) for one in asked]})
    mine = {
        "actors": [one.actor_id for one in asked],
        "operations": [one.operation for one in asked],
        "keys": [one.key for one in asked],
    }
    rows = await db.execute(_KNOWN, mine)
    known = {Asked(row.actor_id, row.operation, row.key): row for row in rows}
    return {one: row.answer if row.digest == asked[one] else KeyReused() for one, row in known.items()}


async def remember_all(
    db: AsyncSession, answers: Collection[tuple[Asked, str, object]], *, now: datetime
) -> None:
    """Keep the answers, each with its key and its digest."""
    rows = [{**asdict(one), "digest": digest, "answer": answer, "at": now} for one, digest, answer in answers]
    await insert_all(db, Answer, rows)


def _lock(asked: Asked) -> int:
    name = derived_id("answer", asked.actor_id, asked.operation, asked.key)
    return int.from_bytes(name.bytes[:8], signed=True)
