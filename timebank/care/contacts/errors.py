"""Refusals about contacts.

Conflict
├── ContactStruck   it has been struck out already
└── NotInTouch      nobody calls on who has died or left
"""

from timebank.core.errors import N_, Conflict


class ContactStruck(Conflict):
    """It was struck out before."""

    code = "contact-struck"
    message = N_("这一条已经划掉了：{reason}")


class NotInTouch(Conflict):
    """They are no longer a member."""

    code = "not-in-touch"
    message = N_("{name}现在是“{status}”，不能再记联系；请核对是哪一位")
