"""Eight places, by what press and papers reported of them. Amounts are minutes."""

from timebank.core.errors import N_
from timebank.schemes.model import (
    EarnedBy,
    GiftTo,
    HousePolicy,
    OverflowTo,
    Price,
    RemainderTo,
    Rounding,
    SchemePolicy,
)
from timebank.schemes.presets.model import Preset, Said, Template

HOUR = 60
_XINHUA_2019 = "新华社 2019-08-30"
_KUAIBAO_2018 = "现代快报 2018-10-18"
_XINHUA_2022 = "新华社 2022"
_LAW_2026 = "上海法治报 2026-01-12"
_XKB_2019 = "新快报 2019-08-27"
_NANSHA = N_("关于广州南沙时间银行的报道")
_PIDU = N_("关于成都郫都时间银行的报道")
_ST_GALLEN = N_("关于圣加仑 Zeitvorsorge 的报道")
_KISS = N_("关于瑞士 KISS 的报道")

NANJING = Preset(
    place="nanjing",
    name=N_("南京"),
    says=(
        Said(text=N_("服务 1 小时记 1 小时"), source=_XINHUA_2019),
        Said(text=N_("最多存 1,500 小时，超出的只能捐出或作荣誉"), source=_XINHUA_2019),
        Said(text=N_("团体志愿者的时间只能捐出"), source=_XINHUA_2019),
        Said(text=N_("满 60 岁可以用，给本人、配偶或直系亲属"), source=_KUAIBAO_2018),
        Said(text=N_("星级五档，从 100 小时到 1,500 小时"), source=_KUAIBAO_2018),
        Said(text=N_("基金给 80 岁以上独居、60 到 79 岁低收入或失能独居的老人发放时间"), source=_XINHUA_2019),
    ),
    ours=(
        N_("中间三个星级定在 300、600、1,000 小时"),
        N_("基金发放的时间在会员的账户上用“发放时间”办理"),
    ),
    house=HousePolicy(
        ceiling_minutes=1_500 * HOUR,
        overflow_to=OverflowTo.POOL,
        redeem_age_min=60,
        star_minutes=(100 * HOUR, 300 * HOUR, 600 * HOUR, 1_000 * HOUR, 1_500 * HOUR),
        gift_to=GiftTo.KIN,
    ),
    schemes=(
        Template(name=N_("银龄互助"), policy=SchemePolicy()),
        Template(name=N_("团体志愿服务"), policy=SchemePolicy(earned_by=EarnedBy.POOL)),
    ),
)
BEIJING = Preset(
    place="beijing",
    name=N_("北京"),
    says=(
        Said(text=N_("满 18 岁、培训以后可以服务"), source=_XINHUA_2022),
        Said(text=N_("服务 1 小时记 1 个时间币"), source=_XINHUA_2022),
        Said(text=N_("满 60 岁可以用，也可以给父母、祖父母"), source=_XINHUA_2022),
        Said(text=N_("8 类服务；需求先审核再发布；签到、签退"), source=_XINHUA_2022),
        Said(text=N_("没有智能手机的，由指定机构线下代办"), source=_XINHUA_2022),
    ),
    ours=(
        N_("8 类取：陪诊、买菜、助洁、做饭、陪聊、探访、手机教学、代办"),
        N_("培训取“志愿服务基础”"),
    ),
    house=HousePolicy(
        ceiling_minutes=None, redeem_age_min=60, unit_name="时间币", unit_minutes=HOUR, gift_to=GiftTo.KIN
    ),
    schemes=(
        Template(
            name=N_("银龄互助"),
            policy=SchemePolicy(
                trainings_required=("volunteer_basic",),
                categories=(
                    "clinic",
                    "shopping",
                    "cleaning",
                    "cooking",
                    "company",
                    "call",
                    "phone_lesson",
                    "errand",
                ),
            ),
        ),
    ),
)
SHANGHAI = Preset(
    place="shanghai",
    name=N_("上海"),
    says=(
        Said(text=N_("满 65 岁可以受助，有困难的从 60 岁起"), source=_LAW_2026),
        Said(text=N_("满 18 岁可以服务，未成年人只能参加集体服务"), source=_LAW_2026),
        Said(text=N_("服务 1 小时记 1 个时间币"), source=_LAW_2026),
        Said(text=N_("可以给亲友，也可以捐出"), source=_LAW_2026),
        Said(text=N_("只做非专业的服务"), source=_LAW_2026),
    ),
    ours=(
        N_("有困难、从 60 岁起受助的，另开一个项目"),
        N_("推拿一类要资格的，本来就不在服务类别里"),
    ),
    house=HousePolicy(ceiling_minutes=None, unit_name="时间币", unit_minutes=HOUR, gift_to=GiftTo.MEMBERS),
    schemes=(
        Template(name=N_("银龄互助"), policy=SchemePolicy(recipient_age_min=65)),
        Template(name=N_("困难老人互助"), policy=SchemePolicy(recipient_age_min=60)),
    ),
)
GUANGZHOU = Preset(
    place="guangzhou",
    name=N_("广州"),
    says=(
        Said(text=N_("只记整小时"), source=_XKB_2019),
        Said(text=N_("存满 100 小时才能用"), source=_XKB_2019),
        Said(text=N_("最多存 1,500 小时"), source=_XKB_2019),
    ),
    ours=(N_("不满一小时的零头和超出上限的，进公益时间池"),),
    house=HousePolicy(
        ceiling_minutes=1_500 * HOUR, overflow_to=OverflowTo.POOL, redeem_after_minutes=100 * HOUR
    ),
    schemes=(
        Template(
            name=N_("银龄互助"),
            policy=SchemePolicy(rounding_minutes=60, rounding=Rounding.DOWN, remainder_to=RemainderTo.POOL),
        ),
    ),
)
NANSHA = Preset(
    place="nansha",
    name=N_("广州南沙"),
    says=(
        Said(text=N_("按件计价，不按小时"), source=_NANSHA),
        Said(text=N_("接单的人要亲自来"), source=_NANSHA),
        Said(text=N_("可以要求信用等级"), source=_NANSHA),
    ),
    ours=(
        N_("各类的价"),
        N_("没有信用等级；谁不合适由协调员看"),
    ),
    house=HousePolicy(ceiling_minutes=None),
    schemes=(
        Template(
            name=N_("银龄互助"),
            policy=SchemePolicy(
                prices=(
                    Price(category="clinic", minutes=120),
                    Price(category="shopping", minutes=45),
                    Price(category="cleaning", minutes=90),
                    Price(category="cooking", minutes=60),
                    Price(category="haircut", minutes=30),
                    Price(category="repair", minutes=60),
                    Price(category="errand", minutes=30),
                    Price(category="meal", minutes=20),
                )
            ),
        ),
    ),
)
PIDU = Preset(
    place="pidu",
    name=N_("成都郫都"),
    says=(
        Said(text=N_("6 大类、48 项服务，每项有价"), source=_PIDU),
        Said(text=N_("第一批时间币由基金发给失能、独居的老人"), source=_PIDU),
    ),
    ours=(
        N_("48 项归到本系统的 15 类，每类一个价"),
        N_("基金发放的时间在会员的账户上用“发放时间”办理"),
    ),
    house=HousePolicy(ceiling_minutes=None, unit_name="时间币", unit_minutes=HOUR),
    schemes=(
        Template(
            name=N_("银龄互助"),
            policy=SchemePolicy(
                prices=(
                    Price(category="clinic", minutes=180),
                    Price(category="shopping", minutes=60),
                    Price(category="cleaning", minutes=120),
                    Price(category="cooking", minutes=60),
                    Price(category="company", minutes=60),
                    Price(category="call", minutes=30),
                    Price(category="haircut", minutes=60),
                    Price(category="repair", minutes=60),
                    Price(category="phone_lesson", minutes=60),
                    Price(category="errand", minutes=60),
                    Price(category="escort", minutes=60),
                    Price(category="tutoring", minutes=60),
                    Price(category="meal", minutes=30),
                    Price(category="talk", minutes=120),
                    Price(category="knitting", minutes=240),
                )
            ),
        ),
    ),
)
ST_GALLEN = Preset(
    place="st-gallen",
    name=N_("圣加仑（瑞士）"),
    says=(
        Said(text=N_("满 60 岁可以服务"), source=_ST_GALLEN),
        Said(text=N_("最多存 750 小时"), source=_ST_GALLEN),
        Said(text=N_("存的小时由市政府担保；没有人时由市政府买服务"), source=_ST_GALLEN),
    ),
    ours=(
        N_("超出上限的不能再存，等用掉一些"),
        N_("担保的钱记在账外"),
    ),
    house=HousePolicy(ceiling_minutes=750 * HOUR, gift_to=GiftTo.NOBODY),
    schemes=(Template(name="Zeitvorsorge", policy=SchemePolicy(helper_age_min=60)),),
)
KISS = Preset(
    place="kiss",
    name=N_("KISS（瑞士）"),
    says=(
        Said(text=N_("一周最多 6 小时，一共最多 720 小时"), source=_KISS),
        Said(text=N_("没有存时间的人也可以受助"), source=_KISS),
        Said(text=N_("由协调员结对，第一次见面陪着去"), source=_KISS),
        Said(text=N_("用纸质支票，时间到年底才登记"), source=_KISS),
    ),
    ours=(
        N_("没有存的可以透支，最多 50 小时"),
        N_("不限受助人的年龄"),
    ),
    house=HousePolicy(floor_minutes=-50 * HOUR, ceiling_minutes=720 * HOUR, gift_to=GiftTo.NOBODY),
    schemes=(Template(name="KISS", policy=SchemePolicy(recipient_age_min=0, weekly_cap_minutes=6 * HOUR)),),
)
PRESETS = (NANJING, BEIJING, SHANGHAI, GUANGZHOU, NANSHA, PIDU, ST_GALLEN, KISS)
