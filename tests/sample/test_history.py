"""Three months of the sample: everything that can happen has happened, and the books agree."""

from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession, create_async_engine

from tests.given import SEAL
from tests.postgres import Database
from tests.sample.conftest import LOADED
from timebank.access.guard import Call
from timebank.audit import service as audit
from timebank.audit.model import CheckState, Scope
from timebank.audit.reconciling import reconcile_now
from timebank.care.contacts import queries as contacts
from timebank.care.contacts.model import Seen
from timebank.care.occasions import queries as occasions
from timebank.care.plans import queries as plans
from timebank.care.profile import queries as profiles
from timebank.core import clock
from timebank.core.actor import system
from timebank.core.database import Database as RealDatabase
from timebank.desk import queries as desk
from timebank.hours import queries as hours
from timebank.outlook import queries as outlook
from timebank.outlook.rules import figures as outlook_figures
from timebank.outlook.rules import in_force, waits_to_be_asked
from timebank.outlook.schemas import MONTHS
from timebank.pairing.model import PairStatus, ProposalStatus
from timebank.people import queries as people
from timebank.requests.model import Status as RequestStatus
from timebank.sample.district import DALANG, MEMBER, PLACES, WITHOUT_PHONE, Place
from timebank.visits import queries as visits
from timebank.visits.model import Status, Waiting

pytestmark = [pytest.mark.slow(40), pytest.mark.timeout(600)]
TODAY = clock.day_of(LOADED)


@pytest.fixture
async def read(district: Database) -> AsyncIterator[AsyncConnection]:
    """A connection to the sample that sees everything."""
    engine = create_async_engine(district.superuser_url)
    async with engine.connect() as connection:
        yield connection
    await engine.dispose()


@pytest.fixture
async def service(district: Database) -> AsyncIterator[RealDatabase]:
    """The sample as the service sees it, on the morning of the day on which it was loaded."""
    made = RealDatabase(district.service_url)
    with clock.set_to(LOADED):
        yield made
    await made.close()


async def _numbered(db: AsyncSession, number: str) -> UUID:
    return next(one.id for one in await people.members_of(db, DALANG.id) if one.number == number)


async def _all(read: AsyncConnection, table: str, column: str = "status") -> set[str]:
    return set(await read.scalars(text(f"SELECT DISTINCT {column} FROM timebank.{table}")))


async def test_there_are_more_than_two_thousand_visits_in_every_state(read: AsyncConnection) -> None:
    assert await read.scalar(text("SELECT count(*) FROM timebank.visits")) >= 2000
    assert await _all(read, "visits") == set(Status)


async def test_every_refusal_that_a_visit_can_meet_waits_for_a_way_out(read: AsyncConnection) -> None:
    found = await read.scalars(
        text("SELECT DISTINCT refusal ->> 'code' FROM timebank.visits WHERE refusal IS NOT NULL")
    )
    assert set(found) == {"floor_breached", "ceiling_breached", "no_policy"}


async def test_requests_proposals_and_pairs_stand_everywhere(read: AsyncConnection) -> None:
    assert await _all(read, "requests") == set(RequestStatus)
    assert await _all(read, "proposals") == set(ProposalStatus)
    assert await _all(read, "pairs") >= {PairStatus.TRIAL, PairStatus.ACTIVE, PairStatus.ENDED}
    waiting = "SELECT count(*) FROM timebank.volunteers JOIN timebank.requests r ON r.id = request_id"
    assert await read.scalar(text(f"{waiting} WHERE r.status = 'published' AND withdrawn_at IS NULL")) == 1


async def test_somebody_did_each_thing_that_can_be_done_to_a_visit(read: AsyncConnection) -> None:
    done = await _all(read, "acts", "operation")
    assert done >= {
        "visits.check_in", "visits.check_out", "visits.claim", "visits.confirm", "visits.dispute", "visits.resolve",
        "visits.cancel", "visits.no_show", "visits.restore", "visits.reschedule", "visits.correct", "visits.amend",
        "visits.settle_again", "visits.enter", "visits.apply_sheet", "hours.grant", "hours.give",
    }  # fmt: skip
    sides = await read.scalars(text("SELECT DISTINCT absent FROM timebank.visits WHERE status = 'no_show'"))
    assert set(sides) == {"helper", "recipient"}
    voided = "SELECT count(*) FROM timebank.visits WHERE status = 'cancelled' AND revision > 0"
    assert await read.scalar(text(voided)) >= 1


async def test_talks_were_held_and_one_is_to_come_with_no_seat_left(read: AsyncConnection) -> None:
    assert await _all(read, "activities") == {"planned", "held"}
    standings = await _all(read, "participations", "standing")
    assert standings == {"enrolled", "waiting", "walked_in"}
    reports = await read.scalar(
        text("SELECT count(*) FROM timebank.activities WHERE reported_at IS NOT NULL")
    )
    assert reports == 2
    assert await read.scalar(text("SELECT count(*) FROM timebank.activity_targets")) == 6


async def test_a_family_gives_and_a_neighbour_acts_and_one_correction_waits(read: AsyncConnection) -> None:
    assert await _all(read, "acts", "operation") >= {
        "people.record_kin", "people.appoint_delegate", "hours.ask_correction", "hours.approve_correction"
    }  # fmt: skip
    assert set(await read.scalars(text("SELECT DISTINCT kind FROM timebank.kin"))) == {"spouse", "child"}
    states = await read.scalars(text("SELECT state FROM timebank.corrections ORDER BY state"))
    assert list(states) == ["approved", "asked"]
    acted = "SELECT count(*) FROM timebank.acts WHERE role = 'delegate' AND operation = 'hours.give'"
    assert await read.scalar(text(acted)) == 1
    gifts = await read.scalar(text("SELECT count(*) FROM timebank.gifts WHERE receiver_id IS NOT NULL"))
    assert gifts == 2


async def test_history_ends_on_the_eve_and_postings_carry_their_own_time(read: AsyncConnection) -> None:
    first, last = (
        await read.execute(text("SELECT min(posted_at), max(posted_at) FROM ledger.transfers"))
    ).one()
    assert (TODAY - clock.day_of(first)).days == 92
    assert (TODAY - clock.day_of(last)).days == 1


async def test_every_night_of_reconciling_found_nothing(read: AsyncConnection) -> None:
    runs = "SELECT count(*) FROM timebank.reconciliation_runs WHERE scope = '{}'"
    assert await read.scalar(text(runs.format("full"))) >= 3 * len(PLACES)
    assert await read.scalar(text(runs.format("news"))) > 7
    assert await read.scalar(text("SELECT count(*) FROM timebank.findings")) == 0


@pytest.mark.parametrize("place", PLACES, ids=lambda place: place.key)
async def test_the_books_foot_and_a_reconciliation_of_today_agrees(
    service: RealDatabase, place: Place
) -> None:
    async with service.begin({place.id}) as db:
        assert (await hours.trial_balance(db, place.id, TODAY)).foots
    call = Call(service, system(frozenset({place.id}), job="test"), LOADED, SEAL)
    assert (await reconcile_now(call, community_id=place.id)).agrees
    whole = await audit.compare(call, community_id=place.id, cut_off_at=LOADED)
    assert (whole.scope, {one.state for one in whole.checks}) == (Scope.FULL, {CheckState.PASSED})


async def test_the_desk_opens_on_a_day_with_work(service: RealDatabase) -> None:
    async with service.begin({DALANG.id}) as db:
        today = await desk.today(db, DALANG.id, LOADED)
        waiting = await visits.due(db, DALANG.id, LOADED)
    assert len(today.visits) >= 2
    assert len(today.tasks) >= 8
    assert {one.waiting for one in waiting} >= {Waiting.DISPUTED, Waiting.REFUSED}
    assert today.run is not None
    assert today.run.agrees
    assert today.findings == 0


async def test_the_member_of_the_card_has_something_to_do(service: RealDatabase) -> None:
    async with service.begin({DALANG.id}) as db:
        she = await _numbered(db, MEMBER)
        home = await desk.home(db, she, LOADED)
        book = await hours.passbook(db, DALANG.id, she, TODAY.replace(year=TODAY.year - 1), TODAY)
    assert home.to_confirm
    assert home.next
    assert home.proposals
    assert home.requests
    assert len(book.lines) >= 10
    assert any(line.corrects for line in book.lines)
    assert any(line.minutes < 0 for line in book.lines)
    assert any(line.minutes > 0 for line in book.lines)


async def test_hours_are_old_enough_to_ask_about_and_money_stands_behind_them(
    service: RealDatabase,
) -> None:
    async with service.begin({DALANG.id}) as db:
        found = await outlook.survey(db, DALANG.id, TODAY)
        backing = in_force(await outlook.backings(db, DALANG.id), TODAY)
    figures = outlook_figures(list(found.savers.values()), TODAY)
    assert figures.outstanding_minutes > 0
    assert 0 < figures.never_asked < figures.holders
    assert figures.spent_minutes > 0
    assert backing is not None
    waiting = [one for one in found.savers.values() if waits_to_be_asked(one, TODAY, months=MONTHS)]
    assert len(waiting) >= 10


async def test_somebody_without_a_telephone_is_at_home_in_the_roster(service: RealDatabase) -> None:
    async with service.begin({DALANG.id}) as db:
        he = await people.member(db, await _numbered(db, WITHOUT_PHONE))
    assert he.details.phone is None
    assert he.details.hardship_tier == 3


async def test_care_is_there_to_be_seen(service: RealDatabase) -> None:
    async with service.begin({DALANG.id}) as db:
        watch = await contacts.watch(db, DALANG.id, TODAY)
        reviews = await plans.due(db, DALANG.id, TODAY)
        due = await profiles.due(db, DALANG.id, TODAY + timedelta(days=7))
        done = [
            day for day in (await occasions.week(db, DALANG.id, TODAY - timedelta(days=7))).days if day.done
        ]
    assert 0 < len(watch.unseen) < len(watch.watched)
    assert {one.last.by for one in watch.watched if one.last} >= {Seen.CALL, Seen.LOOK_IN}
    assert (len(reviews), len(due.entitlements), len(due.referrals)) == (1, 1, 1)
    assert done
