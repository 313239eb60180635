"""Refusals of sign-in and of rights.

TimebankError
├── Forbidden
│   ├── OwnAffair           nobody acts for themselves in an office
│   └── ForgedForm          a form that did not come from our own page, or a stale one
├── Invalid
│   ├── WrongCredentials    the name, card, password or PIN is wrong: which one is not said
│   └── WeakPassword
└── NotFound
    └── SetupClosed         the first-run page, after it has been used
"""

from timebank.core.errors import N_, Forbidden, Invalid, NotFound


class OwnAffair(Forbidden):
    """Staff may not do this where they themselves are the member concerned."""

    code = "own-affair"
    message = N_("不能给自己办理；请让另一位协调员办理")


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
