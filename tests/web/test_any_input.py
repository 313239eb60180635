"""Whatever is sent to the API, it answers as its own description says: Schemathesis over every operation.

Two runs on a live service with everything in it: with the ids of things that are there, so that inputs reach
the rules behind the doors; and with links between the operations followed, whatever ids they come upon.
"""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.access.copies import prepared_in
from tests.browser import served
from tests.given import NOW, PASSWORD, SEAL
from tests.postgres import Database
from timebank.app import create_app
from timebank.core import clock

pytestmark = [pytest.mark.slow(90), pytest.mark.timeout(1800)]

# How many inputs an operation is given; 200 for a night. `TIMEBANK_TEST_THOROUGHLY` adds every combination of
# parameters that are missing, doubled or out of range, which takes some ten minutes.
INPUTS = int(os.environ.get("TIMEBANK_TEST_INPUTS", "8"))
THOROUGH = bool(os.environ.get("TIMEBANK_TEST_THOROUGHLY"))
CHECKS = (
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
    "response_headers_conformance",
    "negative_data_rejection",
    "missing_required_header",
    "unsupported_method",
)
# Signing out would end the run's own login.
LEFT_OUT = "access_sign_out"
THERE = {
    "path.community_id": "here",
    "path.member_id": "recipient",
    "path.other_id": "other",
    "path.scheme_id": "scheme",
    "path.account_id": "account",
    "path.transfer_id": "transfer",
    "path.request_id": "submitted_request",
    "path.visit_id": "planned_visit",
    "path.offer_id": "standing_offer",
    "path.activity_id": "open_activity",
    "path.contact_id": "contact",
    "path.entitlement_id": "entitlement",
    "path.greeting_id": "greeting",
    "path.referral_id": "referral",
    "path.campaign_id": "running_campaign",
    "path.plan_id": "running_plan",
    "path.round_id": "round",
    "path.proposal_id": "proposal",
    "path.pair_id": "weekly_pair",
    "path.run_id": "run",
    "path.finding_id": "open_finding",
    "path.district_id": "district",
    "path.unit_id": "town",
    "path.staff_id": "coordinator",
    "path.branch_id": "branch",
    "path.absence_id": "absence",
}


@dataclass(frozen=True)
class Live:
    """A service at an address, and an administrator's token."""

    url: str
    token: str
    things: dict[str, str]


@pytest.fixture
async def live(template: Database) -> AsyncIterator[Live]:
    """The prepared district, served."""
    async with prepared_in(template) as (prepared, _):
        service = create_app(prepared.world.database, SEAL)
        with clock.set_to(NOW):
            async with served(service) as url, httpx.AsyncClient(base_url=url) as client:
                body = {"user_name": "admin", "password": PASSWORD}
                token = (await client.post("/api/v1/logins", json=body)).json()["token"]
                yield Live(url, token, prepared.things)


async def test_what_is_there_takes_any_input(live: Live, tmp_path: Path) -> None:
    known = {name: live.things[thing] for name, thing in THERE.items()}
    parameters = "".join(f'"{name}" = "{value}"\n' for name, value in known.items())
    await _run(
        live, tmp_path, f"[parameters]\n{parameters}", "coverage,fuzzing" if THOROUGH else "fuzzing", INPUTS
    )


async def test_operations_that_follow_one_another_take_any_input(live: Live, tmp_path: Path) -> None:
    await _run(live, tmp_path, "", "fuzzing,stateful", max(INPUTS // 2, 2))


async def _run(live: Live, folder: Path, settings: str, phases: str, inputs: int) -> None:
    """Run it in a process of its own; what it found is in its report, and stands in the failure."""
    config = folder / "schemathesis.toml"
    config.write_text(settings, encoding="utf-8")
    command = [
        str(Path(sys.executable).parent / "schemathesis"),
        f"--config-file={config}",
        "run",
        f"{live.url}/api/v1/openapi.json",
        f"--header=Authorization: Bearer {live.token}",
        f"--checks={','.join(CHECKS)}",
        f"--phases={phases}",
        f"--max-examples={inputs}",
        f"--exclude-operation-id={LEFT_OUT}",
        "--seed=1",
        "--generation-deterministic",
        "--suppress-health-check=all",
        "--continue-on-failure",
        "--no-color",
        "--warnings=off",
    ]
    running = await asyncio.create_subprocess_exec(
        *command, cwd=folder, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await running.communicate()
    told = said.decode()
    assert running.returncode == 0, told[-20_000:]
