"""常平 榕树下的声音: one speaker under the banyan, many listeners, an attendance list.

The speaker earns, the listeners don't pay: the pool does. Sixty stools stand there, and the sixty-first hears so.
"""

import pytest

from tests.scenarios.gathering import fill_the_pool, join_many, open_scheme, plan
from tests.scenarios.story import Story

pytestmark = pytest.mark.slow(8)

STOOLS = 60


async def test_the_speaker_earns_and_who_listens_does_not_pay(story: Story) -> None:
    listeners = await join_many(story, STOOLS + 2)
    speaker = await story.join("卢老师", born=1950)
    scheme = await open_scheme(story, "榕树下的声音")
    await fill_the_pool(story, 2)
    talk = await plan(
        story,
        "家风家训",
        "榕树广场",
        story.today,
        kind="talk",
        seats=STOOLS,
        earners="staffing",
        scheme_id=str(scheme),
    )
    await talk.staff(speaker, part="speaker")
    await talk.enrol(*listeners[:STOOLS])

    # No stool is left: said by name, with the way out; and the way is taken.
    late = await story.ask("PUT", f"{talk.at}/participations/{listeners[STOOLS]}", {})
    assert (late.status_code, late.json()["code"]) == (409, "seats-taken")
    assert "60 个名额已经报满" in late.text
    waits = await story.ask("PUT", f"{talk.at}/participations/{listeners[STOOLS]}", {"or_wait": True})
    assert waits.json() == {"standing": "waiting"}
    await story.do(f"{talk.at}/participations/{listeners[0]}/withdraw", {"reason": "腿疼"})
    moved = (await story.ask("GET", f"{talk.at}/participations/{listeners[STOOLS]}")).json()
    assert (moved["standing"], moved["activity"]["seats_taken"]) == ("enrolled", STOOLS)
    assert "您报名的活动" in await story.own_page(listeners[STOOLS], "/me")

    # Two who enrolled stayed away, one came without, and thirty-one have no account.
    came = [*listeners[3 : STOOLS + 2], speaker]
    held = await talk.sign_in(came, guests=31)
    assert held["heads"] == {
        "participants": STOOLS - 1,
        "walked_in": 1,
        "staffing": 1,
        "guests": 31,
        "total": STOOLS + 31,
    }
    await talk.report("讲了三代人的家风，下了小雨。", "大家留到最后，问了很多。")
    rows = (await story.ask("GET", "/activities?when=all")).json()["rows"]
    assert [(row["title"], row["went_well"]) for row in rows] == [("家风家训", "大家留到最后，问了很多。")]

    book = await story.book()
    assert (book["卢老师"], book["公益时间池"]) == (90, 30)
    assert {book[f"银龄{n:03d}"] for n in range(1, STOOLS + 3)} == {0}
    page = await story.own_page(speaker)
    assert "在活动中服务：宣讲" in page
    assert "1 小时 30 分" in page
