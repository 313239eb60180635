"""The sample district's tree, with how many people live where."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from timebank.core.ids import derived_id

# The day from which ages and dates of joining are reckoned. It never moves, and so nobody changes.
DESCRIBED = date(2026, 8, 1)
# How long the books were kept before the day on which the sample is loaded.
HISTORY_DAYS = 92


@dataclass(frozen=True)
class Place:
    """A community of the sample: its name, the middle of its plan, its people and its branches."""

    key: str
    name: str
    town: str
    lat: float
    lon: float
    people: int
    branches: tuple[str, ...]
    coordinators: tuple[tuple[str, str], ...]
    # Where said: the first so many help, and of the others the first so many are at sea most of the year.
    helpers: int | None = None
    at_sea: int = 0
    # The number in the roster of a coordinator who is a member too.
    colleague: str | None = None

    @property
    def id(self) -> UUID:
        """The community's id, which is also its book's."""
        return derived_id("sample", self.key)


DISTRICT = "样例区"
TOWNS = ("大朗镇", "企石镇", "沙田镇", "容桂街道")
PLACES = (
    Place(
        "dalang", "大朗社区", "大朗镇", 22.9438, 113.9472, 323,
        ("巷头支部", "求富路支部", "长盛支部", "银发系扣子小组"), (("莫晓岚", "dalang"), ("麦锦添", "dalang2")),
        colleague="0053",
    ),
    Place(
        "qishi-east", "东山社区", "企石镇", 23.0661, 114.0193, 280,
        ("青蓝工作室", "东山支部", "江边支部"), (("姚静怡", "dongshan"),),
    ),
    Place(
        "qishi-west", "宝石社区", "企石镇", 23.0588, 114.0031, 219,
        ("宝石支部", "霞朗支部"), (("黎绮文", "baoshi"),),
    ),
    Place(
        "shatian", "先锋社区", "沙田镇", 22.9027, 113.6179, 98,
        ("岸上支部", "海上支部"), (("郭海明", "xianfeng"),), helpers=23, at_sea=32,
    ),
    Place(
        "ronggui-north", "桂洲社区", "容桂街道", 22.7755, 113.2881, 430,
        ("桂洲一支部", "桂洲二支部", "五进五送队"), (("伍倩文", "guizhou"),),
    ),
    Place(
        "ronggui-middle", "容奇社区", "容桂街道", 22.7671, 113.2964, 400,
        ("容奇支部", "榕树下宣讲队", "行走队"), (("潘志豪", "rongqi"),),
    ),
    Place(
        "ronggui-south", "红星社区", "容桂街道", 22.7569, 113.2899, 370,
        ("红星支部", "桑榆红服务队"), (("温嘉敏", "hongxing"),),
    ),
)  # fmt: skip
DALANG = PLACES[0]
AUDITOR = ("何慎之", "auditor")
ADMINISTRATOR = ("区敏仪", "admin")
# Published with the sample on purpose: a sample database holds nobody's data.
PASSWORD = "shili-2026-hours"  # noqa: S105

# In Dalang's roster: who shows what a member sees, and somebody for whom the desk does everything.
MEMBER, MEMBER_PIN = "0111", "731946"
WITHOUT_PHONE = "0010"
