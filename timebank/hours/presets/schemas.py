"""What forms and API bodies of presets look like."""

from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from timebank.schemes.schemas import Name
from timebank.web.bodies import Schema
from timebank.web.forms import Day


class PresetForm(BaseModel):
    """Schemes to open with the rules of another place, each under a name of one's own."""

    name_1: Name
    name_2: Annotated[str, Field(max_length=60)] = ""
    in_force_from: Day
    with_house: str | None = None

    def names(self, count: int) -> list[str]:
        """As many as there are schemes; a missing one is as the first, which is refused as taken."""
        return [self.name_1, self.name_2 or self.name_1][:count]


class FromPreset(Schema):
    """Schemes to open with the rules of another place; `names` for each of its schemes."""

    place: Annotated[str, Field(min_length=1, max_length=40)]
    names: Annotated[list[Name], Field(min_length=1, max_length=2)]
    in_force_from: Day
    with_house: bool = True


class OpenedSchemes(BaseModel):
    """The ids of the schemes, in the order of their names."""

    ids: list[UUID]
