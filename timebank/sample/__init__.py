"""The sample district: towns, people and three months of history, the same every time."""

from timebank.core.database import Database
from timebank.core.errors import N_, Conflict, Text
from timebank.core.sealing import Seal


class RealCommunity(Conflict):
    """The database holds a real community; the sample would mix with it."""

    code = "real-community"
    message = N_("这个数据文件夹里已有真实的社区，不能装入样例。请用 TIMEBANK_DATA 换一个文件夹。")


async def load(database: Database, seal: Seal, *, owner_url: str) -> None:
    """Load the sample district into an empty database; nothing to do if it is there. Raises RealCommunity."""


def how_to_sign_in() -> tuple[Text, ...]:
    """A line for each of the three people, to be printed at start."""
    return ()
