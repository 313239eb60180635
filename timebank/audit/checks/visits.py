"""Checks of visits: each has been posted for exactly the minutes, the people and the day it says."""

from timebank.audit.model import Check, Fault
from timebank.core.errors import N_

_POSTED = N_("划转之和（冲正已扣除）")

# Every transfer that was about a visit, with its sign: a correction takes away. Those of activities have checks of
# their own.
_MOVED = """
    SELECT m.subject_id AS visit_id, sum(CASE WHEN t.reverses IS NULL THEN t.minutes ELSE -t.minutes END)::bigint
        AS minutes
    FROM movements m
    JOIN transfers t ON t.id = m.transfer_id
    WHERE m.scheme_version_id IS NOT NULL
        AND 'activity' NOT IN (m.kind, coalesce(m.basis ->> 'corrects', ''))
    GROUP BY m.subject_id
"""

SUM = Check(
    name="visit_is_its_transfers",
    label=N_("服务单 ↔ 划转"),
    means=N_("每张服务单结算的分钟数，等于它名下所有划转之和（冲正已扣除）；没有结算的服务单名下合计为零"),
    counts="visits",
    faults=(
        Fault("visit_differs", N_("服务单结算的分钟数和它的划转不一样"), N_("服务单上结算的分钟数"), _POSTED),
        Fault("visit_missing", N_("划转写着的服务单不见了"), N_("服务单上结算的分钟数"), _POSTED),
    ),
    sql=f"""
        SELECT CASE WHEN v.id IS NULL THEN 'visit_missing' ELSE 'visit_differs' END AS fault,
            coalesce(v.id, m.visit_id) AS visit_id,
            coalesce(v.settled_minutes, 0)::bigint AS recorded_minutes,
            coalesce(m.minutes, 0) AS expected_minutes
        FROM visits v
        FULL JOIN ({_MOVED}) m ON m.visit_id = v.id
        WHERE v.id IS NULL OR coalesce(v.settled_minutes, 0) <> coalesce(m.minutes, 0)
    """,  # noqa: S608 - the SQL is ours
)

SETTLEMENT = Check(
    name="visit_has_settlement",
    label=N_("服务单 ↔ 结算记录"),
    means=N_("每张已结算的服务单正好有一条有效的结算记录，分钟数和次数相同；没有结算的一条也没有"),
    counts="visits",
    faults=(
        Fault(
            "settlement_missing",
            N_("服务单说已结算，却没有有效的结算记录"),
            N_("服务单上结算的分钟数"),
            N_("结算记录的分钟数"),
        ),
        Fault(
            "settlement_differs",
            N_("服务单和结算记录的分钟数或次数不一样"),
            N_("服务单上结算的分钟数"),
            N_("结算记录的分钟数"),
        ),
        Fault(
            "settled_unsaid",
            N_("有一条有效的结算记录，服务单却没有结算"),
            N_("服务单上结算的分钟数"),
            N_("结算记录的分钟数"),
        ),
    ),
    sql="""
        SELECT CASE WHEN s.visit_id IS NULL THEN 'settlement_missing'
                WHEN v.status IS DISTINCT FROM 'settled' THEN 'settled_unsaid'
                ELSE 'settlement_differs' END AS fault,
            coalesce(v.id, s.visit_id) AS visit_id,
            coalesce(v.settled_minutes, 0)::bigint AS recorded_minutes,
            coalesce(s.minutes, 0)::bigint AS expected_minutes
        FROM visits v
        FULL JOIN (
            SELECT visit_id, sum(minutes) AS minutes, max(revision) AS revision, count(*) AS in_force
            FROM settlements WHERE reversed_at IS NULL GROUP BY visit_id
        ) s ON s.visit_id = v.id
        WHERE (v.status = 'settled' AND (s.visit_id IS NULL OR s.in_force > 1
                OR (v.settled_minutes, v.revision) IS DISTINCT FROM (s.minutes, s.revision)))
            OR (s.visit_id IS NOT NULL AND v.status IS DISTINCT FROM 'settled')
    """,
)

TRANSFERS = Check(
    name="settlement_has_transfers",
    label=N_("结算记录 ↔ 划转"),
    means=N_(
        "每条结算记录列出的划转都在、都是这张服务单的，加起来正是它的分钟数；"
        "撤销的结算，每一笔都冲正了；服务单的每一笔划转都列在某条结算里"
    ),
    counts="visits",
    faults=(
        Fault("transfer_gone", N_("结算记录里的划转不见了"), N_("划转上的分钟数"), N_("结算记录的分钟数")),
        Fault("sum_differs", N_("结算记录和它的划转之和不一样"), N_("划转之和"), N_("结算记录的分钟数")),
        Fault("of_another_visit", N_("结算记录里的划转不是这张服务单的"), N_("划转上的分钟数")),
        Fault("reversal_missing", N_("结算撤销了，划转却没有冲正"), N_("冲正的分钟数"), N_("划转上的分钟数")),
        Fault("reversed_unsaid", N_("划转冲正了，结算却还有效"), N_("冲正的分钟数"), N_("应当冲正的")),
        Fault(
            "transfer_unlisted",
            N_("这笔划转不在任何结算记录里"),
            N_("划转上的分钟数"),
            N_("结算记录的分钟数"),
        ),
    ),
    sql="""
        WITH listed AS MATERIALIZED (
            SELECT s.visit_id, s.revision, s.minutes AS said, s.reversed_at IS NOT NULL AS reversed, l.id,
                t.minutes, m.subject_id, r.minutes AS taken_back
            FROM settlements s
            CROSS JOIN LATERAL unnest(s.transfer_ids) AS l(id)
            LEFT JOIN transfers t ON t.id = l.id
            LEFT JOIN movements m ON m.transfer_id = l.id
            LEFT JOIN reversals r ON r.reverses = l.id
        )
        SELECT CASE WHEN minutes IS NULL THEN 'transfer_gone'
                WHEN subject_id IS DISTINCT FROM visit_id THEN 'of_another_visit'
                WHEN reversed THEN 'reversal_missing' ELSE 'reversed_unsaid' END AS fault,
            visit_id, id AS transfer_id,
            CASE WHEN minutes IS NULL THEN 0 WHEN subject_id IS DISTINCT FROM visit_id THEN minutes
                ELSE coalesce(taken_back, 0) END AS recorded_minutes,
            CASE WHEN minutes IS NULL THEN NULL WHEN subject_id IS DISTINCT FROM visit_id THEN 0
                WHEN reversed THEN minutes ELSE 0 END AS expected_minutes
        FROM listed
        WHERE minutes IS NULL OR subject_id IS DISTINCT FROM visit_id OR reversed <> (taken_back IS NOT NULL)
        UNION ALL
        SELECT 'sum_differs', s.visit_id, NULL, coalesce(l.minutes, 0), s.minutes
        FROM settlements s
        LEFT JOIN (SELECT visit_id, revision, sum(minutes)::bigint AS minutes FROM listed GROUP BY 1, 2) l
            ON l.visit_id = s.visit_id AND l.revision = s.revision
        WHERE s.minutes <> coalesce(l.minutes, 0)
        UNION ALL
        SELECT 'transfer_unlisted', m.subject_id, m.transfer_id, t.minutes, 0
        FROM movements m
        JOIN transfers t ON t.id = m.transfer_id
        WHERE m.kind = 'visit'
            AND NOT EXISTS (SELECT FROM listed l WHERE l.id = m.transfer_id)
    """,
)

AS_POSTED = Check(
    name="visit_is_as_posted",
    label=N_("服务单没有被改过"),
    means=N_("每张已结算的服务单，双方、日期、类别和确认的分钟数，和记账时写下的一样"),
    counts="visits",
    faults=(
        Fault(
            "confirmed_differs",
            N_("服务单上确认的分钟数和记账时的不一样"),
            N_("服务单上确认的分钟数"),
            N_("记账时服务的分钟数"),
        ),
        Fault(
            "parties_differ",
            N_("服务单上的双方和记账时的不一样"),
            N_("服务单上确认的分钟数"),
            N_("记账时服务的分钟数"),
        ),
        Fault(
            "day_differs",
            N_("服务单上的日期或类别和记账时的不一样"),
            N_("服务单上确认的分钟数"),
            N_("记账时服务的分钟数"),
        ),
    ),
    sql="""
        SELECT DISTINCT ON (v.id)
            CASE WHEN (v.helper_id, v.recipient_id) IS DISTINCT FROM (m.helper_id, m.recipient_id)
                    THEN 'parties_differ'
                WHEN v.confirmed_minutes IS DISTINCT FROM (m.basis ->> 'served_minutes')::bigint
                    THEN 'confirmed_differs'
                ELSE 'day_differs' END AS fault,
            v.id AS visit_id, m.transfer_id, v.confirmed_minutes::bigint AS recorded_minutes,
            (m.basis ->> 'served_minutes')::bigint AS expected_minutes
        FROM visits v
        JOIN settlements s ON s.visit_id = v.id AND s.reversed_at IS NULL
        CROSS JOIN LATERAL unnest(s.transfer_ids) AS l(id)
        JOIN movements m ON m.transfer_id = l.id
        WHERE v.status = 'settled'
            AND ((v.helper_id, v.recipient_id, v.served_on, v.category)
                    IS DISTINCT FROM (m.helper_id, m.recipient_id, m.served_on, m.category)
                OR v.confirmed_minutes IS DISTINCT FROM (m.basis ->> 'served_minutes')::bigint)
        ORDER BY v.id, m.transfer_id
    """,
)

CHECKS = (SUM, SETTLEMENT, TRANSFERS, AS_POSTED)
