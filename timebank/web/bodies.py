"""What the API bodies of every room have in common."""

from pydantic import BaseModel, ConfigDict


class Schema(BaseModel):
    """Unknown fields of an API body are refused by name."""

    model_config = ConfigDict(extra="forbid")
