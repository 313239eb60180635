"""The sample district's tree, with how many people live where."""

from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from timebank.core.ids import derived_id

# The day on which the sample begins to keep its books, and the day after its last.
BEGINS = date(2026, 8, 1)
ENDS = date(2026, 11, 1)


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
    at_sea: int = 0
    coordinators: tuple[tuple[str, str], ...] = field(default=())

    @property
    def id(self) -> UUID:
        """The community's id, which is also its book's."""
        return derived_id("sample", self.key)


DISTRICT = "样例区"
TOWNS = ("大朗镇", "企石镇", "沙田镇", "容桂街道")
PLACES = (
    Place(
        "dalang", "大朗社区", "大朗镇", 22.9438, 113.9472, 323,
        ("巷头支部", "求富路支部", "长盛支部", "银发系扣子小组"), 0, (("莫晓岚", "dalang"), ("麦锦添", "dalang2")),
    ),
    Place(
        "qishi-east", "东山社区", "企石镇", 23.0661, 114.0193, 280,
        ("青蓝工作室", "东山支部", "江边支部"), 0, (("姚静怡", "dongshan"),),
    ),
    Place(
        "qishi-west", "宝石社区", "企石镇", 23.0588, 114.0031, 219,
        ("宝石支部", "霞朗支部"), 0, (("黎绮文", "baoshi"),),
    ),
    Place(
        "shatian", "先锋社区", "沙田镇", 22.9027, 113.6179, 98,
        ("岸上支部", "海上支部"), 32, (("郭海明", "xianfeng"),),
    ),
    Place(
        "ronggui-north", "桂洲社区", "容桂街道", 22.7755, 113.2881, 430,
        ("桂洲一支部", "桂洲二支部", "五进五送队"), 0, (("伍倩文", "guizhou"),),
    ),
    Place(
        "ronggui-middle", "容奇社区", "容桂街道", 22.7671, 113.2964, 400,
        ("容奇支部", "榕树下宣讲队", "行走队"), 0, (("潘志豪", "rongqi"),),
    ),
    Place(
        "ronggui-south", "红星社区", "容桂街道", 22.7569, 113.2899, 370,
        ("红星支部", "桑榆红服务队"), 0, (("温嘉敏", "hongxing"),),
    ),
)  # fmt: skip
AUDITOR = ("何慎之", "auditor")
ADMINISTRATOR = ("区敏仪", "admin")
# Published with the sample on purpose: a sample database holds nobody's data.
PASSWORD = "shili-2026-hours"  # noqa: S105
