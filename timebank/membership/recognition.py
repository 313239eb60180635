"""Who a row is about: by ID number, else member number, else name with birth date and phone."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from timebank.core.errors import N_, Text
from timebank.membership.model import Given
from timebank.people.id_numbers import IdNumber
from timebank.people.model import MemberView


@dataclass(frozen=True)
class Doubt:
    """Nobody can tell who is meant: why, and who it could be."""

    text: Text


@dataclass
class Register:
    """Everybody of a community, to be found by what a row gives."""

    members: Iterable[MemberView]
    by_index: Mapping[bytes, UUID]
    index_of: Callable[[IdNumber], bytes]
    _by_id: dict[UUID, MemberView] = field(init=False)
    _by_number: dict[str, MemberView] = field(init=False)
    _by_digits: dict[str, list[MemberView]] = field(init=False)
    _by_name: dict[str, list[MemberView]] = field(init=False)

    def __post_init__(self) -> None:
        self._by_id = {member.id: member for member in self.members}
        self._by_number = {member.number: self._lead(member) for member in self.members}
        self._by_digits, self._by_name = defaultdict(list), defaultdict(list)
        for member in self.members:
            same = self._by_digits[member.number.lstrip("0")]
            if self._lead(member) not in same:
                same.append(self._lead(member))
            if member.merged_into is None:
                self._by_name[member.name].append(member)

    def _lead(self, member: MemberView) -> MemberView:
        """The record that a merged one leads to; itself where it was not merged."""
        return self._by_id.get(member.merged_into, member) if member.merged_into else member

    def merged(self, number: str | None) -> MemberView | None:
        """Into whose record the one with this number was merged."""
        found = self._with_number(number)
        return None if found is None or number is None or _same_number(found.number, number) else found

    def recognise(self, given: Given) -> MemberView | Doubt | None:
        """The member a row is about; None: somebody new; a doubt that the row must clear up."""
        by_id = self._with_id(given.id_number)
        by_number = self._with_number(given.number)
        if by_id and by_number and by_id.id != by_number.id:
            return _two_people(by_id, by_number)
        if by_id:
            return by_id
        if by_number:
            return self._numbered(given, by_number)
        return self._named(given)

    def find(self, given: Given) -> MemberView | Doubt:
        """Whose row this is where nobody new can come in: a name that only one member has is enough."""
        by_number = self._with_number(given.number)
        by_id = self._with_id(given.id_number)
        if by_id and by_number and by_id.id != by_number.id:
            return _two_people(by_id, by_number)
        if by_number and self.merged(given.number):
            values = {"number": given.number, "member": said(by_number)}
            return Doubt(
                Text(N_("会员号 {number} 已并入{member}，当时的余额已经转过去；请改用现在的会员号"), values)
            )
        if by_number:
            return by_number if by_id or not given.name else self._numbered(given, by_number)
        if by_id:
            return by_id
        if given.number is not None:
            return Doubt(Text(N_("没有会员号 {number}；请核对，或先办理入会"), {"number": given.number}))
        return self._namesake(given)

    def _namesake(self, given: Given) -> MemberView | Doubt:
        same = [one for one in self._by_name.get(given.name, []) if not _contradicts(given, one)]
        found = [one for one in same if any(_agreement(given, one).values())] or same
        if not found:
            who = given.name or (given.id_number.mask if given.id_number else "")
            return Doubt(Text(N_("册上没有 {name}；请核对，或先办理入会"), {"name": who}))
        return found[0] if len(found) == 1 else _candidates(found)

    def _with_id(self, id_number: IdNumber | None) -> MemberView | None:
        found = self.by_index.get(self.index_of(id_number)) if id_number else None
        return self._by_id.get(found) if found else None

    def _with_number(self, number: str | None) -> MemberView | None:
        if number is None:
            return None
        if number in self._by_number:
            return self._by_number[number]
        # A spreadsheet drops the zeros in front.
        same = self._by_digits.get(number.lstrip("0"), []) if number.isdigit() else []
        return same[0] if len(same) == 1 else None

    def _numbered(self, given: Given, member: MemberView) -> MemberView | Doubt:
        values = {"member": said(member), "number": member.number, "name": given.name}
        if given.id_number and member.id_mask:
            return Doubt(
                Text(N_("会员号 {number} 是{member}，登记的身份证号与这一行不同；请核对是哪一位"), values)
            )
        if given.id_mask and given.id_mask != member.id_mask:
            return Doubt(
                Text(N_("会员号 {number} 是{member}，身份证号的头尾与这一行不同；请核对是哪一位"), values)
            )
        if given.name != member.name and not any(_agreement(given, member).values()):
            return Doubt(Text(N_("会员号 {number} 是{member}，这一行写的是{name}；请核对是哪一位"), values))
        return member

    def _named(self, given: Given) -> MemberView | Doubt | None:
        sure, doubtful = [], []
        for member in self._by_name.get(given.name, []):
            agreement = _agreement(given, member)
            agreed = [found for found in agreement.values() if found is not None]
            if given.id_number and member.id_mask:
                # Two ID numbers are two people, unless all else is the same.
                if len(agreed) == 2 and all(agreed):
                    doubtful.append(member)
            elif (agreed and all(agreed)) or (not agreed and _nothing_known(given, member)):
                sure.append(member)
            elif agreement["birth_on"] is not False or agreement["phone"]:
                doubtful.append(member)
        if len(sure) == 1:
            return sure[0]
        if sure or doubtful:
            return _candidates(sure or doubtful)
        return None


def _same_number(one: str, other: str) -> bool:
    """True where only zeros in front differ, which a spreadsheet drops."""
    return one == other or (one.isdigit() and other.isdigit() and one.lstrip("0") == other.lstrip("0"))


def said(member: MemberView) -> Text:
    """A member as a refusal names them."""
    return Text(N_("{name}（{number}）"), {"name": member.name, "number": member.number})


def _two_people(by_id: MemberView, by_number: MemberView) -> Doubt:
    values = {"one": said(by_id), "other": said(by_number)}
    return Doubt(Text(N_("身份证号是{one}的，会员号是{other}的；请改正其中一个"), values))


def _candidates(members: list[MemberView]) -> Doubt:
    values = {"candidates": [said(member) for member in members]}
    if len(members) == 1:
        return Doubt(
            Text(N_("可能是{candidates}，也可能是同名的新人；请在这一行补上身份证号或会员号"), values)
        )
    return Doubt(Text(N_("可能是{candidates}，分不清是哪一位；请在这一行补上身份证号或会员号"), values))


def _contradicts(given: Given, member: MemberView) -> bool:
    """The row says something of its person that this member is not."""
    if given.id_number and member.id_mask:
        return True
    if given.id_mask and given.id_mask != member.id_mask:
        return True
    return _agreement(given, member)["birth_on"] is False


def _agreement(given: Given, member: MemberView) -> dict[str, bool | None]:
    """Whether birth date and phone agree; None where one of the two does not say."""
    details = member.details
    pairs = {"birth_on": (given.birth_on, details.birth_on), "phone": (given.phone, details.phone)}
    return {name: None if None in pair else pair[0] == pair[1] for name, pair in pairs.items()}


def _nothing_known(given: Given, member: MemberView) -> bool:
    """Neither says more than the name, so that there is nothing to tell two people apart by."""
    details = member.details
    return not any(
        (
            given.id_number,
            given.number,
            given.birth_on,
            given.phone,
            member.id_mask,
            details.birth_on,
            details.phone,
        )
    )
