"""Many rows in one statement, however many they are: they travel as one JSON document."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

from pydantic_core import to_json
from sqlalchemy import Row, Table, text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.expression import TextClause

from timebank.core.tables import Base

Values = Mapping[str, object]


async def insert_all(db: AsyncSession, table: type[Base], rows: Sequence[Values]) -> None:
    """Insert rows that all name the same columns; the others get their defaults."""
    if rows:
        await db.execute(_insert(_table(table), tuple(rows[0])), _document(rows))


async def update_all(db: AsyncSession, table: type[Base], rows: Sequence[Values]) -> Sequence[Row[Any]]:
    """Write rows that all name the same columns, found by `id`, where `version` is the next one after theirs.

    Those written come back whole, in no order; one that is not as it was seen is left, and left out.
    """
    if not rows:
        return []
    named = _table(table)
    statement = _update(named, tuple(rows[0])).columns(*named.c)
    connection = await db.connection()
    return (await connection.execute(statement, _document(rows))).all()


def _document(rows: Sequence[Values]) -> dict[str, str]:
    return {"rows": to_json(rows).decode()}


@cache
def _insert(table: Table, columns: tuple[str, ...]) -> TextClause:
    names = ", ".join(columns)
    return text(f"INSERT INTO {table} ({names}) SELECT {names} FROM {_given(table)}")  # noqa: S608 - our own names


@cache
def _update(table: Table, columns: tuple[str, ...]) -> TextClause:
    values = ", ".join(f"{name} = given.{name}" for name in columns if name != "id")
    every = ", ".join(f"row.{column.name}" for column in table.c)
    return text(
        f"UPDATE {table} AS row SET {values} FROM {_given(table)} "  # noqa: S608 - our own names
        f"WHERE row.id = given.id AND row.version = given.version - 1 RETURNING {every}"
    )


def _given(table: Table) -> str:
    return f"json_populate_recordset(CAST(NULL AS {table}), CAST(:rows AS json)) AS given"


def _table(table: type[Base]) -> Table:
    made = table.__table__
    assert isinstance(made, Table)
    return made
