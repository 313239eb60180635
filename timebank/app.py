"""The HTTP service: every room's pages and API behind one door."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import APIRouter, Depends, FastAPI
from fastapi.staticfiles import StaticFiles

from timebank import __version__
from timebank.access import api as access_api
from timebank.access import office_pages
from timebank.access import pages as access_pages
from timebank.access.doors import OWN, own_api_call, own_form
from timebank.activities import api as activities_api
from timebank.activities import my_pages as my_activities_pages
from timebank.activities import pages as activities_pages
from timebank.activities import sheet_pages as activity_sheet_pages
from timebank.activities.campaigns import api as campaigns_api
from timebank.activities.campaigns import pages as campaign_pages
from timebank.audit import api as audit_api
from timebank.audit import pages as audit_pages
from timebank.audit.proofs import api as audit_proofs_api
from timebank.audit.proofs import pages as audit_proof_pages
from timebank.audit.rehearsals import api as rehearsals_api
from timebank.audit.rehearsals import pages as rehearsal_pages
from timebank.care import pages as care_pages
from timebank.care.contacts import api as contacts_api
from timebank.care.contacts import pages as contact_pages
from timebank.care.occasions import api as occasions_api
from timebank.care.plans import api as plans_api
from timebank.care.plans import pages as plan_pages
from timebank.care.profile import api as profile_api
from timebank.core.database import Database
from timebank.core.long_work import end_long_work
from timebank.core.sealing import Seal
from timebank.desk import pages as desk_pages
from timebank.hours import api as hours_api
from timebank.hours import my_pages as my_hours_pages
from timebank.hours import pages as hours_pages
from timebank.hours.approvals import api as approvals_api
from timebank.hours.approvals import pages as approval_pages
from timebank.hours.corrections import api as corrections_api
from timebank.hours.corrections import pages as correction_pages
from timebank.hours.gifts import api as gifts_api
from timebank.hours.gifts import my_pages as my_gift_pages
from timebank.hours.gifts import pages as gift_pages
from timebank.hours.presets import api as presets_api
from timebank.hours.presets import pages as preset_pages
from timebank.hours.proofs import api as proofs_api
from timebank.hours.proofs import my_pages as my_proof_pages
from timebank.hours.proofs import pages as proof_pages
from timebank.jobs import api as jobs_api
from timebank.jobs import pages as jobs_pages
from timebank.jobs.schedule import JOBS
from timebank.membership import api as membership_api
from timebank.membership import merging_pages, opening_pages
from timebank.membership import pages as membership_pages
from timebank.membership.certificates import api as certificates_api
from timebank.membership.certificates import pages as certificate_pages
from timebank.membership.deaths import api as deaths_api
from timebank.membership.deaths import pages as death_pages
from timebank.membership.joining import api as joining_api
from timebank.membership.joining import pages as joining_pages
from timebank.membership.retirement import api as retirement_api
from timebank.membership.retirement import pages as retirement_pages
from timebank.outlook import api as outlook_api
from timebank.outlook import pages as outlook_pages
from timebank.pairing import api as pairing_api
from timebank.pairing import date_api, date_pages, round_pages
from timebank.pairing import pages as pairing_pages
from timebank.pairing.keeping import api as keeping_api
from timebank.pairing.keeping import pages as keeping_pages
from timebank.pairing.volunteering import api as volunteering_api
from timebank.pairing.volunteering import pages as volunteering_pages
from timebank.people import api as people_api
from timebank.people import pages as people_pages
from timebank.people.delegates import api as delegates_api
from timebank.people.delegates import pages as delegate_pages
from timebank.people.incapacity import api as incapacity_api
from timebank.people.incapacity import pages as incapacity_pages
from timebank.people.kin import api as kin_api
from timebank.people.trainings import api as trainings_api
from timebank.people.trainings import pages as training_pages
from timebank.reception import api as reception_api
from timebank.reception import pages as reception_pages
from timebank.requests import api as requests_api
from timebank.requests import my_pages as my_requests_pages
from timebank.requests import pages as requests_pages
from timebank.requests.holidays import api as holidays_api
from timebank.requests.holidays import pages as holiday_pages
from timebank.requests.offers import api as offers_api
from timebank.requests.offers import pages as offer_pages
from timebank.schemes import api as schemes_api
from timebank.schemes import pages as schemes_pages
from timebank.visits import api as visits_api
from timebank.visits import for_pages as for_visits_pages
from timebank.visits import my_pages as my_visits_pages
from timebank.visits import pages as visits_pages
from timebank.visits import planning_pages, sheet_pages
from timebank.web import health, openapi, problems
from timebank.web.middleware import Envelope

_STATIC = Path(__file__).parent / "web" / "static"

# Every room with pages, and every room with an API. A room is added here and nowhere else.
PAGES: tuple[APIRouter, ...] = (
    access_pages.open_router,
    access_pages.router,
    office_pages.router,
    membership_pages.router,
    joining_pages.router,
    retirement_pages.router,
    death_pages.router,
    certificate_pages.router,
    opening_pages.router,
    merging_pages.router,
    people_pages.router,
    training_pages.router,
    incapacity_pages.router,
    desk_pages.router,
    reception_pages.router,
    preset_pages.router,
    approval_pages.router,
    schemes_pages.router,
    gift_pages.router,
    correction_pages.router,
    proof_pages.router,
    hours_pages.router,
    requests_pages.router,
    my_visits_pages.router,
    planning_pages.router,
    sheet_pages.router,
    visits_pages.router,
    holiday_pages.router,
    offer_pages.router,
    activities_pages.router,
    activity_sheet_pages.router,
    my_activities_pages.router,
    contact_pages.router,
    care_pages.router,
    campaign_pages.router,
    plan_pages.router,
    date_pages.router,
    volunteering_pages.router,
    # Before the pages of one round, which take any word for its id.
    round_pages.router,
    keeping_pages.router,
    pairing_pages.router,
    outlook_pages.router,
    audit_pages.router,
    audit_proof_pages.router,
    rehearsal_pages.router,
    jobs_pages.router,
)
# A member's pages that also stand for whom they act for, and those that stand there only.
OWN_OR_FOR: tuple[APIRouter, ...] = (
    my_hours_pages.router,
    my_gift_pages.router,
    my_proof_pages.router,
    my_requests_pages.router,
)
ONLY_FOR: tuple[APIRouter, ...] = (for_visits_pages.router, delegate_pages.for_router)
FOR = OWN + "/for/{principal_id:uuid}"
APIS: tuple[APIRouter, ...] = (
    access_api.router,
    membership_api.router,
    joining_api.router,
    retirement_api.router,
    deaths_api.router,
    certificates_api.router,
    people_api.router,
    kin_api.router,
    incapacity_api.router,
    trainings_api.router,
    delegates_api.router,
    reception_api.router,
    presets_api.router,
    approvals_api.router,
    schemes_api.router,
    hours_api.router,
    gifts_api.router,
    corrections_api.router,
    proofs_api.router,
    requests_api.router,
    visits_api.router,
    holidays_api.router,
    offers_api.router,
    activities_api.router,
    contacts_api.router,
    profile_api.router,
    occasions_api.router,
    campaigns_api.router,
    plans_api.router,
    date_api.router,
    volunteering_api.router,
    keeping_api.router,
    pairing_api.router,
    outlook_api.router,
    audit_api.router,
    audit_proofs_api.router,
    rehearsals_api.router,
    jobs_api.router,
)


def create_app(
    database: Database,
    seal: Seal,
    *,
    sample: bool = False,
    background: Callable[[FastAPI], Awaitable[Callable[[], Awaitable[None]]]] | None = None,
) -> FastAPI:
    """The service over one database; `background` starts the jobs and gives back how to stop them."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        stop = await background(app) if background else None
        yield
        if stop:
            await stop()
        # A round or an import may outlive the request that began it; it needs the database to its end.
        await end_long_work()
        await database.close()

    app = FastAPI(
        title="timebank",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        generate_unique_id_function=openapi.operation_id,
    )
    app.state.database = database
    app.state.seal = seal
    app.state.sample = sample
    app.state.jobs = JOBS
    for router in PAGES:
        app.include_router(router, dependencies=[Depends(own_form)], include_in_schema=False)
    for at, routers in ((OWN, OWN_OR_FOR), (FOR, OWN_OR_FOR + ONLY_FOR)):
        for router in routers:
            app.include_router(router, prefix=at, dependencies=[Depends(own_form)], include_in_schema=False)
    for router in APIS:
        app.include_router(router, prefix="/api/v1", dependencies=[Depends(own_api_call)])
    app.include_router(health.router)
    app.mount("/static", StaticFiles(directory=_STATIC), name="static")
    openapi.describe(app)
    problems.install(app, to_sign_in="/sign-in")
    app.add_middleware(Envelope)
    return app
