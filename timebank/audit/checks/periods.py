"""Checks of closed months: their closing balances re-added from the entries, their order, and what came late."""

from timebank.audit.model import Check, Fault
from timebank.core.errors import N_

_CLOSING, _SUM = N_("期末余额"), N_("明细之和")

# What went out of and into each account in each month, and in which versions.
_BY_MONTH = """
WITH by_month AS (
    SELECT account_id, date_trunc('month', effective_on::timestamp)::date AS month,
        sum(greatest(-minutes, 0)) AS debit, sum(greatest(minutes, 0)) AS credit,
        min(version) AS first_version, max(version) AS last_version
    FROM ledger.entries WHERE book_id = :book GROUP BY 1, 2
), closing AS (SELECT * FROM ledger.closing_balances WHERE book_id = :book),
closed AS (SELECT * FROM ledger.periods WHERE book_id = :book AND state = 'closed')
"""

_SUMS = """
, lines AS (
    SELECT account_id, month FROM by_month
    UNION
    SELECT account_id, month FROM closing
    UNION
    SELECT f.account_id, closed.month
    FROM (SELECT account_id, min(month) AS month FROM by_month GROUP BY account_id) f
    JOIN closed ON closed.month >= f.month
), added AS (
    SELECT l.account_id, l.month, coalesce(sum(b.debit) OVER upto, 0) AS debit,
        coalesce(sum(b.credit) OVER upto, 0) AS credit, max(b.last_version) OVER upto AS last_version,
        min(b.first_version) OVER later AS later_version
    FROM lines l
    LEFT JOIN by_month b ON b.account_id = l.account_id AND b.month = l.month
    WINDOW upto AS (PARTITION BY l.account_id ORDER BY l.month),
        later AS (PARTITION BY l.account_id ORDER BY l.month
            ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING)
)
SELECT DISTINCT ON (a.account_id)
    CASE WHEN c.account_id IS NULL THEN 'closing_missing'
        WHEN (c.debit_minutes, c.credit_minutes, c.balance_minutes)
            <> (a.debit, a.credit, a.credit - a.debit) THEN 'closing_differs'
        ELSE 'closing_misplaced' END AS fault,
    a.account_id, c.balance_minutes AS recorded_minutes, (a.credit - a.debit)::bigint AS expected_minutes,
    jsonb_build_object('month', to_char(a.month, 'YYYY-MM')) AS facts
FROM added a
JOIN closed ON closed.month = a.month
LEFT JOIN closing c ON c.account_id = a.account_id AND c.month = a.month
WHERE c.account_id IS NULL
    OR (c.debit_minutes, c.credit_minutes, c.balance_minutes) <> (a.debit, a.credit, a.credit - a.debit)
    OR c.last_version < a.last_version OR c.later_version > a.later_version
ORDER BY a.account_id, a.month
"""

_ORDER = """
(
    SELECT DISTINCT ON (c.account_id) 'opening_differs' AS fault, c.account_id,
        (c.balance_minutes - coalesce(b.credit - b.debit, 0))::bigint AS recorded_minutes,
        coalesce(p.balance_minutes, 0) AS expected_minutes,
        jsonb_build_object('month', to_char(c.month, 'YYYY-MM')) AS facts
    FROM closing c
    JOIN closed before ON before.month = c.month - interval '1 month'
    LEFT JOIN closing p ON p.account_id = c.account_id AND p.month = before.month
    LEFT JOIN by_month b ON b.account_id = c.account_id AND b.month = c.month
    WHERE c.balance_minutes - coalesce(b.credit - b.debit, 0) <> coalesce(p.balance_minutes, 0)
    ORDER BY c.account_id, c.month
)
UNION ALL
(
    SELECT DISTINCT ON (fault) CASE WHEN p.month IS NULL THEN 'period_missing'
            ELSE 'period_reopened' END AS fault,
        NULL, NULL, NULL, jsonb_build_object('month', to_char(m.month, 'YYYY-MM'))
    FROM (
        SELECT month FROM closing
        UNION
        SELECT generate_series(min(month), max(month) - interval '1 month', interval '1 month')::date
        FROM ledger.periods WHERE book_id = :book
    ) m
    LEFT JOIN ledger.periods p ON p.book_id = :book AND p.month = m.month
    WHERE p.state IS DISTINCT FROM 'closed'
    ORDER BY fault, m.month
)
"""

CLOSING_IS_SUM = Check(
    name="closing_is_sum",
    label=N_("期末余额 = 到月末的明细之和"),
    means=N_("把每个账户到每个已结账月份月末的明细从第一笔起重新相加，和结账时记下的期末余额一样"),
    counts="entries",
    faults=(
        Fault("closing_missing", N_("{month}已结账，却没有这个账户的期末余额"), _CLOSING, _SUM),
        Fault("closing_differs", N_("{month}的期末余额不等于到月末的明细之和"), _CLOSING, _SUM),
        Fault("closing_misplaced", N_("{month}的期末余额指错了从第几笔往后找"), _CLOSING, _SUM),
    ),
    sql=_BY_MONTH + _SUMS,
    left_to_full=True,
)

MONTHS_FOLLOW = Check(
    name="months_follow",
    label=N_("期初 = 上月期末"),
    means=N_(
        "每个已结账月份从上个月的期末余额开始，加上本月的明细就是本月的期末余额；结过账的月份一个不缺，也没有重新打开"
    ),
    counts="accounts",
    faults=(
        Fault(
            "opening_differs", N_("{month}不是从上个月的期末余额开始的"), N_("本月的期初"), N_("上月的期末")
        ),
        Fault(
            "period_missing", N_("{month}结过账，现在却没有它的结账记录"), N_("期末余额之和"), N_("应当是")
        ),
        Fault("period_reopened", N_("{month}结过账，又被重新打开了"), N_("期末余额之和"), N_("应当是")),
    ),
    sql=_BY_MONTH + _ORDER,
    left_to_full=True,
)

STAYS_CLOSED = Check(
    name="month_stays_closed",
    label=N_("结账之后没有再记"),
    means=N_("没有一笔划转是在它的月份结账之后记的；结账中记的，都有另一个人批准、内容和批准的一样"),
    counts="transfers",
    faults=(
        Fault(
            "posted_after_closing", N_("这笔划转记进了已经结账的月份（{month}）"), N_("记的"), N_("可以记的")
        ),
        Fault(
            "correction_unapproved",
            N_("这笔划转记进了正在结账的月份（{month}），没有批准"),
            N_("记的"),
            N_("可以记的"),
        ),
        Fault(
            "approved_by_oneself", N_("这笔更正（{month}）是登记的人自己批准的"), N_("记的"), N_("可以记的")
        ),
    ),
    sql="""
        SELECT CASE WHEN t.posted_at > p.closed_at THEN 'posted_after_closing'
                WHEN a.operation_id IS NULL THEN 'correction_unapproved'
                ELSE 'approved_by_oneself' END AS fault,
            t.id AS transfer_id, t.minutes AS recorded_minutes, 0 AS expected_minutes,
            jsonb_build_object('month', to_char(p.month, 'YYYY-MM')) AS facts
        FROM ledger.periods p
        JOIN transfers t ON t.posted_at > p.closing_at
            AND t.effective_on >= p.month AND t.effective_on < p.month + interval '1 month'
        LEFT JOIN outcomes o ON o.id = t.id
        LEFT JOIN ledger.approvals a ON a.book_id = :book AND a.operation_id = t.id AND a.digest = o.digest
        WHERE p.book_id = :book
            AND (t.posted_at > p.closed_at OR a.operation_id IS NULL OR a.entered_by = a.approved_by)
    """,
)

CHECKS = (CLOSING_IS_SUM, MONTHS_FOLLOW, STAYS_CLOSED)
