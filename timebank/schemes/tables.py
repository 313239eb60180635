"""House policies, schemes, and the dated policies of schemes, which are never changed."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from sqlalchemy import ForeignKey
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from timebank.core.tables import Base, Instant, Key
from timebank.schemes.model import HousePolicy, SchemePolicy


class Content(TypeDecorator[Any]):
    """A policy as JSON. A field that an older version did not know reads as its default."""

    impl = JSONB
    cache_ok = True

    def __init__(self, kind: type[HousePolicy] | type[SchemePolicy]) -> None:
        super().__init__()
        self.kind = kind
        self._adapter: TypeAdapter[Any] = TypeAdapter(kind)

    def process_bind_param(self, value: Any, dialect: Dialect) -> Any:
        """The policy as JSON values."""
        return None if value is None else self._adapter.dump_python(value, mode="json")

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        """The policy again."""
        return None if value is None else self._adapter.validate_python(value)


class HousePolicyVersion(Base):
    """A version of a community's house policy: append-only."""

    __tablename__ = "house_policies"

    id: Mapped[Key]
    community_id: Mapped[UUID] = mapped_column(ForeignKey("timebank.units.id"))
    number: Mapped[int]
    in_force_from: Mapped[date]
    content: Mapped[HousePolicy] = mapped_column(Content(HousePolicy))
    made_by: Mapped[UUID]
    made_on: Mapped[date]
    made_at: Mapped[Instant]
    replaces: Mapped[UUID | None]
    needs_approval: Mapped[bool]


class HousePolicyApproval(Base):
    """A second person's word for a version of a house policy: append-only."""

    __tablename__ = "house_policy_approvals"

    version_id: Mapped[Key]
    community_id: Mapped[UUID]
    made_by: Mapped[UUID]
    in_force_from: Mapped[date]
    approved_by: Mapped[UUID]
    approved_on: Mapped[date]
    approved_at: Mapped[Instant]


class Scheme(Base):
    """A programme of a community."""

    __tablename__ = "schemes"

    id: Mapped[Key]
    community_id: Mapped[UUID] = mapped_column(ForeignKey("timebank.units.id"))
    name: Mapped[str]
    kind: Mapped[str]
    opened_on: Mapped[date]
    closed_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]


class SchemePolicyVersion(Base):
    """A version of a scheme's policy: append-only."""

    __tablename__ = "scheme_policies"

    id: Mapped[Key]
    community_id: Mapped[UUID]
    scheme_id: Mapped[UUID] = mapped_column(ForeignKey("timebank.schemes.id"))
    number: Mapped[int]
    in_force_from: Mapped[date]
    content: Mapped[SchemePolicy] = mapped_column(Content(SchemePolicy))
    made_by: Mapped[UUID]
    made_on: Mapped[date]
    made_at: Mapped[Instant]
    replaces: Mapped[UUID | None]
    needs_approval: Mapped[bool]


class SchemePolicyApproval(Base):
    """A second person's word for a version of a scheme's policy: append-only."""

    __tablename__ = "scheme_policy_approvals"

    version_id: Mapped[Key]
    community_id: Mapped[UUID]
    made_by: Mapped[UUID]
    in_force_from: Mapped[date]
    approved_by: Mapped[UUID]
    approved_on: Mapped[date]
    approved_at: Mapped[Instant]
