"""Why a helper may not be paired with a request: one bit for each rule."""

from enum import IntFlag


class Reason(IntFlag):
    """Bits stand in the order in which a coordinator would name them; names and values are stored, so only append.

    `NONE` means eligible. Several bits may be set: every rule is looked at, not only the first that refuses.
    """

    NONE = 0
    STATUS = 1 << 0  # not an active helper
    SELF = 1 << 1  # the helper is the recipient
    CONSENT = 1 << 2  # a consent the request asks for is missing
    SKILL = 1 << 3  # a skill is missing
    TRAINING = 1 << 4  # a training is missing
    AGE = 1 << 5  # helper or recipient outside the ages of the policy, or unknown where a rule asks
    GENDER = 1 << 6  # one side asks for a gender the other side is not known to have
    DIALECT = 1 << 7  # a common dialect is required and there is none
    DO_NOT_PAIR = 1 << 8  # these two people are not to be brought together
    FORBIDDEN = 1 << 9  # the coordinator forbids this pair in this round
    DECLINED = 1 << 10  # declined this request lately
    DISTANCE = 1 << 11  # farther than the round, the request or the helper allows
    ABSENT = 1 << 12  # away on every date asked for (a weekly request: away for too many of its first weeks)
    WINDOW = 1 << 13  # no common window as long as the visit
    BOOKED = 1 << 14  # would be free, but visits already planned leave no room
    WEEK_FULL = 1 << 15  # no visit or too few minutes left in the week
    CIRCUMSTANCE = 1 << 16  # something about the visit that the helper cannot take: stairs, pets
    EXCHANGE = 1 << 17  # help is to go both ways, and the recipient gives nothing that the helper asks for
    BRANCH = 1 << 18  # only certain branches are to come, and the helper is of none of them

    @property
    def first(self) -> "Reason":
        """The reason to name when only one is named."""
        return Reason(self & -self)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(bit.name or "" for bit in Reason if bit & self)
