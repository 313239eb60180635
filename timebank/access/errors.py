"""Refusals of sign-in and of rights.

TimebankError
├── Forbidden
│   ├── OwnAffair           nobody acts for themselves in an office
│   │   └── KinsAffair      nor for their own family
│   ├── OwnOffice           nobody shuts themselves out, nor gives up administering by themselves
│   └── ForgedForm          a form that did not come from our own page, or a stale one
├── Conflict
│   ├── LastOffice          somebody without any office is shut out instead
│   ├── SignInPaused        somebody has taken over for the member
│   └── KinAlready          the two have a tie that stands
├── Invalid
│   ├── WrongCredentials    the name, card, password or PIN is wrong: which one is not said
│   ├── WeakPassword
│   └── NotOnesOwnKin       the other is the same person
└── NotFound
    └── SetupClosed         the first-run page, after it has been used
"""

from timebank.core.errors import N_, Conflict, Forbidden, Invalid, NotFound


class OwnAffair(Forbidden):
    """Staff may not do this where they themselves are the member concerned."""

    code = "own-affair"
    message = N_("不能给自己办理；请让另一位协调员办理")


class KinsAffair(OwnAffair):
    """Staff may not do this where the member concerned is of their own family."""

    code = "kins-affair"
    message = N_("这是您家人的事，不能由您办理；请让另一位协调员办理")


class OwnOffice(Forbidden):
    """An administrator may not do this to themselves."""

    code = "own-office"
    message = N_("不能对自己这样做；请另一位管理员来办")


class LastOffice(Conflict):
    """The only office somebody holds can't be taken: they would be nobody's staff."""

    code = "last-office"
    message = N_("这是此人唯一的职务；不再任职请停用这个人")


class SignInPaused(Conflict):
    """Somebody has taken over for the member, who gets no card meanwhile."""

    code = "sign-in-paused"
    message = N_("这位会员由代办人接管着，本人的登录停用；请先在“接管代办”那一页结束")


class KinAlready(Conflict):
    """The two have a tie that stands; it is ended, or taken back, before there is another."""

    code = "kin-already"
    message = N_("这两位已经登记过亲属关系；要改，请先结束原来的")


class NotOnesOwnKin(Invalid):
    """The other is the same person."""

    code = "not-ones-own-kin"
    message = N_("请选另一个人")


class ForgedForm(Forbidden):
    """The form did not come from our own page, or the login ended since it was opened."""

    code = "forged-form"
    message = N_("这张表单已失效，没有保存；请返回、刷新页面后再提交")


class WrongCredentials(Invalid):
    """Which part is wrong is not said."""

    code = "wrong-credentials"
    message = N_("登录信息不对；请再看一遍后重试")


class WeakPassword(Invalid):
    """Too short, or among the most common ones."""

    code = "weak-password"
    message = N_("密码至少 {least} 个字，且不能太常见")


class SetupClosed(NotFound):
    """The one-time code was used, or there is a district already."""

    code = "setup-closed"
    message = N_("首次设置已经完成；请直接登录")
