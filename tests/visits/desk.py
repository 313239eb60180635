"""A coordinator's browser at a visit."""

from uuid import UUID

import httpx

from tests.given import post_form
from tests.visits.given import Street
from timebank.visits.model import Status


class Desk:
    """Mo's browser at one visit."""

    def __init__(self, client: httpx.AsyncClient, street: Street) -> None:
        self.client, self.street = client, street

    async def look(self, visit_id: UUID) -> str:
        answer = await self.client.get(f"/visits/{visit_id}")
        assert answer.status_code == 200, answer.text
        return answer.text

    async def do(
        self, visit_id: UUID, move: str, version: int | None = None, **typed: object
    ) -> httpx.Response:
        seen = version or (await self.street.visit(visit_id)).version
        return await post_form(
            self.client, f"/visits/{visit_id}/{move}", {"version": seen, **typed}, seen=f"/visits/{visit_id}"
        )

    async def done(self, visit_id: UUID, move: str, **typed: object) -> Status:
        answer = await self.do(visit_id, move, **typed)
        assert answer.status_code == 303, answer.text
        return (await self.street.visit(visit_id)).status
