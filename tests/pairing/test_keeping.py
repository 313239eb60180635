"""A pair is looked after: somebody came along, it is reviewed, nobody forgets it, and another goes for once."""

from datetime import date, timedelta

import httpx
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from tests.given import NOW, World, post_form, sign_in
from tests.pairing.neighbourhood import TODAY, WEDNESDAY, open_neighbourhood
from tests.pairing.test_pairs import days, paired
from timebank.core import clock
from timebank.core.errors import Invalid, NotFound, Stale
from timebank.core.ids import new_id
from timebank.pairing import service as pairing
from timebank.pairing.keeping import queries, rules, service
from timebank.pairing.keeping.model import Note, NoteKind
from timebank.pairing.model import PairStatus
from timebank.visits import queries as visits
from timebank.visits.errors import Doubtful, Unfit, VisitMoved
from timebank.visits.model import Status


def noted(kind: NoteKind, on: date, next_on: date | None = None) -> Note:
    return Note(
        id=new_id(),
        pair_id=new_id(),
        kind=kind,
        on=on,
        word="好",
        next_on=next_on,
        by=new_id(),
        by_name="莫协调",
        at=clock.midnight(on),
    )


async def test_a_pair_is_silent_after_two_turns_and_a_week(world: World) -> None:
    pair = await paired(await open_neighbourhood(world))
    began = pair.occasion.on
    assert rules.silent_since(pair, None, began + timedelta(days=21)) is None
    assert rules.silent_since(pair, None, began + timedelta(days=22)) == began
    met = began + timedelta(days=7)
    assert rules.silent_since(pair, met, began + timedelta(days=28)) is None
    assert rules.silent_since(pair, met, began + timedelta(days=29)) == met
    asked = [noted(NoteKind.LOOKED_IN, began + timedelta(days=20))]
    assert rules.silent_since(pair, met, began + timedelta(days=29), asked) is None


async def test_a_review_says_when_the_next_is_and_the_last_names_none(world: World) -> None:
    town = await open_neighbourhood(world)
    trial = await paired(town)
    assert rules.review_on(trial, []) is None
    pair = await pairing.confirm_pair(
        await world.call(), community_id=world.here, pair_id=trial.id, version=trial.version
    )
    assert pair.status is PairStatus.ACTIVE
    assert rules.review_on(pair, []) == TODAY + timedelta(days=90)
    first = noted(NoteKind.REVIEWED, TODAY, TODAY + timedelta(days=30))
    assert rules.review_on(pair, [first]) == TODAY + timedelta(days=30)
    last = noted(NoteKind.REVIEWED, TODAY + timedelta(days=30))
    assert rules.review_on(pair, [last, first]) is None


async def test_what_was_done_for_a_pair_is_written_down_for_good(world: World) -> None:
    town = await open_neighbourhood(world)
    pair = await paired(town)
    desk = await world.call()
    here = {"community_id": world.here, "pair_id": pair.id}
    await service.note(desk, **here, kind=NoteKind.ACCOMPANIED, on=TODAY, word="两人很谈得来")  # type: ignore[arg-type]
    for wrong, field in (
        ({"on": TODAY + timedelta(days=1)}, "on"),
        ({"next_on": TODAY + timedelta(days=9)}, "next_on"),
        ({"kind": NoteKind.REVIEWED, "next_on": TODAY}, "next_on"),
    ):
        given = {"kind": NoteKind.LOOKED_IN, "on": TODAY, "word": "好"} | wrong
        with pytest.raises(Invalid) as refused:
            await service.note(desk, **here, **given)  # type: ignore[arg-type]
        assert refused.value.fields[0].field == field
    found = await service.kept(desk, **here)  # type: ignore[arg-type]
    assert found.accompanied
    assert [(note.word, note.by_name) for note in found.notes] == [("两人很谈得来", "莫协调")]
    with pytest.raises(DBAPIError, match="permission denied"):
        async with world.database.begin({world.here}) as db:
            await db.execute(text("DELETE FROM timebank.pair_notes"))


async def test_a_pair_that_fell_silent_stands_in_the_list_of_today(
    client: httpx.AsyncClient, world: World
) -> None:
    town = await open_neighbourhood(world)
    pair = await paired(town)
    later = WEDNESDAY + timedelta(days=22)
    async with town.reading() as db:
        assert await queries.neglected(db, world.here, later - timedelta(days=1)) == []
        [one] = await queries.neglected(db, world.here, later)
        assert (one.pair.id, one.silent_since, one.review_on) == (pair.id, WEDNESDAY, None)
    with clock.set_to(NOW + timedelta(days=25)):
        await sign_in(client, "mo")
        assert "好久没有服务" in (await client.get("/today")).text
        page = (await client.get(f"/pairs/{pair.id}")).text
        assert "问问两位怎么了" in page
        wrong = await post_form(
            client,
            f"/pairs/{pair.id}/notes",
            {"kind": "reviewed", "on": "2027-01-01", "word": "好"},
            seen=f"/pairs/{pair.id}",
        )
        assert wrong.status_code == 422
        assert "不能是以后的日期" in wrong.text
        said = {"kind": "looked_in", "on": "2026-12-17", "word": "陈阿婆住院了，下周回来"}
        done = await post_form(client, f"/pairs/{pair.id}/notes", said, seen=f"/pairs/{pair.id}")
        assert done.status_code == 303
        assert "陈阿婆住院了" in (await client.get(f"/pairs/{pair.id}")).text
        assert "好久没有服务" not in (await client.get("/today")).text


@pytest.mark.slow
async def test_another_goes_for_once_and_the_pair_stays(client: httpx.AsyncClient, world: World) -> None:
    town = await open_neighbourhood(world)
    pair = await paired(town)
    free, busy = await town.helper("周姨"), await town.helper("不在的人")
    await town.away(busy, 60)
    async with town.reading() as db:
        first, second, *_ = sorted(
            (await visits.list_visits(db, world.here, pair_id=pair.id)).rows, key=lambda one: one.served_on
        )
    desk = await world.call()
    here = {"community_id": world.here, "pair_id": pair.id}
    page = await service.substitutes(desk, **here, visit_id=first.id)  # type: ignore[arg-type]
    assert [one.id for one in page.fit] == [free]
    given = {**here, "visit_id": first.id, "version": first.version}
    with pytest.raises(Doubtful):
        await service.substitute(desk, **given, helper_id=busy)  # type: ignore[arg-type]
    with pytest.raises(Unfit):
        await service.substitute(desk, **given, helper_id=pair.helper_id)  # type: ignore[arg-type]
    with pytest.raises(NotFound):
        await service.substitute(desk, **{**given, "pair_id": pair.id, "visit_id": new_id()}, helper_id=free)  # type: ignore[arg-type]
    await sign_in(client, "mo")
    at = f"/pairs/{pair.id}/substitute/{first.id}"
    shown = (await client.get(at)).text
    assert "周姨" in shown
    assert "不在的人" not in shown
    typed = {"version": str(first.version), "who": "不在的人"}
    doubtful = await post_form(client, at, typed)
    assert doubtful.status_code == 422
    assert "照样定" in doubtful.text
    unknown = await post_form(client, at, typed | {"who": "没有这个人"})
    assert "请写会员号" in unknown.text
    done = await post_form(client, at, {"version": str(first.version), "helper_id": str(free)})
    assert done.headers["location"] == f"/pairs/{pair.id}"
    assert "代班" in (await client.get(f"/pairs/{pair.id}")).text
    async with town.reading() as db:
        gone = await visits.visit(db, first.id)
        kept = await visits.visit(db, second.id)
    assert (gone.helper_id, gone.status, gone.pair_id) == (free, Status.PLANNED, pair.id)
    assert kept.helper_id == pair.helper_id
    assert len(await days(town, pair)) == 4
    with pytest.raises(Stale):
        await service.substitute(desk, **given, helper_id=free)  # type: ignore[arg-type]


async def test_only_a_planned_visit_of_this_pair_has_a_substitute(world: World) -> None:
    town = await open_neighbourhood(world)
    pair = await paired(town)
    desk = await world.call()
    ended = await pairing.end_pair(
        desk.because("搬家"),
        community_id=world.here,
        pair_id=pair.id,
        version=pair.version,
        look_again=False,
    )
    async with town.reading() as db:
        [first, *_] = (await visits.list_visits(db, world.here, pair_id=ended.id)).rows
    with pytest.raises(VisitMoved):
        await service.substitutes(desk, community_id=world.here, pair_id=pair.id, visit_id=first.id)
