"""Two records of one person, decided purely: what the kept one gets, and what stands against it."""

from collections.abc import Collection
from dataclasses import replace
from uuid import UUID

from timebank.core.errors import N_, Text
from timebank.hours.model import Balance
from timebank.membership.model import FieldChange
from timebank.membership.recognition import said
from timebank.people.model import STATUS_LABELS, Details, Gender, MemberView, Status
from timebank.people.showing import FIELD_LABELS, words_of

_EITHER = ("is_helper", "is_recipient", "lives_alone")
# Where both say something, whoever keeps the record is believed; these say more than one thing at a time.
_TOGETHER = ("skills", "dialects", "interests", "needs", "trainings", "avoids")
_KEPT = frozenset({Status.ACTIVE, Status.PAUSED})
_HOME = ("lat", "lon")


def filled(kept: Details, ended: Details, status: Status = Status.ACTIVE) -> Details:
    """The kept record's details, with the ended one's where it says nothing. `status` is the kept one's."""
    more: dict[str, object] = {}
    for name in Details.__dataclass_fields__:
        mine, theirs = getattr(kept, name), getattr(ended, name)
        if name in _TOGETHER:
            more[name] = tuple(dict.fromkeys([*mine, *theirs]))
        elif name in _EITHER:
            more[name] = mine or theirs
        elif mine in (None, "", Gender.UNKNOWN) and name not in _HOME:
            more[name] = theirs
    if kept.lat is None:
        more |= {name: getattr(ended, name) for name in _HOME}
    more["hardship_tier"] = max(kept.hardship_tier, ended.hardship_tier)
    if status is Status.SERVED:
        more |= {"is_helper": False, "is_recipient": True}
    return replace(kept, **more)  # type: ignore[arg-type]


def changes(kept: MemberView, ended: MemberView, details: Details) -> tuple[FieldChange, ...]:
    """What the kept record gets, field by field."""
    branches = {str(one.details.branch_id): one.branch or "" for one in (kept, ended)}
    found = [
        FieldChange(
            name,
            label,
            tuple(words_of(name, getattr(kept.details, name), branches)),
            tuple(words_of(name, getattr(details, name), branches)),
        )
        for name, label in FIELD_LABELS.items()
        if name in Details.__dataclass_fields__ and getattr(kept.details, name) != getattr(details, name)
    ]
    if ended.id_mask and not kept.id_mask:
        found.append(FieldChange("id_number", FIELD_LABELS["id_number"], (), (ended.id_mask,)))
    return tuple(found)


def obstacles(
    kept: MemberView,
    ended: MemberView,
    *,
    accounts: tuple[Balance | None, Balance | None],
    between: bool,
    asked_twice: bool,
    tied: bool,
) -> tuple[Text, ...]:
    """Why the two can't be merged, each with what to do first.

    `accounts` are the kept one's and the ended one's; `tied`: the ended one has family or delegates.
    """
    names = {"kept": said(kept), "ended": said(ended)}
    found = []
    if kept.community_id != ended.community_id:
        found.append(
            N_(
                "{kept}和{ended}不在同一个社区，各有各的账，时间不能跨账合并；请在其中一边把余额转赠或捐给公益时间池，再办理退出"
            )
        )
    if ended.merged_into or kept.merged_into:
        found.append(N_("{kept}和{ended}里有一条已经并入别的记录；请到那条记录上办理"))
    if kept.id_mask and ended.id_mask:
        found.append(N_("{kept}和{ended}登记的身份证号不同，不是同一个人；如果有一个抄错了，请先改正或删去"))
    if ended.status is Status.DEAD:
        found.append(N_("{ended}登记为已故，不能并入；如果登记错了，请先核对是哪一位"))
    if between:
        found.append(N_("{kept}和{ended}之间还有没办完的服务、邀约或结对；请先取消"))
    if asked_twice:
        found.append(N_("同一个服务需求同时问了{kept}和{ended}；请先收回其中一个邀约"))
    if tied:
        found.append(N_("{ended}名下还登记着家人或代办人；请先在那一页结束，再登到{kept}名下"))
    texts = [Text(message, names) for message in found]
    if kept.status is Status.SERVED:
        if accounts[1] is not None and ended.status is not Status.SERVED:
            texts.append(Text(N_("{kept}是受助对象，没有账户；{ended}有账户，请保留{ended}那一条"), names))
    elif kept.status not in _KEPT or accounts[0] is None:
        status = Text(STATUS_LABELS[kept.status])
        texts.append(
            Text(
                N_("{kept}的状态是“{status}”，没有可用的账户；请先转为在册，或保留另一条"),
                names | {"status": status},
            )
        )
    return tuple(texts)


def is_between(parties: Collection[tuple[UUID, UUID]], one: UUID, other: UUID) -> bool:
    """True if one of these pairs is the two themselves."""
    return any({one, other} == set(pair) for pair in parties)
