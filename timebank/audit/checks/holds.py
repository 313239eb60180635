"""Checks of holds: what is held, how each hold ended, and that somebody asked for it.

A hold stands where other differences have a transfer: it has its operation's id, as a transfer has.
"""

from timebank.audit.checks.digests import HOLD_ACT, RELEASED, TRANSFER
from timebank.audit.model import Check, Fault
from timebank.core.errors import N_

HELD = Check(
    name="held_is_open_holds",
    label=N_("预留 = 未释放的预留"),
    means=N_(
        "每个账户上预留的分钟数，等于它还没有用掉、也没有释放的预留之和；每笔明细上留存的也和当时的一样"
    ),
    counts="accounts",
    faults=(Fault("held_differs", N_("账户上有说不清的预留"), N_("账户上记的预留"), N_("未释放的预留之和")),),
    # One posting has one moment, within which the order of its acts is not told: an entry may count what was
    # made or ended at its own moment, or not.
    sql="""
        SELECT 'held_differs' AS fault, a.id AS account_id, NULL::bigint AS account_version,
            a.held_minutes AS recorded_minutes, coalesce(h.minutes, 0) AS expected_minutes
        FROM ledger.accounts a
        LEFT JOIN (
            SELECT debit_id, sum(minutes)::bigint AS minutes FROM holds
            WHERE NOT EXISTS (SELECT FROM hold_ends e WHERE e.hold_id = id)
            GROUP BY debit_id
        ) h ON h.debit_id = a.id
        WHERE a.book_id = :book AND a.held_minutes <> coalesce(h.minutes, 0)
        UNION ALL
        SELECT 'held_differs', account_id, version, held_minutes, least
        FROM (
            SELECT account_id, version, held_minutes,
                coalesce(sum(made) FILTER (WHERE lasting) OVER before, 0)
                    - coalesce(sum(ended) FILTER (WHERE lasting) OVER until, 0) AS least,
                coalesce(sum(made) OVER until, 0) - coalesce(sum(ended) OVER before, 0) AS most
            FROM (
                SELECT account_id, posted_at AS at, version, held_minutes, 0 AS made, 0 AS ended,
                    false AS lasting
                FROM new_entries
                WHERE held_minutes <> 0 OR account_id IN (SELECT debit_id FROM holds)
                UNION ALL
                SELECT debit_id, created_at, NULL, NULL, minutes, 0, ended_at IS DISTINCT FROM created_at
                FROM holds h
                LEFT JOIN hold_ends e ON e.hold_id = h.id
                UNION ALL
                SELECT debit_id, ended_at, NULL, NULL, 0, minutes, ended_at IS DISTINCT FROM created_at
                FROM holds h
                JOIN hold_ends e ON e.hold_id = h.id
            ) events
            WINDOW until AS (PARTITION BY account_id ORDER BY at),
                before AS (PARTITION BY account_id ORDER BY at
                    GROUPS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
        ) counted
        WHERE version IS NOT NULL AND held_minutes NOT BETWEEN least AND most
    """,
)

ENDS = Check(
    name="hold_ends_once",
    label=N_("预留 ↔ 用掉或释放"),
    means=N_(
        "每笔预留要么还在，要么只结束了一次：到期之前由同双方的一笔划转用掉，不多于预留；或者释放；或者到期"
    ),
    counts="holds",
    faults=(
        Fault("end_missing", N_("预留不在了，没有写明是用掉还是释放"), N_("现在的预留"), N_("原来的预留")),
        Fault("ended_yet_open", N_("已经结束的预留还开着"), N_("现在的预留"), N_("应有的预留")),
        Fault("ended_twice", N_("一笔预留结束了不止一次"), N_("这次用掉的"), N_("还可用掉的")),
        Fault("hold_missing", N_("结束的那笔预留不见了"), N_("用掉的分钟数"), N_("原来的预留")),
        Fault("captured_too_much", N_("用掉的多于预留的"), N_("用掉的分钟数"), N_("原来的预留")),
        Fault("capture_differs", N_("用掉预留的划转对不上"), N_("用掉的分钟数"), N_("划转上的分钟数")),
        Fault(
            "ended_out_of_time",
            N_("到期之后才用掉，或者没到期就算到期"),
            N_("用掉的分钟数"),
            N_("原来的预留"),
        ),
    ),
    sql="""
        SELECT CASE WHEN h.id IS NULL THEN 'hold_missing'
                WHEN e.hold_id IS NULL THEN 'end_missing'
                WHEN e.place > 1 THEN 'ended_twice'
                WHEN h.open THEN 'ended_yet_open'
                WHEN e.captured_minutes > h.minutes THEN 'captured_too_much'
                WHEN (e.how = 'captured') IS DISTINCT FROM fits THEN 'capture_differs'
                ELSE 'ended_out_of_time' END AS fault,
            coalesce(h.debit_id, t.debit_id) AS account_id, coalesce(h.id, e.hold_id) AS transfer_id,
            CASE WHEN e.hold_id IS NULL THEN 0 WHEN h.open AND e.place = 1 THEN h.minutes
                ELSE e.captured_minutes END AS recorded_minutes,
            CASE WHEN e.place > 1 OR (h.open AND e.place = 1) THEN 0
                WHEN e.captured_minutes <= h.minutes AND (e.how = 'captured') IS DISTINCT FROM fits
                THEN coalesce(t.minutes, 0) ELSE h.minutes END AS expected_minutes
        FROM holds h
        FULL JOIN (
            SELECT *, row_number() OVER (PARTITION BY hold_id ORDER BY ended_at, operation_id) AS place
            FROM hold_ends
        ) e ON e.hold_id = h.id
        LEFT JOIN transfers t ON t.id = e.operation_id
        CROSS JOIN LATERAL (SELECT CASE WHEN t.id IS NULL THEN false ELSE coalesce(t.reverses IS NULL
            AND (t.debit_id, t.credit_id, t.minutes, t.posted_at)
                = (h.debit_id, h.credit_id, e.captured_minutes, e.ended_at), false) END AS fits) capture
        WHERE h.id IS NULL OR (e.hold_id IS NULL AND NOT h.open) OR (e.hold_id IS NOT NULL AND (h.open
            OR e.place > 1 OR e.captured_minutes > h.minutes
            OR (e.how = 'captured') <> fits OR (e.how <> 'captured' AND t.id IS NOT NULL)
            OR (e.how = 'captured' AND e.ended_at >= h.expires_at)
            OR (e.how = 'expired' AND e.ended_at < h.expires_at)))
    """,
)

# What the caller stated besides stands in the outcome alone. A hold is never linked; a void may be, with what a
# visit came to instead, and then its digest covers them as well.
AS_ASKED = Check(
    name="hold_is_as_asked",
    label=N_("预留 = 当初要的"),
    means=N_("每笔预留、用掉和释放都有当时的结果，内容和登记的摘要一样：双方、分钟数、期限、理由都没有改过"),
    counts="holds",
    faults=(
        Fault("act_gone", N_("登记过的预留、用掉或释放不见了"), N_("现在的预留"), N_("当时的预留")),
        Fault("act_unasked", N_("这笔预留、用掉或释放没有登记过"), N_("现在的预留"), N_("当时的预留")),
        Fault("act_changed", N_("这笔预留、用掉或释放和登记的不一样"), N_("现在的预留"), N_("登记的预留")),
    ),
    sql=rf"""
        WITH act AS (
            SELECT h.id, h.debit_id, h.minutes, h.created_at AS at, '\x686f6c64'::bytea AS word,
                h.minutes AS asked, h.kind, h.actor_id, h.reason, h.credit_id,
                '\x0001'::bytea || int8send((extract(epoch FROM h.expires_at
                    - TIMESTAMPTZ '2000-01-01 00:00:00+00') * 1000000)::bigint) AS terms
            FROM holds h
            UNION ALL
            SELECT e.operation_id, h.debit_id, h.minutes, e.ended_at,
                CASE e.how WHEN 'voided' THEN '\x766f6964'::bytea ELSE '\x63617074757265'::bytea END,
                0, 'void', e.actor_id, e.reason, h.credit_id, '\x01'::bytea || uuid_send(e.hold_id)
            FROM hold_ends e
            JOIN holds h ON h.id = e.hold_id
            WHERE e.how <> 'expired'
        ), asked AS (
            SELECT * FROM outcomes
            WHERE refusal IS NULL
                AND (substring(terms FOR 4) IN ('\x686f6c64', '\x766f6964')
                    OR substring(terms FOR 7) = '\x63617074757265')
        )
        SELECT CASE WHEN a.id IS NULL THEN 'act_gone' WHEN o.id IS NULL THEN 'act_unasked'
                ELSE 'act_changed' END AS fault,
            a.debit_id AS account_id, coalesce(a.id, o.id) AS transfer_id,
            coalesce(a.minutes, 0) AS recorded_minutes, CASE WHEN a.id IS NOT NULL AND o.id IS NULL THEN 0 END
                AS expected_minutes
        FROM act a
        FULL JOIN asked o ON o.id = a.id
        WHERE a.id IS NULL OR o.id IS NULL OR o.decided_at <> a.at
            OR substring(o.terms FOR length(a.word || a.terms)) <> a.word || a.terms
            -- A capture's own content is its transfer's.
            OR (a.word <> '\x63617074757265' AND o.digest <> {HOLD_ACT} AND NOT EXISTS (
                SELECT FROM ({RELEASED}) v
                WHERE v.id = a.id AND o.digest = sha256(v.own || v.own || (
                    SELECT string_agg({TRANSFER}, ''::bytea ORDER BY t.debit_version)
                    FROM movements m
                    JOIN transfers t ON t.id = m.transfer_id AND t.posted_at = v.at AND t.reverses IS NULL
                    JOIN outcomes o ON o.id = t.id
                    WHERE m.subject_id = v.subject_id))))
    """,  # noqa: S608 - the SQL is ours
)

HELD_FOR = Check(
    name="hold_has_visit",
    label=N_("预留 ↔ 服务单"),
    means=N_("还没有用掉、也没有释放的预留，为的是一张还没有结束的服务单"),
    counts="holds",
    faults=(
        Fault("visit_over", N_("服务单已经结束，它的预留还在"), N_("现在的预留"), N_("应有的预留")),
        Fault("visit_missing", N_("预留写着的服务单不见了"), N_("现在的预留"), N_("应有的预留")),
    ),
    sql="""
        SELECT CASE WHEN v.id IS NULL THEN 'visit_missing' ELSE 'visit_over' END AS fault,
            h.debit_id AS account_id, h.id AS transfer_id, r.subject_id AS visit_id,
            h.minutes AS recorded_minutes, 0 AS expected_minutes
        FROM holds h
        JOIN reservations r ON r.hold_id = h.id
        LEFT JOIN visits v ON v.id = r.subject_id
        WHERE h.open AND (v.id IS NULL OR v.status IN ('settled', 'cancelled', 'no_show'))
    """,
)

CHECKS = (HELD, ENDS, AS_ASKED, HELD_FOR)
