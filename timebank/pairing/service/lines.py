"""What of a round, and of what waits for one, is shown line by line."""

from collections import Counter
from collections.abc import Collection, Mapping
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from matching import Choice
from timebank.access.guard import Act
from timebank.core.errors import NotFound, Text
from timebank.pairing import queries, rules, words
from timebank.pairing.model import RoundDetail, Steering, WhyNobody
from timebank.pairing.views import PairLine, SteeredLine, UnmatchedLine, WaitingLine
from timebank.pairing.volunteering import queries as volunteering
from timebank.pairing.volunteering.rules import counts_since
from timebank.people import queries as people
from timebank.people.model import MemberView
from timebank.requests.model import RequestView


def steered_lines(
    steering: Steering, asked_for: Mapping[UUID, RequestView], persons: Mapping[UUID, MemberView]
) -> list[SteeredLine]:
    """Those pinned and forbidden who are still known."""
    every = [(choice, True) for choice in steering.pins] + [(choice, False) for choice in steering.forbidden]
    return [
        SteeredLine(
            choice,
            request := asked_for[choice.request],
            persons[request.member_id],
            persons[choice.helper],
            pinned,
        )
        for choice, pinned in every
        if choice.request in asked_for and choice.helper in persons
    ]


async def detail_of(db: AsyncSession, community_id: UUID, round_id: UUID) -> RoundDetail:
    """A round of this community; raises `NotFound`."""
    detail = await queries.round_detail(db, round_id)
    if detail.view.community_id != community_id:
        raise NotFound
    return detail


async def waiting_lines(
    db: AsyncSession, act: Act, community_id: UUID, found: Collection[RequestView]
) -> list[WaitingLine]:
    """Requests that wait, with whose they are and who would go."""
    said = await volunteering.volunteers(
        db, community_id, counts_since(act.today), request_ids=[one.id for one in found]
    )
    every = [one for each in said.values() for one in each]
    against = await queries.hindered(db, community_id, act.today, every)
    persons = await people.members(db, {one.member_id for one in found} | {one.member_id for one in every})

    def line(view: RequestView) -> WaitingLine:
        mine = [Choice(view.id, one.member_id) for one in said.get(view.id, ()) if one.member_id in persons]
        return WaitingLine(
            view,
            persons[view.member_id],
            volunteers=[persons[one.helper] for one in mine if one not in against],
            hindered=[
                (persons[one.helper], words.reasons_text(against[one])) for one in mine if one in against
            ],
        )

    return [line(view) for view in found]


def unmatched_lines(
    detail: RoundDetail, asked_for: Mapping[UUID, RequestView], persons: Mapping[UUID, MemberView]
) -> list[UnmatchedLine]:
    """Who got nobody, the most urgent first, with why and what would help."""
    recipients = {one.id: persons[one.member_id] for one in asked_for.values()}
    lines = [
        UnmatchedLine(
            request=asked_for[why.request_id],
            recipient=persons[asked_for[why.request_id].member_id],
            why=words.why_nobody_text(why),
            helps=_helps(why, persons, recipients),
        )
        for why in detail.nobody.values()
        if why.request_id in asked_for
    ]
    return sorted(lines, key=lambda line: (-line.request.wish.priority, line.request.created_at))


def _helps(
    why: WhyNobody, persons: Mapping[UUID, MemberView], recipients: Mapping[UUID, MemberView]
) -> list[Text]:
    """What was tried and helps; where nothing was found, what at least would let somebody come."""
    tried = [words.tried_text(one, persons, recipients) for one in why.tried]
    return [one for one in tried if one is not None] or words.would_help(why)


async def pair_lines(
    db: AsyncSession,
    detail: RoundDetail,
    asked_for: Mapping[UUID, RequestView],
    persons: Mapping[UUID, MemberView],
) -> list[PairLine]:
    """Who is given to whom and why, in the order of their times."""
    made = {
        Choice(one.request_id, one.helper_id): one
        for one in await queries.proposals_of_round(db, detail.view.id)
    }
    lines: list[PairLine] = []
    before: Counter[UUID] = Counter()
    for pair in detail.plan.pairs:
        request = asked_for.get(pair.request)
        if request is None or pair.helper not in persons:
            continue
        choice = Choice(pair.request, pair.helper)
        why = detail.whys[choice]
        to = asked_for.get(why.runner_up_serves) if why.runner_up_serves else None
        serves = persons.get(to.member_id) if to else None
        recipient = persons[request.member_id]
        dropped = detail.dropped.get(pair.request)
        lines.append(
            PairLine(
                request=request,
                recipient=recipient,
                helper=persons[pair.helper],
                occasion=rules.occasion_of(pair.slot, request.wish),
                score=pair.score,
                why=words.why_pair_text(why, persons, recipient),
                runner_up=words.runner_up_text(why, persons, recipient, serves),
                proposal=made.get(choice),
                dropped=words.dropped_text(dropped) if dropped else [],
                points=why.chosen.points,
                metres=why.chosen.metres,
                first=not before[pair.request],
            )
        )
        before[pair.request] += 1
    return sorted(
        lines,
        key=lambda line: (
            line.occasion.on,
            line.occasion.from_minute,
            line.recipient.name,
            line.request.id,
            not line.first,
        ),
    )
