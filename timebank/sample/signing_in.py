"""What is printed at start: how to come in as each of the people the sample is for."""

from timebank.core.errors import N_, Text
from timebank.sample.district import (
    ADMINISTRATOR,
    AUDITOR,
    DALANG,
    MEMBER,
    MEMBER_PIN,
    PASSWORD,
    WITHOUT_PHONE,
)
from timebank.sample.joining import CARD_SECRET
from timebank.sample.persons import people_of


def how_to_sign_in(address: str) -> tuple[Text, ...]:
    """A line for each who can sign in at `address`, and for one who can't."""
    people = {person.number: person for person in people_of(DALANG)}
    desk, second = DALANG.coordinators
    return (
        Text(N_("样例里的人都是编的。登录：{address}/sign-in"), {"address": address}),
        Text(
            N_(
                "  协调员 {name}（{place}）：登录名 {user}，密码 {password}；同事 {other}：{other_user}，同一密码"
            ),
            {
                "name": desk[0],
                "place": DALANG.name,
                "user": desk[1],
                "password": PASSWORD,
                "other": second[0],
                "other_user": second[1],
            },
        ),
        Text(N_("  审计员 {name}：登录名 {user}，同一密码"), {"name": AUDITOR[0], "user": AUDITOR[1]}),
        Text(
            N_("  区管理员 {name}：登录名 {user}，同一密码"),
            {"name": ADMINISTRATOR[0], "user": ADMINISTRATOR[1]},
        ),
        Text(
            N_("  会员 {name}：打开 {address}/card/{secret}，输入 {pin}"),
            {"name": people[MEMBER].name, "address": address, "secret": CARD_SECRET, "pin": MEMBER_PIN},
        ),
        Text(
            N_("  没有电话的会员 {name}（会员号 {number}）：由协调员代办，请在工作台搜索"),
            {"name": people[WITHOUT_PHONE].name, "number": WITHOUT_PHONE},
        ),
    )
