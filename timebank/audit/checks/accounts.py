"""Checks of accounts: heads, chains, limits, and the book's zero, all re-added from the entries."""

from timebank.audit.model import Check, Fault
from timebank.core.errors import N_

HEAD_IS_SUM = Check(
    name="head_is_sum",
    label=N_("余额 = 明细之和"),
    means=N_("把每个账户的明细从第一笔起重新相加，和账户上记的余额一样"),
    counts="accounts",
    faults=(
        Fault("head_not_sum", N_("账户余额不等于明细之和"), N_("账户上记的余额"), N_("明细之和")),
        Fault("account_missing", N_("有明细，却没有这个账户"), N_("账户上记的余额"), N_("明细之和")),
    ),
    sql="""
        SELECT CASE WHEN a.id IS NULL THEN 'account_missing' ELSE 'head_not_sum' END AS fault,
            coalesce(a.id, s.account_id) AS account_id,
            coalesce(a.balance_minutes, 0) AS recorded_minutes, coalesce(s.minutes, 0) AS expected_minutes
        FROM (SELECT id, balance_minutes FROM ledger.accounts WHERE book_id = :book) a
        FULL JOIN sums s ON s.account_id = a.id
        WHERE a.id IS NULL OR a.balance_minutes <> coalesce(s.minutes, 0)
    """,
)

HEAD_IS_LAST_ENTRY = Check(
    name="head_is_last_entry",
    label=N_("余额 = 最后一笔明细"),
    means=N_("每个账户的余额和笔数，就是它最后一笔明细之后的余额和笔数"),
    counts="accounts",
    faults=(
        Fault(
            "head_differs",
            N_("账户余额和最后一笔明细之后的余额不一样"),
            N_("账户上记的余额"),
            N_("最后一笔明细之后的余额"),
        ),
        Fault(
            "version_differs",
            N_("账户记着 {recorded} 笔明细，实际最后一笔是第 {expected} 笔"),
            N_("账户上记的余额"),
            N_("最后一笔明细之后的余额"),
        ),
    ),
    sql="""
        SELECT CASE WHEN a.balance_minutes <> coalesce(e.balance_after, 0)
                THEN 'head_differs' ELSE 'version_differs' END AS fault,
            a.id AS account_id,
            a.balance_minutes AS recorded_minutes, coalesce(e.balance_after, 0) AS expected_minutes,
            jsonb_build_object('recorded', a.version, 'expected', coalesce(e.version, 0)) AS facts
        FROM ledger.accounts a
        LEFT JOIN LATERAL (
            SELECT version, balance_after FROM ledger.entries WHERE book_id = :book AND account_id = a.id
            ORDER BY version DESC LIMIT 1
        ) e ON true
        WHERE a.book_id = :book
            AND (a.balance_minutes <> coalesce(e.balance_after, 0) OR a.version <> coalesce(e.version, 0))
    """,
)

CHAIN = Check(
    name="chain_unbroken",
    label=N_("明细首尾相接"),
    means=N_("每个账户的明细编号 1、2、3……不缺号，每一笔都从上一笔的余额开始，加上本笔就是之后的余额"),
    counts="entries",
    faults=(
        Fault(
            "entries_missing",
            N_("缺第 {first} 到第 {last} 笔明细"),
            N_("下一笔开始时的余额"),
            N_("上一笔之后的余额"),
        ),
        Fault(
            "start_differs",
            N_("这一笔不是从上一笔的余额开始的"),
            N_("这一笔开始时的余额"),
            N_("上一笔之后的余额"),
        ),
        Fault(
            "sum_differs", N_("这一笔加错了"), N_("这一笔之后记的余额"), N_("开始时的余额加上本笔的分钟数")
        ),
        Fault(
            "time_goes_back",
            N_("这一笔的记账时间早于上一笔"),
            N_("这一笔开始时的余额"),
            N_("上一笔之后的余额"),
        ),
    ),
    sql="""
        SELECT CASE WHEN version <> before + 1 THEN 'entries_missing'
                WHEN balance_before <> after_before THEN 'start_differs'
                WHEN balance_after <> balance_before + minutes THEN 'sum_differs'
                ELSE 'time_goes_back' END AS fault,
            account_id, version AS account_version, transfer_id,
            CASE WHEN version = before + 1 AND balance_before = after_before
                THEN balance_after ELSE balance_before END AS recorded_minutes,
            CASE WHEN version = before + 1 AND balance_before = after_before
                THEN balance_before + minutes ELSE after_before END AS expected_minutes,
            jsonb_build_object('first', before + 1, 'last', version - 1) AS facts
        FROM (
            SELECT e.*, coalesce(lag(e.version) OVER w, s.version, 0) AS before,
                coalesce(lag(e.balance_after) OVER w, s.balance_after, 0) AS after_before,
                coalesce(lag(e.posted_at) OVER w, s.posted_at) AS posted_before
            FROM new_entries e
            LEFT JOIN starts s ON s.account_id = e.account_id
            WINDOW w AS (PARTITION BY e.account_id ORDER BY e.version)
        ) e
        WHERE version <> before + 1 OR balance_before <> after_before
            OR balance_after <> balance_before + minutes OR posted_at < posted_before
    """,
)

LIMITS_KEPT = Check(
    name="limits_kept",
    label=N_("上下限都守住了"),
    means=N_(
        "凭每笔明细上留存的上下限重新验算：除写明理由的强制更正外，没有一笔支出越过最低余额、没有一笔存入越过存储上限"
    ),
    counts="entries",
    faults=(
        Fault("floor_passed", N_("这一笔支出越过了最低余额"), N_("之后可用的余额"), N_("当时的最低余额")),
        Fault("ceiling_passed", N_("这一笔存入越过了存储上限"), N_("之后的余额"), N_("当时的存储上限")),
        Fault("relief_differs", N_("超出上下限的分钟数记错了"), N_("账上记的超出"), N_("重新算的超出")),
    ),
    sql="""
        SELECT CASE WHEN below THEN 'floor_passed' WHEN above THEN 'ceiling_passed'
                ELSE 'relief_differs' END AS fault,
            account_id, version AS account_version, transfer_id,
            CASE WHEN below THEN balance_after - held_minutes WHEN above THEN balance_after
                ELSE relief_minutes END AS recorded_minutes,
            CASE WHEN below THEN floor_minutes WHEN above THEN ceiling_minutes
                ELSE outside END AS expected_minutes
        FROM (
            SELECT e.*,
                coalesce(NOT coalesce(t.forced, false) AND e.minutes < 0
                    AND e.balance_after - e.held_minutes < e.floor_minutes
                    -- What was held had been promised.
                    AND NOT EXISTS (SELECT FROM hold_ends h WHERE h.operation_id = e.transfer_id), false) AS below,
                coalesce(NOT coalesce(t.forced, false) AND e.minutes > 0
                    AND e.balance_after > e.ceiling_minutes, false) AS above,
                greatest(0, e.floor_minutes - (e.balance_after - e.held_minutes),
                    e.balance_after - e.ceiling_minutes) AS outside
            FROM new_entries e
            LEFT JOIN transfers t ON t.id = e.transfer_id
        ) proved
        WHERE below OR above OR relief_minutes <> outside
        UNION ALL
        SELECT 'relief_differs', id, NULL, NULL, relief_minutes, outside
        FROM (
            SELECT a.*, greatest(0, a.floor_minutes - (a.balance_minutes - a.held_minutes),
                a.balance_minutes - a.ceiling_minutes) AS outside
            FROM ledger.accounts a WHERE a.book_id = :book
        ) heads
        WHERE relief_minutes <> outside
    """,
)

LIMITS_RECORDED = Check(
    name="limits_recorded",
    label=N_("上下限有据可查"),
    means=N_("账户现在的上下限就是最后一次定下的；每笔明细用的上下限都有人定过，查得到是谁、为什么"),
    counts="accounts",
    faults=(
        Fault(
            "limits_changed",
            N_("账户的上下限被改过，没有记下是谁改的"),
            N_("现在的存储上限"),
            N_("最后一次定的存储上限"),
        ),
        Fault("limits_unknown", N_("这一笔用的上下限没有人定过"), N_("当时的最低余额"), N_("当时的存储上限")),
    ),
    sql="""
        SELECT 'limits_changed' AS fault, a.id AS account_id, NULL::bigint AS account_version,
            a.ceiling_minutes AS recorded_minutes, l.ceiling_minutes AS expected_minutes
        FROM ledger.accounts a
        LEFT JOIN (
            SELECT DISTINCT ON (account_id) * FROM ledger.limits WHERE book_id = :book
            ORDER BY account_id, number DESC
        ) l ON l.account_id = a.id
        WHERE a.book_id = :book AND (l.account_id IS NULL
            OR (a.floor_minutes, a.ceiling_minutes) IS DISTINCT FROM (l.floor_minutes, l.ceiling_minutes))
        UNION ALL
        SELECT 'limits_unknown', e.account_id, e.version, e.floor_minutes, e.ceiling_minutes
        FROM (
            SELECT account_id, floor_minutes, ceiling_minutes, min(version) AS version
            FROM new_entries GROUP BY account_id, floor_minutes, ceiling_minutes
        ) e
        WHERE NOT EXISTS (SELECT FROM ledger.limits l
            WHERE l.book_id = :book AND l.account_id = e.account_id
                AND (l.floor_minutes, l.ceiling_minutes)
                    IS NOT DISTINCT FROM (e.floor_minutes, e.ceiling_minutes))
    """,
)

BOOK_IS_ZERO = Check(
    name="book_is_zero",
    label=N_("账套合计为零"),
    means=N_("一本账里所有账户的余额加起来是零，所有明细加起来也是零：时间不会凭空多出来"),
    counts="accounts",
    faults=(
        Fault("balances_not_zero", N_("所有账户余额之和不是零"), N_("余额之和")),
        Fault("entries_not_zero", N_("所有明细之和不是零"), N_("明细之和")),
    ),
    sql="""
        SELECT 'balances_not_zero' AS fault, sum(balance_minutes)::bigint AS recorded_minutes,
            0 AS expected_minutes
        FROM ledger.accounts WHERE book_id = :book HAVING sum(balance_minutes) <> 0
        UNION ALL
        SELECT 'entries_not_zero', sum(minutes)::bigint, 0
        FROM sums HAVING sum(minutes) <> 0
    """,
)

CLEARING = Check(
    name="clearing_mirrors",
    label=N_("往来户两边一致"),
    means=N_("和每个社区的往来户，这边记的欠数就是那边记的应收数：同一笔往来，两本账说的一样"),
    counts="accounts",
    faults=(
        Fault(
            "clearing_differs",
            N_("往来户和对方账上记的不一样"),
            N_("本账上记的余额"),
            N_("按对方账应有的余额"),
        ),
    ),
    sql="""
        SELECT 'clearing_differs' AS fault, account_id, balance_minutes AS recorded_minutes,
            mirrored_minutes AS expected_minutes
        FROM ledger.clearings(:book) WHERE balance_minutes <> mirrored_minutes
    """,
)

CHECKS = (BOOK_IS_ZERO, HEAD_IS_SUM, HEAD_IS_LAST_ENTRY, CHAIN, LIMITS_KEPT, LIMITS_RECORDED, CLEARING)
